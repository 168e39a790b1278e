"""Takes the pictures of the README from what the demo left, in a real Chromium: `make picture`.

The queue and the page of a case as the team sees them, and the page of a package as the person sees it.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

ROOT: Final = Path(__file__).parent.parent
CHROMIUM: Final = Path("/usr/bin/chromium")
FOLDER: Final = ROOT / "demo-data"
PACKAGE: Final = FOLDER / "download" / "access"
PORT: Final = "8017"


def take(package: Path, pictures: Path) -> None:
    """Write `queue.png`, `case.png` and `page.png` into this folder."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--headless=new", "--no-sandbox"])
        _of_console(browser, pictures)
        page = browser.new_page(viewport={"width": 1000, "height": 1060}, color_scheme="light")
        page.goto((package / "index.html").resolve().as_uri())
        page.screenshot(path=str(pictures / "page.png"))
        browser.close()


def _of_console(browser: Browser, pictures: Path) -> None:
    with _opened() as link:
        page = browser.new_page(viewport={"width": 1280, "height": 640}, color_scheme="light")
        page.goto(link)
        page.get_by_role("link", name="Queue").click()
        page.goto(f"{page.url}?status=all&sort=due")
        page.screenshot(path=str(pictures / "queue.png"))
        page.goto(f"{page.url.partition('?')[0]}?right=access&lifecycle=assessing")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.locator("a.row").first.click()
        page.wait_for_load_state()
        page.screenshot(path=str(pictures / "case.png"))


@contextmanager
def _opened() -> Iterator[str]:
    """The console on what the demo left; the link into it."""
    command = [str(Path(sys.executable).with_name("dsr")), "demo", "--open", "--port", PORT]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as console:  # noqa: S603 - our own program
        try:
            yield next(found[0] for line in console.stdout or () if (found := re.search(r"http://\S+", line)))
        finally:
            console.terminate()


if __name__ == "__main__":
    if not PACKAGE.is_dir():
        sys.exit(f"There is no package in {PACKAGE}: run `make demo` first.")
    take(PACKAGE, ROOT / "docs")
