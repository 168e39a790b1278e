"""Every error code and every event of the law as it was designed is one of this service, by the same name."""

import os
import re
from pathlib import Path

import pytest

from docs.command_table import rows
from docs.generate import import_everything
from dsr.domain.errors import all_errors

LAW = Path(os.environ["DSR_SHARED_DATA"]).parent / "design" / "law.md"

NO_ERRORS = {"unidentified", "left-out", "nothing-to-do"}
"""Named beside the codes, but as an outcome of a case, of a system and of a message."""

CODES_TO_COME: set[str] = set()
EVENTS_TO_COME: set[str] = set()
"""The design is ahead of the program by exactly these: messages, questions and dates (its §9 and §10).

A line goes with the command that it waits for, or the check fails.
"""


@pytest.fixture(scope="module")
def commands() -> list[tuple[str, str]]:
    """Of each command that the design has: its guards and its events."""
    _, _, text = LAW.read_text(encoding="utf-8").partition("| command | who | guard → error | event |")
    lines = text.partition("\n\n")[0].splitlines()[2:]
    cells = [line.strip("|").split("|") for line in lines]
    return [(guards, events) for _, _, guards, events in cells]


def test_every_error_code_of_the_design_refuses_a_command(commands: list[tuple[str, str]]) -> None:
    import_everything()
    designed = {code for guards, _ in commands for code in re.findall(r"`([a-z]+(?:-[a-z]+)*)`", guards)} - NO_ERRORS
    raised = {error.code for row in rows() for error in row.errors}
    assert len(designed) > 30
    assert designed - raised == CODES_TO_COME


def test_every_event_of_the_design_is_recorded_by_a_command(commands: list[tuple[str, str]]) -> None:
    import_everything()
    designed = {name for _, events in commands for name in re.findall(r"\b[A-Z]\w+", events)}
    recorded = {event.__name__ for row in rows() for event in row.events}
    assert len(designed) > 40
    assert designed - recorded == EVENTS_TO_COME


def test_every_code_that_the_design_names_elsewhere_is_known() -> None:
    import_everything()
    text = LAW.read_text(encoding="utf-8")
    refused = re.findall(r"(?:else|refused:|error\s+\(|not sent \()\s*`([a-z]+(?:-[a-z]+)+)`", text)
    assert {"extension-too-late", "regime-unknown", "ground-not-available", "letter-incomplete"} <= set(refused)
    assert set(refused) - {error.code for error in all_errors()} == CODES_TO_COME & set(refused)
    assert {error.code for error in all_errors()}.isdisjoint(CODES_TO_COME)
