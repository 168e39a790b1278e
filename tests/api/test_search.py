"""Finding the requests of a person over HTTP: in a body, so that no log shows whom somebody looked for."""

import logging
from typing import Any

import pytest

from dsr.domain.roles import Role
from tests.api.team import Team

CANARY = {"name": "Canary Bird", "email": "canary@example.org", "phone": "+49 30 7654321", "identifiers": ["CANARY-1"]}


def search(team: Team, body: Any, who: str = "handler") -> Any:
    return team.post("/requests/search", body, who)


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["request_id"] for each in answer.get_json()["items"]]


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "CANARY@example.org"},
        {"phone": "0049 30 7654321"},
        {"name": "bird, canary"},
        {"identifier": "canary 1"},
    ],
)
def test_a_request_is_found_by_each_identifier_and_shown_as_in_the_queue(team: Team, asked: Any) -> None:
    case = team.arrived(person=CANARY)
    team.arrived()
    answer = search(team, asked)
    assert answer.get_json() == {"items": [team.get(f"/requests/{case.id}").get_json()], "next": None}


def test_a_mail_is_found_by_its_sender(team: Team) -> None:
    case = team.mailed()
    assert found(search(team, {"email": "ada@example.org"}, "intake")) == [case.id]


def test_several_requests_come_in_pages_what_arrived_last_first(team: Team) -> None:
    cases = []
    for _ in range(3):
        cases.append(team.arrived(person=CANARY).id)
        team.clock.advance(minutes=1)
    first = search(team, {"name": "Canary Bird", "limit": 2})
    second = search(team, {"name": "Canary Bird", "limit": 2, "cursor": first.get_json()["next"]})
    assert [*found(first), *found(second)] == cases[::-1]
    assert second.get_json()["next"] is None


def test_a_request_out_of_scope_is_not_found(team: Team) -> None:
    team.arrived(person=CANARY)
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    assert found(search(team, {"email": CANARY["email"]}, "french")) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "input-invalid"),
        ({"email": "a@example.org", "name": "Ada"}, "input-invalid"),
        ({"email": None}, "input-invalid"),
        ({"address": "Weg 1"}, "input-invalid"),
        ({"email": "a@example.org", "limit": 0}, "input-invalid"),
        ({"email": "a@example.org", "limit": "50"}, "input-invalid"),
        ({"email": "a@example.org", "cursor": "x"}, "cursor-invalid"),
        ({"email": " "}, "identifier-missing"),
        ({"phone": "ext."}, "identifier-missing"),
    ],
)
def test_a_search_that_names_no_one_thing_is_refused(team: Team, asked: Any, code: str) -> None:
    team.refused(search(team, asked), 422, code)


def test_a_search_without_anything_is_told_the_fields_that_there_are(team: Team) -> None:
    problem = team.refused(team.post("/requests/search", {}), 422, "input-invalid")
    assert problem["errors"] == [{"pointer": "", "detail": "Give one of email, phone, name, identifier, reference."}]


def test_a_search_is_no_disclosure_and_nothing_keeps_whom_it_was_for(
    team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    case = team.arrived(person=CANARY)
    team.token("handler")
    caplog.set_level(logging.DEBUG)
    team.answers.clear()
    head = team.service.log.head().position
    assert found(search(team, {"email": CANARY["email"]})) == [case.id]
    search(team, {"name": CANARY["name"]})
    search(team, {"email": "canary@example.org", "phone": "canary"})
    assert team.service.log.head().position == head
    said = " ".join([*(answer.text for answer in team.answers), *caplog.messages])
    assert "/api/v1/requests/search" in said
    assert "one-handler" in said, "who searched is logged"
    assert "canary" not in said.casefold()
