"""An event together with its place in the log: what read models, policies and auditors are given."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.domain.events import Event


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact as the log holds it."""

    position: int
    """Dense, from 1; the order in which transactions committed."""
    stream_id: UUID
    stream_version: int
    name: str
    """The event's stable name."""
    recorded_at: datetime
    """UTC; never decreases along the log. `event.timestamp` is the command's own clock."""
    event: Event
