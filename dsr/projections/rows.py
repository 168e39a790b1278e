"""Rows of one read model while events are applied: loaded before, written after, never in between.

The same class serves commands, whose rows are written at once, and rebuilds, which take the rows stream by stream, so
handlers are written once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, Table, bindparam, select

from dsr.database.statements import Statement
from dsr.projections.writing import Row, insert_rows, update_rows

__all__ = ["Row", "Rows", "one_row"]

_CHUNK: Final = 500
"""Number of streams loaded in one statement."""


def one_row(connection: Connection, query: Select[Any]) -> Row | None:
    """The row that a query finds, None where it finds none."""
    found = connection.execute(query).mappings().first()
    return None if found is None else dict(found)


class Rows:
    """Rows grouped by stream, loaded from and written to `table`."""

    def __init__(self, table: Table, stream: str) -> None:
        """`stream` names the column that holds the id of the stream."""
        self._table = table
        self._stream = stream
        self._held: dict[UUID, list[Row]] = {}
        self._stored: dict[int, tuple[Row, Row]] = {}
        """Rows that exist in the table, keyed by identity of the row object: the row and a copy as stored."""

    # What handlers use -----------------------------------------------------------------------------------------

    def of(self, stream_id: UUID) -> list[Row]:
        """The rows of a stream, in the order in which they were added."""
        return self._held.get(stream_id, [])

    def one(self, stream_id: UUID) -> Row:
        """The only, or first, row of a stream."""
        return self._held[stream_id][0]

    def add(self, row: Row) -> None:
        """A further row of a stream."""
        self._held.setdefault(row[self._stream], []).append(row)

    # What carries them to the table and back ---------------------------------------------------------------------

    def __len__(self) -> int:
        """Number of streams held."""
        return len(self._held)

    def __contains__(self, stream_id: object) -> bool:
        """Whether this stream is held."""
        return stream_id in self._held

    def __iter__(self) -> Iterator[Row]:
        """Every row held."""
        for rows in self._held.values():
            yield from rows

    def load(self, connection: Connection, stream_ids: Iterable[UUID]) -> None:
        """Fetch the rows of these streams, none of which is held yet."""
        wanted = list(stream_ids)
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            for row in self._rows_of(connection, part):
                self.add(row)
                self._stored[id(row)] = (row, row.copy())

    def _rows_of(self, connection: Connection, stream_ids: list[UUID]) -> Iterator[Row]:
        if len(stream_ids) == 1:
            yield from _of_stream(self._table, self._stream).rows(connection, {"stream": stream_ids[0]})
        else:
            yield from map(dict, connection.execute(_of_streams(self._table, self._stream, stream_ids)).mappings())

    def take(self, stream_id: UUID) -> list[Row]:
        """Remove and return the rows of a stream."""
        return self._held.pop(stream_id, [])

    def write(self, connection: Connection) -> None:
        """Insert new rows and update changed columns of all rows held."""
        new: list[Row] = []
        changed: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in self:
            if (stored := self._stored.get(id(row))) is None:
                new.append(row)
                continue
            before = stored[1]
            if columns := tuple(name for name, value in row.items() if value != before[name]):
                changed[columns].append(row)
        insert_rows(connection, self._table, new)
        for columns, group in changed.items():
            update_rows(connection, self._table, columns, group)


# Statements, built once, since building one takes longer than running it.


@lru_cache(maxsize=64)
def _of_stream(table: Table, stream: str) -> Statement:
    query = select(table).where(table.c[stream] == bindparam("stream"))
    return Statement(_in_order(query, table))


def _of_streams(table: Table, stream: str, stream_ids: list[UUID]) -> Select[*tuple[Any, ...]]:
    return _in_order(select(table).where(table.c[stream].in_(stream_ids)), table)


def _in_order(query: Select[*tuple[Any, ...]], table: Table) -> Select[*tuple[Any, ...]]:
    return query.order_by(*table.primary_key) if len(table.primary_key) > 1 else query
