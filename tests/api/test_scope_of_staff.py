"""Members of staff know each other only where they work for the same controller (GDPR Art. 5(1)(f), 25(2))."""

from typing import Any
from uuid import uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.team import Team

READERS = (Role.HANDLER, Role.APPROVER, Role.DPO, Role.AUDITOR, Role.OPERATOR)


@pytest.fixture
def staffed(team: Team) -> Team:
    """A team with a French, a German and a shared member."""
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    team.enrol("german", Role.HANDLER, controllers=("callcentre-de",))
    team.enrol("both", Role.HANDLER, controllers=("callcentre-de", "callcentre-fr"))
    return team


def listed(team: Team, who: str) -> set[str]:
    return {each["identifier"] for each in team.get("/staff?limit=200", who).get_json()["items"]}


@pytest.mark.parametrize("role", READERS)
def test_staff_with_a_scope_see_those_who_share_a_controller(staffed: Team, role: Role) -> None:
    # given
    one = staffed.enrol("one", role, controllers=("callcentre-fr",))
    # then
    assert listed(staffed, one) == {"french", "both", "one", "operator"}
    assert staffed.get("/staff/both", one).status_code == 200
    unknown = staffed.refused(staffed.get("/staff/nobody", one), 404, "staff-unknown")
    hidden = staffed.refused(staffed.get("/staff/german", one), 404, "staff-unknown")
    assert hidden | {"instance": ""} == unknown | {"instance": ""}, "as if there were nobody"


def test_staff_for_all_controllers_see_everybody(staffed: Team) -> None:
    assert listed(staffed, "handler") == {"french", "german", "both", "operator", "one-handler"}


def test_an_auditor_with_a_scope_reads_no_tokens_of_others(staffed: Team) -> None:
    auditor = staffed.enrol("aud", Role.AUDITOR, controllers=("callcentre-fr",))
    assert len(staffed.get("/staff/french/tokens", auditor).get_json()["items"]) == 1
    staffed.refused(staffed.get("/staff/german/tokens", auditor), 404, "staff-unknown")


def test_pages_of_a_scoped_list_hold_only_what_is_in_scope(staffed: Team) -> None:
    first = staffed.get("/staff?limit=2", "french").get_json()
    second = staffed.get(f"/staff?limit=2&cursor={first['next']}", "french").get_json()
    names = [each["identifier"] for each in (*first["items"], *second["items"])]
    assert (names, second["next"]) == (["both", "french", "operator"], None)


def test_an_operator_with_a_scope_changes_and_gives_nothing_beyond_it(staffed: Team) -> None:
    operator = staffed.enrol("op", Role.OPERATOR, controllers=("callcentre-fr",))

    def enrol(*controllers: str) -> Any:
        body = {"identifier": "new", "roles": ["operator"], "controllers": controllers}
        return staffed.post("/staff", body, operator, key=str(uuid4()))

    for beyond in ("callcentre-de", "*"):
        staffed.refused(enrol("callcentre-fr", beyond), 403, "forbidden")
    assert enrol("callcentre-fr").status_code == 201
    wider = {"roles": ["operator"], "controllers": ["*"]}
    staffed.refused(staffed.post("/staff/op/roles", wider, operator, if_match='"2"'), 403, "forbidden")
    for path, body in (
        ("leaving", {}),
        ("address", {"email": "g@example.org"}),
        ("training", {"course": "gdpr", "completed_on": "2026-03-04"}),
    ):
        sent = staffed.post(f"/staff/german/{path}", body, operator, if_match='"4"', key=str(uuid4()))
        staffed.refused(sent, 404, "staff-unknown")
    token = staffed.post("/staff/german/tokens", {"name": "report"}, operator, key=str(uuid4()))
    staffed.refused(token, 409, "token-for-another")


def narrow(team: Team, who: str, *roles: Role, controllers: tuple[str, ...]) -> None:
    team.service.desk.staff.change_roles(who, Call(part("test")), roles=roles, controllers=controllers)


def test_an_answer_is_repeated_to_nobody_whose_access_was_narrowed_since(team: Team) -> None:
    """The stored answer shows a case that they may not see any more."""
    # given
    team.enrol("ada", Role.HANDLER, Role.INTAKE)
    case = team.registered("access")
    path, body, etag = f"/requests/{case.id}/assignment", {"assignee": "ada"}, case.etag

    def entered() -> Any:
        return team.post("/requests", team.entry(received_at="2026-03-02T08:00:00Z"), "ada", key="new")

    def assigned() -> Any:
        return team.post(path, body, "ada", if_match=etag, key="same")

    first = entered()
    assert (first.status_code, assigned().status_code) == (201, 200)
    assert entered().data == first.data
    # when
    narrow(team, "ada", Role.HANDLER, Role.INTAKE, controllers=("callcentre-fr",))
    # then
    team.refused(assigned(), 403, "answer-withheld")
    team.refused(entered(), 403, "answer-withheld")
    # and: what is given back is shown again, and nothing was done twice
    narrow(team, "ada", Role.HANDLER, Role.INTAKE, controllers=("*",))
    assert entered().data == first.data
    assert (len(team.events("request.assigned")), len(team.events("request.received"))) == (1, 2)


def test_an_answer_is_repeated_to_nobody_who_lost_a_role_since(team: Team) -> None:
    # given: an operator ends the token of another, which anybody may do with their own
    team.enrol("olga", Role.OPERATOR, Role.HANDLER)
    etag = team.get("/staff/one-handler", "handler").headers["ETag"]
    token_id = team.get("/staff/one-handler/tokens", "handler").get_json()["items"][0]["token_id"]
    path = f"/staff/one-handler/tokens/{token_id}/revocation"
    assert team.post(path, {}, "olga", if_match=etag, key="same").status_code == 200
    # when
    narrow(team, "olga", Role.HANDLER, controllers=("*",))
    # then
    team.refused(team.post(path, {}, "olga", if_match=etag, key="same"), 403, "answer-withheld")


def test_more_access_than_then_repeats_the_answer(team: Team) -> None:
    # given
    team.enrol("ada", Role.INTAKE, controllers=("callcentre-de",))

    def entered() -> Any:
        return team.post("/requests", team.entry(received_at="2026-03-02T08:00:00Z"), "ada", key="new")

    first = entered()
    # when
    narrow(team, "ada", Role.INTAKE, Role.HANDLER, controllers=("callcentre-de", "callcentre-fr"))
    # then
    assert entered().data == first.data
