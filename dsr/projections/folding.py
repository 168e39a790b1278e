"""Building read models from the log, stream by stream: each stream's final rows are written once.

So no row is looked up or written twice, and memory holds only the rows that wait to be written.
"""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol, cast
from uuid import UUID

from sqlalchemy import Connection, Delete, Table, bindparam, delete

from dsr.database import Database
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.case import RequestCreated
from dsr.projections.bulk import insert_many
from dsr.projections.projection import Handler, Projection
from dsr.projections.read_model import ReadModel
from dsr.projections.rows import Row, Rows
from dsr.projections.state import LogPlace, StateHistory, StateReadModel
from dsr.projections.summed import SummedReadModel

_DELETED_AT_ONCE: Final = 500
"""Streams whose rows one statement deletes."""

WAITING: Final = 10_000
"""Number of rows written together."""

Progress = Callable[[int, int], None]
"""Progress callback: events done, events in the log at the start."""

History = Sequence[Recorded]
"""All events of one stream."""


class LogHead(Protocol):
    """The end of the log."""

    @property
    def position(self) -> int:
        """0 for an empty log."""


class LogReader(Protocol):
    """Port: reads the log. Inside an open transaction it reads that transaction's snapshot."""

    def head(self) -> LogHead:
        """The present end of the log."""

    def histories(self, *, until: int, moved_after: int = 0) -> Iterator[History]:
        """Each stream with an event after `moved_after`: all its events up to and including position `until`."""


class Folding:
    """A build of read models from the log into initially empty tables of `target`."""

    def __init__(self, target: Database, tables: Mapping[ReadModel, Table], *, waiting: int = WAITING) -> None:
        self._target = target
        self._tables = tables
        self._most = waiting
        self._every = StreamRows(tuple(tables))
        self._whole = StreamRows([each for each in tables if not _only_adds(each)])
        self._adding = StreamRows([each for each in tables if _only_adds(each)])
        self._summed = StreamRows([each for each in tables if isinstance(each, SummedReadModel)])
        self._waiting: dict[ReadModel, list[Row]] = {each: [] for each in tables}
        self._count = 0
        self.position = 0
        """The last event folded."""

    def run(self, log: LogReader, until: int, progress: Progress | None = None) -> None:
        """Process all events up to and including `until`; call it once, then `catch_up`."""
        with _no_search_for_cycles():
            done = 0
            for history in log.histories(until=until):
                self._take(self._every, history)
                done += len(history)
                if self._count >= self._most:
                    with self._target.writing() as connection:
                        self._write(connection)
                    if progress is not None:
                        progress(done, until)
            with self._target.writing() as connection:
                self._write(connection)
        self.position = until
        if progress is not None:
            progress(done, until)

    def catch_up(self, connection: Connection, log: LogReader, until: int) -> None:
        """Replace the rows of each stream that changed since, up to and including `until`; append to append-only read
        models, and add the difference to sums.
        """
        changed: list[UUID] = []
        for history in log.histories(until=until, moved_after=self.position):
            if history[0].position <= self.position:  # a new stream has no rows yet
                changed.append(history[0].stream_id)
                self._take_away([each for each in history if each.position <= self.position])
            self._take(self._whole, history)
            self._take(self._adding, [each for each in history if each.position > self.position])
            if self._count >= self._most or len(changed) == _DELETED_AT_ONCE:
                self._replace(connection, changed)
        self._replace(connection, changed)
        self.position = until

    def _replace(self, connection: Connection, changed: list[UUID]) -> None:
        """Delete the rows of these streams, in one statement for each read model, and write those that wait."""
        if changed:
            for read_model in (each for each in self._whole.read_models if not isinstance(each, SummedReadModel)):
                connection.execute(_rows_of(self._tables[read_model], read_model.stream), {"streams": changed})
            changed.clear()
        self._write(connection)

    def _take(self, streams: "StreamRows", history: History) -> None:
        for read_model, rows in streams.rows_of(history):
            self._waiting[read_model] += rows
            self._count += len(rows)

    def _take_away(self, history: History) -> None:
        """Take from the sums what this stream added with these events."""
        for read_model, rows in self._summed.rows_of(history):
            if isinstance(read_model, SummedReadModel):
                self._waiting[read_model] += read_model.without(rows)

    def _write(self, connection: Connection) -> None:
        for read_model, rows in self._waiting.items():
            if rows and isinstance(read_model, SummedReadModel):
                read_model.add(connection, self._tables[read_model], rows)
            elif rows:
                insert_many(connection, self._tables[read_model], rows)
            rows.clear()
        self._count = 0


class StreamRows:
    """Computes the rows of read models for a stream."""

    def __init__(self, read_models: Sequence[ReadModel]) -> None:
        self.read_models = tuple(read_models)
        self._folded = {each: each.rows() for each in read_models if isinstance(each, Projection)}
        self._shown = [each for each in read_models if isinstance(each, StateReadModel)]
        self._summed = [each for each in read_models if isinstance(each, SummedReadModel)]
        self._stood = [each for each in read_models if isinstance(each, StateHistory)]
        self._steps: dict[type[Event], list[tuple[Handler[Event], Rows]]] = {}

    def rows_of(self, history: History) -> Iterator[tuple[ReadModel, list[Row]]]:
        """The rows of each read model that has some, as they are once all these events have happened."""
        stream_id = history[0].stream_id
        for recorded in history:
            for handler, rows in self._steps_of(type(recorded.event)):
                handler(recorded.event, recorded, rows)
        for projection, rows in self._folded.items():
            if rows:
                yield projection, rows.take(stream_id)
        if isinstance(history[0].event, RequestCreated) and (self._shown or self._stood or self._summed):
            yield from self._case_of(history)

    def _case_of(self, history: History) -> Iterator[tuple[ReadModel, list[Row]]]:
        stood: dict[StateHistory, list[Row]] = {each: [] for each in self._stood}
        case: Request | None = None
        for number, recorded in enumerate(history, 1):
            case = cast(Request, recorded.event.mutate(case))
            if number == len(history) or history[number].recorded_at != recorded.recorded_at:
                for each, rows in stood.items():
                    each.go_on(rows, case, recorded.recorded_at)
        if case is not None:
            place = LogPlace(history[-1].position, history[-1].recorded_at)
            for shown in self._shown:
                yield shown, shown.rows(case, place)
            yield from stood.items()
            for summed in self._summed:
                yield summed, summed.show(case)

    def _steps_of(self, event_type: type[Event]) -> list[tuple[Handler[Event], Rows]]:
        try:
            return self._steps[event_type]
        except KeyError:
            steps = [
                (handler, rows)
                for projection, rows in self._folded.items()
                for handler in projection.handlers_of(event_type)
            ]
            self._steps[event_type] = steps
            return steps


def rows_of(history: History, read_models: Sequence[ReadModel]) -> dict[ReadModel, list[Row]]:
    """The rows that each of these has of one stream, as they are once all these events have happened."""
    return {each: [] for each in read_models} | dict(StreamRows(read_models).rows_of(history))


def _only_adds(read_model: ReadModel) -> bool:
    return isinstance(read_model, Projection) and read_model.append_only


def _rows_of(table: Table, stream: str) -> Delete:
    return delete(table).where(table.c[stream].in_(bindparam("streams", expanding=True)))


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Disable garbage collection: events and rows form no cycles, and the search for them takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
