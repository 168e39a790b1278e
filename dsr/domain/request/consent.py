"""Withdrawing consent: at any time, at once, without a proof of identity; never refused (GDPR Art. 7(3))."""

from datetime import datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import SuspendableCase
from dsr.domain.request.errors import AbsoluteRight
from dsr.domain.request.execution import ItemGranted
from dsr.domain.request.item import Item
from dsr.domain.request.triage import TriageCommands
from dsr.domain.request.values import ItemStatus, Lifecycle
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from dsr.domain.sealed import Sealed


class ConsentNotFound(Refused):
    """This processing does not rest on consent, so there is none to withdraw; another right may exist."""

    code = "consent-not-found"


class ConsentWithdrawn(RequestEvent):
    """What rested on consent stops at `stopped_at`; what was done before that stays lawful (Art. 7(3))."""

    TOPIC: ClassVar[str] = "dsr.request.consent-withdrawn"
    item_id: str
    activities: tuple[str, ...]
    """Ids of the record of processing; all on consent."""
    others: tuple[str, ...]
    """Named too, but resting on another basis: there is no consent to withdraw."""
    stopped_at: datetime
    statement: Sealed | None
    """The person's own words, where there are any besides the letter."""

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id].given_effect()
        withdrawn = (*item.consents_withdrawn, *self.activities)
        case.items[self.item_id] = replace(item, consents_withdrawn=withdrawn)


class ObjectionTreatedAsWithdrawal(RequestEvent):
    """The person objected to processing on consent, which means: withdrew it. The item keeps its id and its R."""

    TOPIC: ClassVar[str] = "dsr.request.objection-treated-as-withdrawal"
    item_id: str

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = case.items[self.item_id].as_another_right(Right.CONSENT_WITHDRAWAL)
        case.drop_fees(self.item_id, at=self.timestamp)


class ConsentCommands(TriageCommands, SuspendableCase):
    """withdraw consent, treat an objection as a withdrawal."""

    def withdraw_consent(
        self,
        acting: CaseActing,
        *,
        item_id: str | None,
        activities: tuple[ActivityBasis, ...],
        statement: Sealed | None,
    ) -> None:
        """Stop what rests on consent, in the same moment, whatever the clock and whoever doubts who asks.

        `item_id` None: the item that is pending, else a new one, in a case that is registered with it where nobody has
        done so yet: to withdraw must be as easy as to give (Art. 7(3)).
        Raises ConsentNotFound (nothing rests on consent), ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered,
        RequestIsClosed.
        """
        self._require_not_closed()
        item = None
        if item_id is not None:
            item = self._require_pending_item(item_id, Right.CONSENT_WITHDRAWAL)
        on_consent = _on_consent(activities)
        if not on_consent:
            raise ConsentNotFound(activities=[each.activity for each in activities])
        self._stop(acting, item or self._withdrawal_item(acting), activities, statement)

    def treat_as_withdrawal(self, acting: CaseActing, *, item_id: str, activities: tuple[ActivityBasis, ...]) -> None:
        """Take an objection to processing on consent for what it means, and stop at once; it is never refused.

        It costs nothing either: fees for it are dropped.
        Raises ConsentNotFound (some of it rests on another basis, or was restricted as such), AbsoluteRight (direct
        marketing stops on any basis), ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = self._require_pending_item(item_id, Right.OBJECTION)
        if item.direct_marketing:
            raise AbsoluteRight("An objection to direct marketing stops it on any basis: record it as what it is.")
        if self._was_raised(item_id) or not activities or len(_on_consent(activities)) < len(activities):
            raise ConsentNotFound(activities=[each.activity for each in activities])
        self.record(acting, ObjectionTreatedAsWithdrawal, item_id=item_id)
        self._resume_from_fee(acting)
        self._stop(acting, self.item(item_id), activities, None)

    def _pending_withdrawal(self, controller_id: str) -> Item | None:
        """The item of a withdrawal that the controller has still to carry out, if any."""
        own = (each for each in self.items.values() if each.controller_id == controller_id)
        pending = (item for item in own if item.status.is_pending)
        return next((item for item in pending if item.right is Right.CONSENT_WITHDRAWAL), None)

    def _was_raised(self, item_id: str) -> bool:
        """Whether what this objection is about is restricted, now, until it is decided."""
        return any(each.item_id == item_id for each in self.restrictions_awaiting(item_id))

    def _withdraw_besides(self, acting: CaseActing, controller_id: str, on_consent: tuple[ActivityBasis, ...]) -> None:
        """Withdraw the consent that no withdrawal in this case covers already, on an item of that right."""
        covered = {
            activity
            for item in self.items.values()
            if item.controller_id == controller_id
            for activity in item.consents_withdrawn
        }
        left = tuple(each for each in on_consent if each.activity not in covered)
        if not left:
            return
        item = self._pending_withdrawal(controller_id)
        if item is None:
            self._open_items(acting, (Right.CONSENT_WITHDRAWAL,), (controller_id,), False)
            item = next(reversed(self.items.values()))
        self._stop(acting, item, left, None)

    def _withdrawal_item(self, acting: CaseActing) -> Item:
        pending = self._pending_withdrawal(self.controller_id)
        if pending is not None:
            return pending
        if self.lifecycle is Lifecycle.RECEIVED:
            self.register(acting, rights=(Right.CONSENT_WITHDRAWAL,))
        else:
            self.open_items(acting, rights=(Right.CONSENT_WITHDRAWAL,))
        return next(reversed(self.items.values()))

    def _stop(
        self, acting: CaseActing, item: Item, activities: tuple[ActivityBasis, ...], statement: Sealed | None
    ) -> None:
        if item.status is ItemStatus.OPEN:
            self.record(acting, ItemGranted, item_id=item.item_id)
        on_consent = _on_consent(activities)
        self.record(
            acting,
            ConsentWithdrawn,
            item_id=item.item_id,
            activities=on_consent,
            others=tuple(each.activity for each in activities if each.activity not in on_consent),
            stopped_at=acting.at,
            statement=statement,
        )


def _on_consent(activities: tuple[ActivityBasis, ...]) -> tuple[str, ...]:
    return tuple(each.activity for each in activities if each.basis is LegalBasis.CONSENT)
