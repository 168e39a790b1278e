"""Duplicates: a case that asks the same as an earlier case of the same person (docs/law §3)."""

from collections.abc import Collection
from datetime import date
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_at_end
from dsr.domain.request.closing import require_answered, require_none_of
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import DifferentSubject, DuplicateIsEarlier, DuplicateUnanswered, RepetitionOfAnswered
from dsr.domain.request.guards import purged, require_examined, require_no_fee, require_not_closed
from dsr.domain.request.holds import release_ended_holds
from dsr.domain.request.item import Item
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ItemStatus, Outcome
from dsr.domain.rights import Right


class RightNotCovered(Refused):
    """The earlier case does not cover every right exercised here: answer the others here, or open them in that case
    first.
    """

    code = "right-not-covered"


class DuplicateLinked(RequestEvent):
    """An earlier case of the same person answers this request; this case closes as `duplicate`.

    Its pending items are withdrawn; reopening the case opens them again.
    """

    TOPIC: ClassVar[str] = "dsr.request.duplicate-linked"
    original_id: UUID
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that no longer exist."""

    def apply(self, case: Case) -> None:
        case.linked_to = self.original_id
        case.end(Outcome.DUPLICATE, at=self.timestamp)
        case.end_pending(lambda item: item.withdrawn(at=self.timestamp, by=self.actor))


_UNANSWERED = (
    Outcome.NOT_A_REQUEST,
    Outcome.DUPLICATE,
    Outcome.FORWARDED,
    Outcome.WITHDRAWN,
    Outcome.MOOT,
    Outcome.DECEASED,
)
"""Outcomes without an answer of their own; two duplicates of each other would both stay unanswered."""


@state_guard
def may_link_duplicate(case: Case) -> None:
    """Requires that no item here is decided, as a whole or in part, but unanswered, has a fee outstanding, or must be
    carried out here in any case, and that no message waits.

    Raises MessageUnexamined, AbsoluteRight, ResponseNotSent, FeeOutstanding, RequestIsClosed.
    """
    require_not_closed(case)
    require_examined(case)
    require_none_of(item for item in case.items.values() if item.status.is_pending and item.is_absolute)
    require_answered(item for item in case.items.values() if item.refused_in_part or not item.status.is_pending)
    require_no_fee(case, *case.items)


class DuplicateCommands(DatedCase):
    """link a duplicate."""

    def link_duplicate(
        self,
        acting: CaseActing,
        *,
        original_id: UUID,
        original_received_on: date,
        original_outcome: Outcome | None,
        original_items: Collection[Item],
        same_subject: bool,
        evidence_destroyed: Collection[UUID] = (),
    ) -> None:
        """Close this case as a duplicate of an earlier case of the same person that answers everything asked here.

        A repetition of what was answered before it arrived is a new request (docs/law §9). `original_outcome` is None
        while the earlier case is open; `original_items` are the items it answers. The clock resumes, even if a question
        is open. Raises DifferentSubject, DuplicateIsEarlier, DuplicateUnanswered, MessageUnexamined, AbsoluteRight
        (still to be carried out here), ResponseNotSent (decided here already), RightNotCovered, RepetitionOfAnswered,
        FeeOutstanding, EvidenceNotPurged, RequestIsClosed.
        """
        may_link_duplicate(self)
        self.require_linkable(
            original_id=original_id,
            original_received_on=original_received_on,
            original_outcome=original_outcome,
            original_items=original_items,
            same_subject=same_subject,
        )
        self.record(
            acting, DuplicateLinked, original_id=original_id, evidence_destroyed=purged(self, evidence_destroyed)
        )
        resume_at_end(self, acting)
        release_ended_holds(self, acting)

    def require_linkable(
        self,
        *,
        original_id: UUID,
        original_received_on: date,
        original_outcome: Outcome | None,
        original_items: Collection[Item],
        same_subject: bool,
    ) -> None:
        """Check whether `link_duplicate` would be allowed.

        Before registration the case has no items, so it is enough that the earlier case still answers something. Raises
        DifferentSubject, DuplicateIsEarlier, DuplicateUnanswered, MessageUnexamined, AbsoluteRight, ResponseNotSent,
        RightNotCovered, RepetitionOfAnswered, FeeOutstanding, RequestIsClosed.
        """
        may_link_duplicate(self)
        if not same_subject or original_id == self.id:
            raise DifferentSubject()
        if original_received_on > self.received_on:
            raise DuplicateIsEarlier()
        if original_outcome in _UNANSWERED:
            raise DuplicateUnanswered()
        pending = [item for item in self.items.values() if item.status.is_pending]
        told = [each for each in original_items if each.answered and each.status is not ItemStatus.ENDED]
        answering = [*(each for each in original_items if each.status.is_pending), *told]
        covered = {_what_is_asked(each) for each in answering}
        missing = [item.item_id for item in pending if _what_is_asked(item) not in covered]
        if missing:
            raise RightNotCovered(
                f"The earlier case does not answer: {', '.join(missing)}. Answer that here, or open it there first.",
                item_ids=missing,
            )
        still = {_what_is_asked(each) for each in answering if self._may_answer(each)}
        repeated = [item.item_id for item in pending if _what_is_asked(item) not in still]
        if repeated or (answering and not still):
            raise RepetitionOfAnswered(item_ids=repeated)

    def _may_answer(self, theirs: Item) -> bool:
        """Whether an item of the earlier case answers this request too: it is open, or its answer left on the day on
        which this request arrived, or later. An earlier answer says nothing of what the person asks now.
        """
        told_at = theirs.last_told_at
        return theirs.status.is_pending or told_at is None or self.local_date(told_at) >= self.received_on


def _what_is_asked(item: Item) -> tuple[Right, bool, str]:
    """Key of an item: one answer answers all items with the same key."""
    return item.right, item.direct_marketing, item.controller_id
