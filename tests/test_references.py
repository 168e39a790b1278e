"""What code and documents refer to is there: sections of the law, pages, headings, files, error codes."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from docs.generate import import_everything
from dsr.api import create_app
from dsr.bootstrap import Service
from dsr.domain.errors import all_errors
from dsr.settings import load_settings
from tests.api.routes import routes

ROOT = Path(__file__).parent.parent
LAW = ROOT / "docs" / "law"

CODE = ("dsr", "tests", "docs", "alembic", "benchmarks")
PAGES = ("*.md", "docs/**/*.md", "tests/**/*.md", ".github/**/*.md")

NOT_BUILT = {
    "arrival-corrected",
}
"""Codes that docs/law names for rules that are not built yet; a line goes with the command that it waits for."""


def code() -> Iterator[tuple[Path, str]]:
    for folder in CODE:
        for path in filter(is_ours, (ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def pages() -> list[Path]:
    return sorted({path for pattern in PAGES for path in filter(is_ours, ROOT.glob(pattern))})


def is_ours(path: Path) -> bool:
    """Whether it is no part of a package that npm installed for the provider of tests/with_servers."""
    return "node_modules" not in path.parts


def sections() -> dict[int, Path]:
    """Of the law, by number, as each page says in its heading."""
    headings = {path: path.read_text(encoding="utf-8").splitlines()[0] for path in LAW.glob("[0-9]*.md")}
    return {int(found[1]): path for path, line in headings.items() if (found := re.match(r"# §(\d+) \S", line))}


@cache
def anchors(page: Path) -> frozenset[str]:
    """Of the headings of a page, as they are made for the web; codes of generated pages are not among them."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)
    texts = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "") for heading in headings]
    return frozenset(re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in texts)


def links(page: Path) -> Iterator[str]:
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r"\]\(([^)\s]+)\)", prose)
    yield from re.findall(r'(?:src|href)="([^"]+)"', prose)


def test_the_law_has_its_sections_in_order_and_an_index() -> None:
    pages = sections()
    assert sorted(pages) == list(range(1, 15))
    assert [path.name[:2] for _, path in sorted(pages.items())] == [f"{number:02}" for number in sorted(pages)]
    index = (LAW / "README.md").read_text(encoding="utf-8")
    assert all(f"[§{number}]({path.name})" in index for number, path in pages.items())


def test_each_section_of_the_law_that_is_cited_exists() -> None:
    known, missing, cited = sections(), set(), 0
    for path, text in code():
        for citation in re.findall(r"docs/law((?:[^\n.;)\"]|\n(?!\n))*)", text):
            for number in re.findall(r"§(\d+)\b", citation):
                cited += 1
                missing |= {f"{path}: §{number}"} if int(number) not in known else set()
    assert cited > 100
    assert missing == set()


def test_no_code_cites_a_document_that_is_not_here() -> None:
    """A document is named by its path from the root of the repository, or by its name alone."""
    gone = {
        f"{path}: {name}"
        for path, text in code()
        if path.parts[0] != "docs"  # which writes pages that link to each other
        for name in re.findall(r"(?<![\w/.{*])((?:[\w-]+/)*[\w-]+\.md)\b", text)
        if not any((ROOT / name).exists() or any((ROOT / folder).rglob(name)) for folder in ("tests", "docs"))
    }
    assert gone == set()


@pytest.mark.parametrize("page", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    dead = []
    for link in links(page):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        aim = (page.parent / target).resolve() if target else page
        if not aim.exists() or (anchor and aim.suffix == ".md" and anchor not in anchors(aim)):
            dead.append(link)
    assert dead == []


def test_each_promise_of_the_notice_is_shown_by_tests_that_exist() -> None:
    page = ROOT / "docs" / "law" / "01-promise.md"
    rows = [row.split(" | ") for row in page.read_text(encoding="utf-8").splitlines() if row.startswith("| ")]
    promises = [row[-1] for row in rows if len(row) == 3][2:]
    assert len(promises) == 13
    for shown_by in promises:
        named = re.findall(r"\[(test_\w+)\]\(([^)]+)\)", shown_by)
        assert named, f"no test: {shown_by}"
        for test, link in named:
            assert f"def {test}(" in (page.parent / link).read_text(encoding="utf-8"), f"{link} has no {test}"


@pytest.fixture(scope="module")
def taken() -> frozenset[str]:
    """Each route, with `{}` for each id."""
    settings = load_settings({"DSR_HOME": "/nowhere"})
    return frozenset(routes(create_app(cast(Service, SimpleNamespace(settings=settings)))))


ROUTE = re.compile(r"\b(GET|POST|PATCH|PUT|DELETE) +(/[^\s`|]*)")

IMAGINED = {"POST /requests/{}/delay"}
"""The command that CONTRIBUTING shows how to add."""


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{each}.md" for each in ("tour", "packages"))]
)
def test_routes_that_a_page_names_are_there(page: str, taken: frozenset[str]) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = {f"{method} {path.partition('?')[0].removeprefix('/api/v1')}" for method, path in ROUTE.findall(text)}
    asked = {re.sub(r"\{\w+\}|(?<=/items/)\w+", "{}", name) for name in named}
    assert sorted(asked - taken - IMAGINED) == []


def test_each_code_with_which_the_law_refuses_is_one_of_this_program_or_said_to_be_missing() -> None:
    import_everything()
    cells = re.findall(r"\|([^|\n]*)", (LAW / "03-case.md").read_text(encoding="utf-8"))
    refused = {code for cell in cells for code in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", cell)}
    known = {error.code for error in all_errors()}
    states = {"nothing-held", "system-owner", "partly-fulfilled", "not-a-request", "nothing-to-do"}
    assert len(refused & known) > 30
    assert sorted(refused - known - states - NOT_BUILT) == []
    assert sorted(NOT_BUILT & known) == []
