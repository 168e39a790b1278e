"""Withdrawing consent: at any time, at once, without a proof of identity; never refused (GDPR Art. 7(3))."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_from_fee
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import AbsoluteRight, MessageUnknown
from dsr.domain.request.execution import ItemGranted
from dsr.domain.request.guards import require_not_closed, require_pending_item
from dsr.domain.request.holds import release_ended_holds
from dsr.domain.request.item import Item
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.triage import RequestRegistered, open_each
from dsr.domain.request.values import ItemStatus, Lifecycle
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from dsr.domain.sealed import Sealed


class ConsentNotFound(Refused):
    """This processing does not rest on consent, so there is none to withdraw; another right may exist."""

    code = "consent-not-found"


class ConsentWithdrawn(RequestEvent):
    """Processing on consent stopped at `stopped_at`; processing before that stays lawful (Art. 7(3))."""

    TOPIC: ClassVar[str] = "dsr.request.consent-withdrawn"
    class_version: ClassVar[int] = 2
    item_id: str
    activities: tuple[str, ...]
    """Ids of the record of processing; all on consent."""
    others: tuple[str, ...]
    """Named by the person, but on another legal basis: there is no consent to withdraw."""
    stopped_at: datetime
    statement: Sealed | None
    """An account of the person's own words, if there are any besides the message."""
    message_id: UUID | None
    """The message with the person's own words; None where they came in another way, or the person withdrew by their own
    act, and in old events (GDPR Art. 5(2), 7(3)).
    """

    @staticmethod
    def upcast_v1_v2(state: dict[str, object]) -> None:
        """No record named a message."""
        state["message_id"] = None

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


@state_guard
def may_withdraw_consent(case: Case, *, item_id: str | None) -> Item | None:
    """Allowed at any time while the case is open, registered or not; a named withdrawal item must be pending.

    Raises ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    require_not_closed(case)
    return None if item_id is None else require_pending_item(case, item_id, Right.CONSENT_WITHDRAWAL)


@state_guard
def may_treat_as_withdrawal(case: Case, *, item_id: str) -> Item:
    """A pending objection item on which no objection is recorded yet and which is not about direct marketing.

    Raises ConsentNotFound, AbsoluteRight, ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_pending_item(case, item_id, Right.OBJECTION)
    if item.direct_marketing:
        raise AbsoluteRight("An objection to direct marketing stops it on any legal basis: record it as an objection.")
    if was_raised(case, item_id):
        raise ConsentNotFound(activities=list(item.objected_to))
    return item


class ConsentCommands(DatedCase):
    """withdraw consent, treat an objection as a withdrawal."""

    def withdraw_consent(
        self,
        acting: CaseActing,
        *,
        item_id: str | None,
        activities: tuple[ActivityBasis, ...],
        statement: Sealed | None,
        message_id: UUID | None = None,
        own_act: bool = False,
    ) -> None:
        """Stop processing on consent at once, whatever the clock says and even if identity is in doubt.

        The record names the message with the person's own words: `message_id`; without it and without a `statement`
        of words that came in another way, such as by telephone, the message that opened the case. `own_act`: the person
        withdraws themselves, so that no words are needed.

        `item_id` None: the pending item, or a new one. A case that is not registered yet is registered with it, since
        withdrawing must be as easy as giving consent (Art. 7(3)). Raises ConsentNotFound (nothing rests on consent),
        MessageUnknown, ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = may_withdraw_consent(self, item_id=item_id)
        on_consent = _on_consent(activities)
        if not on_consent:
            raise ConsentNotFound(activities=[each.activity for each in activities])
        if message_id is not None and message_id not in self.messages:
            raise MessageUnknown(message_id=message_id)
        heard_otherwise = own_act or statement is not None
        words_in = message_id or (None if heard_otherwise else _first_message(self))
        _stop(self, acting, item or _withdrawal_item(self, acting), activities, statement, words_in=words_in)

    def treat_as_withdrawal(self, acting: CaseActing, *, item_id: str, activities: tuple[ActivityBasis, ...]) -> None:
        """Treat an objection to processing on consent as a withdrawal, and stop the processing at once.

        A withdrawal is never refused and free of charge: fees for it are dropped. Raises ConsentNotFound (some of it
        rests on another basis, or was restricted as such), AbsoluteRight (direct marketing stops on any basis),
        ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        may_treat_as_withdrawal(self, item_id=item_id)
        if not activities or len(_on_consent(activities)) < len(activities):
            raise ConsentNotFound(activities=[each.activity for each in activities])
        self.record(acting, ObjectionTreatedAsWithdrawal, item_id=item_id)
        resume_from_fee(self, acting)
        _stop(self, acting, self.item(item_id), activities, words_in=_first_message(self))
        release_ended_holds(self, acting)


def _pending_withdrawal(case: Case, controller_id: str) -> Item | None:
    """The pending item of a withdrawal, if any."""
    own = (each for each in case.items.values() if each.controller_id == controller_id)
    pending = (item for item in own if item.status.is_pending)
    return next((item for item in pending if item.right is Right.CONSENT_WITHDRAWAL), None)


def was_raised(case: Case, item_id: str) -> bool:
    """Whether the processing objected to is restricted at present, until the objection is decided."""
    return any(each.item_id == item_id for each in case.restrictions_awaiting(item_id))


def withdraw_besides(case: Case, acting: CaseActing, controller_id: str, on_consent: tuple[ActivityBasis, ...]) -> None:
    """Withdraw consent that no withdrawal in this case covers yet, on an item of that right."""
    covered = {
        activity
        for item in case.items.values()
        if item.controller_id == controller_id
        for activity in item.consents_withdrawn
    }
    left = tuple(each for each in on_consent if each.activity not in covered)
    if not left:
        return
    item = _pending_withdrawal(case, controller_id)
    if item is None:
        open_each(case, acting, (Right.CONSENT_WITHDRAWAL,), (controller_id,))
        item = next(reversed(case.items.values()))
    _stop(case, acting, item, left, words_in=_first_message(case))


def _withdrawal_item(case: Case, acting: CaseActing) -> Item:
    """The pending item, or a new one; a case that is not registered yet is registered with it."""
    pending = _pending_withdrawal(case, case.controller_id)
    if pending is not None:
        return pending
    if case.lifecycle is Lifecycle.RECEIVED:
        case.record(acting, RequestRegistered)
    open_each(case, acting, (Right.CONSENT_WITHDRAWAL,))
    return next(reversed(case.items.values()))


def _first_message(case: Case) -> UUID | None:
    """The message that opened the case; None for a case without one."""
    return next((each.message_id for each in case.messages.values() if each.opens_case), None)


def _stop(
    case: Case,
    acting: CaseActing,
    item: Item,
    activities: tuple[ActivityBasis, ...],
    statement: Sealed | None = None,
    *,
    words_in: UUID | None,
) -> None:
    if item.status is ItemStatus.OPEN:
        case.record(acting, ItemGranted, item_id=item.item_id)
    on_consent = _on_consent(activities)
    case.record(
        acting,
        ConsentWithdrawn,
        item_id=item.item_id,
        activities=on_consent,
        others=tuple(each.activity for each in activities if each.activity not in on_consent),
        stopped_at=acting.at,
        statement=statement,
        message_id=words_in,
    )


def _on_consent(activities: tuple[ActivityBasis, ...]) -> tuple[str, ...]:
    return tuple(each.activity for each in activities if each.basis is LegalBasis.CONSENT)
