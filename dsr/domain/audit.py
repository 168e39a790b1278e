"""The audit trail: what auditors read, recorded before it is shown (GDPR Art. 5(2), 58(1)).

An auditor changes nothing else. Each auditor has one stream of what was read, when, and by which query.
"""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID, uuid5

from dsr.domain.acting import Acting
from dsr.domain.events import Aggregate, CreatedEvent, Event

_NAMESPACE = UUID("b0f3f0c4-8f0e-4d0b-9c53-5b1a7c1d2e64")


def trail_id(identifier: str) -> UUID:
    """The stream id of this auditor's trail, which never changes."""
    return uuid5(_NAMESPACE, identifier)


class AuditTrailOpened(CreatedEvent):
    """The trail of an auditor starts."""

    TOPIC: ClassVar[str] = "dsr.audit.trail-opened"

    def apply(self, trail: "AuditTrail") -> None:
        """No state: the actor of each event is the auditor."""


class AuditEventsRead(Event):
    """An auditor read a page of the log: the events after `after`, up to and including `until`, that match the
    filters.
    """

    TOPIC: ClassVar[str] = "dsr.audit.events-read"
    after: int
    """A position in the log."""
    until: int
    count: int
    """Number of events shown."""
    withheld: int
    """Number of those shown by place and name only, since they are outside the auditor's scope."""
    stream_id: UUID | None
    name: str | None
    recorded_from: datetime | None
    recorded_until: datetime | None

    def apply(self, trail: "AuditTrail") -> None:
        """Reading changes nothing."""


class AuditRequestRead(Event):
    """An auditor had a case rebuilt from its events, for now (`as_of` None) or for a past moment."""

    TOPIC: ClassVar[str] = "dsr.audit.request-read"
    request_id: UUID
    as_of: datetime | None

    def apply(self, trail: "AuditTrail") -> None:
        """Reading changes nothing."""


class AuditPageRead(Event):
    """An auditor read a page of the team: a list, a case, a report."""

    TOPIC: ClassVar[str] = "dsr.audit.page-read"
    route: str
    """Its pattern, such as `/api/v1/requests/<uuid:request_id>`."""
    subjects: tuple[UUID, ...]
    """The ids in the path."""

    def apply(self, trail: "AuditTrail") -> None:
        """Reading changes nothing."""


class AuditTrail(Aggregate):
    """The trail of one auditor. It has no state, since earlier readings decide nothing."""

    TOPIC = "dsr.audit"

    def __init__(self) -> None:
        """The trail has no state."""

    @classmethod
    def open(cls, acting: Acting) -> Self:
        """Start the trail of the acting auditor; the first reading follows."""
        return cls.create(acting, AuditTrailOpened, stream_id=trail_id(acting.actor))

    @classmethod
    def after(cls, last: Event) -> Self:
        """Continue a trail after its last event. No state is replayed, so the cost does not grow with its length."""
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
