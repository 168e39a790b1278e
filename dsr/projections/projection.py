"""Read models of events: a table, and handlers that fold events into its rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, Table

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.projections.rows import Rows

E = TypeVar("E", bound=Event)

Handler = Callable[[E, Recorded, Rows], None]
"""Folds an event into rows; reads no clock, no key, no other table."""


class Projection:
    """A read model of events. Handlers are registered with `on`; that of a base class runs after that of the event."""

    def __init__(self, table: Table, *, stream: str, version: int, append_only: bool = False) -> None:
        """`stream` names the column with the stream's id.

        `version` is counted up when a handler changes, so that every installation learns that a rebuild is needed.
        `append_only` says that no handler looks at earlier rows.
        """
        self.name = table.name
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

    def handlers_of(self, event_type: type[Event]) -> tuple[Handler[Event], ...]:
        """What runs for an event of this type; nothing, where it can't change a row."""
        try:
            return self._resolved[event_type]
        except KeyError:
            found = tuple(self._handlers[base] for base in event_type.__mro__ if base in self._handlers)
            self._resolved[event_type] = found
            return found

    def rows(self) -> Rows:
        """Nothing held yet."""
        return Rows(self.table, self.stream)

    def fold(self, recorded: Recorded, rows: Rows) -> None:
        """Let the event change the rows; its stream has to be held, or new."""
        for handler in self.handlers_of(type(recorded.event)):
            handler(recorded.event, recorded, rows)

    def project(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Fold events that follow those already in the table, and write what changed."""
        if any(self.handlers_of(type(recorded.event)) for recorded in batch):
            rows = self.rows()
            rows.load(connection, self.missing(batch, rows))
            for recorded in batch:
                self.fold(recorded, rows)
            rows.write(connection)

    def missing(self, batch: Iterable[Recorded], rows: Rows) -> list[UUID]:
        """The streams that have to be loaded before the batch can be folded."""
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
