"""Base classes of events and aggregates."""

from dataclasses import field
from typing import Any, ClassVar, Self
from uuid import UUID

from eventsourcing.domain import AggregateEvent, BaseAggregate, CanInitAggregate
from eventsourcing.utils import register_topic

from dsr.domain.acting import Acting


class Event(AggregateEvent):
    """A fact that happened to one aggregate; never changes once stored.

    `timestamp` is the instant by the clock port at which the command recorded it; if something happened earlier, a
    field of the event holds that time. `actor` is the identifier of the member of staff, `data-subject`, or
    `service:<part>`; `credential` names what they acted through, such as `token:<id>`, and is absent where nothing did,
    and in events from before 0.3.0. `TOPIC` is its name in the log for ever: class and module may move, the name never
    changes. A new shape is a new `class_version` with an upcast, and a stored example in tests/eventstore/fixtures.
    """

    TOPIC: ClassVar[str]
    actor: str
    credential: str | None = field(default=None, kw_only=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "TOPIC" in cls.__dict__:
            register_topic(cls.TOPIC, cls)


class CreatedEvent(Event, CanInitAggregate[UUID]):
    """The first event of an aggregate; `originator_topic` is the aggregate's own stable name."""

    originator_topic: str


class Aggregate(BaseAggregate[UUID]):
    """Base of aggregates. Guards belong in command methods; `Event.apply` only assigns, because every replay runs it
    again.

    Subclasses set `TOPIC`, their stable name, without an annotation: the library turns an aggregate with class
    annotations into a dataclass and replaces its `__init__`.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "TOPIC" in cls.__dict__:
            register_topic(cls.__dict__["TOPIC"], cls)

    @classmethod
    def create(cls, acting: Acting, event_type: type[CreatedEvent], *, stream_id: UUID, **fields: Any) -> Self:
        """Start a stream with this event; `acting` fills its `timestamp`, `actor` and `credential`."""
        return cls._create(event_type, id=stream_id, **_said_by(acting), **fields)

    def record(self, acting: Acting, event_type: type[Event], **fields: Any) -> None:
        """Apply an event and keep it for saving; `acting` fills its `timestamp`, `actor` and `credential`."""
        self.trigger_event(event_type, **_said_by(acting), **fields)


def _said_by(acting: Acting) -> dict[str, Any]:
    credential = None if acting.credential is None else str(acting.credential)
    return {"timestamp": acting.at, "actor": acting.actor, "credential": credential}


def event_types(root: type[Event] = Event) -> dict[str, type[Event]]:
    """Every stored event type by its stable name."""
    found: dict[str, type[Event]] = {}
    for child in root.__subclasses__():
        if "TOPIC" in child.__dict__:
            found[child.TOPIC] = child
        found |= event_types(child)
    return found
