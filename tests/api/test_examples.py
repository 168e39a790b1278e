"""The examples of the specification are what happens: `DSR_WRITE_EXAMPLES=1 pytest tests/api/test_examples.py`."""

import os
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec
from flask import Flask

from dsr.api.app import RESOURCES
from dsr.api.examples import WITHOUT, examples
from dsr.api.specification import write_document
from dsr.bootstrap import build
from dsr.mailbox.rules_reader import RulesReader
from dsr.settings import Settings
from tests.api.examples import called, operations, shown
from tests.api.team import Team
from tests.desk.office import Office
from tests.settable_clock import SettableClock

FILE: Final = Path(str(files("dsr.api").joinpath("examples.json")))
REWRITE: Final = "DSR_WRITE_EXAMPLES"


def happened(install: Callable[[str], Settings]) -> dict[str, dict[str, Any]]:
    """One call of each operation, each at a service of its own, so that none sees what another made."""
    found: dict[str, dict[str, Any]] = {}
    app: Flask | None = None
    for name, route in operations().items():
        if name in WITHOUT:
            continue
        clock = SettableClock()
        service = build(install("sqlite"), clock=clock, reader=RulesReader())
        team = Team(service, clock, app)
        app = team.app
        found[name] = shown(called(route, team, Office(service, clock))).written()
        service.close()
    return found


def test_each_example_is_what_happens(install: Callable[[str], Settings]) -> None:
    now = happened(install)
    if os.environ.get(REWRITE):
        lines = [
            f"{msgspec.json.encode(name).decode()}: {msgspec.json.encode(now[name]).decode()}" for name in sorted(now)
        ]
        FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        examples.cache_clear()
    differ = sorted(now.keys() ^ examples().keys())
    assert not differ, f"run this with {REWRITE}=1: operations without an example, or the other way round: {differ}"
    assert [name for name, shown in now.items() if examples()[name] != shown] == [], f"run this with {REWRITE}=1"


def test_every_operation_shows_its_example() -> None:
    for path, item in write_document(RESOURCES)["paths"].items():
        for operation in (each for method, each in item.items() if method != "parameters"):
            name = operation["operationId"]
            assert ("x-example" in operation) == (name not in WITHOUT), path
            example = examples().get(name, {})
            media_types = operation.get("requestBody", {}).get("content", {})
            if media_types and name not in WITHOUT:
                assert any("example" in content for content in media_types.values()), f"{name}: {list(media_types)}"
            if "answer" in example:
                answered = operation["responses"][str(example["status"])]["content"]
                assert any("example" in content for content in answered.values()), name


def test_examples_are_about_nobody() -> None:
    text = FILE.read_text(encoding="utf-8").replace("\\n", "\n")
    addresses = set(re.findall(r"[\w.+-]+@([\w.-]+)", text))
    assert all(re.search(r"(^|\.)example(\.(org|com|net))?$", host) for host in addresses - official()), addresses
    assert "dsr_" not in re.sub(r'"dsr_[^"]*"', "", text)


def official() -> set[str]:
    """Hosts of supervisory authorities, whose addresses are public."""
    listed = examples()["list_authorities"]["answer"]["items"]
    return {str(each["email"]).partition("@")[2] for each in listed if each.get("email")}
