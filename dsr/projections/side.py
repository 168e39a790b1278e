"""A SQLite file on the side, in which a log is folded fast, because nothing is lost with it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Column, Connection, MetaData, Table, event

from dsr.database import Database
from dsr.projections.projection import Projection

_CACHE: Final = 64 * 1024
"""KiB of pages that are kept in memory."""

_CHUNK: Final = 20_000
"""Rows carried over in one transaction."""


class Side:
    """Tables for the rows of some read models, in a file that is gone in the end."""

    def __init__(self, database: Database, projections: Sequence[Projection]) -> None:
        self.database = database
        self.tables: Mapping[Projection, Table] = {each: _table_for(each) for each in projections}
        with database.writing() as connection:
            for table in self.tables.values():
                table.create(connection)

    def sort(self) -> None:
        """Make it quick to read every table in the order of its key, once nothing more is added."""
        with self.database.writing() as connection:
            for projection, table in self.tables.items():
                if projection.append_only:
                    columns = ", ".join(f'"{column.name}"' for column in projection.table.primary_key)
                    name, of = f"in_order_{table.name}", f'"{table.name}"({columns})'
                    connection.exec_driver_sql(f'CREATE UNIQUE INDEX "{name}" ON {of}')

    def carry_over(self, target: Database, tables: Mapping[Projection, Table]) -> None:
        """Copy all rows into empty tables of the same columns in another SQLite file.

        In the order of the key, so that pages fill one after the other, and in transactions so short that nobody
        waits long.
        """
        for projection, source in self.tables.items():
            copy = _Copy(source, tables[projection], [column.name for column in projection.table.primary_key])
            while copy.goes_on:
                with target.writing() as connection:
                    connection.detach()  # closed in the end, and with it the file that is attached
                    connection.exec_driver_sql("ATTACH ? AS side", (self.database.engine.url.database,))
                    copy.next(connection)


class _Copy:
    """One table on its way from the attached file; every value goes over as it is."""

    def __init__(self, source: Table, target: Table, key: Sequence[str]) -> None:
        keys, marks = ", ".join(f'"{name}"' for name in key), ", ".join("?" * len(key))
        backwards = ", ".join(f'"{name}" DESC' for name in key)
        self._first = f'INSERT INTO main."{target.name}" SELECT * FROM side."{source.name}"'  # noqa: S608 - our own names
        self._rest = f"{self._first} WHERE ({keys}) > ({marks})"
        self._order = f"ORDER BY {keys} LIMIT {_CHUNK}"
        self._last = f'SELECT {keys} FROM main."{target.name}" ORDER BY {backwards} LIMIT 1'  # noqa: S608
        self._after: tuple[Any, ...] = ()
        self.goes_on = True

    def next(self, connection: Connection) -> None:
        """Copy the rows that follow in the order of the key."""
        insert = self._rest if self._after else self._first
        copied = connection.exec_driver_sql(f"{insert} {self._order}", self._after).rowcount
        self._after = tuple(connection.exec_driver_sql(self._last).first() or ())
        self.goes_on = copied == _CHUNK


@contextmanager
def side(projections: Sequence[Projection]) -> Iterator[Side]:
    """Empty tables for these. They hold what read models hold: nothing that is sealed."""
    with TemporaryDirectory(prefix="dsr-fold-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'side.sqlite3'}?journal_mode=delete")
        event.listen(database.engine, "connect", _expect_no_crash)
        try:
            yield Side(database, projections)
        finally:
            database.close()


def without_key(table: Table, name: str) -> Table:
    """The same columns in a heap, where rows lie as they came.

    A key of random ids that grows row by row makes a database move through all its pages again and again; made at
    once from all rows it costs a third.
    """
    return Table(name, MetaData(), *(Column(each.name, each.type, nullable=each.nullable) for each in table.columns))


@cache  # one table for each read model, so that what is said of it is compiled once
def _table_for(projection: Projection) -> Table:
    if projection.append_only:
        return without_key(projection.table, projection.name)
    table = projection.table.to_metadata(MetaData())  # its rows are looked up by their key
    table.indexes.clear()
    return table


def _expect_no_crash(connection: Any, _record: object) -> None:
    """After one nobody would look at the file: no journal, no waiting for the disk."""
    connection.execute("PRAGMA journal_mode = off")
    connection.execute("PRAGMA synchronous = off")
    connection.execute(f"PRAGMA cache_size = {-_CACHE}")
