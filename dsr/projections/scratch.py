"""A temporary SQLite file for fast processing of a log, without durability."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import MetaData, Table, event

from dsr.database import Database
from dsr.projections.read_model import ReadModel

_CACHE: Final = 64 * 1024
"""Page cache in KiB."""


class Scratch:
    """Tables of some read models in a temporary file."""

    def __init__(self, database: Database, projections: Sequence[ReadModel]) -> None:
        self.database = database
        self.tables: Mapping[ReadModel, Table] = {each: _table_for(each) for each in projections}
        with database.writing() as connection:
            for table in self.tables.values():
                table.create(connection)


@contextmanager
def scratch(projections: Sequence[ReadModel]) -> Iterator[Scratch]:
    """Empty tables for these read models, which hold no sealed data."""
    with TemporaryDirectory(prefix="dsr-fold-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'side.sqlite3'}?journal_mode=delete")
        event.listen(database.engine, "connect", _expect_no_crash)
        try:
            yield Scratch(database, projections)
        finally:
            database.close()


@cache  # one table for each read model, so that its statements are compiled once
def _table_for(projection: ReadModel) -> Table:
    table = projection.table.to_metadata(MetaData())  # its rows are read in the order of their key
    table.indexes.clear()
    return table


def _expect_no_crash(connection: Any, _record: object) -> None:
    """Disable journal and sync, since the file is useless after a crash."""
    connection.execute("PRAGMA journal_mode = off")
    connection.execute("PRAGMA synchronous = off")
    connection.execute(f"PRAGMA cache_size = {-_CACHE}")
