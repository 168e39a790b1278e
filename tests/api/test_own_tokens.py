"""Tokens for programs over HTTP: named, limited, shown once."""

from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.roles import Role
from tests.api.team import Team


def issued(team: Team, **limits: Any) -> dict[str, str]:
    answer = team.post("/staff/one-handler/tokens", {"name": "report"} | limits, "handler", key="t")
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.get_json()['token']}"}


def test_a_token_that_only_reads_changes_and_opens_nothing(team: Team) -> None:
    # given
    headers = issued(team, reads_only=True)
    case = team.registered("access")
    # then: it reads, also by POST where that changes nothing
    assert team.get("/requests", None, headers=headers).status_code == 200
    assert team.post("/requests/search", {"email": "a@example.org"}, None, headers=headers).status_code == 200
    assert team.get("/staff/me", None, headers=headers).get_json()["reads_only"] is True
    # and changes nothing, and opens nothing
    for path, body in (
        (f"/requests/{case.id}/disclosures", {"purpose": "triage"}),
        (f"/requests/{case.id}/notes", {"note": "Seen."}),
        ("/staff/one-handler/tokens", {"name": "another"}),
    ):
        team.refused(team.post(path, body, None, headers=headers), 403, "token-limited")
    for path in (f"/saved-filters/{uuid4()}", f"/uploads/{uuid4()}"):
        team.refused(team.ask("DELETE", path, None, headers=headers), 403, "token-limited")


def test_a_token_of_one_role_is_refused_what_needs_another(team: Team) -> None:
    headers = issued(team, controllers=["callcentre-fr"])
    case = team.registered("access")
    team.refused(team.get(f"/requests/{case.id}", None, headers=headers), 404, "request-unknown")


@pytest.mark.parametrize("wrong", [{"roles": ["operator"]}, {"roles": []}, {"name": "Ada Lovelace"}, {"name": None}])
def test_a_token_that_gives_too_much_or_has_no_proper_name_is_refused(team: Team, wrong: dict[str, Any]) -> None:
    body = {"name": "report"} | wrong
    code = (409, "token-too-wide") if wrong.get("roles") else (422, "input-invalid")
    team.refused(team.post("/staff/one-handler/tokens", body, "handler", key="t"), *code)


def test_a_limited_token_of_an_operator_becomes_no_token_that_gives_all(team: Team) -> None:
    # given
    team.enrol("olga", Role.OPERATOR, Role.APPROVER)
    body = {"name": "sync", "roles": ["operator"]}
    headers = {"Authorization": f"Bearer {team.post('/staff/olga/tokens', body, 'olga', key='t').get_json()['token']}"}
    etag = team.get("/staff/olga", "olga").headers["ETag"]
    address = {"email": "thief@evil.example"}
    # when
    given = team.post("/staff/olga/address", address, None, if_match=etag, headers=headers)
    invited = team.post("/staff/olga/invitations", {}, None, key="i", headers=headers)
    # then
    team.refused(given, 403, "token-limited")
    team.refused(invited, 403, "token-limited")


def test_a_limited_token_repeats_no_command_of_its_holder(team: Team) -> None:
    """The stored answer shows a case that the token does not open."""
    # given
    headers, case = issued(team, controllers=["callcentre-fr"]), team.registered("access")
    path, body, etag = f"/requests/{case.id}/assignment", {"assignee": "one-handler"}, case.etag
    assert team.post(path, body, if_match=etag, key="same").status_code == 200
    # when
    again = team.post(path, body, None, if_match=etag, key="same", headers=headers)
    # then
    team.refused(again, 404, "request-unknown")
    assert team.post(path, body, if_match=etag, key="same").status_code == 200, "its holder repeats it"
