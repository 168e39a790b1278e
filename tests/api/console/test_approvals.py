"""Approvals: the second person sees the law, the reasons and the letter before they decide."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from dsr.desk.caller import Call
from dsr.desk.dispatching import Address
from dsr.desk.matter_notices import NoticeRecipient
from dsr.domain.matter import Matter, MatterLetterKind
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, enrolled_by_one, signed_in
from tests.api.team import Case, Team
from tests.catalogue.matters import complaint, drafted, to_many
from tests.desk.office import Office
from tests.desk.test_forgetting_files import ended, propose

REASONS = "Invoices must be kept for ten years."


@pytest.fixture
def ines(team: Team) -> Colleague:
    return signed_in(team, "ines", Role.APPROVER)


def refusing(team: Team, make_refusal: Any) -> Case:
    case = team.registered("erasure")
    team.done(case, "items/erasure/refusal", make_refusal())
    return case


def proposal(who: Colleague, case: Case) -> str:
    """The page of the proposal on a case, from the list."""
    found = re.search(rf'href="(/console/approvals/{case.id}/\d+)"', who.open("/console/approvals").text)
    assert found is not None
    return found[1]


def form(text: str, action: str) -> dict[str, str]:
    inner = text.partition(f'action="{action}')[2].partition("</form>")[0]
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', inner))
    return {name: unescape(value) for name, value in found.items()}


def decide(who: Colleague, case: Case, place: str, command: str, **typed: str) -> Any:
    action = f"/console/cases/{case.id}/do/{command}"
    return who.send(action, **{**form(who.open(place).text, action), **typed})


def test_a_proposal_shows_its_law_and_opens_its_reasons_on_record(
    team: Team, ines: Colleague, make_refusal: Any
) -> None:
    # given
    case = refusing(team, make_refusal)
    place = proposal(ines, case)
    # when
    before = ines.open(place).text
    # then
    assert "GDPR Art. 17(3)(b)" in before
    assert REASONS not in before
    assert "The supervisory authority" in before
    # and when
    opened = ines.send(f"{place}/open", **form(before, f"{place}/open"), purpose="assessment").text
    # then
    assert opened.count(REASONS) == 2
    assert [each.purpose.value for each in team.events("request.personal-data-disclosed")] == ["assessment"]


def test_a_second_person_agrees_and_goes_on_to_the_next(team: Team, ines: Colleague, make_refusal: Any) -> None:
    # given
    case = refusing(team, make_refusal)
    place = proposal(ines, case)
    # when
    answer = decide(ines, case, place, "decide_refusal", approve="true")
    # then
    assert answer.location == "/console/approvals?done=decide_refusal"
    assert team.get(f"/requests/{case.id}/items").get_json()["items"][0]["status"] == "refused"
    assert place not in ines.open("/console/approvals").text
    assert "This was decided: approved by ines" in ines.open(place).text


def test_whoever_declines_says_why(team: Team, ines: Colleague, make_refusal: Any) -> None:
    # given
    case = refusing(team, make_refusal)
    place = proposal(ines, case)
    # when
    without = decide(ines, case, place, "decide_refusal", approve="false")
    given = decide(ines, case, place, "decide_refusal", approve="false", reason="The last invoice is of 2009.")
    # then
    assert without.status_code in (409, 422)
    assert given.status_code == 303
    assert team.get(f"/requests/{case.id}/items").get_json()["items"][0]["status"] == "open"


def test_nobody_decides_on_their_own_proposal(team: Team, make_refusal: Any) -> None:
    # given
    case = team.registered("erasure")
    ada = signed_in(team, "ada", Role.HANDLER, Role.APPROVER)
    team.done(case, "items/erasure/refusal", make_refusal(), "ada")
    # when
    shown = ada.open(proposal(ada, case)).text
    # then
    assert "You proposed it. Somebody else decides." in shown
    assert 'name="approve"' not in shown


def test_the_data_protection_officer_reads_and_does_not_decide(team: Team, make_refusal: Any) -> None:
    case = refusing(team, make_refusal)
    dora = signed_in(team, "dora", Role.DPO)
    shown = dora.open(proposal(dora, case)).text
    assert "An approver decides." in shown
    assert 'name="approve"' not in shown


def test_whoever_decides_proves_who_they_are_before_they_type(team: Team, ines: Colleague, make_refusal: Any) -> None:
    place = proposal(ines, refusing(team, make_refusal))
    team.clock.advance(minutes=10)
    assert ines.open(place).location == f"/account/step-up?next={quote(place, safe='/')}"


def test_an_extension_shows_the_new_date_that_the_letter_will_tell(team: Team, ines: Colleague) -> None:
    case = team.registered("access")
    team.done(case, "extension", {"ground": "complexity", "reasons": "Forty systems are searched."})
    shown = ines.open(proposal(ines, case)).text
    assert re.search(r"New date</dt><dd><span[^>]*>\d+ Jun 2026<", shown)
    assert "Forty systems" not in shown


def test_today_leads_to_what_waits_for_a_second_person(team: Team, ines: Colleague, make_refusal: Any) -> None:
    case = refusing(team, make_refusal)
    assert proposal(ines, case) in ines.open("/console").text


def test_a_letter_that_was_edited_waits_among_the_approvals(team: Team, ines: Colleague, make_refusal: Any) -> None:
    # given
    case = refusing(team, make_refusal)
    team.done(case, "items/erasure/refusal/decision", {"approve": True}, "approver")
    body = {"kind": "refusal", "item_ids": ["erasure"], "statements": {"note": "Thank you."}}
    letter = team.done(case, "dispatches", body, key="a-letter")["dispatch_id"]
    # then
    assert f"/console/letters/{letter}" in ines.open("/console/approvals").text
    # and when
    action = f"/console/letters/{letter}/do/approve_dispatch"
    assert ines.send(action, **form(ines.open(f"/console/letters/{letter}").text, action)).status_code == 303
    # then
    assert letter not in ines.open("/console/approvals").text


def test_a_proposal_of_another_controller_is_not_there(team: Team, ines: Colleague, make_refusal: Any) -> None:
    place = proposal(ines, refusing(team, make_refusal))
    team.enrol("francois", Role.APPROVER, controllers=("callcentre-fr",))
    answer = team.client.get(place, headers={"Authorization": f"Bearer {team.token('francois')}"})
    assert answer.status_code == 404


def test_forgetting_a_file_waits_for_a_second_person_and_stands_in_the_register(team: Team, ines: Colleague) -> None:
    # given
    case = team.arrived()
    team.done(case, "dismissal", {"kind": "spam", "reason": "An advertisement."})
    reasons = "By the order of 3 March."
    team.done(case, "forgetting", {"ground": "authority-order", "reasons": reasons})
    place = proposal(ines, case)
    # when
    opened = ines.send(f"{place}/open", **form(ines.open(place).text, f"{place}/open"), purpose="assessment").text
    # then
    assert "A supervisory authority ordered it." in opened
    assert reasons in opened
    # and when
    assert decide(ines, case, place, "decide_forgetting", approve="true").status_code == 303
    # then
    [row] = team.get("/decisions?kind=forgetting").get_json()["items"]
    assert (row["opened_by"], row["decided_by"], row["outcome"]) == ("one-handler", "ines", "approved")
    assert place not in ines.open("/console/approvals").text


def test_a_data_protection_officer_confirms_a_colleague(team: Team) -> None:
    # given
    dora = signed_in(team, "dora", Role.DPO)
    enrolled_by_one(team, "noah")
    place = "/console/staff/noah/do/confirm_staff"
    assert place in dora.open("/console/approvals").text
    # when
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', dora.open(place).text))
    answer = dora.send(place, **sent)
    # then
    assert answer.location == "/console/team/noah?done=confirm_staff"
    assert place not in dora.open("/console/approvals").text


def test_what_waits_for_a_second_person_on_a_matter_is_listed_until_it_is_decided(team: Team, ines: Colleague) -> None:
    # given: an answer, a notice to three people of whom one is not told, and a file to be forgotten; an acknowledgement
    # waits for nobody else
    office = Office(team.service, team.clock)
    drafted(office)
    texts = {"reasons": "A system was searched twice.", "remedies": "We changed that."}
    answered = drafted(office, kind=MatterLetterKind.ANSWER, texts=texts)
    people = [NoticeRecipient(address=Address(name="Ada", email=f"ada{each}@example.org")) for each in range(3)]
    told, gone = to_many(office, *people), ended(office, complaint(office))
    first, *_ = office.find(Matter, told).notices[office.remembered["notice"]]
    office.desk.matter_letters.discard(told, Call(office.ann), letter_id=first, reason="She left in May.")
    propose(office, gone)
    # when
    listed = re.findall(r'<li><a href="/console/matters/([^"/]+)"', ines.open("/console/approvals").text)
    # then: what is due first stands first
    assert listed[0] == str(told)
    assert sorted(listed[1:]) == sorted(map(str, (answered, gone)))
    # and when
    for matter_id, command, said in (
        (told, f"release_notice?notice_id={office.remembered['notice']}", {}),
        (answered, f"release_matter_letter?letter_id={office.remembered['letter']}", {}),
        (gone, "decide_matter_forgetting", {"approve": "true"}),
    ):
        place = f"/console/matters/{matter_id}/do/{command}"
        assert place in ines.open(f"/console/matters/{matter_id}").text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', ines.open(place).text))
        assert ines.send(place, **hidden, **said).status_code == 303
    # then
    assert "Nothing waits for a second person." in ines.open("/console/approvals").text
