"""A request arrives, and later messages join it (GDPR Art. 12(2), (3); docs/law §2, §3, §9)."""

from datetime import date, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, acknowledge_by, compute
from dsr.domain.deadlines.regime import Regime
from dsr.domain.request.case import Case, RequestCreated, RequestEvent
from dsr.domain.request.errors import ReceiptInFuture
from dsr.domain.request.message import Message
from dsr.domain.request.message_dates import dates_of_message
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed


class RequestReceived(RequestCreated):
    """A request reached an official channel: the clock runs from here, read or not.

    `received_on` is R, the local calendar date of arrival in the controller's zone; every legal date follows from it.
    """

    TOPIC: ClassVar[str] = "dsr.request.received"
    reference: str
    controller_id: str
    channel: Channel
    zone: str
    received_at: datetime
    received_on: date
    claimed_at: datetime | None
    """The sender's `Date` header: a claim, never used for legal dates."""
    ropa_version: int
    regime: str
    regime_version: int
    deadline: Deadline
    acknowledge_by: date
    acknowledge_ends_at: datetime
    """24:00 local on that day, in UTC."""
    language: str
    """ISO 639-1, empty where it could not be told."""
    suggested_rights: tuple[Right, ...]
    authenticated: bool
    """The channel itself proved who asks, e.g. a signed-in portal."""
    linked_to: UUID | None
    """The case to whose thread this message belongs, or claims to belong."""
    link_reason: str
    """Empty, `new-request`, `identifiers`, `split`, or one of `placement.CLAIMS`; `new-right` before messages were
    examined.
    """
    keys: tuple[KeyIntroduction, ...]
    message: Sealed | None
    original: BlobRef | None

    def apply(self, case: Case) -> None:
        case.reference = self.reference
        case.controller_id = self.controller_id
        case.held_by = (self.controller_id,)
        case.channel = self.channel
        case.language = self.language
        case.ropa_version = self.ropa_version
        case.suggested_rights = self.suggested_rights
        case.received_at = self.received_at
        case.received_on = self.received_on
        case.zone = self.zone
        case.clock.regime_id = self.regime
        case.clock.regime_version = self.regime_version
        case.clock.deadline = self.deadline
        case.clock.acknowledge_by = self.acknowledge_by
        case.clock.acknowledge_ends_at = self.acknowledge_ends_at
        case.identity.authenticated = self.authenticated
        case.linked_to = self.linked_to
        case.link_reason = self.link_reason
        case.keys = {key.purpose.value: key.key_id for key in self.keys}
        if self.message is not None:
            first = self.message.seal_id
            case.messages[first] = Message(
                message_id=first,
                channel=self.channel,
                received_at=self.received_at,
                language=self.language,
                opens_case=True,
                recorded_at=self.timestamp,
                suggested_rights=self.suggested_rights,
                received_on=self.received_on,
                due=self.deadline.effective_due,
                examine_by=self.acknowledge_by,
                examine_ends_at=self.acknowledge_ends_at,
            )


class FollowUpReceived(RequestEvent):
    """Another message of the same person; it moves no date, and waits for a person to examine it (docs/law §9).

    The seal id of its content is the id of the message.
    """

    TOPIC: ClassVar[str] = "dsr.request.follow-up-received"
    class_version: ClassVar[int] = 2
    channel: Channel
    received_at: datetime
    claimed_at: datetime | None
    language: str
    keys: tuple[KeyIntroduction, ...]
    """Keys of the message and of its original; before version 2, of the original only."""
    message: Sealed
    original: BlobRef | None
    automatic: bool
    """Sent automatically: nobody has to examine it."""
    suggested_rights: tuple[Right, ...]
    """Rights that its text suggests; none is opened by it."""
    received_on: date | None
    """Local date of arrival; None, as the dates below, for a message that was filed under version 1."""
    due: date | None
    """The effective date that would hold if it were a new request."""
    examine_by: date | None
    examine_ends_at: datetime | None
    """24:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        case.messages[self.message.seal_id] = Message(
            message_id=self.message.seal_id,
            channel=self.channel,
            received_at=self.received_at,
            language=self.language,
            keys={key.key_id: self._blob_of(key.key_id) for key in self.keys},
            automatic=self.automatic,
            suggested_rights=self.suggested_rights,
            recorded_at=self.timestamp,
            received_on=self.received_on,
            due=self.due,
            examine_by=self.examine_by,
            examine_ends_at=self.examine_ends_at,
        )

    def _blob_of(self, key_id: UUID) -> UUID | None:
        is_original = self.original is not None and self.original.key_id == key_id
        return self.original.blob_id if self.original is not None and is_original else None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Under version 1 nobody had to examine a message, so it has no dates, and nothing says who or what sent it."""
        state |= {"automatic": False, "suggested_rights": ()}
        state |= {"received_on": None, "due": None, "examine_by": None, "examine_ends_at": None}


@state_guard
def may_attach_follow_up(_: Case) -> None:
    """Always allowed: a closed case takes messages too, and a person decides what they are."""


class IntakeCommands(Case):
    """receive, attach follow-up."""

    @classmethod
    def receive(
        cls,
        acting: CaseActing,
        *,
        request_id: UUID,
        reference: str,
        controller_id: str,
        channel: Channel,
        received_at: datetime,
        ropa_version: int,
        regime: Regime,
        keys: tuple[KeyIntroduction, ...],
        message: Sealed | None,
        original: BlobRef | None,
        claimed_at: datetime | None = None,
        language: str = "",
        suggested_rights: tuple[Right, ...] = (),
        authenticated: bool = False,
        linked_to: UUID | None = None,
        link_reason: str = "",
    ) -> Self:
        """Open a case for a request that arrived at `received_at`; the clock starts then, at any hour (GDPR Art.
        12(3)).

        Raises ReceiptInFuture, CalendarExhausted.
        """
        if received_at > acting.at:
            raise ReceiptInFuture(received_at=received_at.isoformat())
        received_on = acting.calendar.local_date(received_at)
        acknowledge_on = acknowledge_by(regime=regime, calendar=acting.calendar, received_on=received_on)
        return cls.create(
            acting,
            RequestReceived,
            stream_id=request_id,
            reference=reference,
            controller_id=controller_id,
            channel=channel,
            zone=acting.calendar.zone,
            received_at=received_at,
            received_on=received_on,
            claimed_at=claimed_at,
            ropa_version=ropa_version,
            regime=regime.id,
            regime_version=regime.version,
            deadline=compute(regime=regime, calendar=acting.calendar, received_on=received_on, as_of=received_on),
            acknowledge_by=acknowledge_on,
            acknowledge_ends_at=acting.calendar.end_of(acknowledge_on),
            language=language,
            suggested_rights=suggested_rights,
            authenticated=authenticated,
            linked_to=linked_to,
            link_reason=link_reason,
            keys=keys,
            message=message,
            original=original,
        )

    def attach_follow_up(
        self,
        acting: CaseActing,
        *,
        channel: Channel,
        received_at: datetime,
        keys: tuple[KeyIntroduction, ...],
        message: Sealed,
        original: BlobRef | None,
        claimed_at: datetime | None = None,
        language: str = "",
        suggested_rights: tuple[Right, ...] = (),
        automatic: bool = False,
    ) -> None:
        """Add a message to the case; `placement.place` decides which case.

        It waits until a person examines it, on a closed case too; an automatic one does not (docs/law §9). Raises
        ReceiptInFuture, CalendarExhausted.
        """
        may_attach_follow_up(self)
        if received_at > acting.at:
            raise ReceiptInFuture(received_at=received_at.isoformat())
        self.record(
            acting,
            FollowUpReceived,
            channel=channel,
            received_at=received_at,
            claimed_at=claimed_at,
            language=language,
            keys=keys,
            message=message,
            original=original,
            automatic=automatic,
            suggested_rights=suggested_rights,
            **dates_of_message(self.clock.regime, acting.calendar, received_at),
        )
