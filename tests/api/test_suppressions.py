"""What an import or a mailing asks first, over HTTP."""

import logging
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.unit_of_work import changing
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.roles import Role
from tests.api.team import Team

CANARY = {"name": "Canary Bird", "email": "canary@example.org", "phone": "+49 30 7654321", "identifiers": ["CANARY-1"]}


@pytest.fixture
def objected(team: Team) -> Any:
    """A team that somebody has objected to: any command may suppress them in its transaction."""
    case, repository = team.arrived(person=CANARY), team.service.desk.repository
    with changing(repository, UUID(case.id), Call(part("test"))) as work:
        work.case.disclose(work.acting, purpose=DisclosurePurpose.ASSESSMENT, versions=(1,))
        work.effect(lambda: repository.suppressions.add_for_case(work.case, work.acting.at))
    return team


def ask(team: Team, who: str = "system-owner", **body: Any) -> Any:
    return team.post("/suppressions/check", {"controller_id": "callcentre-de"} | body, who)


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "Canary@Example.org"},
        {"phone": "0049 30 7654321"},
        {"identifiers": ["7", "canary1"]},
        {"email": "other@example.org", "phone": "+49 30 7654321"},
    ],
)
def test_whoever_objected_is_suppressed_since_that_day(objected: Any, asked: Any) -> None:
    assert ask(objected, **asked).get_json() == {"suppressed": True, "since": "2026-03-05"}


@pytest.mark.parametrize(
    "asked", [{"email": "bert@example.org"}, {"email": "canary@example.org", "controller_id": "callcentre-fr"}]
)
def test_nobody_else_is(objected: Any, asked: Any) -> None:
    assert ask(objected, **asked).get_json() == {"suppressed": False, "since": None}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "identifier-missing"),
        ({"email": " ", "phone": "ext.", "identifiers": ["-"]}, "identifier-missing"),
        ({"email": "canary@example.org", "controller_id": "callcentre-xx"}, "controller-unknown"),
        ({"name": "Canary Bird"}, "input-invalid"),
        ({"email": ["canary@example.org"]}, "input-invalid"),
    ],
)
def test_a_question_that_can_not_be_answered_is_refused(objected: Any, asked: Any, code: str) -> None:
    objected.refused(ask(objected, **asked), 422, code)


def test_a_controller_out_of_scope_is_not_asked_about(objected: Any) -> None:
    objected.enrol("french", Role.SYSTEM_OWNER, controllers=("callcentre-fr",))
    objected.refused(ask(objected, "french", email="canary@example.org"), 403, "forbidden")


def test_neither_log_nor_answer_nor_database_says_who_was_asked_about(
    objected: Any, caplog: pytest.LogCaptureFixture
) -> None:
    objected.token("handler")
    caplog.set_level(logging.DEBUG)
    objected.answers.clear()
    head = objected.service.log.head().position
    ask(objected, "handler", email=CANARY["email"], phone=CANARY["phone"], identifiers=CANARY["identifiers"])
    ask(objected, "handler", email=CANARY["email"], controller_id="canary")
    said = " ".join([*(answer.text for answer in objected.answers), *caplog.messages]).casefold()
    assert "/api/v1/suppressions/check 200" in said.replace(" - ", " ")
    for word in ("canary@", "7654321", "canary-1"):
        assert word not in said
    assert objected.service.log.head().position == head
