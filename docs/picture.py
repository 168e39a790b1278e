"""Takes the picture of a package for the README: `make picture`, from what the demo downloaded, in a real Chromium."""

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

ROOT: Final = Path(__file__).parent.parent
CHROMIUM: Final = Path("/usr/bin/chromium")
PICTURE: Final = ROOT / "docs" / "page.png"
PACKAGE: Final = ROOT / "demo-data" / "download" / "access"

_WIDTH, _HEIGHT = 1000, 1060


def take(package: Path, picture: Path) -> None:
    """Open the page of an unpacked package as a person would, and keep the upper part of it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--headless=new", "--no-sandbox"])
        page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme="light")
        page.goto((package / "index.html").resolve().as_uri())
        page.screenshot(path=str(picture))
        browser.close()


if __name__ == "__main__":
    if not PACKAGE.is_dir():
        sys.exit(f"There is no package in {PACKAGE}: run `make demo` first.")
    take(PACKAGE, PICTURE)
