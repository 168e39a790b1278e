"""Forwarding: a request that concerns data which we process for another controller goes to that controller (GDPR Art.
28(3)(e); docs/law §9). Joint controllers answer with us, so nothing is forwarded to them (Art. 26(3)).
"""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_at_end
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import ItemNotOpen, ReasonRequired
from dsr.domain.request.guards import purged, require_between, require_examined, require_no_fee, require_not_closed
from dsr.domain.request.holds import release_ended_holds
from dsr.domain.request.message import MessageKind
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import Channel, Outcome
from dsr.domain.sealed import Sealed


class NotProcessor(Refused):
    """By the record of processing, the controller of this request processes no data for that controller. Forward a
    request only to a controller that `processing_for` names; a joint controller answers with us.
    """

    code = "not-processor"


class RequestForwarded(RequestEvent):
    """The request was passed on to the controller for which we process the data; the case ends as `forwarded`.

    Its pending items are withdrawn; reopening the case opens them again.
    """

    TOPIC: ClassVar[str] = "dsr.request.forwarded"
    forwarded_to: str
    """Id of that controller in the record of processing."""
    forwarded_at: datetime
    channel: Channel
    text: Sealed
    """The letter to that controller."""
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that were destroyed."""

    def apply(self, case: Case) -> None:
        case.examine_first(MessageKind.NEW_REQUEST, at=self.timestamp, by=self.actor)
        case.passing_on = replace(case.passing_on, returned=False)
        case.end(Outcome.FORWARDED, at=self.timestamp)
        case.end_pending(lambda item: item.withdrawn(at=self.timestamp, by=self.actor))


@state_guard
def may_forward(case: Case) -> None:
    """Before anything was decided here, with every message examined and no fee outstanding.

    Raises ItemNotOpen, MessageUnexamined, FeeOutstanding, RequestIsClosed.
    """
    require_not_closed(case)
    require_examined(case)
    decided = [item.item_id for item in case.items.values() if item.is_decided]
    if decided:
        raise ItemNotOpen(f"Decided here already: {', '.join(decided)}. Answer the request.", item_ids=decided)
    require_no_fee(case, *case.items)


class ForwardingCommands(DatedCase):
    """forward to the controller."""

    def forward(
        self,
        acting: CaseActing,
        *,
        forwarded_to: str,
        is_processor: bool,
        forwarded_at: datetime,
        channel: Channel,
        text: Sealed | None,
        evidence_destroyed: Collection[UUID] = (),
    ) -> None:
        """Record that the request was passed on, by which letter, and close the case; a letter tells the person.

        `is_processor`: by the pinned record of processing, the controller of the case processes data for that one.
        Raises NotProcessor, ReasonRequired (no letter), AnswerDatesInvalid, ItemNotOpen,
        MessageUnexamined, FeeOutstanding, EvidenceNotPurged, RequestIsClosed.
        """
        may_forward(self)
        if not is_processor:
            raise NotProcessor(controller=forwarded_to)
        if text is None:
            raise ReasonRequired("Give in `text` the letter with which you passed the request on, or what you said.")
        require_between(acting, forwarded_at, not_before=self.received_at)
        self.record(
            acting,
            RequestForwarded,
            forwarded_to=forwarded_to,
            forwarded_at=forwarded_at,
            channel=channel,
            text=text,
            evidence_destroyed=purged(self, evidence_destroyed),
        )
        resume_at_end(self, acting)
        release_ended_holds(self, acting)
