"""The console in a real Chromium: accessible, by keyboard alone, at 320 px, at 200 %, in light, dark and forced
colours, without scripts.
"""

from typing import Any, Final
from uuid import UUID

from playwright.sync_api import Browser, Page

from dsr.api.console.language import LANGUAGES
from dsr.api.cookies import STAFF_SESSION
from dsr.domain.roles import Role
from dsr.policies.positions import Parked
from tests.api.colleague import Colleague, signed_in
from tests.api.my.test_in_browser import checked, serving
from tests.api.team import Team
from tests.chromium import browser

__all__ = ["browser"]

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


def test_the_search_field_stays_on_the_first_line(team: Team, browser: Browser) -> None:
    # given: whoever has the most pages
    dora = signed_in(team, "dora", Role.HANDLER, Role.APPROVER, Role.DPO)
    with serving(team.app) as site:
        for language in LANGUAGES:
            page = at_a_screen(
                browser,
                site,
                dora,
                viewport={"width": 1024, "height": 700},
                extra_http_headers={"Accept-Language": language},
            )
            # when
            page.goto(f"{site}/console/queue")
            boxes = {each: page.locator(each).bounding_box() for each in (".home", ".look", ".who")}
            tops = {each: round(box["y"] + box["height"] / 2) for each, box in boxes.items() if box}
            # then
            assert len(tops) == len(boxes)
            assert max(tops.values()) - min(tops.values()) <= 3, (language, tops)
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


def test_an_operator_lets_a_policy_try_again_by_keyboard(team: Team, browser: Browser) -> None:
    # given: a policy that gave up on a case
    oona, case = signed_in(team, "oona", Role.OPERATOR), team.arrived()
    positions = team.service.policies.positions
    positions.park(
        Parked("acknowledge-receipt", UUID(case.id), 6, "ropa-missing", team.clock.now(), None),
        position=team.service.log.head().position,
    )
    with serving(team.app) as site:
        for look in LOOKS:
            page = at_a_screen(browser, site, oona, **look)
            page.goto(f"{site}/console/service")
            checked(page, f"the service {look}")
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
            page.context.close()
        # when
        page = at_a_screen(browser, site, oona)
        page.goto(f"{site}/console/service")
        page.get_by_role("button", name="Try again now").focus()
        page.keyboard.press("Enter")
        # then
        page.get_by_text("The worker tries again within seconds.").wait_for()
        page.context.close()
    assert [each.next_try_at for each in positions.parked("acknowledge-receipt")] == [team.clock.now()]
