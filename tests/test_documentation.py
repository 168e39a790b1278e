"""What the documentation says of settings, events and errors is what the code says."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.api.document import document

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_settings_events_and_errors_are_documented_as_they_are(generator: ModuleType) -> None:
    stale = [path.name for path, text in generator.pages().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs`"


def test_every_setting_stands_in_the_page_for_operators(generator: ModuleType) -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert all(f"`{variable.name}`" in page for variable in generator.VARIABLES)


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").stat().st_size <= 10_000


def test_the_pictures_in_the_readme_are_there_small_and_described() -> None:
    pictures = re.findall(
        r'<img src="([^"]+)"[^>]* alt="([^"]{20,})"', (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert [path for path, _ in pictures] == ["docs/queue.png", "docs/case.png", "docs/page.png"]
    for path, _ in pictures:
        content = (ROOT / path).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 200_000


def test_every_path_that_a_page_names_is_one_of_the_interface() -> None:
    known = {re.sub(r"{[^}]*}", "{}", path) for path in document()["paths"]} | {"/api/v1/openapi.json"}
    named = re.compile(r"\b(?:GET|POST|PATCH|DELETE)\s+(/[\w{}./-]+)|`(/(?:api|health|metrics)[\w{}./-]*)`")
    pages = [ROOT / "docs" / f"{name}.md" for name in ("integrating", "operating", "packages", "tour")]
    for path in (ROOT / "README.md", *pages):
        for found in named.finditer(path.read_text(encoding="utf-8").replace("\n", " ")):
            place = re.sub(r"{[^}]*}", "{}", found[1] or found[2]).removesuffix(".")
            place = re.sub(r"/items/[a-z-]+", "/items/{}", place)
            assert place == "/api/v1" or {place, f"/api/v1{place}"} & known, f"{path.name}: {found[0]}"


def test_contributing_names_every_make_target() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    targets = {line.split(":")[0] for line in lines if ": " in line and "##" in line}
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {target for target in targets if f"`make {target}" not in page} == set()


def test_the_index_of_decisions_names_each_record_which_has_its_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(folder.glob("[0-9]*.md"))
    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        lines = path.read_text(encoding="utf-8").splitlines()
        title = lines[0].removeprefix(f"# {int(path.name[:4])}. ")
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", lines[2]), f"{path.name} has no date"
        assert f"[{title}]({path.name}) | {lines[2]} |" in index, path.name
        parts = [line for line in lines if line.startswith("## ")]
        assert parts == ["## Context", "## Decision", "## Consequences", "## Alternatives"], path.name


def test_the_hooks_of_a_commit_are_those_of_the_checkout() -> None:
    """Nothing is fetched from anywhere: each hook is local, and runs a tool of the environment."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [each["repo"] for each in config["repos"]] == ["local"]
    entries = [hook["entry"] for each in config["repos"] for hook in each["hooks"]]
    assert [entry.split()[0] for entry in entries] == [".venv/bin/ruff"] * 2
