"""Fills empty databases with the rows of others."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from dsr.backup.rows import PlainRows
from dsr.database import Database
from dsr.database.migrations import Kind
from dsr.domain.errors import Unavailable

_LAST: Final = "events"
"""Written after all other tables of its database: without a first event nothing is served."""


class TargetNotEmpty(Unavailable):
    """A backup is only put back where nothing is yet, so that nothing is overwritten. Name empty databases and an empty
    folder in DSR_DATABASE_URL, DSR_KEYS_URL and DSR_BLOBS, or in a new DSR_HOME.
    """

    code = "target-not-empty"


def require_empty(urls: Iterable[tuple[Kind, str]]) -> None:
    """Make the folders of database files that are not there yet. Raises TargetNotEmpty."""
    for kind, url in urls:
        path = Path(url.removeprefix("sqlite:///"))
        if url.startswith("sqlite:///") and not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            continue
        database = Database(url)
        with database.reading() as connection:
            tables = sa.inspect(connection).get_table_names()
        database.close()
        if tables:
            raise TargetNotEmpty(database=kind)


def fill(
    database: Database,
    tables: Collection[sa.Table],
    chunks: Callable[[sa.Table], Iterable[bytes]],
    *,
    told: Callable[[int], None],
) -> None:
    """Write all rows of these tables in one transaction; `chunks` yields what `PlainRows.read` gave.

    `told` is called with the number of rows of each table.
    """
    with database.appending() as connection:
        for table in sorted(tables, key=lambda each: each.name == _LAST):
            if table.name != _LAST:
                connection.execute(sa.delete(table))  # what the migrations began with
            rows = PlainRows(table)
            rows.write(connection, chunks(table))
            told(rows.count)
