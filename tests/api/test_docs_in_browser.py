"""The documentation in a real Chromium: no axe violation, no sideways scrolling, light and dark, without a script."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.api.my.test_in_browser import serving
from tests.api.team import Team
from tests.chromium import AXE, browser

__all__ = ["browser"]

PAGES = ("/", "/docs", "/docs/items", "/docs/fees", "/docs/requests", "/docs/types", "/docs/errors")

LOOKED_INTO = ("/", "/docs", "/docs/fees", "/docs/types", "/docs/errors")
"""One page of each kind."""

SHORTEN = "document.querySelectorAll('main > :is(article, section):nth-of-type(n+9)').forEach((it) => it.remove())"
"""Leaves eight pieces of a page: axe takes minutes for the largest, whose further pieces are made in the same way."""


@pytest.fixture
def site(team: Team) -> Iterator[str]:
    team.service.settings.__dict__["rate_per_minute"] = 10_000
    with serving(Team(team.service, team.clock).app) as address:
        yield address


def listened(page: Page) -> list[str]:
    """What the browser complains of from here on."""
    told: list[str] = []

    def note(message: ConsoleMessage) -> None:
        told.append(message.text)

    page.on("console", note)
    return told


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_a_phone_and_a_desk(
    browser: Browser, site: str, scheme: Literal["light", "dark"]
) -> None:
    for width in (390, 1440):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        refused = listened(page)
        for path in PAGES:
            page.goto(site + path)
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
            assert fits(page), f"{path} scrolls sideways at {width}"
            if width == 390 and path in LOOKED_INTO:
                page.evaluate(SHORTEN)
                violations = Axe().run(page, options=AXE).response["violations"]
                assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == [], f"{path} at {width}"
        assert refused == []
        context.close()


def test_what_is_typed_narrows_the_list(browser: Browser, site: str) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{site}/docs")
    page.keyboard.press("/")
    page.keyboard.type("propose_fee")
    expect(page.get_by_role("status")).to_have_text("1 operation")
    page.get_by_role("link", name="propose_fee").click()
    expect(page).to_have_url(f"{site}/docs/fees#propose_fee")
    expect(page.get_by_role("heading", name="propose_fee")).to_be_visible()


def test_without_a_script_there_is_the_whole_list_and_no_field_that_does_nothing(browser: Browser, site: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/docs")
    expect(page.get_by_role("link", name="propose_fee")).to_be_visible()
    expect(page.get_by_role("link", name="adopt_ropa")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()


def test_no_backtick_is_left_for_people_to_read(browser: Browser, site: str) -> None:
    page = browser.new_context().new_page()
    for path in PAGES:
        page.goto(site + path)
        words = page.evaluate(
            "() => { document.querySelectorAll('pre').forEach((it) => it.remove()); return document.body.textContent }"
        )
        assert "`" not in words, path
        assert "**" not in words, path
