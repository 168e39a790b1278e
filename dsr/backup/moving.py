"""Moves the service from SQLite to other databases, such as those of a PostgreSQL server.

The old databases are locked meanwhile, so nothing is written that the new ones would lack. They refuse work from the
moment at which the new ones are complete and proved.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from dsr.backup.examining import Examination, examine
from dsr.backup.filling import fill, require_empty
from dsr.backup.making import LEFT_OUT
from dsr.backup.rows import PlainRows
from dsr.backup.source import LiveSource
from dsr.bootstrap import Service, build
from dsr.database import Database, metadata
from dsr.database.migrations import Kind, mark_moved, upgrade
from dsr.domain.errors import Unavailable
from dsr.projections.rebuild import rebuild
from dsr.projections.registry import PROJECTIONS


class MovesFromSqliteOnly(Unavailable):
    """Only SQLite can be locked while everything is copied. From PostgreSQL, move with the server's own tools, or make
    a backup while the service is stopped, and restore it.
    """

    code = "moves-from-sqlite-only"


class CopyUnsound(Unavailable):
    """The new databases do not hold all that the log names; `dsr check` says what the old ones lack. The service was
    not moved: it goes on with the old ones. Empty the new ones, and repair the old ones first.
    """

    code = "copy-unsound"


def move(
    made: Service,
    database_url: str,
    keys_url: str,
    *,
    told: Callable[[str, int], None] = lambda _what, _number: None,
) -> Examination:
    """Copy everything into these two empty databases, prove it, and let the old ones refuse work: `database-moved`.
    Returns what was examined. Files and keyring stay where they are.

    Work waits meanwhile, or is refused as `database-busy`. If this is interrupted, the service was not moved. Raises
    MovesFromSqliteOnly, TargetNotEmpty, CopyUnsound; DatabaseUnavailable.
    """
    if any(each.engine.dialect.name != "sqlite" for each in (made.database, made.keys_database)):
        raise MovesFromSqliteOnly()
    require_empty((("main", database_url), ("keys", keys_url)))
    with made.database.appending() as log, made.keys_database.writing() as keys:
        _copy(log, "main", database_url, told)
        _copy(keys, "keys", keys_url, told)
        new = build(replace(made.settings, database_url=database_url, keys_url=keys_url))
        try:
            rebuild(new.database, new.log, PROJECTIONS, at=new.clock.now())
            new.check()
            if new.log.end() != made.log.end():
                raise CopyUnsound()
            examined = examine(LiveSource(new), digests=False, told=lambda what: told(f"{what}s examined", 1))
        finally:
            new.close()
        if examined.findings:
            raise CopyUnsound(findings=[each.code for each in examined.findings])
        mark_moved(log)
        mark_moved(keys)
    return examined


def _copy(connection: sa.Connection, kind: Kind, url: str, told: Callable[[str, int], None]) -> None:
    tables = (metadata.main if kind == "main" else metadata.keys).tables.values()
    copied = [table for table in tables if table.name not in LEFT_OUT]

    def chunks(table: sa.Table) -> Iterator[bytes]:
        return PlainRows(table).read(connection)

    database = Database(url)
    try:
        upgrade(database, kind)
        fill(database, copied, chunks, told=lambda count: told("rows copied", count))
    finally:
        database.close()
