"""What newcomers to the console need: a way on from each page, and words for what happened."""

import re
from typing import Any

import pytest

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.console.test_commands import give, give_at
from tests.api.console.test_journey import work_is_done
from tests.api.console.test_triage import hidden
from tests.api.team import Case, Team

ORDER: Any = {
    "kind": "order",
    "controller_id": "callcentre-de",
    "authority": "Data protection commissioner",
    "due_on": "2026-04-30",
    "channel": "email",
    "received_at": "2026-03-03T09:00",
    "language": "en",
    "content": "Tell us how you dealt with the request.",
}


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def reference_of(team: Team, case: Case) -> str:
    return str(team.get(f"/requests/{case.id}").get_json()["reference"])


def waits(who: Colleague, case: Case) -> str:
    """What the page of the case says of whom it waits for."""
    return who.open(f"/console/cases/{case.id}").text.partition('id="waits"')[2].partition("</section>")[0]


def form_of(who: Colleague, case: Case, name: str, query: str = "") -> str:
    return who.open(f"/console/cases/{case.id}/do/{name}{query}").text


def test_a_command_that_was_done_is_named_on_the_page_after_it(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    after = give(carla, case, "grant_item", query="?item_id=access")
    assert "Done: Grant." in carla.open(after.location).text
    assert "Done:" not in carla.open(f"/console/cases/{case.id}?done=no_such_command").text


def test_a_letter_that_was_registered_is_named_above_the_next(team: Team, carla: Colleague) -> None:
    # given
    first, _second = team.mailed(), team.mailed()
    page = f"/console/triage/{first.id}"
    # when
    fields = hidden(carla.open(page).text, f"{page}/register")
    following = carla.send(f"{page}/register", **fields, rights="access", then="open").text
    # then
    assert f"{reference_of(team, first)} is registered." in following
    assert f'href="/console/cases/{first.id}">Work on it' in following


def test_a_grant_asks_for_grounds_of_erasure_for_an_erasure_alone(team: Team, carla: Colleague) -> None:
    case = team.registered("access", "erasure")
    assert "erasure_ground" in form_of(carla, case, "grant_item", "?item_id=erasure")
    assert "erasure_ground" not in form_of(carla, case, "grant_item", "?item_id=access")


def test_activities_are_chosen_by_name(team: Team, carla: Colleague) -> None:
    case = team.granted("restriction")
    shown = form_of(carla, case, "restrict_processing", "?item_id=restriction")
    chosen = re.findall(r'type="checkbox" name="activities" value="([^"]+)"', shown)
    assert "customer-calls" in chosen


def test_a_case_that_waits_for_its_answer_leads_to_the_letter(team: Team, carla: Colleague) -> None:
    # given
    case = team.granted("restriction")
    typed: Any = {
        "of.item_id": "restriction",
        "ground": "accuracy-contested",
        "facts": "The sum.",
        "activities": "customer-calls",
        "review_on": "2026-04-30",
    }
    given = give(carla, case, "restrict_processing", query="?item_id=restriction", **typed)
    assert given.status_code == 303, given.text
    assert "Record that it is done" in waits(carla, case)
    give(carla, case, "complete_item", query="?item_id=restriction", account="It is marked.")
    # when nobody has written the answer
    assert "The service is drafting it: load again" in waits(carla, case)
    # and when the service has
    work_is_done(team)
    # then
    found = re.search(r'href="(/console/letters/[^"]+)">Read the answer, and send it', waits(carla, case))
    assert found is not None
    # and when that is discarded
    give_at(carla, found[1], "discard_dispatch", reason="Another one.")
    assert "/do/prepare_dispatch?item_ids=restriction" in waits(carla, case)


def test_an_acknowledgement_that_leaves_meanwhile_makes_no_form_stale(team: Team, carla: Colleague) -> None:
    # given
    team.service.begin_policies()
    letter = team.mailed()
    team.done(letter, "registration", {"rights": ["access"]})
    path = f"/console/cases/{letter.id}/do/grant_item"
    form = hidden(carla.open(f"{path}?item_id=access").text.replace('class="command"', f'action="{path}"'), path)
    # when
    work_is_done(team)
    assert "dsr.request.answer-sent" in [
        each["name"] for each in team.get(f"/requests/{letter.id}/timeline").get_json()["items"]
    ]
    given = carla.send(path, **form)
    # then
    assert given.status_code == 303, given.text


def test_a_refusal_calls_a_field_as_the_form_calls_it(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    refused = give(
        carla, case, "propose_refusal", query="?item_id=access", ground="manifestly-excessive", reasons="Each week."
    )
    assert refused.status_code == 409
    assert "state in “Facts” what proves it" in refused.text
    assert 'id="f-facts"' in refused.text.partition("<details")[0], "it stands there at once"


def test_a_letter_of_an_authority_in_triage_becomes_a_matter(team: Team, carla: Colleague) -> None:
    # given
    letter, concerned = team.mailed("We order you to tell us how you dealt with the complaint."), team.granted("access")
    after = give(carla, letter, "dismiss_request", kind="authority-letter", reason="An order.")
    shown = carla.open(after.location).text
    assert "Nobody has said which rights" not in shown
    form = re.search(r'href="(/console/do/open_authority_letter[^"]+)"', shown)
    assert form is not None
    # when
    filled = carla.open(form[1].replace("&amp;", "&")).text
    assert 'value="complaint"' not in filled, "a complaint has a form of its own"
    assert re.search(r'<option value="email" selected', filled)
    entered = give_at(carla, "/console", "open_authority_letter", **ORDER, request_ids=reference_of(team, concerned))
    # then
    assert entered.location.startswith("/console/matters/"), entered.text
    assert f"/console/cases/{concerned.id}" in carla.open(entered.location).text


def test_a_reference_that_nobody_has_is_named(team: Team, carla: Colleague) -> None:
    refused = give_at(carla, "/console", "open_authority_letter", **ORDER, request_ids="DSR-7KQ4-M2XN")
    assert refused.status_code == 404
    assert "Tell us how you dealt with the request." in refused.text


@pytest.mark.parametrize(
    ("name", "offered", "not_offered"),
    [("tell_password", "telephone", "email"), ("open_authority_letter", "order", "complaint")],
)
def test_a_form_offers_only_what_its_field_takes(
    team: Team, carla: Colleague, name: str, offered: str, not_offered: str
) -> None:
    place = "/console" if name.startswith("open") else f"/console/cases/{team.granted('access').id}"
    shown: Any = re.findall(
        r'type="radio" name="(?:channel|kind)" value="([^"]+)"', carla.open(f"{place}/do/{name}").text
    )
    assert offered in shown
    assert not_offered not in shown


def test_an_auditor_goes_from_the_page_of_a_case_to_its_audit(team: Team, carla: Colleague) -> None:
    case, audra = team.registered("access"), signed_in(team, "audra", Role.AUDITOR)
    assert f'href="/console/audit/cases/{case.id}"' in audra.open(f"/console/cases/{case.id}").text
    assert f'href="/console/audit/cases/{case.id}"' not in carla.open(f"/console/cases/{case.id}").text


def test_whoever_proves_who_they_are_goes_on_where_they_were(team: Team) -> None:
    # given
    case, audra = team.registered("access"), signed_in(team, "audra", Role.AUDITOR)
    place = f"/console/audit/bundles?scope=case:{case.id}"
    # when
    shown = audra.open("/account/step-up", query_string={"next": place}).text
    # then
    assert f'name="next" value="{place}"' in shown.replace("&amp;", "&")
