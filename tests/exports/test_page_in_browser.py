"""The pages of a package in a real Chromium: no axe violation, nothing loaded, nothing cut off on a telephone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from dsr.exports import PackageContents
from tests.chromium import AXE, browser

__all__ = ["browser"]

NARROW = 320
"""Pixels, of CSS: WCAG 1.4.10."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, 1000])
@pytest.mark.parametrize("name", ["index.html", "pages/account.html"])
def test_a_page_is_accessible_by_day_and_by_night_on_paper_and_telephone(
    browser: Browser,
    access: PackageContents,
    unpacked: Callable[[PackageContents], dict[str, bytes]],
    tmp_path: Path,
    *,
    name: str,
    width: int,
    scheme: Any,
) -> None:
    # given: words as long as any language has them
    for path, content in unpacked(replace(access, language="de")).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    elsewhere: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith(tmp_path.as_uri()) else elsewhere.append(sent.url))
    page = context.new_page()
    # when
    page.goto((tmp_path / name).as_uri())
    # then
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nobody has to scroll sideways"
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    assert elsewhere == []
    context.close()
