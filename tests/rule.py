"""Runs the tests of one rule, from the domain to HTTP: `make rule NAME=extension`, or `NAME=propose_extension`.

A rule is a module of `dsr/domain/request`, or a command in it. Its own tests run whole; of the tables that hold all
commands only the rows of its commands run. As in any development run, a letter with an untranslated sentence is written
in English only, with a warning.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from dsr.domain.request import Request
from tests.catalogue.catalogue import COMMANDS

TESTS: Final = Path(__file__).parent

PACKAGE: Final = "dsr.domain.request."

OF_ALL_COMMANDS: Final = ("domain/request/test_state_guards.py", "desk/test_use_cases.py")
"""Tables with a row for each command, by its name in code or in plain words."""

WHOLE: Final = ("catalogue", "api/test_routes.py")
"""Short, and without rows: what is missing where, and who may use which route."""


@dataclass(frozen=True)
class Rule:
    """A module of the law, and the commands that are asked for, by their names in code and in plain words."""

    module: str
    commands: frozenset[str]


def rules() -> dict[str, Rule]:
    """By the name of a module or of a command."""
    found: dict[str, Rule] = {}
    for each in COMMANDS:
        if each.act is not None:
            module = getattr(Request, each.act.command).__module__.removeprefix(PACKAGE)
            names = frozenset({each.act.command, each.name})
            before = found[module].commands if module in found else frozenset()
            found[module] = Rule(module, before | names)
            if each.act.command != module:
                found[each.act.command] = Rule(module, names)
    return found


class OnlyRowsOf:
    """Leaves out the rows of other commands; parameters of a row are joined by hyphens in its id."""

    def __init__(self, commands: frozenset[str]) -> None:
        self._commands = commands

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        tables = [TESTS / table for table in OF_ALL_COMMANDS]
        others = [item for item in items if item.path in tables and not self._is_wanted(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]

    def _is_wanted(self, item: pytest.Item) -> bool:
        _, _, row = item.name.rstrip("]").partition("[")
        return any(row == command or row.endswith(f"-{command}") for command in self._commands)


def main(name: str) -> int:
    """Run them; the exit status of pytest, 2 for a rule that nobody knows."""
    known = rules()
    if name not in known:
        sys.stderr.write(f"There is no rule '{name}'. Known: {', '.join(sorted(known))}.\n")
        return 2
    os.environ.setdefault("DSR_DEVELOPMENT", "yes")
    own = TESTS / "domain" / "request" / f"test_{known[name].module}.py"
    tables = [TESTS / each for each in (*OF_ALL_COMMANDS, *WHOLE)]
    chosen = [str(path) for path in (own, *tables) if path.exists()]
    return int(pytest.main(["-q", "-x", *chosen], plugins=[OnlyRowsOf(known[name].commands)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
