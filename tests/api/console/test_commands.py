"""Commands by form: the guards are those of the routes, and nothing that was typed is lost."""

import re
from typing import Any

import pytest

from dsr.api.console.operations import COMMANDS
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Case, Team

HOSTILE = "<script>alert(1)</script>\u202e\"'<img src=x onerror=alert(2)>{{7*7}}"


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def give(who: Colleague, case: Case, name: str, *, query: str = "", version: int | None = None, **typed: str) -> Any:
    """Open the form of a command on a case, fill it in, send it."""
    return give_at(who, f"/console/cases/{case.id}", name, query=query, version=version, **typed)


def give_at(who: Colleague, page: str, name: str, *, query: str = "", version: int | None = None, **typed: str) -> Any:
    """The same for whatever has this page."""
    path = f"{page}/do/{name}"
    form = who.open(f"{path}{query}").text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    if version is not None:
        hidden["version"] = str(version)
    return who.send(path, **{**hidden, **typed})


def test_every_command_on_a_case_has_a_form(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    refused = {}
    for name, command in team.app.extensions[COMMANDS].items():
        if command.parameters[:1] != ("request_id",):
            continue
        answer = carla.open(f"/console/cases/{case.id}/do/{name}")
        allowed = Role.HANDLER in command.operation.roles
        if answer.status_code not in ((200,) if allowed else (403,)):
            refused[name] = answer.status_code
    assert refused == {}


def test_every_command_on_a_letter_has_a_form(team: Team, carla: Colleague) -> None:
    letter = team.done(team.registered("access"), "dispatches", {"kind": "acknowledgement"}, key="k")["dispatch_id"]
    found = {}
    for name, command in team.app.extensions[COMMANDS].items():
        if command.parameters[:1] == ("dispatch_id",):
            found[name] = carla.open(f"/console/letters/{letter}/do/{name}").status_code
    assert found == {
        "edit_dispatch": 200,
        "approve_dispatch": 403,
        "release_dispatch": 200,
        "discard_dispatch": 200,
        "post_dispatch": 200,
    }


def test_a_letter_is_released_by_its_form(team: Team, carla: Colleague) -> None:
    # given
    letter = team.done(team.registered("access"), "dispatches", {"kind": "acknowledgement"}, key="k")["dispatch_id"]
    page = f"/console/letters/{letter}"
    # when
    stale = give_at(carla, page, "discard_dispatch", version=99, reason="Written twice.")
    given = give_at(carla, page, "release_dispatch")
    # then
    assert "The letter changed while you wrote" in stale.text
    assert "Written twice." in stale.text
    assert given.status_code == 303
    assert team.get(f"/dispatches/{letter}").get_json()["state"] == "queued"


def test_a_letter_of_another_controller_is_not_there(team: Team) -> None:
    letter = team.done(team.registered("access"), "dispatches", {"kind": "acknowledgement"}, key="k")["dispatch_id"]
    team.enrol("francois", Role.HANDLER, controllers=("callcentre-fr",))
    francois = Colleague(team)
    francois.register(team.service.desk.invitations.print_code("francois", Call(part("cli"))))
    assert francois.open(f"/console/letters/{letter}/do/release_dispatch").status_code == 404


def test_a_command_is_given_by_its_form(team: Team, carla: Colleague) -> None:
    case = team.arrived()
    answer = give(carla, case, "register_request", rights="access")
    assert answer.location == f"/console/cases/{case.id}?done=register_request"
    assert [each["right"] for each in team.get(f"/requests/{case.id}/items").get_json()["items"]] == ["access"]


def test_a_form_that_is_sent_twice_does_its_work_once(team: Team, carla: Colleague) -> None:
    # given
    case = team.registered("access")
    path = f"/console/cases/{case.id}/do/add_note"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', carla.open(path).text))
    # when
    answers = [carla.client.post(path, data={**hidden, "note": "Rang."}).status_code for _ in range(2)]
    # then
    assert answers == [303, 303]
    names = [each["name"] for each in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert names.count("dsr.request.note-added") == 1


def test_a_field_that_is_wrong_says_why_and_keeps_what_was_typed(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    answer = give(carla, case, "propose_extension", reasons="Four systems have to be searched.")
    assert answer.status_code == 422
    assert "Four systems have to be searched." in answer.text
    assert "This field is missing." in answer.text


def test_a_refusal_of_the_law_stands_above_the_form(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    answer = give(carla, case, "close_request")
    assert answer.status_code in (409, 422)
    assert 'role="alert"' in answer.text


def test_a_stale_form_shows_what_changed_and_loses_no_text(team: Team, carla: Colleague) -> None:
    # given
    case = team.registered("access")
    seen = team.get(f"/requests/{case.id}").get_json()["version"]
    team.done(case, "notes", {"note": "Somebody else was quicker."})
    # when
    answer = give(carla, case, "add_note", version=seen, note="She rang and wants the file as PDF.")
    # then
    assert answer.status_code == 412
    assert "She rang and wants the file as PDF." in answer.text
    assert "Note added" in answer.text
    # and when
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text))
    again = carla.send(f"/console/cases/{case.id}/do/add_note", **hidden, note="She rang and wants the file as PDF.")
    # then
    assert again.status_code == 303


def test_a_command_that_needs_a_fresh_proof_asks_for_it_before_anything_is_typed(team: Team, carla: Colleague) -> None:
    ines = signed_in(team, "ines", Role.APPROVER)
    case = team.registered("access")
    team.clock.advance(minutes=10)
    answer = ines.open(f"/console/cases/{case.id}/do/decide_refusal?item_id=access")
    assert answer.location == f"/account/step-up?next=/console/cases/{case.id}/do/decide_refusal%3Fitem_id%3Daccess"


def test_hostile_text_is_shown_as_text(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    for name, command in team.app.extensions[COMMANDS].items():
        if command.parameters[:1] != ("request_id",) or Role.HANDLER not in command.operation.roles:
            continue
        form = carla.open(f"/console/cases/{case.id}/do/{name}").text
        names = set(re.findall(r'name="([^"]+)"', form)) - {
            "form_token",
            "key",
            "version",
            "look",
            "viewport",
            "robots",
        }
        answer = give(carla, case, name, version=999_999, **dict.fromkeys(names, HOSTILE))
        assert answer.status_code < 500, name
        assert "<script>alert" not in answer.text, name
        assert "<img src=x" not in answer.text, name
        assert "{49}" not in answer.text, name


def test_an_unknown_command_is_no_page(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    assert carla.open(f"/console/cases/{case.id}/do/destroy_everything").status_code == 404
    assert carla.open(f"/console/cases/{case.id}/do/release_dispatch").status_code == 404


def test_what_is_shown_only_once_is_shown(team: Team, carla: Colleague) -> None:
    # given
    case = team.collected()
    team.search(case, "access")
    # when
    answer = give(carla, case, "finish_item", query="?item_id=access", account="Copied from the CRM.")
    # then
    assert answer.status_code == 200
    assert "Shown only here" in answer.text
    assert "/x#" in answer.text
    assert "/console/letters/" in answer.text
    assert re.search(r"<dt>Password</dt><dd><code>[^<]{8,}</code>", answer.text)


def test_to_finish_an_item_takes_a_fresh_proof_as_its_steps_do(team: Team, carla: Colleague) -> None:
    case = team.collected()
    team.search(case, "access")
    team.clock.advance(minutes=10)
    answer = carla.open(f"/console/cases/{case.id}/do/finish_item?item_id=access")
    assert (answer.location or "").startswith("/account/step-up")


def test_a_data_subject_has_no_form_of_the_console(team: Team) -> None:
    case = team.registered("access")
    headers = {"Authorization": f"Bearer {team.token(team.subject(case))}"}
    path = f"/console/cases/{case.id}/do/withdraw_request"
    assert team.client.get(path, headers=headers).status_code == 403
    assert team.client.post(path, headers=headers, data={"version": "1", "key": "k"}).status_code == 403


@pytest.mark.parametrize("typed", ["--5", "5" * 5000, "\u0665"])
def test_a_number_that_is_none_is_refused_and_kept(team: Team, typed: str) -> None:
    both = signed_in(team, "both", Role.HANDLER, Role.APPROVER, Role.DPO)
    case = team.registered("access")
    answer = give(both, case, "propose_fee", amount=typed, facts="The fourth request.")
    assert answer.status_code == 422
    assert "The fourth request." in answer.text


def test_an_unknown_command_counts_as_a_try(team: Team) -> None:
    answer = team.app.test_client().get("/console/do/bogus")
    assert answer.status_code == 404
    assert "RateLimit" in answer.headers


def test_an_id_that_is_none_is_an_unknown_page(team: Team) -> None:
    ines = signed_in(team, "ines", Role.APPROVER)
    case = team.registered("access")
    for typed, status in (("abc", 404), ("9" * 5000, 404), ("7", 409)):
        said: Any = {"of.fact": typed, "approve": "true"}
        answer = give(ines, case, "confirm_earlier_fact", query="?fact=1", **said)
        assert answer.status_code == status, answer.text


def test_a_form_shows_the_dates_that_follow_and_saves_nothing(team: Team, carla: Colleague) -> None:
    # given
    case = team.registered("access")
    seen = team.get(f"/requests/{case.id}").get_json()["version"]
    team.done(case, "disclosures", {"purpose": "assessment", "versions": [1]})  # read meanwhile, which changes nothing
    before = team.get(f"/requests/{case.id}").get_json()
    typed: Any = {"ground": "complexity", "reasons": "Forty systems are searched."}
    # when
    shown = give(carla, case, "propose_extension", version=seen, then="dates", **typed)
    # then
    assert shown.status_code == 200
    assert "Fri 5 Jun 2026, once the person is told" in shown.text
    assert "Forty systems are searched." in shown.text
    # and when
    shown = give(carla, case, "correct_arrival", then="dates", received_at="2026-03-01T10:00", reason="By its stamp.")
    # then
    assert re.search(r"Due</th><td>.*4 Apr.*</td><td><strong>.*31 Mar", shown.text)
    assert team.get(f"/requests/{case.id}").get_json() == before
    # and when the law refuses it
    shown = give(
        carla, case, "confirm_identity", then="dates", identifiers="x", method="documents", account="Her passport."
    )
    # then
    assert shown.status_code in (409, 422)
    assert 'role="alert"' in shown.text
    # and when they go back to the form after it was given
    assert give(carla, case, "propose_extension", key="once", **typed).status_code == 303
    shown = give(carla, case, "propose_extension", key="once", version=seen, then="dates", **typed)
    # then
    assert "Extension proposed, by carla" in shown.text
