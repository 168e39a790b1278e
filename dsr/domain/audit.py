"""What auditors read, on record before anything is shown (GDPR Art. 5(2), 58(1)).

An auditor changes nothing but this: one stream for each of them says what was looked at, when, by which question.
"""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID, uuid5

from dsr.domain.acting import Acting
from dsr.domain.events import Aggregate, CreatedEvent, Event

_NAMESPACE = UUID("b0f3f0c4-8f0e-4d0b-9c53-5b1a7c1d2e64")


def trail_id(identifier: str) -> UUID:
    """The stream of what this auditor read, for ever."""
    return uuid5(_NAMESPACE, identifier)


class AuditTrailOpened(CreatedEvent):
    """Somebody begins to audit."""

    TOPIC: ClassVar[str] = "dsr.audit.trail-opened"

    def apply(self, trail: "AuditTrail") -> None:
        """Whose trail it is says the actor of each of its events."""


class AuditEventsRead(Event):
    """Somebody read a page of the log: everything after `after`, up to and with `until`, that fits the filters."""

    TOPIC: ClassVar[str] = "dsr.audit.events-read"
    after: int
    """A position in the log."""
    until: int
    count: int
    """How many events were shown."""
    withheld: int
    """How many of them by their place and name alone, since they lie outside the auditor's scope."""
    stream_id: UUID | None
    name: str | None
    recorded_from: datetime | None
    recorded_until: datetime | None

    def apply(self, trail: "AuditTrail") -> None:
        """Reading changes nothing."""


class AuditRequestRead(Event):
    """Somebody had a case rebuilt from its events, as it stands (`as_of` None) or as it stood."""

    TOPIC: ClassVar[str] = "dsr.audit.request-read"
    request_id: UUID
    as_of: datetime | None

    def apply(self, trail: "AuditTrail") -> None:
        """Reading changes nothing."""


class AuditPageRead(Event):
    """Somebody read one of the pages that the team reads: a list, a case, a report."""

    TOPIC: ClassVar[str] = "dsr.audit.page-read"
    route: str
    """Its pattern, such as `/api/v1/requests/<uuid:request_id>`."""
    subjects: tuple[UUID, ...]
    """What it was about: the ids that the path named."""

    def apply(self, trail: "AuditTrail") -> None:
        """Reading changes nothing."""


class AuditTrail(Aggregate):
    """What one auditor read. It has no state: what was read before decides nothing."""

    TOPIC = "dsr.audit"

    def __init__(self) -> None:
        """Nothing to begin with."""

    @classmethod
    def open(cls, acting: Acting) -> Self:
        """Begin the trail of the auditor who acts, with the first reading."""
        return cls.create(acting, AuditTrailOpened, stream_id=trail_id(acting.actor))

    @classmethod
    def after(cls, last: Event) -> Self:
        """Take a trail up after its last event: without state to replay, at the same cost however long it is."""
        trail = cls.__new__(cls)
        trail.__base_init__(last.originator_id, last.originator_version, last.timestamp)
        trail.__init__()  # type: ignore[misc]  # as the library makes an aggregate from its first event
        return trail

    def read_events(
        self,
        acting: Acting,
        *,
        after: int,
        until: int,
        count: int,
        withheld: int,
        stream_id: UUID | None,
        name: str | None,
        recorded_from: datetime | None,
        recorded_until: datetime | None,
    ) -> None:
        """Record that a page of the log is read, before it is shown."""
        self.record(
            acting,
            AuditEventsRead,
            after=after,
            until=until,
            count=count,
            withheld=withheld,
            stream_id=stream_id,
            name=name,
            recorded_from=recorded_from,
            recorded_until=recorded_until,
        )

    def read_page(self, acting: Acting, *, route: str, subjects: tuple[UUID, ...]) -> None:
        """Record that a page is read, before it is shown."""
        self.record(acting, AuditPageRead, route=route, subjects=subjects)

    def read_request(self, acting: Acting, *, request_id: UUID, as_of: datetime | None) -> None:
        """Record that a case is read, before it is shown."""
        self.record(acting, AuditRequestRead, request_id=request_id, as_of=as_of)
