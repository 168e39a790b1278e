"""Reads the whole log in order, for rebuilding and verifying read models, and for audits."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database
from dsr.domain.recorded import LogPosition, Recorded
from dsr.eventstore.header import format_instant, parse_instant
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.tables import events

CHUNK: Final = 2_000

_AT_ONCE: Final = 500
"""Ids or positions in one statement."""

_IDS: Final = 2**128
"""Size of the space of stream ids."""


@dataclass(frozen=True)
class Head:
    """The end of the log; position 0 and no instant if it is empty."""

    position: int
    recorded_at: datetime | None


class Log:
    """A reader of one log. Inside an open transaction it reads that transaction's snapshot."""

    def __init__(self, database: Database, mapper: EventMapper | None = None, *, log: str = "main") -> None:
        self._database = database
        self._mapper = mapper or EventMapper()
        self._log = log
        self._headers = sa.select(events.c.position, events.c.header).where(events.c.log == log)
        self._ids = (UUID(int=0), UUID(int=_IDS - 1))
        """Range of the stream ids whose histories are read."""

    def share(self, number: int, of: int) -> Self:
        """A reader of one of `of` equal ranges of stream ids, counted from 0, for `histories`.

        Stream ids are random or digests, so the ranges hold about the same number of streams.
        """
        share = copy(self)
        share._ids = (UUID(int=_IDS * number // of), UUID(int=_IDS * (number + 1) // of - 1))
        return share

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

    def end(self) -> LogPosition | None:
        """The last position and what is written there; None if the log is empty."""
        query = self._headers.order_by(events.c.position.desc()).limit(1)
        with self._database.glancing() as connection:
            return _log_position(connection.execute(query).first())

    def at(self, position: int) -> LogPosition | None:
        """What is written at this position; None if the log is shorter."""
        with self._database.glancing() as connection:
            return _log_position(connection.execute(self._headers.where(events.c.position == position)).first())

    def read(
        self,
        after: int = 0,
        *,
        until: int | None = None,
        recorded_until: datetime | None = None,
        stream_id: UUID | None = None,
        names: Collection[str] = (),
        limit: int | None = None,
    ) -> Iterator[Recorded]:
        """Yield events in order of position, after `after`, up to and including `until`, at most `limit`.

        Filters by `stream_id` and `names`, if given; a search for names reads every event in between, so set `until`.

        Events are read in chunks, each in a short transaction, so memory use stays constant and no long snapshot is
        held; dense positions make this safe. `recorded_until` stops at the last event recorded by that instant. Raises
        EventUnknown, EventUnreadable.
        """
        query = self._query(until, recorded_until, stream_id, names)
        instants = _Instants()
        read = self._mapper.read
        left = limit
        while left is None or left > 0:
            size = CHUNK if left is None else min(left, CHUNK)
            with self._database.reading() as connection:
                rows = connection.execute(query.where(events.c.position > after).limit(size)).all()
            for position, stream, version, event_name, recorded_at, payload in rows:
                event = read(event_name, stream, version, payload)
                yield Recorded(position, event.originator_id, version, event_name, instants[recorded_at], event)
            if len(rows) < size:
                return
            after = rows[-1].position
            left = None if left is None else left - size

    def rows(self, after: int = 0, *, until: int) -> Iterator[sa.Row[Any]]:
        """Yield stored rows as they are, unread, after `after`, up to and including `until`; in chunks, as `read`."""
        query = sa.select(events).where(events.c.log == self._log).order_by(events.c.position).limit(CHUNK)
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(query.where(events.c.position > after, events.c.position <= until)).all()
            yield from rows
            if len(rows) < CHUNK:
                return
            after = rows[-1].position

    def positions_of(self, stream_ids: Collection[UUID], *, until: int) -> list[int]:
        """The positions of all events of these streams, in order, up to and including `until`."""
        query = sa.select(events.c.position).where(
            events.c.log == self._log,
            events.c.position <= until,
            events.c.stream_id.in_(sa.bindparam("these", expanding=True)),
        )
        wanted, found = list(stream_ids), list[int]()
        for first in range(0, len(wanted), _AT_ONCE):
            with self._database.reading() as connection:
                found += connection.scalars(query, {"these": wanted[first : first + _AT_ONCE]})
        return sorted(found)

    def names_in(self, stream_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
        """The stable names of the events of each of these streams; streams that are not there are left out."""
        query = sa.select(events.c.stream_id, events.c.name).where(
            events.c.log == self._log, events.c.stream_id.in_(sa.bindparam("these", expanding=True))
        )
        wanted, found = list(stream_ids), defaultdict[UUID, set[str]](set)
        for first in range(0, len(wanted), _AT_ONCE):
            with self._database.reading() as connection:
                for row in connection.execute(query.distinct(), {"these": wanted[first : first + _AT_ONCE]}):
                    found[row.stream_id].add(row.name)
        return dict(found)

    def rows_at(self, positions: Sequence[int]) -> Iterator[sa.Row[Any]]:
        """Yield stored rows as they are, unread, at these positions; in chunks, as `read`."""
        query = sa.select(events).where(events.c.log == self._log).order_by(events.c.position)
        query = query.where(events.c.position.in_(sa.bindparam("these", expanding=True)))
        for first in range(0, len(positions), _AT_ONCE):
            with self._database.reading() as connection:
                rows = connection.execute(query, {"these": positions[first : first + _AT_ONCE]}).all()
            yield from rows

    def histories(self, *, until: int, moved_after: int = 0) -> Iterator[list[Recorded]]:
        """Yield one stream after the other, in order of their ids: all its events up to and with the position `until`;
        those of its share, where this reader has one.

        Only streams with an event after `moved_after`. Read in chunks, as `read` does; events appended meanwhile are
        beyond `until`. Raises EventUnknown, EventUnreadable.
        """
        c, query = events.c, self._query(until, None, None, ())
        query = query.order_by(None).order_by(c.stream_id, c.stream_version).limit(CHUNK)
        first, last = self._ids
        if moved_after:
            moved = sa.select(c.stream_id).where(c.log == self._log, c.position > moved_after, c.position <= until)
            query = query.where(c.stream_id.in_(moved))
        query = query.where(
            c.stream_id <= last,
            sa.tuple_(c.stream_id, c.stream_version)
            > sa.tuple_(sa.bindparam("stream", type_=sa.Uuid), sa.bindparam("version")),
        )
        instants, history = _Instants(), list[Recorded]()
        place: dict[str, object] = {"stream": first, "version": 0}
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(query, place).all()
            for position, stream, version, event_name, recorded_at, payload in rows:
                event = self._mapper.read(event_name, stream, version, payload)
                if history and event.originator_id != history[0].stream_id:
                    yield history
                    history = []
                history.append(
                    Recorded(position, event.originator_id, version, event_name, instants[recorded_at], event)
                )
            if len(rows) < CHUNK:
                break
            place = {"stream": history[-1].stream_id, "version": history[-1].stream_version}
        if history:
            yield history

    def position_at(self, instant: datetime) -> int:
        """The last position recorded by that instant, 0 before the first.

        Binary search: times never decrease along the log, and positions are dense.
        """
        text, first, last = format_instant(instant), 0, self.head().position
        query = sa.select(events.c.recorded_at).where(
            events.c.log == self._log, events.c.position == sa.bindparam("position")
        )
        with self._database.reading() as connection:
            while first < last:
                middle = (first + last + 1) // 2
                if connection.execute(query, {"position": middle}).scalar_one() <= text:
                    first = middle
                else:
                    last = middle - 1
        return first

    def _query(
        self, until: int | None, recorded_until: datetime | None, stream_id: UUID | None, names: Collection[str]
    ) -> sa.Select[int, str, int, str, str, str]:
        # Versions of a stream are in the order of positions, and indexed.
        order = events.c.position if stream_id is None else events.c.stream_version
        query = (
            sa.select(
                events.c.position,
                sa.cast(events.c.stream_id, sa.Text),  # the event is read with it: no need for a UUID before
                events.c.stream_version,
                events.c.name,
                events.c.recorded_at,
                events.c.payload,
            )
            .where(events.c.log == self._log)
            .order_by(order)
        )
        if until is not None:
            query = query.where(events.c.position <= until)
        if recorded_until is not None:
            query = query.where(events.c.recorded_at <= format_instant(recorded_until))
        if stream_id is not None:
            query = query.where(events.c.stream_id == stream_id)
        if names:
            query = query.where(events.c.name.in_(names))
        return query


def _log_position(row: sa.Row[int, bytes] | None) -> LogPosition | None:
    return None if row is None else LogPosition(row.position, hashlib.sha256(row.header).hexdigest())


class _Instants(dict[str, datetime]):
    """Cache of parsed instants, since events of one append share one."""

    def __missing__(self, text: str) -> datetime:
        self.clear()
        return self.setdefault(text, parse_instant(text))
