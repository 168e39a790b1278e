"""In a real Chromium: no axe violation (WCAG 2.1 AA), by keyboard alone, without scripts, in four languages."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from dsr.api.my.words import LANGUAGES, catalogue

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM.exists(), "these tests drive Chromium: `apt-get install -y chromium` puts it there"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site(team: Any) -> Iterator[str]:
    """The application, served on this machine; its address."""
    server = make_server("127.0.0.1", 0, team.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def checked(page: Page, where: str) -> None:
    """No violation on the page that is shown."""
    # Our policy lets no script run; the check itself is one, run in the page by the browser's own debugger.
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"


def test_a_page_that_is_not_accessible_would_be_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html><body><img src='data:,'><input></body></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        checked(page, "a bad page")
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible(
    browser: Browser, site: str, team: Any, person: Any, *, reference: Any, language: str
) -> None:
    words = catalogue(language)
    case = team.registered("access", "erasure")
    page = browser.new_context(locale=language, bypass_csp=True).new_page()
    page.goto(f"{site}/my")
    checked(page, "start")
    page.get_by_label(words["start"]["reference"]).fill(reference(case))
    page.get_by_role("button", name=words["start"]["send"]).click()
    checked(page, "code")
    page.get_by_label(words["code"]["code"]).fill("1")
    page.get_by_role("button", name=words["code"]["enter"]).click()
    checked(page, "refused")
    page.get_by_label(words["code"]["code"]).fill(person.codes()[-1])
    page.get_by_role("button", name=words["code"]["enter"]).click()
    page.wait_for_url("**/my/request")
    checked(page, "request")
    page.goto(f"{site}/my/consent")
    checked(page, "consent")
    page.goto(f"{site}/my/withdrawal")
    checked(page, "withdrawal")
    page.get_by_role("button", name=words["withdrawal"]["next"]).click()
    checked(page, "nothing chosen")
    page.get_by_label(words["right"]["access"]).check()
    page.get_by_role("button", name=words["withdrawal"]["next"]).click()
    checked(page, "confirmation")
    page.get_by_role("button", name=words["withdrawal"]["confirm"]).click()
    page.wait_for_url("**done=withdrawal")
    checked(page, "request, after a part was taken back")
    page.get_by_role("button", name=words["page"]["sign_out"]).click()
    page.goto(f"{site}/my/request")
    checked(page, "error")
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_can_be_done_by_keyboard_alone_and_without_scripts(
    browser: Browser, site: str, team: Any, person: Any, *, reference: Any, language: str
) -> None:
    # given
    words = catalogue(language)
    case = team.registered("access", "erasure")
    context = browser.new_context(locale=language, java_script_enabled=False)
    elsewhere: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith(site) else elsewhere.append(sent.url))
    page = context.new_page()
    page.goto(f"{site}/my")
    # when
    page.keyboard.press("Tab")
    assert focused(page) == words["page"]["skip"], "the first stop leads past the languages"
    page.keyboard.press("Enter")
    reach(page, "reference")
    page.keyboard.type(reference(case))
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/code")
    reach(page, "code")
    page.keyboard.type(person.codes()[-1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/request")
    reach(page, words["actions"]["withdraw"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/withdrawal")
    reach(page, "part-2")
    page.keyboard.press("Space")
    reach(page, words["withdrawal"]["next"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/withdrawal/confirmation")
    reach(page, words["withdrawal"]["confirm"])
    page.keyboard.press("Enter")
    page.wait_for_url("**done=withdrawal")
    reach(page, words["page"]["sign_out"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my")
    # then
    items = {each["item_id"]: each["status"] for each in team.get(f"/requests/{case.id}").get_json()["items"]}
    assert items == {"access": "open", "erasure": "withdrawn"}
    assert elsewhere == [], "nothing is loaded from another host"
    context.close()


def focused(page: Page) -> str:
    """What has the focus: its id, else its words."""
    here = page.locator(":focus")
    if here.count() == 0:
        return ""
    return here.get_attribute("id") or here.inner_text().strip()


def reach(page: Page, target: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(40):
        if focused(page) == target:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} can't be reached by Tab")
