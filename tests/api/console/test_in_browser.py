"""The console in a real Chromium: accessible, by keyboard alone, at 320 px, in light and dark, without scripts."""

from typing import Any, Final

from playwright.sync_api import Browser, Page

from dsr.api.cookies import STAFF_SESSION
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.my.test_in_browser import browser, checked, serving
from tests.api.team import Team
from tests.api.test_matters import complained

__all__ = ["browser"]

PAGES: Final = (
    "/console",
    "/console/queue",
    "/console/triage/{letter}",
    "/console/cases/{case}",
    "/console/approvals",
    "/console/letters",
    "/console/letters/{draft}",
    "/console/matters",
    "/console/dates",
    "/console/dates/calendars",
    "/console/numbers",
    "/console/matters/{matter}",
    "/console/quarantine",
    "/console/record/1",
    "/console/team/carla",
    "/console/me",
    "/console/cases/{case}/do/propose_refusal?item_id=erasure",
    "/console/cases/{case}/do/rectify_data?item_id=rectification",
)
"""One of each kind; `{letter}` has not been triaged, `{case}` has, `{draft}` is a letter of it."""

LOOKS: Final[tuple[dict[str, Any], ...]] = (
    {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    {"viewport": {"width": 320, "height": 800}, "color_scheme": "dark"},
)


def at_a_screen(browser: Browser, site: str, who: Colleague, **look: Any) -> Page:
    """A page in the session of a member of staff."""
    session = who.client.get_cookie(STAFF_SESSION)
    assert session is not None
    context = browser.new_context(bypass_csp=look.pop("bypass_csp", True), **look)
    context.add_cookies([{"name": STAFF_SESSION, "value": session.value, "url": site}])
    return context.new_page()


def test_every_page_is_accessible_and_fits_the_screen(team: Team, browser: Browser) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER, Role.APPROVER)
    case = team.registered("access", "erasure", "rectification")
    draft = team.done(case, "dispatches", {"kind": "acknowledgement"}, key="a-letter")["dispatch_id"]
    known = {
        "draft": draft,
        "letter": team.mailed().id,
        "case": case.id,
        "matter": complained(team).get_json()["matter_id"],
    }
    with serving(team.app) as site:
        for look in LOOKS:
            page = at_a_screen(browser, site, carla, **look)
            for path in PAGES:
                # when
                answer = page.goto(site + path.format(**known))
                # then
                assert answer is not None
                assert answer.status == 200, path
                checked(page, f"{path} {look}")
                beside = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert page.evaluate(beside) == 0, f"{path}: something stands beside the screen"
            page.context.close()


def test_a_letter_is_triaged_with_three_keys(team: Team, browser: Browser) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)
    letter, following = team.mailed("Please erase all my data."), team.mailed("What do you hold on me?")
    refused: list[str] = []
    with serving(team.app) as site:
        page = at_a_screen(browser, site, carla, bypass_csp=False)
        page.on("console", lambda told: refused.append(told.text))
        page.goto(f"{site}/console/triage/{letter.id}")
        # when
        page.keyboard.press("o")
        page.get_by_text("Please erase all my data.").wait_for()
        page.keyboard.press("r")
        # then
        page.get_by_text("What do you hold on me?").wait_for()
        page.goto(f"{site}/console/queue")
        for key in ("j", "x", "a", "Tab", "Enter"):
            page.keyboard.press(key)
        page.get_by_text("Assigned to carla").wait_for()
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url("**/console/**/*-*")
        page.context.close()
    assert refused == []
    assert team.get(f"/requests/{letter.id}").get_json()["lifecycle"] == "assessing"
    assert team.get(f"/requests/{following.id}").get_json()["lifecycle"] == "received"


def test_a_note_is_added_without_a_script(team: Team, browser: Browser) -> None:
    carla = signed_in(team, "carla", Role.HANDLER)
    case = team.registered("access")
    with serving(team.app) as site:
        page = at_a_screen(browser, site, carla, java_script_enabled=False)
        page.goto(f"{site}/console/cases/{case.id}")
        page.get_by_text("Who works on it", exact=False).last.click()
        page.get_by_role("link", name="Add a note").click()
        page.get_by_label("Note").fill("She rang.")
        page.get_by_role("button", name="Add a note").click()
        page.get_by_text("Note added").wait_for()
        page.context.close()
