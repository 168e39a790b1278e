"""The page of a letter: nothing is opened by itself, each part is a field of its own, and what left stays as it is."""

import re
from html import unescape
from typing import Any

import pytest

from dsr.desk.happened import MOST
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Case, Team


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def erased(team: Team, **facts: Any) -> Case:
    """A case whose letter says nothing yet of recipients, and of what was kept."""
    case = team.granted("erasure", **facts)
    team.search(case, "erasure", "crm", "recordings")
    team.done(case, "items/erasure/completion", {"account": "All of it is gone."})
    return case


def written(team: Team, case: Case, kind: str, *item_ids: str) -> str:
    """The page of a new draft."""
    body = {"kind": kind, "item_ids": list(item_ids)}
    return f"/console/letters/{team.done(case, 'dispatches', body, key=f'{kind}-letter')['dispatch_id']}"


def form(text: str, action: str) -> dict[str, str]:
    """What the form with this action would send if nobody typed anything."""
    form = text.partition(f'action="{action}"')[2].partition("</form>")[0]
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    found |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n([^<]*)</textarea>', form))
    return {name: unescape(value) for name, value in found.items()}


def codes(text: str) -> list[str]:
    return re.findall(r'<input type="hidden" name="code" value="([^"]*)">', text)


def opened(who: Colleague, place: str, purpose: str = "answering") -> str:
    return who.send(f"{place}/open", **form(who.open(place).text, f"{place}/open"), purpose=purpose).text


def saved(who: Colleague, place: str, text: str, **typed: str) -> Any:
    """Save the form of an opened letter; `text__recipients_told` stands for `text.recipients-told`."""
    sent = form(text, f"{place}/edition") | {
        name.replace("__", ".").replace("_", "-"): value for name, value in typed.items()
    }
    sent.pop("code")
    return who.client.post(f"{place}/edition", data=sent | {"code": codes(text)}, environ_base=who._from())


def state_of(team: Team, place: str) -> Any:
    return team.get(place.removeprefix("/console").replace("letters", "dispatches")).get_json()


def test_a_letter_is_opened_on_record_and_by_nothing_else(team: Team, carla: Colleague) -> None:
    # given
    place = written(team, team.registered("access"), "acknowledgement")
    # when
    before = carla.open(place).text
    # then
    assert "Ada Lovelace" not in before
    assert team.events("dispatch.opened") == []
    # and when
    text = opened(carla, place)
    # then
    assert "Ada Lovelace" in text
    assert [each.purpose.value for each in team.events("dispatch.opened")] == ["answering"]
    assert "Ada Lovelace" not in carla.open(place).text


def test_the_page_says_what_the_letter_lacks_before_it_is_opened(team: Team, carla: Colleague) -> None:
    place = written(team, erased(team), "erasure", "erasure")
    shown = carla.open(place).text
    assert "1 missing" in shown
    assert "Which recipients were told (GDPR Art. 19)." in shown
    assert "It can leave once it says what is missing." in shown


def test_each_part_is_written_in_a_field_of_its_own_and_the_letter_read_again(team: Team, carla: Colleague) -> None:
    # given
    case = erased(team, language="de")
    place = written(team, case, "erasure", "erasure")
    text = opened(carla, place)
    # when
    told = {
        "text__recipients_told": "Unser Versand wurde unterrichtet.",
        "english__recipients_told": "Our carrier was.",
    }
    answer = saved(carla, place, text, **told, then="open")
    # then
    assert answer.status_code == 200, answer.text
    assert "Unser Versand wurde unterrichtet." in answer.text
    assert "Our carrier was." in answer.text
    assert 'lang="de"' in answer.text
    assert state_of(team, place)["missing"] == []


def test_while_somebody_writes_the_page_says_what_would_be_missing_and_saves_nothing(
    team: Team, carla: Colleague
) -> None:
    # given
    case = erased(team, language="de")
    place = written(team, case, "erasure", "erasure")
    text = opened(carla, place)
    before = state_of(team, place)
    # when
    without = saved(carla, place, text, text__recipients_told="", then="says")
    written_out = saved(carla, place, text, text__recipients_told="Unser Versand.", then="says")
    # then
    assert (without.status_code, "1 missing" in without.text) == (200, True)
    assert (written_out.status_code, "nothing missing" in written_out.text) == (200, True)
    assert "Versand" not in written_out.text
    assert state_of(team, place) == before


def test_saving_without_a_change_is_no_edit(team: Team, carla: Colleague, make_refusal: Any) -> None:
    # given
    case = team.registered("erasure")
    team.done(case, "items/erasure/refusal", make_refusal())
    team.done(case, "items/erasure/refusal/decision", {"approve": True}, "approver")
    place = written(team, case, "refusal", "erasure")
    # when
    unchanged = saved(carla, place, opened(carla, place), then="")
    # then
    assert unchanged.location == f"{place}?done=edit"
    assert not state_of(team, place)["needs_approval"]
    # and when
    saved(carla, place, opened(carla, place), text__refused__0__reasons="In other words.", then="")
    # then
    assert state_of(team, place)["needs_approval"]
    assert "Somebody else has to approve it" in carla.open(place).text or "An approver" in carla.open(place).text


def test_what_was_typed_survives_a_refusal(team: Team, carla: Colleague) -> None:
    # given
    case = erased(team)
    place = written(team, case, "erasure", "erasure")
    text = opened(carla, place)
    saved(carla, place, opened(carla, place), text__note="Written by somebody else.", then="")
    # when
    answer = saved(carla, place, text, text__recipients_told="Each of them was told.", then="")
    # then
    assert answer.status_code == 412
    assert "The letter changed while you wrote. Nothing you typed is lost." in answer.text
    assert "Each of them was told." in answer.text
    # and when
    again = saved(carla, place, answer.text, then="")
    # then
    assert again.status_code == 303
    assert state_of(team, place)["missing"] == []


def test_to_read_it_meanwhile_makes_no_form_stale(team: Team, carla: Colleague) -> None:
    # given
    case = erased(team)
    place = written(team, case, "erasure", "erasure")
    text, form_of_case = opened(carla, place), carla.open(f"/console/cases/{case.id}/do/add_note").text
    # when the letter and the case are opened once more, in another tab
    opened(carla, place)
    team.done(case, "disclosures", {"purpose": "assessment", "versions": [1]})
    # then what is written on the first is saved all the same
    assert saved(carla, place, text, text__recipients_told="Each of them was told.", then="").status_code == 303
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form_of_case))
    assert carla.send(f"/console/cases/{case.id}/do/add_note", **hidden, note="She rang.").status_code == 303


def test_a_change_before_many_readings_is_not_overlooked(team: Team, carla: Colleague) -> None:
    # given: a form, then a change by somebody else, then as many readings as are looked at
    case = team.registered("access")
    form_of_case = carla.open(f"/console/cases/{case.id}/do/add_note").text
    team.done(case, "notes", {"note": "He rang."})
    for _ in range(MOST):
        team.done(case, "disclosures", {"purpose": "assessment", "versions": [1]})
    # when
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form_of_case))
    answer = carla.send(f"/console/cases/{case.id}/do/add_note", **hidden, note="She rang.")
    # then
    assert answer.status_code == 412


def test_a_stale_letter_shows_what_the_case_says_now(team: Team, carla: Colleague) -> None:
    # given
    case = team.registered("access")
    place = written(team, case, "acknowledgement")
    team.done(case, "extension", {"ground": "complexity", "reasons": "Forty systems are searched."})
    team.done(case, "extension/decision", {"approve": True}, "approver")
    notice = written(team, case, "extension")
    team.post(notice.replace("/console/letters", "/dispatches") + "/release", {}, if_match='"1"')
    team.service.desk.dispatching.drain(team.clock.now(), 10)
    # when
    text = opened(carla, place)
    # then
    assert "The case changed since this was written" in text
    assert re.search(r"Due date</dt>.*The case says now</span> <[^>]*>\d+ Jun 2026<", text)
    # and when
    refreshed = carla.send(f"{place}/edition", **form(text, f"{place}/edition"))
    # then
    assert "The case changed since this was written" not in refreshed.text


def test_a_complete_letter_leaves_by_one_button(team: Team, carla: Colleague) -> None:
    place = written(team, team.registered("access"), "acknowledgement")
    action = f"{place}/do/release_dispatch"
    assert carla.send(action, **form(carla.open(place).text, action)).status_code == 303
    assert state_of(team, place)["state"] == "queued"


@pytest.mark.parametrize("then", ["", "look"])
def test_a_letter_leaves_and_is_approved_only_as_its_page_shows_it(team: Team, carla: Colleague, then: str) -> None:
    # given: a letter that could leave, and a form whose words were not saved
    place = written(team, team.registered("access"), "acknowledgement")
    text = opened(carla, place)
    assert f'action="{place}/do/release_dispatch"' in text
    assert saved(carla, place, opened(carla, place), text__note="Written before.", then="").status_code == 303
    refused = saved(carla, place, text, text__note="It came on Monday.", then="")
    assert refused.status_code == 412
    # when
    shown = saved(carla, place, refused.text, then=then).text if then else refused.text
    # then
    assert "It came on Monday." in shown
    assert "/do/release_dispatch" not in shown
    assert f"{place}/paper" not in shown
    assert "Until you save what you wrote, the letter does not say it." in shown
    # and once the saved letter is shown
    assert f'action="{place}/do/release_dispatch"' in opened(carla, place)


def test_a_letter_is_printed_on_record(team: Team, carla: Colleague) -> None:
    place = written(team, team.registered("access"), "acknowledgement")
    carla.open(place)
    sent = form(carla.text, f"{place}/paper") | {"purpose": "answering"}
    answer = carla.client.post(f"{place}/paper", data=sent, environ_base=carla._from())
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert len(team.events("dispatch.opened")) == 1


def test_who_may_not_write_reads_only(team: Team) -> None:
    place = written(team, erased(team), "erasure", "erasure")
    ines = signed_in(team, "ines", Role.APPROVER)
    text = opened(ines, place)
    assert "<textarea" not in text
    assert ines.client.post(f"{place}/edition", data={}, environ_base=ines._from()).status_code == 403


def test_the_list_shows_what_waits_for_somebody(team: Team, carla: Colleague) -> None:
    case = erased(team)
    draft = written(team, case, "erasure", "erasure")
    shown = carla.open("/console/letters").text
    assert draft in shown
    assert "recipients told" in shown
    assert draft not in carla.open("/console/letters?state=sent").text
    assert carla.open("/console/letters?state=nowhere").status_code == 422


def test_what_was_kept_is_said_with_its_ground(team: Team, carla: Colleague) -> None:
    # given
    place = written(team, erased(team), "erasure", "erasure")
    text = opened(carla, place)
    # when
    kept = {
        "kept__kept_and_why__0__ground": "not-asked",
        "kept__kept_and_why__0__what": "Invoices of your firm",
        "text__recipients_told": "Each of them was told.",
    }
    answer = saved(carla, place, text, **kept, then="open")
    # then
    assert "Invoices of your firm" in answer.text
