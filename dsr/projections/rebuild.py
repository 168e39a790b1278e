"""Rebuilds read models from the log while the service runs.

Whole histories are folded into shadow tables without holding the append lock, a long log in several processes, and in
transactions so short that no command waits long; then, with the lock, the streams that moved meanwhile are folded again
and the tables change places. A crash before that leaves the live tables as they were, and the next rebuild clears up.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import uuid4

from dsr.database import Database
from dsr.database.leadership import Leadership, folder_of
from dsr.projections.errors import RebuildRunning
from dsr.projections.folding import WAITING, Folding, Progress
from dsr.projections.positions import record
from dsr.projections.processes import SharedLog, StreamShare, fold_shares, processes_for
from dsr.projections.read_model import ReadModel
from dsr.projections.registry import PROJECTIONS
from dsr.projections.shadow import Shadow, drop_leftovers

_ROUNDS: Final = 20
"""How often it catches up beside commands; what is left after that is caught up while they wait."""

_FEW: Final = 2_000
"""Events that may be caught up while appends wait."""


def rebuild(
    database: Database,
    log: SharedLog,
    projections: Sequence[ReadModel] = PROJECTIONS,
    *,
    at: datetime,
    progress: Progress | None = None,
    waiting: int = WAITING,
    processes: int | None = None,
) -> int:
    """Replay every event into fresh copies of the read models, swap them in, and return how many events that were.

    `at` is noted as the time of the rebuild; `waiting` rows are written together; `processes` is what suits the log and
    the machine unless it is given. Appends wait only for the swap.
    Raises RebuildRunning while another process rebuilds, since each clears up what an interrupted one left;
    DatabaseBusy, where another process reads a live table for too long, RebuildEnded where a process was killed;
    nothing has changed then. On PostgreSQL a
    reading that began before the swap and meets the table after it finds it empty: its snapshot is older than the rows.
    """
    with _alone(database):
        return _rebuild(database, log, projections, at=at, progress=progress, waiting=waiting, processes=processes)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Let no other process rebuild meanwhile. The lock ends with this process."""
    lock = Leadership(database, "rebuild", folder_of(database))
    if not lock.acquire():
        raise RebuildRunning()
    try:
        yield
    finally:
        lock.release()


def _rebuild(
    database: Database,
    log: SharedLog,
    projections: Sequence[ReadModel],
    *,
    at: datetime,
    progress: Progress | None,
    waiting: int,
    processes: int | None,
) -> int:
    rebuild_id = uuid4()
    shadows = {each: Shadow(each, rebuild_id, is_sqlite=database.is_sqlite) for each in projections}
    with database.writing() as connection:
        for each, shadow in shadows.items():
            drop_leftovers(connection, each)
            shadow.create(connection)
    folding = Folding(database, {each: shadow.table for each, shadow in shadows.items()}, waiting=waiting)
    until = log.head().position
    if (number := processes or processes_for(until)) == 1:
        folding.run(log, until, progress)
    else:
        names = tuple(each.name for each in projections)
        fold_shares(
            [
                StreamShare(database, log.share(each, number), until, names, rebuild_id, waiting)
                for each in range(number)
            ],
            progress,
        )
        folding.position = until
    with database.writing() as connection:
        for shadow in shadows.values():
            shadow.index(connection)
    for _ in range(_ROUNDS):
        if (head := log.head().position) - folding.position <= _FEW:
            break
        with database.writing() as connection:
            folding.catch_up(connection, log, head)
    with database.appending() as connection:
        head = log.head().position
        folding.catch_up(connection, log, head)
        for each, shadow in shadows.items():
            shadow.swap(connection)
            record(connection, each, at)
    return head
