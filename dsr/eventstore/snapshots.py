"""Snapshots: a process keeps the state of long streams, so that a command folds only the events since then.

They live in memory alone, hold what the events hold, and are gone with the process.
"""

import pickle
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Final
from uuid import UUID

from dsr.database import Database
from dsr.domain.events import Aggregate, Event
from dsr.eventstore.streams import Streams

EVERY: Final = 100
"""Events after which a state is kept anew. A command folds at most about as many."""

MOST_BYTES: Final = 16 * 2**20
"""Maximum size of all states that a process keeps."""


@dataclass(frozen=True)
class _Snapshot:
    """A state, in bytes: each load makes an aggregate of its own, so that no command can spoil what others get."""

    state: bytes
    last: Event
    """The last event in it."""


class Snapshots:
    """Loads aggregates, and keeps the state of those with many events. Safe to share between threads.

    A state can't be stale: each load reads the events after it. If the log has another event in the place of its last
    one, all events are folded.
    """

    def __init__(
        self, database: Database, streams: Streams, *, every: int = EVERY, most_bytes: int = MOST_BYTES
    ) -> None:
        self._database = database
        self._streams = streams
        self._every = every
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._kept: OrderedDict[UUID, _Snapshot] = OrderedDict()
        self._bytes = 0

    def load(self, stream_id: UUID, *, seen: int | None = None) -> Aggregate | None:
        """The aggregate as it is now; None if there is no such stream. `seen` as in `Streams.read`."""
        kept = self._touched(stream_id)
        events = None if kept is None else self._streams.read_after(kept.last, seen=seen)
        if kept is None or events is None:
            events = self._streams.read(stream_id, seen=seen)
            found = _folded(None, events)
        else:
            found = _folded(pickle.loads(kept.state), events)  # noqa: S301 - written by this process
        # An event that this process just appended may still be rolled back.
        if found is not None and len(events) >= self._every and not self._database.is_changing:
            self._keep(stream_id, _Snapshot(pickle.dumps(found, pickle.HIGHEST_PROTOCOL), events[-1]))
        return found

    def _touched(self, stream_id: UUID) -> _Snapshot | None:
        with self._lock:
            if stream_id in self._kept:
                self._kept.move_to_end(stream_id)
            return self._kept.get(stream_id)

    def _keep(self, stream_id: UUID, snapshot: _Snapshot) -> None:
        with self._lock:
            if stream_id in self._kept:
                self._bytes -= len(self._kept.pop(stream_id).state)
            self._kept[stream_id] = snapshot
            self._bytes += len(snapshot.state)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._kept.popitem(last=False)[1].state)


def _folded(found: Aggregate | None, events: Iterable[Event]) -> Aggregate | None:
    for event in events:
        found = event.mutate(found)
    return found
