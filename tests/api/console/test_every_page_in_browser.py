"""Every page of the console in a real Chromium: accessible at each width, by day and by night, at 200 %, in forced
colours, by keyboard alone, without motion, without a script, and without a violation of its policy.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from tests.api.colleague import Colleague
from tests.api.console.every_page import PageShown, every_page, readers
from tests.api.console.test_in_browser import LOOKS, at_a_screen
from tests.api.my.test_in_browser import checked, serving
from tests.api.team import Team
from tests.chromium import browser
from tests.proving import PROVES, in_ci

__all__ = ["browser"]

ALL_LOOKS: Final[tuple[dict[str, Any], ...]] = tuple(
    {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    for width in (1440, 1024, 390, 320)
    for scheme in ("light", "dark")
)

ENLARGED: Final[dict[str, Any]] = {
    "viewport": {"width": 640, "height": 450},
    "device_scale_factor": 2,
    "forced_colors": "active",
}
"""A screen of 1280 px at 200 %, with the few colours that a reader chose."""

BESIDE: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""How many pixels stand beside the screen."""

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

MOVES: Final = """() => [...document.querySelectorAll("*")]
  .filter((each) => /[1-9]/.test(getComputedStyle(each).transitionDuration + getComputedStyle(each).animationDuration))
  .map((each) => each.outerHTML.slice(0, 80))"""
"""What changes little by little."""

BEGIN_AT_THE_TOP: Final = """() => {
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const chosen = (each) => document.querySelector(`[name="${CSS.escape(each.name)}"]:checked`);
  window.controls = [...document.querySelectorAll(all)]
    .filter((each) => each.checkVisibility() && !each.disabled)
    .filter((each) => each.type !== "radio" || each.checked || !chosen(each));
  window.reached = new Set();
  window.unseen = [];
  document.activeElement.blur();
  return window.controls.length;
}"""
"""The number of controls that are shown; of a group of radio buttons, one is reached by Tab."""

NOTE_FOCUS: Final = """() => {
  const each = document.activeElement;
  window.reached.add(each.type === "radio" ? each.name : each);
  if (parseFloat(getComputedStyle(each).outlineWidth) < 2) window.unseen.push(each);
}"""

MISSED: Final = """() => {
  const missed = window.controls.filter((each) => !window.reached.has(each.type === "radio" ? each.name : each));
  return [...missed, ...window.unseen].map((each) => each.outerHTML.slice(0, 80));
}"""
"""Controls to which Tab does not lead, or on which its focus is not seen."""

OF_A_DATE: Final = "input[type=date], input[type=datetime-local], input[type=month], input[type=time]"
PARTS_OF_A_DATE: Final = 6
"""Times that Tab may stop in such a field beyond the first: at the day, the month, and so on. A region that scrolls is
a stop besides.
"""

WITHOUT_FORM: Final = """() => [...document.querySelectorAll("button")]
  .filter((each) => !(each.form && each.type === "submit"))
  .map((each) => each.outerHTML.slice(0, 80))"""
"""Buttons that do nothing without a script."""


class Screens:
    """A page for each reader, all with the same look."""

    def __init__(self, browser: Browser, site: str, who: dict[str, Colleague], **look: Any) -> None:
        self.site = site
        self.pages = {name: at_a_screen(browser, site, each, **look) for name, each in who.items()}

    def show(self, each: PageShown) -> Page:
        page = self.pages[each.reader]
        answer = page.goto(self.site + each.path)
        assert answer is not None
        assert answer.status == 200, each.path
        return page

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()


@pytest.fixture
def pages(team: Team) -> list[PageShown]:
    return every_page(team)


@pytest.fixture
def some(pages: list[PageShown]) -> list[PageShown]:
    """Every sixth page in CI; all of them in `make prove`."""
    return pages[2 % in_ci(6, proving=1) :: in_ci(6, proving=1)]


@pytest.fixture
def at_screens(team: Team, pages: list[PageShown], browser: Browser) -> Iterator[Callable[..., Any]]:
    """Shows pages to their readers with some look."""
    who = readers(team)
    with serving(team.app) as site:

        @contextmanager
        def screens(**look: Any) -> Iterator[Screens]:
            shown = Screens(browser, site, who, **look)
            yield shown
            shown.close()

        yield screens


def test_every_page_is_accessible_and_fits_the_screen(
    pages: list[PageShown], at_screens: Callable[..., Any], record_property: Callable[[str, object], None]
) -> None:
    looks, number = ALL_LOOKS if PROVES else LOOKS, 0
    for place, look in enumerate(looks):
        with at_screens(**look) as screens:
            for each in pages if PROVES else pages[place :: len(looks)]:
                # when
                page, number = screens.show(each), number + 1
                # then
                checked(page, f"{each.path} {look}")
                assert page.evaluate(BESIDE) == 0, f"{each.path} {look}: something stands beside the screen"
    record_property("counts", f"{len(pages)} pages, {number} looks at them: no violation")


def test_at_200_percent_in_forced_colours_nothing_is_cut(some: list[PageShown], at_screens: Callable[..., Any]) -> None:
    wrong = {}
    with at_screens(**ENLARGED) as screens:
        for each in some:
            # when
            page = screens.show(each)
            # then
            assert page.evaluate("matchMedia('(forced-colors: active)').matches")
            checked(page, f"{each.path} enlarged")
            wrong[each.path] = [*page.evaluate(CUT), *(["scrolls aside"] if page.evaluate(BESIDE) else [])]
    assert {path: found for path, found in wrong.items() if found} == {}


def test_no_page_violates_its_policy_or_moves_for_who_wants_no_motion(
    pages: list[PageShown], at_screens: Callable[..., Any], record_property: Callable[[str, object], None]
) -> None:
    refused: list[str] = []
    moving = {}
    with at_screens(bypass_csp=False, reduced_motion="reduce") as screens:
        for page in screens.pages.values():
            page.on("console", lambda told: refused.append(f"{told.location['url']}: {told.text}"))
            page.on("pageerror", lambda error: refused.append(str(error)))
        for each in pages:
            moving[each.path] = screens.show(each).evaluate(MOVES)
    # then
    assert refused == []
    assert {path: found for path, found in moving.items() if found} == {}
    record_property("counts", f"{len(pages)} pages: no violation of their policy, no motion")


def test_tab_leads_to_every_control_and_shows_where_it_is(
    some: list[PageShown], at_screens: Callable[..., Any], record_property: Callable[[str, object], None]
) -> None:
    missed, number = {}, 0
    with at_screens() as screens:
        for each in some:
            # when
            page = screens.show(each)
            controls, dates = page.evaluate(BEGIN_AT_THE_TOP), page.locator(OF_A_DATE).count()
            for _ in range(2 * controls + PARTS_OF_A_DATE * dates):
                page.keyboard.press("Tab")
                if page.evaluate("document.activeElement === document.body"):
                    break
                page.evaluate(NOTE_FOCUS)
            # then
            missed[each.path], number = page.evaluate(MISSED), number + controls
    assert {path: found for path, found in missed.items() if found} == {}
    record_property("counts", f"{len(some)} pages: {number} controls")


def test_every_page_says_the_same_without_a_script(some: list[PageShown], at_screens: Callable[..., Any]) -> None:
    differ = []
    with at_screens() as with_script, at_screens(java_script_enabled=False) as without:
        for each in some:
            # when
            page = without.show(each)
            # then
            assert page.evaluate(WITHOUT_FORM) == [], each.path
            if page.locator("body").inner_text() != with_script.show(each).locator("body").inner_text():
                differ.append(each.path)
    assert differ == []
