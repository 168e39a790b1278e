"""What the documentation says of settings, events and errors is what the code says."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

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


def test_every_setting_stands_in_the_readme(generator: ModuleType) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{variable.name}`" in readme for variable in generator.VARIABLES)


def test_the_pictures_in_the_readme_are_there_small_and_described() -> None:
    pictures = re.findall(
        r'<img src="([^"]+)"[^>]* alt="([^"]{20,})"', (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert [path for path, _ in pictures] == ["docs/page.png"]
    for path, _ in pictures:
        content = (ROOT / path).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 200_000


def test_readme_names_every_make_target() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    targets = {line.split(":")[0] for line in lines if ": " in line and "##" in line}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {target for target in targets if f"make {target}" not in readme} == set()
