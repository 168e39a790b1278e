"""What may be done next, over HTTP: what is served is what the routes do (docs/law §3)."""

from typing import Any

from dsr.desk.next_steps import commands
from dsr.domain.roles import Role
from tests.api.team import Team


def steps(team: Team, case: Any, who: str = "handler", query: str = "") -> list[dict[str, Any]]:
    response = team.get(f"/requests/{case.id}/next{query}", who)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.get_json()["steps"]
    return found


def test_a_step_that_is_allowed_is_given_at_its_address_with_the_version_that_it_was_read_at(team: Team) -> None:
    # given
    case = team.registered("access")
    response = team.get(f"/requests/{case.id}/next?command=grant")
    (grant,) = response.get_json()["steps"]
    # when
    done = team.post(
        grant["href"].removeprefix("/api/v1"), {}, headers={"If-Match": response.headers["ETag"]}, key="grant-1"
    )
    # then
    assert (grant["allowed"], grant["method"], grant["label"]) == (True, "POST", "command.grant")
    assert done.status_code == 200, done.text


def test_a_step_that_is_refused_is_refused_at_its_address_in_the_same_words(team: Team) -> None:
    case = team.registered("rectification")
    refused = [each for each in steps(team, case, query="?allowed=false") if each["command"] == "record_done"]
    (done,) = refused
    problem = team.command(case, done["href"].partition(f"{case.id}/")[2], {"account": "Corrected."}).get_json()
    assert (
        (done["code"], done["detail"]) == (problem["code"], problem["detail"]) == ("item-not-granted", done["detail"])
    )


def test_the_roles_of_a_step_are_those_of_its_route(team: Team) -> None:
    operations = {
        operation["operationId"]: (path, operation)
        for path, item in team.specification.document["paths"].items()
        for method, operation in item.items()
        if method == "post"
    }
    for command, given_by in commands().items():
        path, operation = operations[given_by.operation]
        assert path == given_by.path, command
        assert set(operation["x-roles"]) == {*given_by.roles}, command


def test_whom_the_request_waits_for_is_shown(team: Team) -> None:
    case = team.arrived()
    waits_for = team.get(f"/requests/{case.id}/next", "auditor").get_json()["waits_for"]
    assert [(each["party"], each["need"], each["command"]) for each in waits_for] == [("handler", "triage", "register")]


def test_an_auditor_reads_the_steps_and_may_take_none_but_opening(team: Team) -> None:
    case = team.registered("access")
    assert {each["command"] for each in steps(team, case, Role.AUDITOR.value, "?allowed=true")} == {"disclose"}


def test_a_command_that_is_no_step_is_refused(team: Team) -> None:
    case = team.registered("access")
    assert team.get(f"/requests/{case.id}/next?command=record_due").status_code == 422
