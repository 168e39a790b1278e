"""In a real Chromium: no axe violation (WCAG 2.1 AA), by keyboard alone, without scripts."""

import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from werkzeug.serving import make_server

from dsr.api.my.words import LANGUAGES
from tests.api.my.texts import IN_BROWSER, pages_in
from tests.api.team import Team
from tests.chromium import AXE, browser

__all__ = ["browser"]


@contextmanager
def serving(application: Any) -> Iterator[str]:
    """An application, served on this machine; its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def site(team: Team) -> Iterator[str]:
    with serving(team.app) as address:
        yield address


class Breaking:
    """Serves as the application does, but the first download breaks off in its midst."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.asked: list[str] = []
        """The ranges that were asked for."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        chunks = self.application(environ, start_response)
        if not environ["PATH_INFO"].endswith("/package"):
            return chunks
        self.asked.append(environ.get("HTTP_RANGE", ""))
        return self._half(chunks) if len(self.asked) == 1 else chunks

    @staticmethod
    def _half(chunks: Any) -> Iterator[bytes]:
        whole = b"".join(chunks)
        yield whole[: len(whole) // 2]
        raise ConnectionResetError


def checked(page: Page, where: str) -> None:
    """No violation on the page that is shown."""
    page.wait_for_load_state()
    # Our policy lets no script run; the check itself is one, run in the page by the browser's own debugger.
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"


def test_a_page_that_is_not_accessible_would_be_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html><body><img src='data:,'><input></body></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        checked(page, "a bad page")
    page.close()


@pytest.mark.parametrize("language", IN_BROWSER)
def test_every_page_is_accessible(
    browser: Browser, site: str, team: Team, person: Any, *, reference: Any, language: str
) -> None:
    words = pages_in(language)
    case = team.registered("access", "erasure")
    page = browser.new_context(locale=language, bypass_csp=True).new_page()
    page.goto(f"{site}/my")
    checked(page, "start")
    page.get_by_label(words["start.reference"]).fill(reference(case))
    page.get_by_role("button", name=words["start.send"]).click()
    checked(page, "code")
    page.get_by_label(words["code.code"]).fill("1")
    page.get_by_role("button", name=words["code.enter"]).click()
    checked(page, "refused")
    page.get_by_label(words["code.code"]).fill(person.codes()[-1])
    page.get_by_role("button", name=words["code.enter"]).click()
    page.wait_for_url("**/my/request")
    checked(page, "request")
    page.goto(f"{site}/my/consent")
    checked(page, "consent")
    page.goto(f"{site}/my/withdrawal")
    checked(page, "withdrawal")
    page.get_by_role("button", name=words["withdrawal.next"]).click()
    checked(page, "nothing chosen")
    page.get_by_label(words["right.access"]).check()
    page.get_by_role("button", name=words["withdrawal.next"]).click()
    checked(page, "confirmation")
    page.get_by_role("button", name=words["withdrawal.confirm"]).click()
    page.wait_for_url("**done=withdrawal")
    checked(page, "request, after a part was taken back")
    page.get_by_role("button", name=words["page.sign_out"]).click()
    page.goto(f"{site}/my/request")
    checked(page, "error")
    page.context.close()


@pytest.mark.parametrize("language", IN_BROWSER)
def test_everything_can_be_done_by_keyboard_alone_and_without_scripts(
    browser: Browser, site: str, team: Team, person: Any, *, reference: Any, language: str
) -> None:
    # given
    words = pages_in(language)
    case = team.registered("access", "erasure")
    context = browser.new_context(locale=language, java_script_enabled=False)
    elsewhere: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith(site) else elsewhere.append(sent.url))
    page = context.new_page()
    page.goto(f"{site}/my")
    # when
    page.keyboard.press("Tab")
    assert focused(page) == words["page.skip"], "the first stop leads past the languages"
    page.keyboard.press("Enter")
    reach(page, "reference")
    page.keyboard.type(reference(case))
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/code")
    reach(page, "code")
    page.keyboard.type(person.codes()[-1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/request")
    reach(page, words["actions.withdraw"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/withdrawal")
    reach(page, "part-2")
    page.keyboard.press("Space")
    reach(page, words["withdrawal.next"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/withdrawal/confirmation")
    reach(page, words["withdrawal.confirm"])
    page.keyboard.press("Enter")
    page.wait_for_url("**done=withdrawal")
    reach(page, words["page.sign_out"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my")
    # then
    items = {each["item_id"]: each["status"] for each in team.get(f"/requests/{case.id}").get_json()["items"]}
    assert items == {"access": "open", "erasure": "withdrawn"}
    assert elsewhere == [], "nothing is loaded from another host"
    context.close()


def open_package(page: Page, language: str, password: str) -> None:
    """On the page of a link."""
    words = pages_in(language)
    page.get_by_label(words["package.password"]).fill(password)
    page.get_by_role("button", name=words["package.open"]).click()


def slowly(route: Route) -> None:
    """A file that comes long after its page."""
    time.sleep(0.5)
    route.continue_()


def downloaded(page: Page, language: str, tmp_path: Path) -> Path:
    """The file that a click on the page of a package brings."""
    with page.expect_download() as begun:
        page.get_by_role("link", name=pages_in(language)["download.download"]).click()
    file = tmp_path / begun.value.suggested_filename
    begun.value.save_as(file)
    assert zipfile.ZipFile(file).testzip() is None
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", IN_BROWSER)
def test_every_page_of_a_package_is_accessible(
    browser: Browser, site: str, offered: Any, tmp_path: Path, *, language: str, scheme: Any
) -> None:
    page = browser.new_context(locale=language, color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(f"{site}/x#{offered.token}")
    checked(page, "link")
    assert offered.token not in page.url, "not in the history"
    open_package(page, language, "2222-2222")
    checked(page, "a wrong password")
    open_package(page, language, offered.password)
    page.wait_for_url(f"**{offered.page}")
    checked(page, "download")
    downloaded(page, language, tmp_path)
    page.context.clear_cookies()
    page.reload()
    checked(page, "over")
    page.context.close()


@pytest.mark.parametrize("language", IN_BROWSER)
def test_a_package_is_opened_and_downloaded_by_keyboard_alone(
    browser: Browser, site: str, offered: Any, *, language: str
) -> None:
    words = pages_in(language)
    context = browser.new_context(locale=language)
    elsewhere: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith(site) else elsewhere.append(sent.url))
    page = context.new_page()
    page.goto(f"{site}/x#{offered.token}")
    assert focused(page) == "password-1", "the token is there already"
    page.keyboard.type(offered.password.lower())
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{offered.page}")
    reach(page, words["download.download"])
    with page.expect_download() as begun:
        page.keyboard.press("Enter")
    assert zipfile.ZipFile(begun.value.path()).testzip() is None
    assert elsewhere == []
    context.close()


def test_without_scripts_the_token_is_copied_from_the_link(
    browser: Browser, site: str, offered: Any, tmp_path: Path
) -> None:
    page = browser.new_context(locale="en", java_script_enabled=False).new_page()
    page.goto(f"{site}/x#{offered.token}")
    page.get_by_label(pages_in("en")["link.token"]).fill(offered.token)
    open_package(page, "en", offered.password)
    page.wait_for_url(f"**{offered.page}")
    downloaded(page, "en", tmp_path)
    page.context.close()


def test_a_link_keeps_its_token_in_another_language_and_after_a_wrong_secret(
    browser: Browser, site: str, offered: Any
) -> None:
    page = browser.new_context(locale="en").new_page()
    page.goto(f"{site}/x#{offered.token}")
    for language in ("de", "fr"):
        choose(page, language)
        token = page.get_by_label(pages_in(language)["link.token"])
        expect(token).to_have_value(offered.token)
        open_package(page, language, "2222-2222")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(token).to_have_value(offered.token)
    page.context.close()


def test_a_link_keeps_its_token_for_whoever_is_faster_than_its_script(
    browser: Browser, site: str, offered: Any
) -> None:
    page = browser.new_context(locale="en").new_page()
    page.route("**/x/link.js", slowly)
    page.goto(f"{site}/x#{offered.token}", wait_until="commit")
    for language in ("de", "fr"):
        choose(page, language)
        expect(page.get_by_label(pages_in(language)["link.token"])).to_have_value(offered.token)
    page.context.close()


def test_a_link_takes_no_place_on_its_page_for_a_token(browser: Browser, site: str, offered: Any) -> None:
    page = browser.new_context(locale="en").new_page()
    page.goto(f"{site}/x#{offered.token}")
    page.goto(f"{site}/x#content")
    page.reload()
    expect(page.get_by_label(pages_in("en")["link.token"])).to_have_value("")
    page.context.close()


def test_a_download_that_breaks_off_goes_on_where_it_was(
    browser: Browser, team: Team, offered_large: Any, tmp_path: Path
) -> None:
    breaking = Breaking(team.app)
    with serving(breaking) as site:
        page = browser.new_context(locale="en").new_page()
        page.goto(f"{site}/x#{offered_large.token}")
        open_package(page, "en", offered_large.password)
        page.wait_for_url(f"**{offered_large.page}")
        file = downloaded(page, "en", tmp_path)
        page.context.close()
    size = file.stat().st_size
    assert breaking.asked == ["", f"bytes={size // 2}-"]


def test_whoever_is_signed_in_opens_and_downloads_by_keyboard_without_scripts(
    browser: Browser, site: str, person: Any, *, reference: Any, offered: Any
) -> None:
    words = pages_in("en")
    page = browser.new_context(locale="en", java_script_enabled=False).new_page()
    page.goto(f"{site}/my")
    page.get_by_label(words["start.reference"]).fill(reference(offered.case))
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/code")
    page.get_by_label(words["code.code"]).fill(person.codes()[-1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/request")
    reach(page, "password-1")
    page.keyboard.type("2222-2222")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/package")
    reach(page, "password-1")
    page.keyboard.type(offered.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{offered.page}")
    reach(page, words["download.download"])
    with page.expect_download() as begun:
        page.keyboard.press("Enter")
    assert zipfile.ZipFile(begun.value.path()).testzip() is None
    page.context.close()


@pytest.mark.parametrize("language", IN_BROWSER)
def test_a_package_that_waits_is_accessible_to_who_is_signed_in(
    browser: Browser, site: str, person: Any, *, reference: Any, offered: Any, language: str
) -> None:
    person.sign_in(reference(offered.case))
    context = browser.new_context(locale=language, bypass_csp=True)
    session = person.client.get_cookie("dsr_session", path="/my").value
    context.add_cookies([{"name": "dsr_session", "value": session, "url": f"{site}/my"}])
    page = context.new_page()
    page.goto(f"{site}/my/request")
    checked(page, "waits")
    open_package(page, language, "2222-2222")
    checked(page, "a wrong password")
    open_package(page, language, offered.password)
    page.wait_for_url(f"**{offered.page}")
    page.goto(f"{site}/my/request")
    checked(page, "opened")
    context.close()


@pytest.mark.parametrize("path", ["/my", "/x", "/sign-in"])
def test_a_language_is_chosen_without_script_on_a_narrow_screen(browser: Browser, site: str, path: str) -> None:
    page = browser.new_context(
        locale="en", java_script_enabled=False, viewport={"width": 320, "height": 700}, bypass_csp=True
    ).new_page()
    page.goto(f"{site}{path}")
    assert not page.get_by_role("link", name="Deutsch").is_visible(), "the choice takes one line until it is opened"
    choose(page, "el")
    page.wait_for_load_state()
    expect(page.locator("html")).to_have_attribute("lang", "el")
    page.locator("nav summary").click()
    for language, name in LANGUAGES.items():
        link = page.locator("nav").get_by_role("link", name=name, exact=True)
        box = link.bounding_box()
        assert box is not None, language
        assert box["x"] >= 0, language
        assert box["x"] + box["width"] <= 320, language
        assert box["height"] >= 24, "WCAG 2.2, 2.5.8"
    page.context.close()


def test_the_open_choice_of_a_language_is_accessible(browser: Browser, site: str) -> None:
    for scheme in ("light", "dark"):
        page = browser.new_context(locale="en", color_scheme=scheme, bypass_csp=True).new_page()
        page.goto(f"{site}/my")
        page.locator("nav summary").click()
        checked(page, "languages")
        page.context.close()


LONG_WORDS = ("de", "el", "fi", "hu", "bg")
"""Their words are the longest: these languages are looked at on every page."""


def test_no_language_makes_a_page_wider_than_a_narrow_screen(browser: Browser, site: str) -> None:
    page = browser.new_context(locale="en", viewport={"width": 320, "height": 700}).new_page()
    for language in LANGUAGES:
        for path in ("/my", "/x", "/sign-in") if language in LONG_WORDS else ("/my",):
            page.goto(f"{site}{path}?language={language}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, (language, path)
    page.context.close()


def choose(page: Page, language: str) -> None:
    """Another language, by its name."""
    page.locator("nav summary").click()
    page.locator("nav").get_by_role("link", name=LANGUAGES[language], exact=True).click(no_wait_after=True)


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
