"""Quarantine: messages that could not be read or placed, kept whole with their time of arrival. The clock runs from
arrival even if nobody has read the message.

A person opens the original and either enters the request with the true arrival, or discards the message with a reason.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.errors import Refused
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.request.errors import ClockResetForbidden, ReasonRequired
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


class MessageQuarantined(CreatedEvent):
    """A message arrived that could not be read or placed."""

    TOPIC: ClassVar[str] = "dsr.quarantine.message-quarantined"
    class_version: ClassVar[int] = 2
    received_at: datetime
    error: str
    """Code of the error that prevented a case."""
    controller_id: str | None
    """The controller, if the mailbox is known."""
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


class QuarantineEntered(Event):
    """A person entered the message as a request, with its true arrival."""

    TOPIC: ClassVar[str] = "dsr.quarantine.entered"
    request_id: UUID

    def apply(self, message: "QuarantinedMessage") -> None:
        message.status = QuarantineStatus.ENTERED


class QuarantineDiscarded(Event):
    """A person decided that the message is not a request."""

    TOPIC: ClassVar[str] = "dsr.quarantine.discarded"
    reason: Sealed

    def apply(self, message: "QuarantinedMessage") -> None:
        message.status = QuarantineStatus.DISCARDED


class QuarantinedMessage(Aggregate):
    """One message in quarantine."""

    TOPIC = "dsr.quarantine"

    def __init__(self) -> None:
        self.received_at: datetime | None = None
        self.controller_id: str | None = None
        self.claimed_request: UUID | None = None
        self.original: BlobRef | None = None
        self.keys: dict[str, UUID] = {}
        self.status = QuarantineStatus.WAITING

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

    def enter(self, acting: Acting, *, request_id: UUID, received_at: datetime) -> None:
        """Record the request entered from it, whose arrival is that of the message or earlier.

        Raises QuarantineSettled, ClockResetForbidden.
        """
        self._require_waiting()
        if self.received_at is not None and received_at > self.received_at:
            raise ClockResetForbidden(arrived_at=self.received_at.isoformat())
        self.record(acting, QuarantineEntered, request_id=request_id)

    def discard(self, acting: Acting, *, reason: Sealed | None) -> None:
        """Discard the message, with a reason. Raises QuarantineSettled, ReasonRequired."""
        self._require_waiting()
        if reason is None:
            raise ReasonRequired()
        self.record(acting, QuarantineDiscarded, reason=reason)

    def _require_waiting(self) -> None:
        if self.status is not QuarantineStatus.WAITING:
            raise QuarantineSettled()
