"""Complaints to us: acknowledged in time, with progress told on the way (docs/law §13; GDPR Art. 12, 24; DPA 2018 s.
164A).
"""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.events import Event
from dsr.domain.matter.complaint_rules import acknowledgement_date
from dsr.domain.matter.errors import MatterAcknowledged
from dsr.domain.matter.guards import require_between, require_kind, require_open, require_unanswered
from dsr.domain.matter.state import MatterOpened, MatterState
from dsr.domain.matter.values import MatterKind
from dsr.domain.request.errors import ReasonRequired, ReceiptInFuture
from dsr.domain.request.values import Channel
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import KeyIntroduction, Sealed


class ComplaintAcknowledged(Event):
    """The sender was told that the complaint arrived (DPA 2018 s. 164A(3))."""

    TOPIC: ClassVar[str] = "dsr.matter.acknowledged"
    acknowledged_at: datetime
    channel: Channel
    late: bool
    """Whether its date had passed by the time at which this was recorded."""

    def apply(self, matter: MatterState) -> None:
        matter.acknowledged = True
        matter.date = None


class ComplaintProgressTold(Event):
    """The sender was told how the examination of the complaint goes on (DPA 2018 s. 164A(5)(b))."""

    TOPIC: ClassVar[str] = "dsr.matter.progress-told"
    told_at: datetime
    channel: Channel
    progress: Sealed

    def apply(self, matter: MatterState) -> None:
        """What is told changes no state."""


class ComplaintCommands(MatterState):
    """open, acknowledge and tell the progress of a complaint."""

    @classmethod
    def open_complaint(
        cls,
        acting: CaseActing,
        *,
        matter_id: UUID,
        reference: str,
        controller_id: str,
        channel: Channel,
        received_at: datetime,
        language: str,
        request_ids: tuple[UUID, ...],
        message_id: UUID | None,
        document: Ropa,
        ropa_version: int,
        keys: tuple[KeyIntroduction, ...],
        sender: Sealed | None,
        content: Sealed | None,
    ) -> Self:
        """Open a complaint with its true arrival; `document` is the record of processing in force.

        Raises ControllerUnknown, ReceiptInFuture, ReasonRequired (no content).
        """
        controller = document.controller(controller_id)
        if received_at > acting.at:
            raise ReceiptInFuture(received_at=received_at.isoformat())
        if content is None:
            raise ReasonRequired("Write down what the complaint says.")
        received_on = acting.calendar.local_date(received_at)
        return cls.create(
            acting,
            MatterOpened,
            stream_id=matter_id,
            reference=reference,
            kind=MatterKind.COMPLAINT,
            controller_id=controller_id,
            channel=channel,
            received_at=received_at,
            received_on=received_on,
            language=language,
            request_ids=request_ids,
            message_id=message_id,
            ropa_version=ropa_version,
            date=acknowledgement_date(controller, received_on, acting.calendar),
            keys=keys,
            sender=sender,
            content=content,
        )

    def acknowledge(self, acting: CaseActing, *, acknowledged_at: datetime, channel: Channel) -> None:
        """Record that the sender was told that the complaint arrived.

        It is late if its date has passed by now, whatever earlier day is stated (docs/law §10). Raises MatterClosed,
        MatterOfOtherKind, MatterAcknowledged, MatterDatesInvalid.
        """
        require_open(self)
        require_kind(self, MatterKind.COMPLAINT)
        if self.acknowledged:
            raise MatterAcknowledged()
        require_between(self, acting, acknowledged_at)
        self.record(
            acting,
            ComplaintAcknowledged,
            acknowledged_at=acknowledged_at,
            channel=channel,
            late=self.is_late(acting.at),
        )

    def tell_progress(
        self, acting: CaseActing, *, told_at: datetime, channel: Channel, progress: Sealed | None
    ) -> None:
        """Record that the sender was told how the examination goes on.

        Raises MatterClosed, MatterAnswered, MatterOfOtherKind, MatterDatesInvalid, ReasonRequired (nothing told).
        """
        require_unanswered(self)
        require_kind(self, MatterKind.COMPLAINT)
        require_between(self, acting, told_at)
        if progress is None:
            raise ReasonRequired("Write down what was told.")
        self.record(acting, ComplaintProgressTold, told_at=told_at, channel=channel, progress=progress)
