"""Folding a whole log into tables, with a bounded number of rows in memory."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import Connection, Table

from dsr.database import Database
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.projections.projection import Handler, Projection
from dsr.projections.rows import Rows

BATCH: Final = 5_000
"""Events folded between two writes."""

HELD: Final = 20_000
"""Streams whose rows stay in memory while they move; the longest unmoved are written and forgotten."""

Progress = Callable[[int, int], None]
"""Told after each batch: events done, events in the log when it began."""


class LogHead(Protocol):
    """Where the log ends."""

    @property
    def position(self) -> int:
        """0 for an empty log."""


class LogReader(Protocol):
    """What is needed of the log. Inside an open transaction it reads what that transaction sees."""

    def head(self) -> LogHead:
        """Where the log ends now."""

    def read(self, after: int = 0, *, until: int | None = None) -> Iterator[Recorded]:
        """Events in order of position, after `after`, up to and with `until`."""


class _Building:
    """One read model that is being made."""

    def __init__(self, projection: Projection, table: Table, held: int) -> None:
        self.projection = projection
        self.rows = projection.rows(table)
        self.held = 0 if projection.append_only else held
        self.written: set[UUID] = set()
        """Streams of which the table has rows: only they can need to be loaded, since it started empty."""

    def take_up(self, target: Database, streams: Iterable[UUID]) -> None:
        """Have the rows of these streams at hand, and let them come to rest last."""
        if self.projection.append_only:
            return
        if self.written and (missing := [s for s in streams if s in self.written and s not in self.rows]):
            with target.reading() as connection:
                self.rows.load(connection, missing)
        if len(self.rows) > self.held // 2:
            for stream_id in streams:
                self.rows.touch(stream_id)

    def at_rest(self) -> list[UUID]:
        """What to write now; nothing until it is a quarter more than may be held, so that statements are long."""
        return self.rows.resting(self.held) if len(self.rows) > self.held * 5 // 4 else []

    def release(self, connection: Connection, streams: list[UUID]) -> None:
        """Write these and forget them."""
        self.rows.release(connection, streams)
        self.written.update(streams)


class Folding:
    """Some read models on their way through the log, into tables of `target` that started empty."""

    def __init__(self, target: Database, tables: Mapping[Projection, Table], *, held: int = HELD) -> None:
        self._target = target
        self._buildings = [_Building(projection, table, held) for projection, table in tables.items()]
        self._steps: dict[type[Event], list[tuple[Handler[Event], Rows]]] = {}
        self.position = 0
        """The last event folded."""

    def run(self, log: LogReader, until: int, progress: Progress | None = None) -> None:
        """Fold everything after the last event folded, up to and with `until`."""
        with _no_search_for_cycles():
            self._run(log, until, progress)

    def _run(self, log: LogReader, until: int, progress: Progress | None) -> None:
        for batch in batches(log.read(self.position, until=until)):
            streams = dict.fromkeys(recorded.stream_id for recorded in batch)
            for building in self._buildings:
                building.take_up(self._target, streams)
            for recorded in batch:
                for handler, rows in self._steps_of(type(recorded.event)):
                    handler(recorded.event, recorded, rows)
            self.position = batch[-1].position
            self._write([(building, building.at_rest()) for building in self._buildings])
            if progress is not None:
                progress(self.position, until)

    def finish(self) -> None:
        """Write what is still held."""
        self._write([(building, building.rows.resting(0)) for building in self._buildings])

    def _write(self, resting: list[tuple[_Building, list[UUID]]]) -> None:
        if any(streams for _, streams in resting):
            with self._target.writing() as connection:
                for building, streams in resting:
                    building.release(connection, streams)

    def _steps_of(self, event_type: type[Event]) -> list[tuple[Handler[Event], Rows]]:
        try:
            return self._steps[event_type]
        except KeyError:
            steps = [
                (handler, each.rows) for each in self._buildings for handler in each.projection.handlers_of(event_type)
            ]
            self._steps[event_type] = steps
            return steps


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Events and rows form no cycles: to look for some among so many takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def batches(events: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    """The events in lists of up to BATCH."""
    iterator = iter(events)
    while batch := list(islice(iterator, BATCH)):
        yield batch
