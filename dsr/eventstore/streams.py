"""Streams as events, decoded once: a process keeps those of the streams that it read last."""

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
"""Kept in one process; some 30 MB where events are as large as those of an ordinary case."""

MOST_CHARACTERS: Final = 16 * 2**20
"""Of payloads whose events are kept, so that a few huge ones do not fill the memory."""

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
    """A stream up to an event, and that event as it is stored."""

    events: tuple[Event, ...]
    last: Stored
    characters: int
    new: tuple[Stored, ...] = ()
    """Events after those, up to `last`, that nobody has decoded yet."""


class Streams:
    """Reads streams, and decodes of each what it has not decoded before. Safe to share between threads.

    What is kept can't be wrong: each reading asks the log for the last event that is kept and for all after it. Where
    that event is not there, as in a snapshot that is older or a database that was restored, the stream is read anew.
    A command on the version that is kept assumes the answer, and its transaction validates it: see `assumptions.py`.
    Events never change, so those of one stream may be shared by all who replay them.
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
        """All events of a stream, in order of version; none where there is no such stream.

        `seen` is the version on which a command decides, which may be assumed to be the last one.
        Raises EventUnknown, EventUnreadable.
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
        if not self._database.is_changing:  # what was just appended may still be rolled back
            self._keep(stream_id, found)
        return found.events

    def appended(self, stream_id: UUID, stored: Stored) -> None:
        """Keep an event that was just committed, where its stream is kept up to there or begins."""
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
        """What is held, decoded, with these rows after it."""
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
            self._held[stream_id] = found
            self._count(found, 1)
            while self._held and (self._events > self._most_events or self._characters > self._most_characters):
                self._count(self._held.popitem(last=False)[1], -1)

    def _count(self, held: _Held | None, sign: int) -> None:
        if held is not None:
            self._events += sign * (len(held.events) + len(held.new))
            self._characters += sign * held.characters
