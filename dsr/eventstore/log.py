"""Reading the whole log in order: for rebuilding read models, for verifying them, for the audit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from dsr.database import Database
from dsr.domain.recorded import Recorded
from dsr.eventstore.header import format_instant, parse_instant
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.tables import events

CHUNK: Final = 2_000


@dataclass(frozen=True)
class Head:
    """Where the log ends; position 0 and no instant for an empty one."""

    position: int
    recorded_at: datetime | None


class Log:
    """A reader of one log. Inside an open transaction it reads what that transaction sees."""

    def __init__(self, database: Database, mapper: EventMapper | None = None, *, log: str = "main") -> None:
        self._database = database
        self._mapper = mapper or EventMapper()
        self._log = log

    def head(self) -> Head:
        """The last position and its instant."""
        query = (
            sa.select(events.c.position, events.c.recorded_at)
            .where(events.c.log == self._log)
            .order_by(events.c.position.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return Head(row.position, parse_instant(row.recorded_at)) if row else Head(0, None)

    def read(
        self,
        after: int = 0,
        *,
        until: int | None = None,
        recorded_until: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Recorded]:
        """Yield events in order of position, after `after`, up to and with `until`, at most `limit`.

        Streams in chunks, each with a short reading of its own, so memory stays flat and no long snapshot is held;
        dense positions make the seams safe. `recorded_until` stops at the last event recorded by that instant.
        Raises EventUnknown, EventUnreadable.
        """
        instants = _Instants()
        read = self._mapper.read
        left = limit
        while left is None or left > 0:
            size = CHUNK if left is None else min(left, CHUNK)
            rows = self._rows(after, until, recorded_until, size)
            for position, stream_id, stream_version, name, recorded_at, payload in rows:
                event = read(name, stream_id, stream_version, payload)
                yield Recorded(position, event.originator_id, stream_version, name, instants[recorded_at], event)
            if len(rows) < size:
                return
            after = rows[-1].position
            left = None if left is None else left - size

    def _rows(
        self, after: int, until: int | None, recorded_until: datetime | None, size: int
    ) -> Sequence[sa.Row[int, str, int, str, str, str]]:
        query = (
            sa.select(
                events.c.position,
                sa.cast(events.c.stream_id, sa.Text),  # the event is read with it: no need for a UUID before
                events.c.stream_version,
                events.c.name,
                events.c.recorded_at,
                events.c.payload,
            )
            .where(events.c.log == self._log, events.c.position > after)
            .order_by(events.c.position)
            .limit(size)
        )
        if until is not None:
            query = query.where(events.c.position <= until)
        if recorded_until is not None:
            query = query.where(events.c.recorded_at <= format_instant(recorded_until))
        with self._database.reading() as connection:
            return connection.execute(query).all()


class _Instants(dict[str, datetime]):
    """Parsed instants: events of one append share theirs."""

    def __missing__(self, text: str) -> datetime:
        self.clear()
        return self.setdefault(text, parse_instant(text))
