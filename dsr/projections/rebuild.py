"""Making read models anew from the log while the service runs.

The log is folded into shadow tables without holding the append lock; then, with the lock, what came meanwhile is added
and the tables change places. A crash before that leaves the live tables as they were, and the next rebuild clears up.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from dsr.database import Database
from dsr.projections.folding import BATCH, HELD, Folding, LogReader, Progress
from dsr.projections.positions import record
from dsr.projections.projection import Projection
from dsr.projections.registry import PROJECTIONS
from dsr.projections.shadow import Shadow, drop_leftovers


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
    with database.writing() as connection:
        for each, shadow in shadows.items():
            drop_leftovers(connection, each)
            shadow.create(connection)
    folding = Folding(database, {each: shadow.table for each, shadow in shadows.items()}, held=held)
    while (head := log.head().position) - folding.position > BATCH or folding.position == 0 < head:
        folding.run(log, head, progress)
    folding.finish()
    with database.writing() as connection:
        for shadow in shadows.values():
            shadow.index(connection)
    with database.appending() as connection:
        head = log.head().position
        folding.run(log, head, progress)
        folding.finish()
        for each, shadow in shadows.items():
            shadow.swap(connection)
            record(connection, each, head, at)
    return head
