"""The way to the organisation's provider and back, as a browser goes it."""

import base64
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.colleague import Colleague
from tests.api.my.conftest import Person
from tests.api.team import Team
from tests.certificates import Authority
from tests.openid_provider import Host, openid_host

SUBJECT = "canary-subject"


@pytest.fixture
def host(authority: Authority, team: Team) -> Iterator[Host]:
    with openid_host(authority, lambda: team.clock.now().timestamp()) as host:
        desk = team.service.desk.openid_sign_in
        desk._provider, desk._public_url = host.provider(), "https://dsr.example"
        yield host


@pytest.fixture
def carla(team: Team, host: Host) -> Colleague:
    team.enrol("carla", Role.HANDLER)
    team.service.desk.openid_sign_in.link("carla", Call(part("cli")), subject=SUBJECT)
    return Colleague(team)


def there_and_back(who: Person, host: Host, start: str = "/sign-in/openid", **replaced: Any) -> TestResponse:
    address = who.open(start).headers["Location"]
    assert address.startswith(f"{host.issuer}/authorize?")
    back = host.sign_in(address, SUBJECT) | replaced
    return who.open("/sign-in/openid/callback", query_string=back)


def test_a_person_signs_in_at_the_organisation_and_proves_it_once_more(
    team: Team, host: Host, carla: Colleague
) -> None:
    # given
    assert 'href="/sign-in/openid"' in carla.open("/sign-in").text
    # when
    answer = there_and_back(carla, host)
    # then
    assert answer.headers["Location"] == "/console"
    assert "signed in as carla" in carla.open("/account").text
    assert carla.client.get_cookie("dsr_openid", path="/sign-in/openid") is None, "its way is over"
    team.clock.advance(minutes=6)
    mine = {"DSR-Form-Token": carla.ask("GET", "/session").get_json()["form_token"], "Idempotency-Key": str(uuid4())}
    path = f"/requests/{uuid4()}/items/access/export"
    assert carla.ask("POST", path, json={}, headers=mine | {"If-Match": '"1"'}).get_json()["code"] == "step-up-required"
    assert 'href="/account/step-up/openid"' in carla.open("/account/step-up").text
    there_and_back(carla, host, "/account/step-up/openid")
    mine |= {"DSR-Form-Token": carla.ask("GET", "/session").get_json()["form_token"]}
    assert carla.ask("POST", path, json={}, headers=mine | {"If-Match": '"1"'}).get_json()["code"] == "request-unknown"
    assert len(team.events("staff-session.signed-in")) == 1


def test_the_cookie_of_the_way_is_lax_short_and_read_by_no_script(host: Host, carla: Colleague) -> None:
    answer = carla.open("/sign-in/openid")
    (cookie,) = (each for each in answer.headers.getlist("Set-Cookie") if each.startswith("dsr_openid"))
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/sign-in/openid"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "replaced",
    [
        {"state": "x"},
        {"code": "x"},
        {"code": ""},
        {"iss": "https://evil.example"},
        {"error": "access_denied", "code": ""},
    ],
)
def test_who_brings_something_else_is_told_in_words_of_ours(
    team: Team, host: Host, carla: Colleague, replaced: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = there_and_back(carla, host, **replaced)
    assert answer.status_code == 403
    assert "evil" not in answer.text
    assert "canary" not in answer.text + caplog.text
    assert carla.open("/account").headers["Location"] == "/sign-in"
    assert team.events("staff-session.signed-in") == []


def test_another_browser_brings_nothing(team: Team, host: Host, carla: Colleague) -> None:
    back = host.sign_in(carla.open("/sign-in/openid").headers["Location"], SUBJECT)
    other = carla.at_another_browser()
    other.open("/sign-in/openid")
    assert other.open("/sign-in/openid/callback", query_string=back).status_code == 403
    assert Person(team).open("/sign-in/openid/callback", query_string=back).status_code == 403


def test_a_provider_that_is_away_is_named_and_ways_are_counted(team: Team, host: Host, carla: Colleague) -> None:
    host.answers = {"/.well-known/openid-configuration": (503, {}, b"")}
    answers = [carla.open("/sign-in/openid").status_code for _ in range(21)]
    assert (answers[0], answers[-1]) == (503, 429)


def test_the_log_names_the_status_that_a_provider_answered_with(
    team: Team, host: Host, carla: Colleague, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as 401, where the operator mistyped the secret."""
    host.answers = {"/token": (401, {}, b'{"error": "canary"}')}
    assert there_and_back(carla, host).status_code == 503
    assert "openid-unavailable: status 401" in caplog.text
    assert "canary" not in caplog.text


PLACE = "/console/queue?right=access"


def test_a_renewed_proof_leads_on_to_where_it_was_asked_for(team: Team, host: Host, carla: Colleague) -> None:
    # given
    there_and_back(carla, host)
    shown = carla.open("/account/step-up", query_string={"next": PLACE}).text
    assert 'href="/account/step-up/openid?next=/console/queue%3Fright%3Daccess"' in shown
    # when, then
    assert there_and_back(carla, host, f"/account/step-up/openid?next={quote(PLACE)}").headers["Location"] == PLACE
    answer = there_and_back(carla, host, "/account/step-up/openid?next=//evil.example")
    assert answer.headers["Location"] == "/console", "only to a page of ours"


def test_a_place_that_was_changed_on_the_way_leads_nowhere(team: Team, host: Host, carla: Colleague) -> None:
    # given
    there_and_back(carla, host)
    address = carla.open(f"/account/step-up/openid?next={quote(PLACE)}").headers["Location"]
    cookie = carla.client.get_cookie("dsr_openid", path="/sign-in/openid")
    assert cookie is not None
    # when
    elsewhere = base64.urlsafe_b64encode(b"/console/keys").decode().rstrip("=")
    carla.client.set_cookie("dsr_openid", f"{cookie.value.partition('.')[0]}.{elsewhere}", path="/sign-in/openid")
    # then
    assert carla.open("/sign-in/openid/callback", query_string=host.sign_in(address, SUBJECT)).status_code == 403
    assert team.events("staff-session.stepped-up") == []


def test_an_operator_links_and_unlinks_an_account_over_rest(team: Team, host: Host, carla: Colleague) -> None:
    # given
    team.enrol("dora", Role.HANDLER)
    etag = team.get("/staff/dora", "operator").headers["ETag"]
    # when
    linked = team.post("/staff/dora/accounts", {"subject": "7"}, "operator", if_match=etag)
    # then
    assert linked.get_json()["unconfirmed"] is True
    (account,) = team.get("/staff/dora/accounts", "operator").get_json()["items"]
    assert (account["issuer"], account["subject"], account["linked_by"]) == (host.issuer, "7", "one-operator")
    taken = team.post("/staff/dora/accounts", {"subject": SUBJECT}, "operator", if_match=linked.headers["ETag"])
    team.refused(taken, 409, "account-taken")
    path = f"/staff/dora/accounts/{account['account_id']}/unlinking"
    assert team.post(path, {}, "operator").status_code == 200
    team.refused(team.post(path, {}, "operator"), 404, "account-unknown")


def test_a_sign_in_at_the_organisation_of_this_morning_is_no_fresh_proof(
    team: Team, host: Host, carla: Colleague
) -> None:
    """Who takes a browser over goes to the provider and back, which knows the person from before."""
    # given
    there_and_back(carla, host)
    team.clock.advance(minutes=6)
    # when
    host.claims = {"auth_time": int(team.clock.now().timestamp()) - 3_600}
    answer = there_and_back(carla, host)
    # then
    assert "max_age=300" in carla.open("/sign-in/openid").headers["Location"], "it is asked to look again"
    assert answer.status_code == 403
    assert carla.open("/account/passkey").headers["Location"].startswith("/account/step-up")
