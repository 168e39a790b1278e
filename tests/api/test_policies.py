"""Policies over HTTP: an operator sees what failed, and no case, and asks for another attempt."""

from typing import Any
from uuid import UUID, uuid4

from dsr.domain.roles import Role
from dsr.eventstore.errors import EventUnreadable
from dsr.policies.positions import Parked
from dsr.policies.runner import BACKOFF
from tests.api.team import Case, Team

POLICY = "acknowledge-receipt"


def given_up(team: Team, *cases: Case) -> None:
    """Let each attempt of a policy fail on these cases, until a person has to ask."""
    runner, now = team.service.policies, team.clock.now()
    position = {each.stream_id: each.position for each in team.service.log.read()}
    for case in cases:
        request_id = UUID(case.id)
        parked = Parked(POLICY, request_id, len(BACKOFF) + 1, EventUnreadable.code, now, None)
        runner.positions.park(parked, position=position[request_id])


def shown(team: Team) -> Any:
    found = {each["policy"]: each for each in team.get("/policies", "operator").get_json()["items"]}
    assert found.keys() == {each.name for each in team.service.policy_states()}
    return found[POLICY]


def test_an_operator_sees_what_failed_by_its_error_and_no_case(team: Team) -> None:
    # given
    case, other = team.arrived(), team.arrived()
    given_up(team, case, other)
    # when
    answer = team.get("/policies", "operator")
    # then
    assert shown(team)["failed"] == [
        {
            "code": EventUnreadable.code,
            "cases": 2,
            "given_up": 2,
            "since": team.clock.now().isoformat().replace("+00:00", "Z"),
            "next_try_at": None,
        }
    ]
    assert case.id not in answer.text


def test_what_was_given_up_is_tried_again_once_an_operator_asks(team: Team) -> None:
    # given: a worker that tries nothing more by itself
    case = team.arrived()
    given_up(team, case)
    team.service.policies.run()
    assert shown(team)["failed"]
    # when
    key = str(uuid4())
    answer = team.post(f"/policies/{POLICY}/retries", {}, "operator", key=key)
    # then
    assert (answer.status_code, answer.get_json()) == (200, {"policy": POLICY, "cases": 1})
    assert shown(team)["failed"][0]["given_up"] == 0
    team.service.policies.run()
    assert shown(team)["failed"] == []
    # and it is on record, once
    assert team.post(f"/policies/{POLICY}/retries", {}, "operator", key=key).get_json() == answer.get_json()
    [asked] = team.events("policy-retry.asked")
    assert (asked.actor, asked.policy, asked.cases) == ("one-operator", POLICY, 1)
    assert asked.credential.startswith("token:")


def test_one_attempt_follows_and_then_a_person_has_to_ask_again(team: Team) -> None:
    # given: an event on which the policy fails each time
    case = team.arrived()
    team.service.policies.positions.park(
        Parked(POLICY, UUID(case.id), len(BACKOFF) + 1, EventUnreadable.code, team.clock.now(), None), position=1
    )
    team.post(f"/policies/{POLICY}/retries", {}, "operator", key=str(uuid4()))
    # when
    team.service.policies.run()
    # then
    assert [each["given_up"] for each in shown(team)["failed"]] == [1]


def test_a_retry_where_nothing_waits_is_refused(team: Team) -> None:
    refused = team.post(f"/policies/{POLICY}/retries", {}, "operator", key=str(uuid4()))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "nothing-to-retry")
    unknown = team.post("/policies/nobody/retries", {}, "operator", key=str(uuid4()))
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "policy-unknown")
    assert team.events("policy-retry.asked") == []


def test_only_an_operator_of_the_whole_service_retries(team: Team) -> None:
    # given
    given_up(team, team.arrived())
    team.enrol("olaf", Role.OPERATOR, controllers=("callcentre-fr",))
    # when
    refused = team.post(f"/policies/{POLICY}/retries", {}, "olaf", key=str(uuid4()))
    # then
    assert refused.status_code == 403
    assert shown(team)["failed"][0]["given_up"] == 1
