"""Verification of read models against the log, row by row, while the service runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from dsr.database import Database
from dsr.projections.folding import Folding, LogReader, Progress
from dsr.projections.positions import states
from dsr.projections.read_model import ReadModel
from dsr.projections.registry import PROJECTIONS
from dsr.projections.scratch import scratch

_FETCHED: Final = 2_000


class Problem(StrEnum):
    """Kinds of differences between a read model and the log."""

    BEHIND = "behind"
    """It lacks events, or was built by another version: rebuild it."""
    MISSING = "missing"
    """This row is missing."""
    UNEXPECTED = "unexpected"
    """This row should not exist."""
    DIFFERENT = "different"
    """This row has other values."""


@dataclass(frozen=True)
class Difference:
    """One row, or for `behind` one read model, that differs from the log."""

    projection: str
    problem: Problem
    key: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)
    """The columns that differ, with the values from the log."""
    found: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """One sentence for a process log: names of read model and columns, ids and numbers, no other value of a row."""
        match self.problem:
            case Problem.BEHIND:
                return f"{self.projection} is at {self.found['position']} of {self.expected['position']}: rebuild it."
            case Problem.MISSING:
                return f"{self.projection} lacks the row {self._row}."
            case Problem.UNEXPECTED:
                return f"{self.projection} has a row {self._row} that the log knows nothing of."
            case Problem.DIFFERENT:
                return f"{self.projection} has another {', '.join(self.expected)} than the log in the row {self._row}."

    @property
    def _row(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self.key.items())


def verify(
    database: Database,
    log: LogReader,
    projections: Sequence[ReadModel] = PROJECTIONS,
    *,
    progress: Progress | None = None,
    limit: int = 100,
) -> list[Difference]:
    """Build read models from the log in a scratch file and compare; return up to `limit` differences.

    No command has to wait: most of the log is processed first, and only the rest and the comparison share one snapshot.
    """
    with scratch(projections) as aside:
        folding = Folding(aside.database, aside.tables)
        folding.run(log, log.head().position, progress)
        with database.reading() as live:
            head = log.head().position
            with aside.database.writing() as connection:
                folding.catch_up(connection, log, head)
            with aside.database.reading() as expected:
                return list(islice(_differences(live, expected, aside.tables, head), limit))


def _differences(
    live: Connection, expected: Connection, tables: Mapping[ReadModel, Table], head: int
) -> Iterator[Difference]:
    for state in states(live, tuple(tables), head):
        if state.needs_rebuild:
            yield Difference(
                state.name,
                Problem.BEHIND,
                expected={"position": head},
                found={"position": state.position, "outdated": state.outdated},
            )
    for projection, table in tables.items():
        yield from _compare(
            projection, _streams(live, projection.table, projection), _streams(expected, table, projection)
        )


_Found = list[sa.Row[Any]]
_Streams = Iterator[tuple[UUID, _Found]]


def _streams(connection: Connection, table: Table, projection: ReadModel) -> _Streams:
    """Rows in the order of their stream ids' bytes, which is the same on every database."""
    column = table.c[projection.stream]
    found = connection.execute(sa.select(table).order_by(column), execution_options={"yield_per": _FETCHED})
    for stream_id, rows in groupby(found, key=attrgetter(projection.stream)):
        yield stream_id, list(rows)


def _compare(projection: ReadModel, live: _Streams, expected: _Streams) -> Iterator[Difference]:
    nothing: tuple[None, _Found] = (None, [])
    here: tuple[UUID | None, _Found] = next(live, nothing)
    there: tuple[UUID | None, _Found] = next(expected, nothing)
    while here[0] is not None or there[0] is not None:
        if there[0] is None or (here[0] is not None and here[0] < there[0]):
            yield from _compare_rows(projection, here[1], [])
            here = next(live, nothing)
        elif here[0] is None or there[0] < here[0]:
            yield from _compare_rows(projection, [], there[1])
            there = next(expected, nothing)
        else:
            if here[1] != there[1]:
                yield from _compare_rows(projection, here[1], there[1])
            here, there = next(live, nothing), next(expected, nothing)


def _compare_rows(projection: ReadModel, found: _Found, expected: _Found) -> Iterator[Difference]:
    names = [column.name for column in projection.table.primary_key]
    key_of = itemgetter(*names)
    live = {key_of(row): row for row in (each._mapping for each in found)}
    right = {key_of(row): row for row in (each._mapping for each in expected)}
    for each in live.keys() | right.keys():
        row = live.get(each) or right[each]
        key = {name: row[name] for name in names}
        if each not in right:
            yield Difference(projection.name, Problem.UNEXPECTED, key)
        elif each not in live:
            yield Difference(projection.name, Problem.MISSING, key)
        elif wrong := [name for name, value in right[each].items() if live[each][name] != value]:
            yield Difference(
                projection.name,
                Problem.DIFFERENT,
                key,
                expected={name: right[each][name] for name in wrong},
                found={name: live[each][name] for name in wrong},
            )
