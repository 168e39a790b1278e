"""Building read models from a long log in several processes, each for a share of the streams.

On SQLite the processes take turns to write, in transactions of their own, while the others compute. Writing is about a
quarter of the work, so two processes hardly wait; handing rows to a single writer would cost as much again.
"""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final, Protocol
from uuid import UUID

from dsr.database import Database
from dsr.projections.errors import RebuildEnded
from dsr.projections.folding import Folding, LogReader, Progress
from dsr.projections.registry import projection_named
from dsr.projections.shadow import Shadow

WORTHWHILE: Final = 20_000
"""Minimum number of events for several processes; starting one takes about a second."""

_MOST: Final = 4
"""Maximum number of processes; more would wait for each other, on SQLite for their turn to write."""


class SharedLog(LogReader, Protocol):
    """A log that can be divided into shares and sent to another process."""

    def share(self, number: int, of: int) -> LogReader:
        """A reader of the histories of share `number`, counted from 0, of equal shares."""


@dataclass(frozen=True)
class StreamShare:
    """What one process folds; it is sent there with the database and the log, and opens its own connections."""

    database: Database
    log: LogReader
    until: int
    names: tuple[str, ...]
    """Of the read models."""
    rebuild_id: UUID
    waiting: int

    def fold(self, progress: Progress) -> None:
        """Build and write the rows of this share's streams."""
        shadows = [
            Shadow(projection_named(name), self.rebuild_id, is_sqlite=self.database.is_sqlite) for name in self.names
        ]
        folding = Folding(self.database, {each.read_model: each.table for each in shadows}, waiting=self.waiting)
        folding.run(self.log, self.until, progress)


def processes_for(events: int) -> int:
    """The fastest number of processes for this many events on this machine."""
    return min(_MOST, len(os.sched_getaffinity(0))) if events >= WORTHWHILE else 1


def fold_shares(shares: Sequence[StreamShare], progress: Progress | None = None) -> None:
    """Process each share in its own process, and wait for all.

    Raises the error of any of them, or RebuildEnded if one was killed; then the others are stopped. They also end soon
    after this process is gone.
    """
    context = get_context("spawn")  # a forked process would share this one's connections
    processes: dict[Connection, BaseProcess] = {}
    try:
        for share in shares:
            reports, theirs = context.Pipe(duplex=False)
            started = context.Process(target=_fold, args=(share, theirs), daemon=True)
            started.start()
            processes[reports] = started
            theirs.close()
        _follow(processes, shares[0].until, progress)
    finally:
        for process in processes.values():
            process.terminate()
            process.join()


def _follow(processes: Mapping[Connection, BaseProcess], until: int, progress: Progress | None) -> None:
    """Read their reports until all are done."""
    done = dict.fromkeys(processes, 0)
    running = set(processes)
    while running:
        for reports in wait(list(running)):
            assert isinstance(reports, Connection)  # noqa: S101 - nothing else was waited for
            try:
                report = reports.recv()
            except EOFError:
                processes[reports].join()
                raise RebuildEnded(exit_code=processes[reports].exitcode) from None
            if isinstance(report, Exception):
                raise report
            if report is None:
                running.remove(reports)
            else:
                done[reports] = report
                if progress is not None:
                    progress(sum(done.values()), until)


def _fold(share: StreamShare, reports: Connection) -> None:
    """Main function of the process: it reports the number of events done and, at the end, None or the error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal: the first ends this one
    try:
        share.fold(lambda done, _: reports.send(done))
        reports.send(None)
    except BrokenPipeError:
        return  # the process that waited for this one is gone
    except Exception as error:  # noqa: BLE001 - raised again by the process that waits
        reports.send(error)
