"""docs/security/inventory.md names every table, every key and its uses, and events that there are."""

import re
from pathlib import Path

import dsr
from dsr.database import metadata
from dsr.domain.sealed import KeyPurpose
from tests.database.test_migrations import define_every_table

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security" / "inventory.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_every_table_has_one_level_of_protection() -> None:
    define_every_table()
    rows = re.findall(r"^\| (?:secret|personal|internal) \| (`.+`) \|$", section("Levels of data"), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert len(rows) == 3
    assert sorted(named) == sorted([*metadata.main.tables, *metadata.keys.tables])


def test_every_key_and_every_use_of_the_index_key_is_named() -> None:
    keys = section("Keys")
    assert [each for each in KeyPurpose if f"`{each}`" not in keys] == []
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(dsr.__file__).parent.rglob("*.py"))
    used = set(re.findall(r"""index_keys?\(f?"([a-z -]+)""", source))
    used |= {"blind-index", "export-link", "message-content", "message-id", "passing-secret", "suppression"}
    derived = keys.split("for each use: ")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z -]+)`", derived)) == used


def test_every_security_event_that_is_named_exists() -> None:
    named = set(re.findall(r"`(dsr\.[a-z.-]+)`", section("Security events")))
    assert len(named) > 20
    there_are = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    assert [each for each in named if f"`{each}`" not in there_are] == []
