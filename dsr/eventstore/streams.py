"""Cache of decoded streams: a process keeps the events of the streams it read last."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database
from dsr.database.assumptions import assume
from dsr.database.statements import Query, Statement, ask
from dsr.domain.events import Event
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.tables import events

MOST_EVENTS: Final = 10_000
"""Maximum number of cached events per process; about 30 MB for events of ordinary size."""

MOST_CHARACTERS: Final = 16 * 2**20
"""Maximum bytes of cached payloads, so that a few huge events do not exhaust memory."""

_FROM: Final = Statement(
    sa.select(events.c.stream_version, events.c.name, events.c.payload)
    .where(
        events.c.log == sa.bindparam("log"),
        events.c.stream_id == sa.bindparam("stream_id"),
        events.c.stream_version >= sa.bindparam("first"),
    )
    .order_by(events.c.stream_version)
)

Stored = tuple[int, str, str]
"""Version, name and payload."""


@dataclass(frozen=True)
class _Held:
    """A cached stream up to an event, and that event as stored."""

    events: tuple[Event, ...]
    last: Stored
    characters: int
    new: tuple[Stored, ...] = ()
    """Later events up to `last` that are not decoded yet."""

    @property
    def number(self) -> int:
        """How many events these are."""
        return len(self.events) + len(self.new)


class Streams:
    """Reads streams and decodes only new events. Safe to share between threads.

    The cache can't be wrong: each read asks the log for the last cached event and all later ones. If that event is
    missing, as in an older snapshot or a restored database, the stream is read again. A command on the cached version
    assumes the result, and its transaction validates it: see `assumptions.py`. Events never change, so several readers
    may share them.
    """

    def __init__(
        self,
        database: Database,
        mapper: EventMapper,
        *,
        log: str = "main",
        most_events: int = MOST_EVENTS,
        most_characters: int = MOST_CHARACTERS,
    ) -> None:
        self._database = database
        self._mapper = mapper
        self._log = log
        self._most_events = most_events
        self._most_characters = most_characters
        self._lock = Lock()
        self._held: OrderedDict[UUID, _Held] = OrderedDict()
        self._events = 0
        self._characters = 0

    def read(self, stream_id: UUID, *, seen: int | None = None) -> Sequence[Event]:
        """All events of a stream, in order of version; empty if there is no such stream.

        `seen` is the version that a command decides on, which may be assumed to be the last one. Raises EventUnknown,
        EventUnreadable.
        """
        held = self._decoded(stream_id)
        if held and held.last[0] == seen and assume(self._database, self._after(stream_id, seen), [held.last]):
            return self._touched(stream_id, held)
        rows = self._rows(stream_id, held.last[0] if held else 0)
        if held and (not rows or rows[0] != held.last):
            held, rows = None, self._rows(stream_id, 0)
        elif held:
            rows = rows[1:]
        if not rows:
            return self._touched(stream_id, held)
        found = self._with(stream_id, held, rows)
        if not self._database.is_changing:  # an event just appended may still be rolled back
            self._keep(stream_id, found)
        return found.events

    def read_after(self, last: Event, *, seen: int | None = None) -> Sequence[Event] | None:
        """The events of its stream after this one; None where the log has another event, or none, in its place.

        A stream that is not cached is read from there only, since it may be too long to be cached. Otherwise as `read`.
        """
        stream_id, version = last.originator_id, last.originator_version
        if stream_id in self._held:
            events = self.read(stream_id, seen=seen)[version - 1 :]
        else:
            text = str(stream_id)
            rows = self._rows(stream_id, version)
            events = [self._mapper.read(name, text, number, payload) for number, name, payload in rows]
        return events[1:] if events and events[0] == last else None

    def is_assumed_to_end(self, stream_id: UUID, version: int) -> bool:
        """Assume that no event of the stream comes after this version; False where the log has to be asked."""
        return assume(self._database, self._after(stream_id, version + 1), [])

    def appended(self, stream_id: UUID, stored: Stored) -> None:
        """Cache an event that was just committed, if its stream is cached up to there or starts with it."""
        held = self._held.get(stream_id)
        if stored[0] == (held.last[0] + 1 if held else 1):
            before = held or _Held((), stored, 0)
            found = _Held(before.events, stored, before.characters + len(stored[2]), (*before.new, stored))
            self._keep(stream_id, found)

    def _decoded(self, stream_id: UUID) -> _Held | None:
        held = self._held.get(stream_id)
        if held is None or not held.new:
            return held
        found = self._with(stream_id, held, ())
        self._keep(stream_id, found)
        return found

    def _with(self, stream_id: UUID, held: _Held | None, rows: Sequence[Stored]) -> _Held:
        """The cached events, decoded, with these rows added."""
        new, text = (*(held.new if held else ()), *rows), str(stream_id)
        decoded = [self._mapper.read(name, text, version, payload) for version, name, payload in new]
        characters = sum(len(payload) for _, _, payload in rows)
        return _Held((*(held.events if held else ()), *decoded), new[-1], characters + (held.characters if held else 0))

    def _after(self, stream_id: UUID, first: int) -> Query:
        return Query(_FROM, {"log": self._log, "stream_id": stream_id, "first": first})

    def _rows(self, stream_id: UUID, first: int) -> list[Stored]:
        query = self._after(stream_id, first)
        with self._database.glancing() as connection:
            ask(connection, [query])
        return [(version, name, payload) for version, name, payload in query.rows]

    def _touched(self, stream_id: UUID, held: _Held | None) -> Sequence[Event]:
        if held is None:
            return ()
        with self._lock:
            if stream_id in self._held:
                self._held.move_to_end(stream_id)
        return held.events

    def _keep(self, stream_id: UUID, found: _Held) -> None:
        with self._lock:
            self._count(self._held.pop(stream_id, None), -1)
            if found.number > self._most_events or found.characters > self._most_characters:
                return  # it would drive out all others, and then itself
            self._held[stream_id] = found
            self._count(found, 1)
            while self._events > self._most_events or self._characters > self._most_characters:
                self._count(self._held.popitem(last=False)[1], -1)

    def _count(self, held: _Held | None, sign: int) -> None:
        if held is not None:
            self._events += sign * held.number
            self._characters += sign * held.characters
