"""What a row of a list costs the interpreter: calls of Python, which no load of the machine changes.

Words and dates recur from row to row, so a page looks up each of them once.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import pytest

from dsr.domain.roles import Role
from tests.api.team import Team

FEW, MANY = 3, 43
"""Cases."""

MOST: Final = {"/console/queue": 560, "/console/audit/log": 420, "/console/dates": 48}
"""Calls for one more row."""

A_ROW: Final = re.compile(r'<a class="row"|<li><span class="number')


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def calls() -> Iterator[list[int]]:
    """Counts the calls of Python meanwhile, those that resume a generator included."""
    seen = [0]

    def note(_frame: FrameType, event: str, _argument: Any) -> None:
        seen[0] += event == "call"

    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)


def test_one_more_row_costs_few_calls(team: Team) -> None:
    # given cases that are due all over April
    carla = {"Authorization": f"Bearer {team.token(team.enrol('carla', Role.HANDLER))}"}
    auditor = {"Authorization": f"Bearer {team.token('auditor')}"}
    found: dict[str, list[tuple[int, int]]] = {path: [] for path in MOST}
    cases = list[Any]()
    for number in (FEW, MANY):
        while len(cases) < number:
            team.clock.advance(hours=12)
            cases.append(team.registered("access"))
        asked = {
            "/console/queue": ("", carla),
            "/console/dates": ("?controller=callcentre-de&month=2026-04", carla),
            "/console/audit/log": (f"?stream_id={cases[0].id}" if number == FEW else "", auditor),
        }
        for path, (query, headers) in asked.items():
            # when a page is shown again
            team.client.get(path + query, headers=headers)
            with calls() as seen:
                answer = team.client.get(path + query, headers=headers)
            found[path].append((len(A_ROW.findall(answer.text)), seen[0]))
    # then
    cost = {
        path: (many_calls - few_calls) // (many_rows - few_rows)
        for path, ((few_rows, few_calls), (many_rows, many_calls)) in found.items()
    }
    assert all(many[0] - few[0] >= 20 for few, many in found.values()), found
    assert {path: calls for path, calls in cost.items() if calls > MOST[path]} == {}
