"""A session of a member of staff over HTTP: it does what a token does, and nothing that another site makes it send."""

from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Team


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def form_token(colleague: Colleague) -> dict[str, str]:
    """The header that a page of ours sends."""
    return {"DSR-Form-Token": colleague.ask("GET", "/session").get_json()["form_token"]}


def test_a_session_reads_and_changes_what_the_roles_allow(team: Team, carla: Colleague) -> None:
    # given
    case, mine = team.registered("access"), form_token(carla)
    # when
    assigned = carla.ask(
        "POST",
        f"/requests/{case.id}/assignment",
        json={"assignee": "carla"},
        headers=mine | {"If-Match": case.etag, "Idempotency-Key": str(uuid4())},
    )
    # then
    assert assigned.get_json()["assignee"] == "carla"
    assert carla.ask("GET", "/staff/me").get_json()["identifier"] == "carla"
    refused = carla.ask("POST", "/staff", json={}, headers=mine | {"Idempotency-Key": str(uuid4())})
    team.refused(refused, 403, "forbidden")
    timeline = team.get(f"/requests/{case.id}/timeline").get_json()["items"]
    assert timeline[-1]["credential"].startswith("session:")


@pytest.mark.parametrize("sent", [{}, {"DSR-Form-Token": ""}, {"DSR-Form-Token": "0" * 64}])
def test_a_session_changes_nothing_without_its_form_token(team: Team, carla: Colleague, sent: dict[str, str]) -> None:
    """A page of another site can make a browser send the cookie, and no header of its own."""
    case, before = team.registered("access"), team.service.log.head().position
    answer = carla.ask("POST", f"/requests/{case.id}/notes", json={"note": "x"}, headers=sent | {"If-Match": case.etag})
    team.refused(answer, 403, "form-outdated")
    assert team.service.log.head().position == before


def test_the_form_token_of_another_session_fits_no_other(team: Team, carla: Colleague) -> None:
    other = carla.at_another_browser()
    other.sign_in_with_key()
    answer = carla.ask("POST", "/staff/carla/sessions/end", json={}, headers=form_token(other))
    team.refused(answer, 403, "form-outdated")


def test_a_token_goes_before_the_cookie_and_has_no_session(team: Team, carla: Colleague) -> None:
    token = {"Authorization": f"Bearer {team.token('approver')}"}
    assert carla.ask("GET", "/staff/me", headers=token).get_json()["identifier"] == "one-approver"
    team.refused(carla.ask("GET", "/session", headers=token), 404, "staff-session-unknown")
    wrong = carla.ask("GET", "/staff/me", headers={"Authorization": "Bearer dsr_x"})
    team.refused(wrong, 401, "token-invalid")


def test_the_cookie_is_read_by_no_script_and_comes_from_no_other_form(team: Team, carla: Colleague) -> None:
    carla.open("/account")
    signed = carla.at_another_browser()
    answer = signed.sign_in_with_key()
    (cookie,) = (each for each in answer.headers.getlist("Set-Cookie") if each.startswith("dsr_staff"))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    secret = cookie.split("=")[1].split(";")[0]
    assert secret not in signed.open("/account").text
    assert signed.send("/sign-out", form_token="x").status_code == 403
    assert signed.open("/account").status_code == 200, "the session goes on"


def test_sessions_and_passkeys_are_listed_and_ended_over_http(team: Team, carla: Colleague) -> None:
    # given
    other = carla.at_another_browser()
    other.sign_in_with_key()
    listed = carla.ask("GET", "/staff/carla/sessions").get_json()["items"]
    assert [each["runs"] for each in listed] == [True, True]
    mine = carla.ask("GET", "/session").get_json()["session_id"]
    (another,) = (each["session_id"] for each in listed if each["session_id"] != mine)
    # when
    ended = carla.ask("POST", f"/staff/carla/sessions/{another}/end", json={}, headers=form_token(carla))
    # then
    assert ended.get_json() == {"ended": [another]}
    team.refused(other.ask("GET", "/staff/me"), 401, "sign-in-needed")
    (passkey,) = team.get("/staff/carla/passkeys", "operator").get_json()["items"]
    path = f"/staff/carla/passkeys/{passkey['passkey_id']}/revocation"
    team.refused(carla.ask("POST", path, json={}, headers=form_token(carla)), 409, "last-passkey")
    assert team.post(path, {}, "operator").status_code == 200
    team.refused(carla.ask("GET", "/staff/me"), 401, "sign-in-needed")


def test_the_version_of_a_member_is_shown_as_it_is_after_a_passkey(team: Team, carla: Colleague) -> None:
    """A version that the list does not follow would refuse every further change."""
    etag = team.get("/staff/carla", "operator").headers["ETag"]
    training = {"course": "phishing", "completed_on": "2026-03-04"}
    assert team.post("/staff/carla/training", training, "operator", if_match=etag).status_code == 200
    etag = team.get("/staff/carla", "operator").headers["ETag"]
    carla.at_another_browser().sign_in_with_key()
    assert team.get("/staff/carla", "operator").headers["ETag"] == etag, "a sign-in changes no version"


def test_pages_lead_to_the_sign_in_and_forms_are_refused_without_a_session(team: Team, carla: Colleague) -> None:
    stranger = Colleague(team, carla.key)
    stranger.open("/sign-in")
    for path in ("/account", "/account/passkey", "/account/step-up"):
        assert stranger.open(path).headers["Location"] == "/sign-in"
    for path in ("/account/passkeys", "/account/sessions/end", "/account/step-up", "/account/tokens/revocation"):
        assert stranger.send(path).status_code == 401
    assert stranger.sign_in_with_key().headers["Location"] == "/console"
    assert stranger.open("/sign-in").headers["Location"] == "/console"


HOSTILE_NEXT: dict[str, Any] = {
    "https://evil.example": "/account",
    "//evil.example": "/account",
    "/\\evil.example": "/account",
    "javascript:alert(1)": "/account",
    "/account\r\nSet-Cookie: x=y": "/account",
    "/docs?x=1": "/docs?x=1",
}


@pytest.mark.parametrize("wanted", HOSTILE_NEXT)
def test_a_step_up_leads_to_no_other_host(team: Team, carla: Colleague, wanted: str) -> None:
    carla.open("/account/step-up")
    answer = carla.send("/account/step-up", answer=carla.key.get(carla.options), next=wanted)
    assert answer.headers["Location"] == HOSTILE_NEXT[wanted]


def test_tries_to_sign_in_are_counted_by_network(team: Team) -> None:
    stranger = Colleague(team)
    stranger.open("/sign-in")
    answers = [stranger.send("/sign-in", answer="{}").status_code for _ in range(21)]
    assert (answers[0], answers[-1]) == (403, 429)


def test_where_browsers_use_no_passkeys_the_page_says_so(team: Team) -> None:
    somebody = Colleague(team)
    team.service.desk.signing_in._public_url = "http://dsr.example"
    page = somebody.open("/sign-in")
    assert page.status_code == 200
    assert "https only" in page.text
    assert "data-options" not in page.text
