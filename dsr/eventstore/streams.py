"""Streams as events, decoded once: a process keeps those of the streams that it read last."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database
from dsr.database.statements import Statement
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

_Stored = tuple[int, str, str]
"""Version, name and payload."""


@dataclass(frozen=True)
class _Held:
    """A stream up to an event, and that event as it is stored."""

    events: tuple[Event, ...]
    last: _Stored
    characters: int


class Streams:
    """Reads streams, and decodes of each what it has not decoded before. Safe to share between threads.

    What is kept can't be wrong: each reading asks the log for the last event that is kept and for all after it. Where
    that event is not there, as in a snapshot that is older or a database that was restored, the stream is read anew.
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

    def read(self, stream_id: UUID) -> Sequence[Event]:
        """All events of a stream, in order of version; none where there is no such stream.

        Raises EventUnknown, EventUnreadable.
        """
        held = self._held.get(stream_id)
        rows = self._rows(stream_id, held.last[0] if held else 0)
        if held and (not rows or rows[0] != held.last):
            held, rows = None, self._rows(stream_id, 0)
        elif held:
            rows = rows[1:]
        if not rows:
            return self._touched(stream_id, held)
        text = str(stream_id)
        decoded = [self._mapper.read(name, text, version, payload) for version, name, payload in rows]
        characters = sum(len(payload) for _, _, payload in rows)
        found = _Held(
            (*(held.events if held else ()), *decoded), rows[-1], characters + (held.characters if held else 0)
        )
        if not self._database.is_changing:  # what was just appended may still be rolled back
            self._keep(stream_id, found)
        return found.events

    def _rows(self, stream_id: UUID, first: int) -> list[_Stored]:
        with self._database.glancing() as connection:
            found = _FROM.fetch(connection, {"log": self._log, "stream_id": stream_id, "first": first})
        return [(version, name, payload) for version, name, payload in found]

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
            self._events += sign * len(held.events)
            self._characters += sign * held.characters
