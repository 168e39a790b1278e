"""Quarantine: messages that could not be read or placed, kept whole with their time of arrival. The clock runs from
arrival even if nobody has read the message.

A person opens the original and either enters the request with the true arrival, or proposes to discard the message. A
second person decides about that, since a discarded request would never be answered (GDPR Art. 12(3); docs/law §9).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.errors import Refused
from dsr.domain.events import CreatedEvent, Event
from dsr.domain.own_file import FileKind, OwnFile
from dsr.domain.request.errors import ClockResetForbidden, FourEyes, NothingProposed, ReasonRequired
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed


class QuarantineSettled(Refused):
    """This message was entered as a request or discarded already."""

    code = "quarantine-settled"


class QuarantineStatus(StrEnum):
    """Status of the message."""

    WAITING = "waiting"
    """It waits for a person."""
    ENTERED = "entered"
    """It was entered as a request."""
    DISCARDED = "discarded"
    """It is not a request."""


@dataclass(frozen=True)
class Discarding:
    """A proposal to discard the message, which nobody has decided."""

    proposed_by: str
    reason: Sealed


class MessageQuarantined(CreatedEvent):
    """A message arrived that could not be read or placed."""

    TOPIC: ClassVar[str] = "dsr.quarantine.message-quarantined"
    class_version: ClassVar[int] = 2
    received_at: datetime
    error: str
    """Code of the error that prevented a case."""
    controller_id: str | None
    """The controller whose mailbox it was sent to or fetched from; None if neither is known."""
    keys: tuple[KeyIntroduction, ...]
    original: BlobRef
    claimed_request: UUID | None
    """The case whose thread the message claims by its header; None under version 1, and for an automatic message."""

    def apply(self, message: "QuarantinedMessage") -> None:
        message.claimed_request = self.claimed_request
        message.received_at = self.received_at
        message.controller_id = self.controller_id
        message.original = self.original
        message.keys = {key.purpose.value: key.key_id for key in self.keys}

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Under version 1 nobody looked for a case in the header."""
        state["claimed_request"] = None


class QuarantineOpened(Event):
    """A person opened the original. One event records one opening."""

    TOPIC: ClassVar[str] = "dsr.quarantine.opened"
    purpose: DisclosurePurpose

    def apply(self, message: "QuarantinedMessage") -> None:
        """Reading changes no state."""


class QuarantineMalwareNoted(Event):
    """The scanner for malware found something in the message, which was therefore not shown."""

    TOPIC: ClassVar[str] = "dsr.quarantine.malware-noted"
    signature: str
    """What it found, as the scanner names it."""

    def apply(self, message: "QuarantinedMessage") -> None:
        """The message stays as it is."""


class QuarantineEntered(Event):
    """A person entered the message as a request, with its true arrival."""

    TOPIC: ClassVar[str] = "dsr.quarantine.entered"
    request_id: UUID

    def apply(self, message: "QuarantinedMessage") -> None:
        message.status = QuarantineStatus.ENTERED
        message.discarding = None


class DiscardingProposed(Event):
    """A person proposes to discard the message; it waits until somebody else agrees."""

    TOPIC: ClassVar[str] = "dsr.quarantine.discarding-proposed"
    reason: Sealed

    def apply(self, message: "QuarantinedMessage") -> None:
        message.discarding = Discarding(self.actor, self.reason)


class DiscardingDeclined(Event):
    """A second person disagreed: the message waits to be entered."""

    TOPIC: ClassVar[str] = "dsr.quarantine.discarding-declined"
    proposed_by: str
    reason: Sealed

    def apply(self, message: "QuarantinedMessage") -> None:
        message.discarding = None


class QuarantineDiscarded(Event):
    """A second person agreed that the message is not a request. Until two people had to, one person discarded it."""

    TOPIC: ClassVar[str] = "dsr.quarantine.discarded"
    reason: Sealed
    """As it was proposed."""

    def apply(self, message: "QuarantinedMessage") -> None:
        message.end(QuarantineStatus.DISCARDED.value, at=self.timestamp)


class QuarantinedMessage(OwnFile):
    """One message in quarantine."""

    TOPIC = "dsr.quarantine"

    def __init__(self) -> None:
        super().__init__(FileKind.QUARANTINE)
        self.received_at: datetime | None = None
        self.claimed_request: UUID | None = None
        self.original: BlobRef | None = None
        self.status = QuarantineStatus.WAITING
        self.discarding: Discarding | None = None

    def end(self, ended_as: str, *, at: datetime) -> None:
        """It is no request; one that was entered as a request goes with its case instead."""
        super().end(ended_as, at=at)
        self.status, self.discarding = QuarantineStatus.DISCARDED, None

    @classmethod
    def quarantine(
        cls,
        acting: Acting,
        *,
        message_id: UUID,
        received_at: datetime,
        error: str,
        controller_id: str | None,
        keys: tuple[KeyIntroduction, ...],
        original: BlobRef,
        claimed_request: UUID | None = None,
    ) -> Self:
        """Quarantine a message that makes no case; `claimed_request` is the case whose thread it claims."""
        return cls.create(
            acting,
            MessageQuarantined,
            stream_id=message_id,
            received_at=received_at,
            error=error,
            controller_id=controller_id,
            keys=keys,
            original=original,
            claimed_request=claimed_request,
        )

    def open(self, acting: Acting, *, purpose: DisclosurePurpose) -> None:
        """Record that the original is read, before it is shown."""
        self.record(acting, QuarantineOpened, purpose=purpose)

    def note_malware(self, acting: Acting, *, signature: str) -> None:
        """Record what the scanner found in the message, without content (GDPR Art. 5(2), 32(1)(b))."""
        self.record(acting, QuarantineMalwareNoted, signature=signature)

    def enter(self, acting: Acting, *, request_id: UUID, received_at: datetime) -> None:
        """Record the request entered from it, whose arrival is that of the message or earlier.

        Raises QuarantineSettled, ClockResetForbidden.
        """
        self._require_waiting()
        if self.received_at is not None and received_at > self.received_at:
            raise ClockResetForbidden(arrived_at=self.received_at.isoformat())
        self.record(acting, QuarantineEntered, request_id=request_id)

    def propose_discarding(self, acting: Acting, *, reason: Sealed | None) -> None:
        """Propose to discard the message, with a reason. Another proposal replaces an undecided one.

        Raises QuarantineSettled, ReasonRequired.
        """
        self._require_waiting()
        if reason is None:
            raise ReasonRequired()
        self.record(acting, DiscardingProposed, reason=reason)

    def approve_discarding(self, acting: Acting) -> None:
        """Discard the message as somebody else proposed. Raises QuarantineSettled, NothingProposed, FourEyes."""
        proposed = self._require_proposed(acting)
        self.record(acting, QuarantineDiscarded, reason=proposed.reason)

    def decline_discarding(self, acting: Acting, *, reason: Sealed | None) -> None:
        """Keep the message waiting, with a reason.

        Raises QuarantineSettled, NothingProposed, FourEyes, ReasonRequired.
        """
        proposed = self._require_proposed(acting)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, DiscardingDeclined, proposed_by=proposed.proposed_by, reason=reason)

    def _require_proposed(self, acting: Acting) -> Discarding:
        self._require_waiting()
        if self.discarding is None:
            raise NothingProposed("Nobody has proposed to discard this message.")
        if acting.actor == self.discarding.proposed_by:
            raise FourEyes()
        return self.discarding

    def _require_waiting(self) -> None:
        if self.status is not QuarantineStatus.WAITING:
            raise QuarantineSettled()
