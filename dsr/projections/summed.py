"""Read models that count cases: their rows are sums over all cases, so that a question costs what it shows.

Each case adds something to some cells. A save adds the difference between what its case added before and adds now, in
the transaction of its events; a rebuild adds up all cases.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from sqlalchemy import Connection, Integer, Table, Uuid, bindparam, text
from sqlalchemy.sql.elements import TextClause

from dsr.database.statements import Statement
from dsr.domain.request import Request
from dsr.projections.columns import UtcInstant
from dsr.projections.rows import Row
from dsr.projections.state import LogPlace

COUNT: Final = "cases"
"""The column that is 0 only if all numbers of a cell are; such a cell is deleted."""

_AT_ONCE: Final = 2_000
"""Cells that one statement changes."""

_encode: Final = msgspec.json.Encoder(uuid_format="hex").encode


class SummedReadModel:
    """A read model whose rows are sums over all cases."""

    stream: Final = "cell_id"
    """The key of its rows, which are of no one stream."""

    def __init__(self, table: Table, *, version: int, show: Callable[[Request], list[Row]]) -> None:
        """`show` computes what a case adds to which cells. Integer columns are numbers, the others name the cell.

        Increase `version` when cells change, so that every installation knows that a rebuild is needed.
        """
        self.name = str(table.name)
        self.table = table
        self.version = version
        self.show = show
        self.numbers = tuple(column.name for column in table.columns if isinstance(column.type, Integer))

    def save(self, connection: Connection, before: list[Row], now: list[Row], place: LogPlace) -> None:  # noqa: ARG002
        """Add the difference. `before` is what the case added when it was loaded; empty for a new case."""
        if before != now:
            self.add(connection, self.table, [*self.without(before), *now])

    def without(self, rows: Iterable[Row]) -> list[Row]:
        """What takes away again what these rows added."""
        return [row | {name: -row[name] for name in self.numbers} for row in rows]

    def summed(self, rows: Iterable[Row]) -> list[Row]:
        """These rows, those of one cell added up, in order of the cells, without those that nothing is added to."""
        cells: dict[UUID, Row] = {}
        for row in rows:
            cell = cells.get(row["cell_id"])
            cells[row["cell_id"]] = row if cell is None else cell | {n: cell[n] + row[n] for n in self.numbers}
        return [cells[key] for key in sorted(cells) if any(cells[key][name] for name in self.numbers)]

    def add(self, connection: Connection, table: Table, rows: Iterable[Row]) -> None:
        """Add these rows to the cells of the table; cells are changed in one order, so that two writers can't block
        each other.
        """
        summed = self.summed(rows)
        for start in range(0, len(summed), _AT_ONCE):
            part = summed[start : start + _AT_ONCE]
            _adding(table, self.numbers).send(connection, {"cells": _written(table, part)})
            if fewer := [row["cell_id"] for row in part if row[COUNT] < 0]:
                _clearing(table).send(connection, {"cells": _encode(fewer).decode()})


def cell_id(*name: object) -> UUID:
    """The key of the cell of this name."""
    return _cell_id("|".join(map(str, name)))


@lru_cache(maxsize=50_000)
def _cell_id(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, name)


def _written(table: Table, rows: Sequence[Row]) -> str:
    """The rows as JSON arrays: one parameter for any number of rows."""
    write = UtcInstant().process_bind_param
    return _encode(
        [
            [write(row[name], None) if isinstance(row[name], datetime) else row[name] for name in table.columns.keys()]  # type: ignore[arg-type]  # noqa: SIM118 - by name
            for row in rows
        ]
    ).decode()


def _source(dialect: str) -> str:
    if dialect == "sqlite":
        return "json_each(:cells) AS given"
    return "json_array_elements(CAST(:cells AS json)) AS given(value)"


@lru_cache(maxsize=8)
def _adding(table: Table, numbers: tuple[str, ...]) -> Statement:
    def made(dialect: str) -> TextClause:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(_value(column.type, place, dialect) for place, column in enumerate(table.columns))
        sums = ", ".join(f'"{name}" = "{table.name}"."{name}" + excluded."{name}"' for name in numbers)
        return text(
            f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM {_source(dialect)} WHERE true'  # noqa: S608 - our own names
            f" ON CONFLICT (cell_id) DO UPDATE SET {sums}"
        ).bindparams(bindparam("cells", required=True))

    return Statement(made)


def _value(kind: Any, place: int, dialect: str) -> str:
    value = f"given.value ->> {place}"
    if isinstance(kind, Integer):
        return f"CAST({value} AS INTEGER)"
    return f"CAST({value} AS UUID)" if isinstance(kind, Uuid) and dialect != "sqlite" else value


@lru_cache(maxsize=8)
def _clearing(table: Table) -> Statement:
    def made(dialect: str) -> TextClause:
        given = "given.value" if dialect == "sqlite" else "CAST(given.value #>> '{}' AS UUID)"
        return text(
            f'DELETE FROM "{table.name}" WHERE "{COUNT}" = 0'  # noqa: S608 - our own names
            f" AND cell_id IN (SELECT {given} FROM {_source(dialect)})"
        ).bindparams(bindparam("cells", required=True))

    return Statement(made)
