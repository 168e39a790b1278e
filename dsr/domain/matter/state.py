"""The state of a matter, and what can happen to matters of every kind."""

from datetime import date, datetime
from typing import ClassVar, Final
from uuid import UUID

from dsr.domain.dispatch import DispatchState
from dsr.domain.events import CreatedEvent, Event
from dsr.domain.matter.values import (
    IncidentRisk,
    LetterOnItsWay,
    MatterDate,
    MatterDue,
    MatterHold,
    MatterKind,
    MatterOutcome,
    MatterStatus,
)
from dsr.domain.own_file import FileKind, OwnFile
from dsr.domain.request.forgetting import KeptBecause
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.sealed import KeyIntroduction, Sealed

_WAITING: Final = (DispatchState.DRAFT, DispatchState.QUEUED)


class MatterState(OwnFile):
    """State of a matter, assigned by events only."""

    def __init__(self) -> None:
        super().__init__(FileKind.MATTER)
        self.reference = ""
        self.kind = MatterKind.COMPLAINT
        self.controller_id: str = ""
        self.ropa_version: int = 0
        self.received_at: datetime
        self.channel = Channel.EMAIL
        self.language = ""
        self.request_ids: tuple[UUID, ...] = ()
        self.responsible: str | None = None
        self.date: MatterDate | None = None
        """The date that it waits for; None where there is none, or once it was met."""
        self.is_warned = False
        self.is_missed = False
        """Whether the missing of its date is on record."""
        self.acknowledged = False
        self.letters: dict[UUID, LetterOnItsWay] = {}
        """Its letters, in the order in which they were written."""
        self.notices: dict[UUID, tuple[UUID, ...]] = {}
        """Letters of each notice to many people, in the order in which they leave."""
        self.messages: dict[UUID, int] = {}
        """Its messages in the order of arrival, each with the version of the event that holds it."""
        self.unexamined: frozenset[UUID] = frozenset()
        """The messages that nobody has examined."""
        self.originals: tuple[UUID, ...] = ()
        """Keys of the originals of its messages."""
        self.status = MatterStatus.OPEN
        # an incident
        self.authorities: tuple[str, ...] = ()
        """Ids of the supervisory authorities that have to be notified."""
        self.notified: dict[str, int] = {}
        """How often each authority was notified: an incident is notified in phases."""
        self.not_notified = False
        self.risk: IncidentRisk | None = None
        self.people_settled = False
        """Whether the people were told, or an exception is on record."""
        self.processor_for: str | None = None
        """Id of the controller for which we process the data; None: it is our own."""
        self.controller_told = False
        # a letter of an authority or court
        self.authority = ""
        self.holds: tuple[MatterHold, ...] = ()
        """Legal holds on cases, which are released with the matter."""

    def end(self, ended_as: str, *, at: datetime) -> None:
        """Close it; it waits for nothing any more."""
        super().end(ended_as, at=at)
        self.status, self.date, self.unexamined = MatterStatus.CLOSED, None, frozenset()

    def kept_because(self) -> tuple[KeptBecause, ...]:
        """Why it has to be kept: a message or a letter may wait on a closed matter too."""
        found = {
            KeptBecause.MESSAGE_UNEXAMINED: bool(self.unexamined),
            KeptBecause.LETTER: any(each.state in _WAITING for each in self.letters.values()),
        }
        return (*super().kept_because(), *(each for each, holds in found.items() if holds))

    def is_late(self, at: datetime) -> bool:
        """Whether its date has passed by this instant, at which what was due is recorded."""
        return self.date is not None and at >= self.date.ends_at


class MatterOpened(CreatedEvent):
    """A matter was opened: from now on it is handled with a date of its own (docs/law §13)."""

    TOPIC: ClassVar[str] = "dsr.matter.opened"
    reference: str
    kind: MatterKind
    controller_id: str
    channel: Channel
    received_at: datetime
    received_on: date
    """The local day of arrival."""
    language: str
    """ISO 639-1, of the sender."""
    request_ids: tuple[UUID, ...]
    """The cases that it concerns."""
    message_id: UUID | None
    """The message of a case from which it was opened, if any."""
    ropa_version: int
    date: MatterDate | None
    keys: tuple[KeyIntroduction, ...]
    sender: Sealed | None
    """Who sent it; None if nobody is named."""
    content: Sealed
    """What they write."""

    def apply(self, matter: MatterState) -> None:
        matter.reference = self.reference
        matter.kind = self.kind
        matter.controller_id = self.controller_id
        matter.ropa_version = self.ropa_version
        matter.received_at = self.received_at
        matter.channel = self.channel
        matter.language = self.language
        matter.request_ids = self.request_ids
        matter.date = self.date
        matter.keys = {key.purpose.value: key.key_id for key in self.keys}


class MatterDateApproaching(Event):
    """The date of the matter approaches; this is recorded once."""

    TOPIC: ClassVar[str] = "dsr.matter.date-approaching"
    due: MatterDue
    on: date

    def apply(self, matter: MatterState) -> None:
        matter.is_warned = True


class MatterDateMissed(Event):
    """The date of the matter has passed, and what was due is not done."""

    TOPIC: ClassVar[str] = "dsr.matter.date-missed"
    due: MatterDue
    on: date

    def apply(self, matter: MatterState) -> None:
        matter.is_missed = True


class MatterAssigned(Event):
    """A member of staff became responsible for the matter."""

    TOPIC: ClassVar[str] = "dsr.matter.assigned"
    responsible: str
    """Identifier of the member of staff."""

    def apply(self, matter: MatterState) -> None:
        matter.responsible = self.responsible


class MatterRequestLinked(Event):
    """The matter concerns this case too."""

    TOPIC: ClassVar[str] = "dsr.matter.request-linked"
    request_id: UUID

    def apply(self, matter: MatterState) -> None:
        matter.request_ids = (*matter.request_ids, self.request_id)


class MatterAnswerRecorded(Event):
    """The answer left, with its reasons and what was done or can be done about it."""

    TOPIC: ClassVar[str] = "dsr.matter.answer-recorded"
    answered_at: datetime
    channel: Channel
    reasons: Sealed
    remedies: Sealed | None
    """Of a complaint."""
    late: bool
    """Whether its date had passed by the time at which this was recorded."""

    def apply(self, matter: MatterState) -> None:
        matter.status = MatterStatus.ANSWERED
        matter.acknowledged = True
        matter.date = None


class MatterOutcomeRecorded(Event):
    """The matter was closed with this outcome."""

    TOPIC: ClassVar[str] = "dsr.matter.closed"
    outcome: MatterOutcome

    def apply(self, matter: MatterState) -> None:
        matter.end(self.outcome.value, at=self.timestamp)


class MatterPartsOpened(Event):
    """A person opened its sealed parts. One event records one opening (GDPR Art. 5(2), 32)."""

    TOPIC: ClassVar[str] = "dsr.matter.parts-opened"
    purpose: DisclosurePurpose
    versions: tuple[int, ...]
    """Versions of the events whose sealed parts were opened."""

    def apply(self, matter: MatterState) -> None:
        """Reading changes no state."""
