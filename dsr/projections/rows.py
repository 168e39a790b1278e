"""Rows of one read model while events are folded into them: loaded before, written after, never in between.

The same class serves one command (a handful of rows, written at once) and a rebuild (all rows that are still moving,
written when they come to rest), so handlers are written once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, Table, bindparam, select, update

from dsr.database.statements import InsertRows, Statement
from dsr.projections.bulk import insert_many

Row = dict[str, Any]
"""One row by column name. Values are replaced, never changed in place, so that a change can be seen."""

_CHUNK: Final = 500
"""Streams looked up in one statement."""

_MANY: Final = 50
"""More new rows than a command makes."""


class Rows:
    """Rows grouped by the stream that they come from; `table` is where they are loaded from and written to."""

    def __init__(self, table: Table, stream: str) -> None:
        """`stream` names the column that holds the id of the stream."""
        self._table = table
        self._stream = stream
        self._keys = tuple(column.name for column in table.primary_key)
        self._held: dict[UUID, list[Row]] = {}
        self._stored: dict[int, tuple[Row, Row]] = {}
        """Rows that the table already has, by the identity of the row held: the row itself and a copy as stored."""

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
        """How many streams are held."""
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

    def touch(self, stream_id: UUID) -> None:
        """Note that this stream moved: of all that are held, it comes to rest last."""
        if (rows := self._held.pop(stream_id, None)) is not None:
            self._held[stream_id] = rows

    def resting(self, keep: int) -> list[UUID]:
        """The streams beyond the `keep` that moved last."""
        return list(islice(self._held, max(0, len(self._held) - keep)))

    def write(self, connection: Connection) -> None:
        """Insert what is new and update the columns that changed, of every row held."""
        for row in self._write(connection, self):
            self._stored[id(row)] = (row, row.copy())

    def release(self, connection: Connection, stream_ids: Iterable[UUID]) -> None:
        """Write the rows of these streams and hold them no longer."""
        rows = [row for stream_id in stream_ids for row in self._held.pop(stream_id)]
        self._write(connection, rows)
        for row in rows:
            self._stored.pop(id(row), None)

    def _write(self, connection: Connection, rows: Iterable[Row]) -> list[Row]:
        """Return what was written."""
        new: list[Row] = []
        changed: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in rows:
            if (stored := self._stored.get(id(row))) is None:
                new.append(row)
                continue
            before = stored[1]
            if columns := tuple(name for name, value in row.items() if value != before[name]):
                changed[columns].append(row)
        if len(new) > _MANY:
            insert_many(connection, self._table, new)
        elif new:
            _insert_into(self._table).send(connection, new)
        for columns, group in changed.items():
            self._update(connection, columns, group)
        return [*new, *(row for group in changed.values() for row in group)]

    def _update(self, connection: Connection, columns: tuple[str, ...], rows: list[Row]) -> None:
        _update_of(self._table, columns).send_many(
            connection,
            [
                {f"key_{key}": row[key] for key in self._keys} | {f"new_{name}": row[name] for name in columns}
                for row in rows
            ],
        )


# Statements, made once: to build one takes longer than to run it.


@lru_cache(maxsize=64)
def _of_stream(table: Table, stream: str) -> Statement:
    query = select(table).where(table.c[stream] == bindparam("stream"))
    return Statement(_in_order(query, table))


def _of_streams(table: Table, stream: str, stream_ids: list[UUID]) -> Select[*tuple[Any, ...]]:
    return _in_order(select(table).where(table.c[stream].in_(stream_ids)), table)


def _in_order(query: Select[*tuple[Any, ...]], table: Table) -> Select[*tuple[Any, ...]]:
    return query.order_by(*table.primary_key) if len(table.primary_key) > 1 else query


@lru_cache(maxsize=512)
def _update_of(table: Table, columns: tuple[str, ...]) -> Statement:
    # Only what changed is set: SQLite rewrites the entry of every index that a statement names.
    return Statement(
        update(table)
        .where(*(key == bindparam(f"key_{key.name}") for key in table.primary_key))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )


@lru_cache(maxsize=64)
def _insert_into(table: Table) -> InsertRows:
    return InsertRows(table)
