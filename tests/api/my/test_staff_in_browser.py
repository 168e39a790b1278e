"""Members of staff in a real Chromium with a virtual authenticator: invitation, sign-in, account, by keyboard alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.my.test_in_browser import checked, focused, reach, serving
from tests.api.my.texts import IN_BROWSER, pages_in
from tests.api.team import Team
from tests.authlib_provider import authlib_host
from tests.certificates import Authority
from tests.chromium import browser

__all__ = ["browser"]

KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(team: Team, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(team.app) as address:
        local = address.replace("127.0.0.1", "localhost")
        monkeypatch.setattr(team.service.desk.signing_in, "_public_url", local)
        yield local


@dataclass
class Seat:
    """A page of a browser of its own, and what controls the authenticator in it."""

    page: Page
    devtools: CDPSession
    key: str

    def send(self, command: str, **facts: Any) -> None:
        """Tell the authenticator something."""
        self.devtools.send(f"WebAuthn.{command}", {"authenticatorId": self.key} | facts)

    def take_another_key(self, **options: Any) -> None:
        """Put the authenticator away and another one in."""
        self.send("removeVirtualAuthenticator")
        self.key = _key(self.devtools, options)


@contextmanager
def seated(browser: Browser, **options: Any) -> Iterator[Seat]:
    """Somebody at a browser with a security key."""
    context = browser.new_context(**options)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    yield Seat(page, devtools, _key(devtools, {}))
    context.close()


def _key(devtools: CDPSession, options: dict[str, Any]) -> str:
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | options})
    return str(made["authenticatorId"])


def invited(team: Team, identifier: str = "carla") -> str:
    team.enrol(identifier, Role.HANDLER)
    return team.service.desk.invitations.print_code(identifier, Call(part("cli")))


def register(page: Page, site: str, code: str, language: str = "en") -> None:
    """Accept an invitation in the browser."""
    words = pages_in(language)
    page.goto(f"{site}/invitation?language={language}")
    page.get_by_label(words["invitation.code"]).fill(code)
    page.get_by_role("button", name=words["invitation.go_on"]).click()
    page.get_by_role("button", name=words["account.register_now"]).click()
    page.wait_for_url("**/console")
    page.goto(f"{site}/account")


@pytest.mark.parametrize("language", IN_BROWSER)
def test_every_page_of_staff_is_accessible(browser: Browser, site: str, team: Team, language: str) -> None:
    words = pages_in(language)
    with seated(browser, locale=language, bypass_csp=True, viewport={"width": 320, "height": 700}) as seat:
        page = seat.page
        page.goto(f"{site}/sign-in")
        checked(page, "sign in")
        page.goto(f"{site}/invitation")
        checked(page, "invitation")
        page.get_by_label(words["invitation.code"]).fill(invited(team))
        page.get_by_role("button", name=words["invitation.go_on"]).click()
        page.wait_for_url("**/invitation/passkey")
        checked(page, "registering")
        page.get_by_role("button", name=words["account.register_now"]).click()
        page.wait_for_url("**/console")
        page.goto(f"{site}/account")
        assert page.locator("header a[href='/console']").count() == 1, "the account leads to the work"
        checked(page, "account")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing stands beside the screen"
        page.get_by_role("link", name=words["account.add"]).click()
        page.wait_for_url("**/account/passkey")
        page.get_by_role("button", name=words["account.register_now"]).click()
        page.get_by_text(words["account.known"]).wait_for()
        checked(page, "known already")
        page.goto(f"{site}/account")
        page.get_by_role("button", name=words["page.sign_out"]).click()
        page.wait_for_url("**/sign-in?done=signed-out")
        checked(page, "signed out")


def test_a_person_registers_signs_in_and_ends_sessions_by_keyboard_alone(
    browser: Browser, site: str, team: Team
) -> None:
    # given
    words = pages_in("en")
    violations: list[str] = []
    with seated(browser, locale="en") as seat:
        page = seat.page
        page.on("console", lambda told: violations.append(told.text) if "Security Policy" in told.text else None)
        code = invited(team)
        page.goto(f"{site}/invitation")
        reach(page, "code")
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        page.wait_for_url("**/invitation/passkey")
        # when
        reach(page, words["account.register_now"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/console")
        page.goto(f"{site}/account")
        # then
        assert words["account.who"] % {"identifier": "carla"} in page.inner_text("main")
        reach(page, words["page.sign_out"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in?done=signed-out")
        reach(page, words["account.sign_in_now"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/console")
        assert focused(page) is not None
        assert page.goto(f"{site}/sign-in") is not None
        assert page.url.endswith("/console"), "who is signed in goes on"
    assert violations == []
    assert [each.actor for each in team.events("staff-session.signed-in")] == ["carla"] * 2
    assert [each.why for each in team.events("staff-session.ended")] == ["signed-out"]


def test_a_second_key_is_registered_and_removed(browser: Browser, site: str, team: Team) -> None:
    words = pages_in("en")
    with seated(browser, locale="en") as seat:
        page = seat.page
        register(page, site, invited(team))
        assert page.get_by_role("button", name=words["account.remove"]).count() == 0, "the last one stays"
        page.goto(f"{site}/account/passkey")
        seat.take_another_key(transport="internal")
        page.get_by_role("button", name=words["account.register_now"]).click()
        page.wait_for_url("**/account?done=registered")
        assert words["account.kind_device"] in page.inner_text("main")
        page.get_by_role("button", name=words["account.remove"]).first.click()
        page.wait_for_url("**/account?done=revoked")
    assert len(team.events("staff.passkey-registered")) == 2
    assert len(team.events("staff.passkey-revoked")) == 1


def test_whoever_is_not_verified_by_the_key_stays_out(browser: Browser, site: str, team: Team) -> None:
    words = pages_in("en")
    with seated(browser, locale="en") as seat:
        page = seat.page
        register(page, site, invited(team))
        page.get_by_role("button", name=pages_in("en")["page.sign_out"]).click()
        page.wait_for_url("**/sign-in?done=signed-out")
        seat.send("setUserVerified", isUserVerified=False)
        page.get_by_role("button", name=words["account.sign_in_now"]).click()
        page.get_by_text(words["account.cancelled"]).wait_for()
        page.goto(f"{site}/account")
        assert page.url.endswith("/sign-in")


def test_a_person_signs_in_at_a_provider_that_others_wrote(
    browser: Browser, site: str, team: Team, authority: Authority
) -> None:
    # given
    words, team.clock.time = pages_in("en"), datetime.now(UTC)
    team.enrol("carla", Role.HANDLER)
    desk = team.service.desk.openid_sign_in
    with authlib_host(authority, site) as provider, seated(browser, locale="en", ignore_https_errors=True) as seat:
        desk._provider, desk._public_url = provider, site
        desk.link("carla", Call(part("cli")), subject="248289761001")
        page = seat.page
        page.goto(f"{site}/sign-in")
        # when
        page.get_by_role("link", name=words["account.organisation_now"]).click()
        page.get_by_label("Name").fill("248289761001")
        page.get_by_role("button", name="Sign in there").click()
        # then
        page.wait_for_url("**/console")
        page.goto(f"{site}/account")
        assert words["account.who"] % {"identifier": "carla"} in page.inner_text("main")
        team.clock.time = datetime.now(UTC)
        page.goto(f"{site}/account/step-up")
        page.get_by_role("link", name=words["account.organisation_again"]).click()
        page.get_by_label("Name").fill("248289761001")
        page.get_by_role("button", name="Sign in there").click()
        page.wait_for_url("**/console")
        assert len(team.events("staff-session.stepped-up")) == 1
        page.goto(f"{site}/sign-in")
        page.context.clear_cookies()
        page.goto(f"{site}/sign-in")
        page.get_by_role("link", name=words["account.organisation_now"]).click()
        page.get_by_label("Name").fill("carla@staff.example")
        page.get_by_role("button", name="Sign in there").click()
        page.get_by_text(words["account.organisation_unlinked"]).wait_for()
