"""`make rule` finds the tests of one rule."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from dsr.domain.request import Request
from dsr.settings import Settings
from tests.catalogue.catalogue import ACTS
from tests.rule import OF_ALL_COMMANDS, TESTS, WHOLE, main, rules


def test_a_rule_is_a_module_with_its_commands_or_one_of_them() -> None:
    assert {"propose_extension", "propose an extension", "approve_extension"} <= rules()["extension"].commands
    assert rules()["propose_extension"].commands == {"propose_extension", "propose an extension"}
    assert rules()["propose_extension"].module == "extension"


def test_every_command_of_a_case_belongs_to_a_rule() -> None:
    assert ACTS.keys() <= {name for rule in rules().values() for name in rule.commands}
    assert all(hasattr(Request, name) for name in ACTS)


def test_the_tables_are_where_they_are_looked_for() -> None:
    assert all((TESTS / each).exists() for each in (*OF_ALL_COMMANDS, *WHOLE))


def test_a_rule_that_nobody_knows_is_refused() -> None:
    assert main("no-such-rule") == 2


def test_a_rule_is_tried_on_services_in_development(
    monkeypatch: pytest.MonkeyPatch, install: Callable[[str], Settings]
) -> None:
    # given
    monkeypatch.setenv("DSR_DEVELOPMENT", "")  # what `main` sets goes at the end of the test
    assert not install("sqlite").development
    seen: list[bool] = []

    def run(*_: Any, **__: Any) -> int:
        seen.append(install("sqlite").development)
        return 0

    monkeypatch.setattr(pytest, "main", run)
    # when
    del os.environ["DSR_DEVELOPMENT"]
    assert main("extension") == 0
    # then
    assert seen == [True]
