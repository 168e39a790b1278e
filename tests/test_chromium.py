"""The browser of the tests opens a page and nothing besides."""

import re
from pathlib import Path

from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser

from tests.chromium import OFF_BY_PLAYWRIGHT, browser

__all__ = ["browser"]


def test_a_window_has_one_page_and_none_of_the_browser_itself(browser: Browser) -> None:
    # given
    page = browser.new_page()
    page.set_content("<title>Ours</title>")
    page.wait_for_timeout(1_000)  # pages of the address bar come a little later
    # when
    everything = browser.new_browser_cdp_session().send("Target.getTargets", {"filter": [{}]})["targetInfos"]
    # then
    assert [each["title"] for each in everything if each["type"] == "page"] == ["Ours"]
    assert [each["url"] for each in everything if each["type"] not in ("page", "tab", "browser")] == []
    page.close()


def test_what_playwright_turns_off_stays_off() -> None:
    # given
    _, program = compute_driver_executable()
    code = (Path(program).parent / "lib" / "coreBundle.js").read_text(encoding="utf-8")
    # when
    [listed] = re.findall(r"^ *disabledFeatures = \[(.*?)^ *\]", code, flags=re.DOTALL | re.MULTILINE)
    # then
    assert sorted(re.findall(r'^ *"(\w+)"', listed, flags=re.MULTILINE)) == sorted(OFF_BY_PLAYWRIGHT)
