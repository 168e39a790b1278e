"""The intake form in a real Chromium: accessible, without script, and on websites of other origins."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.wrappers import Request as WebRequest
from werkzeug.wrappers import Response as WebResponse

from dsr.api import create_app
from tests.api.my.conftest import public_at
from tests.api.my.test_in_browser import checked, reach, serving
from tests.api.my.texts import pages_in
from tests.api.team import Team
from tests.chromium import browser
from tests.settable_clock import SettableClock

__all__ = ["browser"]

FORM = "/request/callcentre-de"


def fill_in(page: Page, language: str) -> None:
    words = pages_in(language)
    page.get_by_label(words["right.access"]).check()
    page.get_by_label(words["form.name"]).fill("Ada Lovelace")
    page.get_by_label(words["contact.mail"], exact=True).fill("ada@example.org")


@pytest.mark.parametrize("language", ["de", "el"])
def test_a_request_is_made_and_its_address_confirmed_without_script(
    browser: Browser, team: Team, person: Any, clock: SettableClock, language: str
) -> None:
    words = pages_in(language)
    with serving(team.app) as site:
        public_at(team, site)
        page = browser.new_context(locale=language, bypass_csp=True, viewport={"width": 320, "height": 800}).new_page()
        page.goto(site)
        checked(page, "front")
        page.get_by_role("link", name=words["form.title"]).click()
        checked(page, "controllers")
        page.goto(f"{site}{FORM}?language={language}")
        checked(page, "form")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing is cut at 320 px"
        fill_in(page, language)
        page.get_by_role("button", name=words["form.send"]).click()
        expect(page.get_by_role("alert")).to_contain_text(words["form.again"])
        checked(page, "too fast")
        clock.advance(seconds=10)
        page.get_by_role("button", name=words["form.send"]).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=words["form.received"])).to_be_visible()
        checked(page, "received")
        page.goto(f"{site}/request/mail/confirmation?link={person.link_in_mail()}&language={language}")
        checked(page, "confirmation")
        reach(page, words["confirm.now"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text(words["confirm.done"])
        checked(page, "confirmed")
        page.context.close()
    [case] = team.get("/requests").get_json()["items"]
    assert not case["sender_doubtful"]


class Website:
    """Of somebody else, with a strict policy, that shows the component."""

    def __init__(self) -> None:
        self.service = self.policy = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if WebRequest(environ).path != "/":
            return WebResponse(status=404)(environ, start_response)
        page = (
            f'<!doctype html><html lang="fr"><title>Contact</title><h1>Contact</h1>'
            f'<script type="module" src="{self.service}/request/embed.js"></script>'
            f'<privacy-request controller="callcentre-de" lang="de"></privacy-request></html>'
        )
        headers = {"Content-Security-Policy": self.policy}
        return WebResponse(page, mimetype="text/html", headers=headers)(environ, start_response)


@contextmanager
def embedded(team: Team, website: Website, *, is_known: bool) -> Iterator[tuple[str, str]]:
    """The addresses of website and service, which knows the website or does not."""
    with serving(website) as elsewhere:
        origins = (elsewhere,) if is_known else ()
        settings = replace(team.service.settings, embed_origins=origins)
        with serving(create_app(replace(team.service, settings=settings))) as site:
            website.service = site
            yield elsewhere, site


def test_a_known_website_with_a_strict_policy_shows_the_form_itself(
    browser: Browser, team: Team, clock: SettableClock
) -> None:
    website, words = Website(), pages_in("de")
    with embedded(team, website, is_known=True) as (elsewhere, site):
        website.policy = f"default-src 'none'; script-src {site}; frame-src {site}"
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(elsewhere)
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name=words["form.title"])).to_be_visible()
        expect(page.get_by_role("link", name=words["form.title"])).to_be_hidden()
        shown = page.locator("iframe").bounding_box()
        assert shown is not None
        assert shown["height"] > 900, "as tall as the form, which does not scroll in it"
        frame.get_by_label(words["right.access"]).check()
        frame.get_by_label(words["form.name"]).fill("Ada Lovelace")
        frame.get_by_label(words["contact.mail"], exact=True).fill("ada@example.org")
        clock.advance(seconds=10)
        frame.get_by_role("button", name=words["form.send"]).click()
        expect(frame.get_by_role("heading", name=words["form.received"])).to_be_visible()
        assert said == [], "no policy is violated, on neither side"
        page.context.close()
    assert len(team.events("request.received")) == 1


def test_any_other_website_shows_a_link_to_the_form(browser: Browser, team: Team) -> None:
    words = pages_in("de")
    for is_known, frames in ((True, "'none'"), (False, "*")):
        website = Website()
        with embedded(team, website, is_known=is_known) as (elsewhere, site):
            website.policy = f"default-src 'none'; script-src {site}; frame-src {frames}"
            page = browser.new_page()
            page.goto(elsewhere)
            link = page.get_by_role("link", name=words["form.title"])
            expect(link).to_have_attribute("href", f"{site}{FORM}?language=de")
            with page.context.expect_page() as opened:
                link.click()
            expect(opened.value.get_by_role("heading", name=words["form.title"])).to_be_visible()
            page.context.close()


def test_no_website_frames_a_form_that_does_not_name_it(browser: Browser, team: Team) -> None:
    class Hostile(Website):
        def __call__(self, environ: Any, start_response: Any) -> Any:
            page = f'<!doctype html><iframe src="{self.service}{FORM}"></iframe>'
            return WebResponse(page, mimetype="text/html")(environ, start_response)

    website = Hostile()
    with embedded(team, Website(), is_known=True) as (_, site), serving(website) as elsewhere:
        website.service = site
        page = browser.new_page()
        page.goto(elsewhere)
        page.wait_for_load_state("networkidle")
        assert page.frame_locator("iframe").get_by_role("button").count() == 0
        page.context.close()
