"""Making read models anew from the log while the service runs.

The log is folded into shadow tables without holding the append lock, on SQLite by way of a file on the side, so that no
command waits for the work; then, with the lock, what came meanwhile is added and the tables change places. A crash
before that leaves the live tables as they were, and the next rebuild clears up.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Table

from dsr.database import Database
from dsr.projections.folding import BATCH, HELD, Folding, LogReader, Progress, batches
from dsr.projections.positions import record
from dsr.projections.projection import Projection
from dsr.projections.registry import PROJECTIONS
from dsr.projections.shadow import Shadow, drop_leftovers
from dsr.projections.side import side


def rebuild(
    database: Database,
    log: LogReader,
    projections: Sequence[Projection] = PROJECTIONS,
    *,
    at: datetime,
    progress: Progress | None = None,
    held: int = HELD,
) -> int:
    """Replay every event into fresh copies of the read models, swap them in, and return how many events that were.

    `at` is noted as the time of the rebuild. Appends wait only for the swap. Raises DatabaseBusy, where somebody reads
    a live table for too long; nothing has changed then. On PostgreSQL a reading that began before the swap and meets
    the table after it finds it empty: its snapshot is older than the rows.
    """
    rebuild_id = uuid4()
    shadows = {each: Shadow(each, rebuild_id, is_sqlite=database.is_sqlite) for each in projections}
    tables = {each: shadow.table for each, shadow in shadows.items()}
    with database.writing() as connection:
        for each, shadow in shadows.items():
            drop_leftovers(connection, each)
            shadow.create(connection)
    if database.is_sqlite:
        with side(projections) as aside:
            position = _fold(Folding(aside.database, aside.tables, held=held), log, progress)
            aside.sort()
            aside.carry_over(database, tables)
    else:
        position = _fold(Folding(database, tables, held=held), log, progress)
        with database.writing() as connection:
            for shadow in shadows.values():
                shadow.index(connection)
    while log.head().position - position > BATCH:
        with database.writing() as connection:
            position = _catch_up(connection, log, tables, position, position + BATCH)
    with database.appending() as connection:
        head = log.head().position
        _catch_up(connection, log, tables, position, head)
        for each, shadow in shadows.items():
            shadow.swap(connection)
            record(connection, each, at)
    return head


def _fold(folding: Folding, log: LogReader, progress: Progress | None) -> int:
    """Fold until little is left to do, and return the last position."""
    while (head := log.head().position) - folding.position > BATCH or folding.position == 0 < head:
        folding.run(log, head, progress)
    folding.finish()
    return folding.position


def _catch_up(
    connection: Connection, log: LogReader, tables: Mapping[Projection, Table], after: int, until: int
) -> int:
    """Project what came after the folding, as appends do, and return the last position."""
    for batch in batches(log.read(after, until=until)):
        for projection, table in tables.items():
            projection.project(connection, batch, table)
    return until
