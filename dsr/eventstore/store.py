"""Puts domain events into the log and says where each one went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import EventStore, Notification, Recording

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.recorder import LogRecorder


@dataclass(frozen=True)
class LogRecording(Recording[UUID]):
    """The library's recording, with what read models are given."""

    recorded: Recorded


class LogEventStore(EventStore[UUID]):
    """The library's event store on our log; `put` returns LogRecordings."""

    def __init__(self, mapper: EventMapper, recorder: LogRecorder) -> None:
        super().__init__(mapper, recorder)
        self._log = recorder

    def put(self, domain_events: Sequence[DomainEventProtocol[UUID]], **_: Any) -> list[Recording[UUID]]:
        """Append the events, all or none. Raises the library's IntegrityError on a version that exists."""
        if not domain_events:
            return []
        stored = [self.mapper.to_stored_event(event) for event in domain_events]
        appended = self._log.append(stored)
        recordings: list[Recording[UUID]] = []
        for event, written, position in zip(domain_events, stored, appended.positions, strict=True):
            if not isinstance(event, Event):
                raise TypeError(f"{type(event).__name__} is no event of this domain")
            recordings.append(
                LogRecording(
                    domain_event=event,
                    notification=Notification(
                        written.originator_id, written.originator_version, written.topic, written.state, id=position
                    ),
                    recorded=Recorded(
                        position=position,
                        stream_id=event.originator_id,
                        stream_version=event.originator_version,
                        name=written.topic,
                        recorded_at=appended.recorded_at,
                        event=event,
                    ),
                )
            )
        return recordings


def recorded_of(recordings: Sequence[Recording[UUID]]) -> tuple[Recorded, ...]:
    """What `Application.save` recorded, in the form that read models are given."""
    return tuple(recording.recorded for recording in recordings if isinstance(recording, LogRecording))
