"""A proxy that is not trusted is noticed: behind it, all visitors would count as one."""

import logging
import os
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from dsr.api import create_app
from dsr.api.proxies import UNTRUSTED, ProxyWatch
from dsr.bootstrap import Service
from dsr.cli import main
from dsr.settings import load_settings
from tests.api.team import Team

TRUSTED = load_settings({"DSR_TRUSTED_PROXIES": "10.1.0.0/16"}).trusted_proxies
FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


def with_settings(service: Service, **changed: Any) -> Any:
    """A client of the application with these settings."""
    return create_app(replace(service, settings=replace(service.settings, **changed))).test_client()


@pytest.mark.parametrize(
    ("peer", "headers", "state"),
    [
        ("198.51.100.7", FORWARDED, UNTRUSTED),
        ("198.51.100.7", {"Forwarded": "for=203.0.113.9"}, UNTRUSTED),
        ("", {"X-Forwarded-Proto": "https"}, UNTRUSTED),
        ("10.1.2.3", FORWARDED, "ok"),
        ("::ffff:10.1.2.3", FORWARDED, "ok"),
        ("198.51.100.7", {"Host": "dsr.example"}, "ok"),
    ],
)
def test_a_forwarded_request_from_who_is_not_trusted_is_noticed(peer: str, headers: dict[str, str], state: str) -> None:
    watch = ProxyWatch(TRUSTED)
    watch.look(peer, headers)
    assert watch.state == state


def test_it_is_logged_once_a_minute_and_shown_for_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    watch = ProxyWatch((), now=lambda: now[0])
    with caplog.at_level(logging.WARNING, logger="dsr.api"):
        for second in (0, 1, 59, 60, 61):
            now[0] = second
            watch.look("198.51.100.7", FORWARDED)
    assert [UNTRUSTED in record.getMessage() for record in caplog.records] == [True, True]
    assert not any(address in caplog.text for address in ("198.51.100.7", "203.0.113.9"))
    now[0] = 61 + 3601
    assert watch.state == "ok"


def test_readiness_shows_a_proxy_that_is_not_trusted(team: Team) -> None:
    client = with_settings(team.service, trusted_proxies=TRUSTED)
    assert client.get("/health/ready").get_json()["proxies"] == "ok"
    client.get("/my", headers=FORWARDED)
    assert client.get("/health/ready").get_json()["proxies"] == UNTRUSTED


def test_serving_by_https_without_a_trusted_proxy_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("DSR_HOME", str(tmp_path))
    monkeypatch.setenv("DSR_PUBLIC_URL", "https://privacy.example")
    refused = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert refused.exit_code == 2
    assert "DSR_TRUSTED_PROXIES" in refused.output
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ, "what its processes share ended with them"


# Over https --------------------------------------------------------------------------------------------------------


@pytest.fixture
def over_https(team: Team) -> Any:
    return with_settings(team.service, public_url="https://privacy.example")


def test_over_https_cookies_are_of_this_host_only(over_https: Any) -> None:
    shown = over_https.get("/my?language=de")
    cookies = dict(each.split("=", 1) for each in shown.headers.getlist("Set-Cookie"))
    assert set(cookies) == {"__Host-dsr_form", "__Host-dsr_language"}
    for attributes in cookies.values():
        assert {"Secure", "HttpOnly", "Path=/"} <= set(attributes.split("; "))
        assert "Domain" not in attributes
    token = shown.text.partition('name="form_token" value="')[2].partition('"')[0]
    secret = cookies["__Host-dsr_form"].partition(";")[0]
    sent = {"reference": "DSR-2222-3333", "form_token": token}
    planted = {"Cookie": f"dsr_form={secret}"}
    fresh = over_https.application.test_client(use_cookies=False)
    assert fresh.post("/my/code", data=sent, headers=planted).status_code == 403, "what another host planted"
    own = {"Cookie": f"__Host-dsr_form={secret}"}
    assert (
        over_https.application.test_client(use_cookies=False).post("/my/code", data=sent, headers=own).status_code
        == 200
    )


def test_browsers_are_told_to_come_over_https_where_they_do(team: Team, over_https: Any) -> None:
    assert over_https.get("/my").headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    plain = team.app.test_client().get("/my").headers
    assert "Strict-Transport-Security" not in plain
    assert plain["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in plain["Permissions-Policy"]
