"""Read models of events: a table, and handlers that apply events to its rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, Table

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.projections.rows import Rows

E = TypeVar("E", bound=Event)

Handler = Callable[[E, Recorded, Rows], None]
"""A handler applies an event to rows; it reads no clock, key or other table."""


class Projection:
    """A read model of events. Handlers are registered with `on`; a base class's handler runs after the event's own."""

    def __init__(self, table: Table, *, stream: str, version: int, append_only: bool = False) -> None:
        """`stream` names the column with the stream's id.

        Increase `version` when a handler changes, so that every installation knows that a rebuild is needed.
        `append_only`: no handler reads earlier rows.
        """
        self.name = str(table.name)
        self.table = table
        self.stream = stream
        self.version = version
        self.append_only = append_only
        self._handlers: dict[type[Event], Handler[Event]] = {}
        self._resolved: dict[type[Event], tuple[Handler[Event], ...]] = {}

    def on(self, *types: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register a handler for events of these types and their subclasses."""

        def register(handler: Handler[E]) -> Handler[E]:
            for event_type in types:
                if event_type in self._handlers:
                    raise ValueError(f"{self.name} has two handlers for {event_type.__name__}")
                self._handlers[event_type] = handler  # type: ignore[assignment]  # called with this type only
            return handler

        return register

    @property
    def types(self) -> tuple[type[Event], ...]:
        """The types of events that have a handler."""
        return tuple(self._handlers)

    def handlers_of(self, event_type: type[Event]) -> tuple[Handler[Event], ...]:
        """The handlers for an event of this type; empty if it can't change a row."""
        try:
            return self._resolved[event_type]
        except KeyError:
            found = tuple(self._handlers[base] for base in event_type.__mro__ if base in self._handlers)
            self._resolved[event_type] = found
            return found

    def rows(self) -> Rows:
        """Empty rows of this read model."""
        return Rows(self.table, self.stream)

    def fold(self, recorded: Recorded, rows: Rows) -> None:
        """Apply an event to the rows, which must hold its stream unless that is new."""
        for handler in self.handlers_of(type(recorded.event)):
            handler(recorded.event, recorded, rows)

    def project(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Apply new events to the table."""
        if any(self.handlers_of(type(recorded.event)) for recorded in batch):
            rows = self.rows()
            rows.load(connection, self.missing(batch, rows))
            for recorded in batch:
                self.fold(recorded, rows)
            rows.write(connection)

    def missing(self, batch: Iterable[Recorded], rows: Rows) -> list[UUID]:
        """The streams to load before the batch is applied."""
        if self.append_only:
            return []
        wanted: dict[UUID, None] = {}
        begun: set[UUID] = set()
        for recorded in batch:
            if recorded.stream_version == 1:
                begun.add(recorded.stream_id)
            elif (
                recorded.stream_id not in begun
                and recorded.stream_id not in rows
                and self.handlers_of(type(recorded.event))
            ):
                wanted[recorded.stream_id] = None
        return list(wanted)
