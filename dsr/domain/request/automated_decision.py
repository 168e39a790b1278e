"""Human review of a contested decision made by automated means alone (GDPR Art. 22(3), recital 71).

The reviewer is able to change the decision. If the record of processing names no such decision, the answer is that none
is made.
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
    """Result of the review; codes are public."""

    NONE_MADE = "none-made"
    """No decision by automated means alone is made (Art. 22(1))."""
    UPHELD = "upheld"
    """The decision stands."""
    CHANGED = "changed"
    """Another decision replaces it."""
    ANNULLED = "annulled"
    """The decision no longer holds."""


class HumanReviewRequired(Refused):
    """A member of staff with the authority and competence to change the decision has to review it and state the result
    (GDPR Art. 22(3)). Only if the record of processing names no such decision for data of such people can the finding
    be that none is made.
    """

    code = "human-review-required"


class DecisionReviewed(RequestEvent):
    """A person reviewed the decision, or none is made (GDPR Art. 22(3), recital 71)."""

    TOPIC: ClassVar[str] = "dsr.request.decision-reviewed"
    item_id: str
    finding: ReviewFinding
    activities: tuple[str, ...]
    """Ids of the reviewed processing activities in the record of processing."""
    reviewer: str | None
    """The member of staff with authority and competence to change the decision; empty if no such decision is made."""
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
        """Record the review, or that no such decision is made; both grant an item that is still open.

        `activities` is the contested processing in the pinned record of processing; for the finding that none is made,
        all processing of the item's controller for such people. If the controller makes such decisions but made none
        about this person, record that nothing is held instead. `competent` says that the reviewer has the authority and
        competence to change the decision. Raises HumanReviewRequired, IdentityUnresolved, ItemOfOtherRight,
        ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
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
            raise HumanReviewRequired("Name the processing activities for which no such decision is made.")
        deciding = [each.activity for each in activities if each.decides]
        if deciding:
            raise HumanReviewRequired(
                f"The record of processing names such decisions for: {', '.join(deciding)}.", activities=deciding
            )
    elif not reviewer or not competent or result is None:
        raise HumanReviewRequired()
