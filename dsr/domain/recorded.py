"""An event with its place in the log, as read models, policies and auditors receive it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.domain.events import Event


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the log holds it."""

    position: int
    """Position in the log: dense, from 1, in order of commit."""
    stream_id: UUID
    stream_version: int
    name: str
    """The event's stable name."""
    recorded_at: datetime
    """UTC; never decreases along the log. `event.timestamp` is the command's own clock."""
    event: Event


@dataclass(frozen=True, slots=True)
class LogPosition:
    """A place in the log, and what is written there."""

    position: int
    header_sha256: str
    """Hex digest of the header of the event at this position."""
