"""The console in a real Chromium: accessible, by keyboard alone, at 320 px, at 200 %, in light, dark and forced
colours, without scripts.
"""

from typing import Any, Final
from uuid import UUID

from playwright.sync_api import Browser, Page

from dsr.api.cookies import STAFF_SESSION
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.policies.positions import Parked
from tests.api.colleague import Colleague, signed_in
from tests.api.my.test_in_browser import browser, checked, serving
from tests.api.team import Team
from tests.catalogue.matters import drafted
from tests.desk.office import Office
from tests.proving import in_ci

__all__ = ["browser"]

PAGES: Final = (
    "/console",
    "/console/queue",
    "/console/find",
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

ENLARGED: Final[dict[str, Any]] = {
    "viewport": {"width": 640, "height": 450},
    "device_scale_factor": 2,
    "forced_colors": "active",
}
"""A screen of 1280 px at 200 %, with the few colours that a reader chose."""

CUT: Final = """() => {
  const controls = [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")];
  const shown = (each) => each.checkVisibility() && !each.closest(".unseen, .skip, [role=region]");
  const beside = (each) => {
    const at = each.getBoundingClientRect();
    return at.left < -1 || at.right > innerWidth + 1;
  };
  const edged = "button, select, textarea, input:not([type=checkbox], [type=radio], [type=range])";
  const flat = (each) => each.matches(edged) && parseFloat(getComputedStyle(each).borderTopWidth) === 0;
  const hidden = (each) => getComputedStyle(each).overflowX === "hidden" && each.scrollWidth > each.clientWidth + 1;
  const wrong = [
    ...controls.filter(shown).filter((each) => beside(each) || flat(each)),
    ...[...document.querySelectorAll("main *, header *")].filter(shown).filter(hidden),
  ];
  return wrong.map((each) => each.outerHTML.slice(0, 80));
}"""
"""Controls beside the screen, or without an edge where backgrounds are not painted; texts of which a part is hidden."""


def at_a_screen(browser: Browser, site: str, who: Colleague, **look: Any) -> Page:
    """A page in the session of a member of staff."""
    session = who.client.get_cookie(STAFF_SESSION)
    assert session is not None
    context = browser.new_context(bypass_csp=look.pop("bypass_csp", True), **look)
    context.add_cookies([{"name": STAFF_SESSION, "value": session.value, "url": site}])
    return context.new_page()


def something_of_each_kind(team: Team) -> dict[str, str]:
    """What the addresses of `PAGES` name."""
    case = team.registered("access", "erasure", "rectification")
    return {
        "draft": team.done(case, "dispatches", {"kind": "acknowledgement"}, key="a-letter")["dispatch_id"],
        "letter": team.mailed().id,
        "case": case.id,
        "matter": str(drafted(Office(team.service, team.clock), Channel.POST)),
    }


def test_every_page_is_accessible_and_fits_the_screen(team: Team, browser: Browser) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER, Role.APPROVER)
    known = something_of_each_kind(team)
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


def test_at_200_percent_in_forced_colours_nothing_is_cut(team: Team, browser: Browser) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER, Role.APPROVER)
    known = something_of_each_kind(team)
    wrong = {}
    with serving(team.app) as site:
        page = at_a_screen(browser, site, carla, **ENLARGED)
        for path in PAGES[2 % in_ci(6, proving=1) :: in_ci(6, proving=1)]:
            # when
            page.goto(site + path.format(**known))
            # then
            assert page.evaluate("matchMedia('(forced-colors: active)').matches")
            checked(page, f"{path} enlarged")
            beside = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            wrong[path] = [*page.evaluate(CUT), *(["scrolls aside"] if page.evaluate(beside) else [])]
        page.context.close()
    assert {path: found for path, found in wrong.items() if found} == {}


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
