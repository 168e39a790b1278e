"""Who asks, behind a proxy: what a trusted one tells, and never what somebody claims."""

from dataclasses import replace
from typing import Any

import pytest

from dsr.api import create_app
from dsr.api.context import client_address
from dsr.bootstrap import Service
from dsr.desk.attempts import ATTEMPTS_A_MINUTE
from dsr.settings import load_settings
from tests.api.team import Team

PROXIES = "127.0.0.0/8, 10.1.0.0/16, 2001:db8:1::/48"
VISITOR, MADE_UP = "198.51.100.7", "203.0.113.9"


def behind(service: Service, proxies: str) -> Any:
    """The application with these proxies in front."""
    trusted = load_settings({"DSR_TRUSTED_PROXIES": proxies}).trusted_proxies
    return create_app(replace(service, settings=replace(service.settings, trusted_proxies=trusted)))


def seen(app: Any, connected: str, told: str | None) -> str:
    headers = {} if told is None else {"X-Forwarded-For": told}
    with app.test_request_context("/my", environ_base={"REMOTE_ADDR": connected}, headers=headers):
        return client_address()


@pytest.mark.parametrize(
    ("connected", "told", "is_seen"),
    [
        ("127.0.0.1", VISITOR, VISITOR),
        ("127.0.0.1", f"{MADE_UP}, {VISITOR}", VISITOR),
        ("127.0.0.1", f"127.0.0.1, 10.1.0.1, {VISITOR}", VISITOR),
        ("127.0.0.1", f"{MADE_UP}, {VISITOR}, 10.1.2.3", VISITOR),
        ("127.0.0.1", "10.1.0.9, 10.1.2.3", "10.1.0.9"),
        ("127.0.0.1", f"{VISITOR}:49152", VISITOR),
        ("127.0.0.1", "[2001:db8:2::7]:49152", "2001:db8:2::7"),
        ("2001:db8:1::1", "2001:db8:2::7", "2001:db8:2::7"),
        ("::ffff:127.0.0.1", f"::ffff:{VISITOR}", VISITOR),
        ("127.0.0.1", f"{MADE_UP}, unknown", "127.0.0.1"),
        ("127.0.0.1", f"{MADE_UP},", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", None, "127.0.0.1"),
        (VISITOR, MADE_UP, VISITOR),
        (VISITOR, f"{MADE_UP}, 127.0.0.1", VISITOR),
        ("", MADE_UP, ""),
    ],
)
def test_who_asks_is_the_last_that_no_trusted_proxy_is(
    service: Service, connected: str, told: str, is_seen: str
) -> None:
    assert seen(behind(service, PROXIES), connected, told) == is_seen


@pytest.mark.parametrize("told", [MADE_UP, f"{MADE_UP}, 127.0.0.1", "127.0.0.1"])
def test_without_a_trusted_proxy_nobody_is_believed(service: Service, told: str) -> None:
    assert seen(behind(service, ""), "127.0.0.1", told) == "127.0.0.1"


def test_a_neighbour_behind_the_same_proxy_locks_nobody_out(service: Service) -> None:
    client = behind(service, "127.0.0.1/32").test_client()

    def attempt(told: str) -> int:
        page = client.get("/x", headers={"X-Forwarded-For": told})
        token = page.text.partition('name="form_token" value="')[2].partition('"')[0]
        form = {"form_token": token, "token": "x", "password": "x"}
        return int(client.post("/x", data=form, headers={"X-Forwarded-For": told}).status_code)

    for number in range(ATTEMPTS_A_MINUTE):
        assert attempt(f"192.0.2.{number}, {VISITOR}") == 404, "what is made up at the left hides nobody"
    assert attempt(VISITOR) == 429
    assert attempt(MADE_UP) == 404


def test_the_network_on_record_is_the_visitors(team: Team, offered: Any) -> None:
    client = behind(team.service, "127.0.0.1/32").test_client()
    told = {"X-Forwarded-For": f"{MADE_UP}, {VISITOR}"}
    secrets = {"token": offered.token, "password": offered.password}
    begun = client.post("/api/v1/exports/redemption", json=secrets, headers=told).get_json()
    session = {"Authorization": f"Bearer {begun['session']}"}
    assert client.get("/api/v1/exports/session/package", headers=told | session).status_code == 200
    events = [each.event for each in team.service.log.read()]
    assert [each.network for each in events if hasattr(each, "network")] == ["198.51.100.0/24"] * 2
