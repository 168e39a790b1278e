"""The library's event store on our log, which reports the position of each event."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import EventStore, Notification, Recording, StoredEvent
from sqlalchemy import Connection

from dsr.database.statements import Query
from dsr.domain.events import Aggregate, Event
from dsr.domain.recorded import Recorded
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.recorder import Append, Appended, LogRecorder
from dsr.eventstore.snapshots import Snapshots
from dsr.eventstore.streams import Stored, Streams
from dsr.logs import note_appended


@dataclass(frozen=True)
class LogRecording(Recording[UUID]):
    """The library's recording, with the form for read models."""

    recorded: Recorded


class LogEventStore(EventStore[UUID]):
    """The library's event store on our log; `put` returns LogRecordings."""

    def __init__(self, mapper: EventMapper, recorder: LogRecorder) -> None:
        super().__init__(mapper, recorder)
        self._events = mapper
        self._log = recorder
        self._streams = Streams(recorder.database, mapper, log=recorder.log)
        self._snapshots = Snapshots(recorder.database, self._streams)

    def get(
        self,
        originator_id: UUID,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Iterator[DomainEventProtocol[UUID]]:
        """The events of a stream; a whole one, or its beginning, without decoding cached events again."""
        if gt is not None or desc or limit is not None:
            yield from super().get(originator_id, gt=gt, lte=lte, desc=desc, limit=limit)
            return
        for event in self._streams.read(originator_id):
            if lte is not None and event.originator_version > lte:
                return
            yield event

    def load(self, stream_id: UUID, *, seen: int | None = None) -> Aggregate | None:
        """The aggregate as it is now; a command on version `seen` may assume that this is the last one.

        Within one read transaction, the same one each time.
        """
        loaded = self._log.database.loaded
        if loaded is None:
            return self._snapshots.load(stream_id, seen=seen)
        if stream_id not in loaded:
            loaded[stream_id] = self._snapshots.load(stream_id)
        found: Aggregate | None = loaded[stream_id]
        return found

    def whole(self, stream_id: UUID) -> Sequence[Event]:
        """All events of a stream."""
        return self._streams.read(stream_id)

    def is_assumed_to_end(self, stream_id: UUID, version: int) -> bool:
        """Whether a command may assume that no event of the stream comes after this version."""
        return self._streams.is_assumed_to_end(stream_id, version)

    @contextmanager
    def appending(self, asking: Sequence[Query] = (), *, shares: bool = False) -> Iterator["Saving"]:
        """The transaction of a command, with the append lock; the `asking` queries run in its first round trip.

        One that `shares` may run in the transaction of another command: see `Database.appending`.

        Raises SchemaTooNew or SchemaOutdated if the database has another version than this program.
        """
        with self._log.appending(asking, shares=shares) as append:
            saving = Saving(self._events, append)
            yield saving
        if not self._log.database.is_changing:  # otherwise it may still be rolled back
            note_appended(saving.positions)
            for stream_id, stored in saving.saved:
                self._streams.appended(stream_id, stored)

    def put(self, domain_events: Sequence[DomainEventProtocol[UUID]], **_: Any) -> list[Recording[UUID]]:
        """Append the events, all or none. Raises the library's IntegrityError on a version that exists."""
        if not domain_events:
            return []
        stored = [self._events.to_stored_event(event) for event in domain_events]
        appended = self._log.append(stored)
        return [
            LogRecording(
                domain_event=recorded.event,
                notification=Notification(
                    written.originator_id,
                    written.originator_version,
                    written.topic,
                    written.state,
                    id=recorded.position,
                ),
                recorded=recorded,
            )
            for written, recorded in zip(stored, _recorded(domain_events, stored, appended), strict=True)
        ]


class Saving:
    """The transaction of a command: saves aggregates, and holds the rows read under the lock."""

    def __init__(self, mapper: EventMapper, append: Append) -> None:
        self._mapper = mapper
        self._append = append
        self.saved: list[tuple[UUID, Stored]] = []
        """Streams and events, in the order of the log."""
        self.positions: list[int] = []
        """Of these events."""

    @property
    def connection(self) -> Connection:
        """The connection for read models and effects."""
        return self._append.connection

    @property
    def also(self) -> tuple[Any, ...]:
        """What was read with the head, as the recorder was told."""
        return self._append.also

    @property
    def is_new_instant(self) -> bool:
        """Whether nothing was recorded at the instant of this save before."""
        return self._append.is_new_instant

    def save(self, *aggregates: Aggregate) -> tuple[Recorded, ...]:
        """Append the pending events of these aggregates, and return them in the form for read models.

        Raises the library's IntegrityError if another writer was faster, at the latest when the transaction ends.
        """
        pending = [event for aggregate in aggregates for event in aggregate.collect_events()]
        stored = [self._mapper.to_stored_event(event) for event in pending]
        appended = self._append.add(stored)
        self.positions += appended.positions
        recorded = _recorded(pending, stored, appended)
        for each, written in zip(recorded, stored, strict=True):
            self.saved.append((each.stream_id, (each.stream_version, each.name, written.state.decode())))
        return recorded


def _recorded(events: Sequence[object], stored: Sequence[StoredEvent], appended: Appended) -> tuple[Recorded, ...]:
    found = []
    for event, written, position in zip(events, stored, appended.positions, strict=True):
        if not isinstance(event, Event):
            raise TypeError(f"{type(event).__name__} is no event of this domain")
        found.append(
            Recorded(
                position=position,
                stream_id=event.originator_id,
                stream_version=event.originator_version,
                name=written.topic,
                recorded_at=appended.recorded_at,
                event=event,
            )
        )
    return tuple(found)


def recorded_of(recordings: Sequence[Recording[UUID]]) -> tuple[Recorded, ...]:
    """The recordings of `Application.save`, in the form for read models."""
    return tuple(recording.recorded for recording in recordings if isinstance(recording, LogRecording))
