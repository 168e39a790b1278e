"""Contesting a decision by automated means alone: a person who can change it looks at it (GDPR Art. 22(3), recital 71).

That no such decision is made is an answer too, where the record of processing says so.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.execution import ItemGranted
from dsr.domain.request.guards import require_identity_resolved, require_pending_item
from dsr.domain.request.item import Item
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class ReviewFinding(StrEnum):
    """What became of the decision; codes are public."""

    NONE_MADE = "none-made"
    """No decision by automated means alone is made (Art. 22(1))."""
    UPHELD = "upheld"
    """The decision stands."""
    CHANGED = "changed"
    """Another decision takes its place."""
    ANNULLED = "annulled"
    """The decision no longer holds."""


class HumanReviewRequired(Refused):
    """A member of staff with the authority and competence to change the decision has to review it and state the result
    (GDPR Art. 22(3)). If the record of processing names no such decision for data of such people, record the finding
    that none is made.
    """

    code = "human-review-required"


class DecisionReviewed(RequestEvent):
    """A person reviewed the decision, or none is made (GDPR Art. 22(3), recital 71)."""

    TOPIC: ClassVar[str] = "dsr.request.decision-reviewed"
    item_id: str
    finding: ReviewFinding
    activities: tuple[str, ...]
    """Ids of the record of processing: the processing that was looked at."""
    reviewer: str | None
    """The member of staff with authority and competence to change it; nobody, where none is made."""
    result: Sealed | None
    """What the person is told, with the point of view that they expressed."""

    def apply(self, case: Case) -> None:
        case.give_effect(self.item_id)


@state_guard
def may_review_decision(case: Case, *, item_id: str) -> Item:
    """A contested decision that waits for its review.

    Raises IdentityUnresolved, ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_pending_item(case, item_id, Right.AUTOMATED_DECISION)
    require_identity_resolved(case, item)
    return item


class AutomatedDecisionCommands(Case):
    """review a contested decision."""

    def review_decision(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        finding: ReviewFinding,
        activities: Iterable[ActivityBasis],
        reviewer: str | None,
        competent: bool,
        result: Sealed | None,
    ) -> None:
        """Record the review, or that no such decision is made; either grants an item that is open still.

        `activities` is the processing contested, as the record of processing pinned has it; for the answer that none
        is made, all of the item's controller for such people. Where it makes such decisions but made none about this
        person, record that nothing is held instead.
        `competent` says that the reviewer has the authority and competence to change the decision.
        Raises HumanReviewRequired, IdentityUnresolved, ItemOfOtherRight, ItemUnknown, ItemNotOpen, NotRegistered,
        RequestIsClosed.
        """
        item = may_review_decision(self, item_id=item_id)
        contested = tuple(activities)
        _require_review(finding, contested, reviewer, competent=competent, result=result)
        if item.status is ItemStatus.OPEN:
            self.record(acting, ItemGranted, item_id=item_id)
        self.record(
            acting,
            DecisionReviewed,
            item_id=item_id,
            finding=finding,
            activities=tuple(each.activity for each in contested),
            reviewer=None if finding is ReviewFinding.NONE_MADE else reviewer,
            result=result,
        )


def _require_review(
    finding: ReviewFinding,
    activities: tuple[ActivityBasis, ...],
    reviewer: str | None,
    *,
    competent: bool,
    result: Sealed | None,
) -> None:
    if finding is ReviewFinding.NONE_MADE:
        if not activities:
            raise HumanReviewRequired("Nothing was looked at: that none is made is said of processing by name.")
        deciding = [each.activity for each in activities if each.decides]
        if deciding:
            raise HumanReviewRequired(f"Such decisions are made: {', '.join(deciding)}.", activities=deciding)
    elif not reviewer or not competent or result is None:
        raise HumanReviewRequired()
