"""How a case ends, and how it starts again (GDPR Art. 12(2)-(4); law.md §3)."""

from collections.abc import Collection, Iterable
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import SuspendableCase
from dsr.domain.request.errors import (
    AbsoluteRight,
    ConfirmationRequired,
    IdentityUnresolved,
    ItemNotOpen,
    ItemsOpen,
    NoReasonableDoubt,
    ReasonRequired,
    RequestIsOpen,
    ResponseNotSent,
)
from dsr.domain.request.holds import HoldCommands, Retained
from dsr.domain.request.item import Item
from dsr.domain.request.values import ANSWERED, UNRESOLVED, IdentityStatus, ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class ItemEffected(Refused):
    """What was done can't be taken back: record it as done and answer it, and withdraw only what was not done yet."""

    code = "item-effected"


class RequestClosed(RequestEvent):
    """The case ended with an outcome; closing `unidentified` refuses what was still open, until it is reopened."""

    TOPIC: ClassVar[str] = "dsr.request.closed"
    outcome: Outcome
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that no longer exist."""

    def apply(self, case: Case) -> None:
        case.end(self.outcome, at=self.timestamp)
        if self.outcome is Outcome.UNIDENTIFIED:
            told_at = case.identity.unidentified_told_at
            case.end_pending(lambda item: item.left_unidentified(told_at=told_at, at=self.timestamp, by=self.actor))


class RequestWithdrawn(RequestEvent):
    """The person took back the request, or some of its items."""

    TOPIC: ClassVar[str] = "dsr.request.withdrawn"
    item_ids: tuple[str, ...]
    statement: Sealed | None

    def apply(self, case: Case) -> None:
        for item_id in self.item_ids:
            case.replace_item(case.items[item_id].withdrawn(at=self.timestamp, by=self.actor))
            case.drop_fees(item_id, at=self.timestamp)


class RequestReopened(RequestEvent):
    """The case goes on, by the same dates; the items named are to be decided again.

    Among them are those that a link to an earlier case withdrew, and, where nobody chose others, those that closing
    `unidentified` refused: none of them was ever decided.
    """

    TOPIC: ClassVar[str] = "dsr.request.reopened"
    reason: Sealed
    item_ids: tuple[str, ...]

    def apply(self, case: Case) -> None:
        if case.outcome in ANSWERED:
            case.clock.met_until = self.timestamp
        case.outcome = None
        case.closed_at = None
        case.identity.unidentified_answered = False
        case.identity.unidentified_told_at = None
        case.identity.unidentified_since = self.timestamp
        for item_id in self.item_ids:
            case.open_again(item_id, at=self.timestamp)
        statuses = {item.status for item in case.items.values()}
        if not case.items:
            case.lifecycle = Lifecycle.RECEIVED
        elif statuses & {ItemStatus.GRANTED, ItemStatus.DONE}:
            case.lifecycle = Lifecycle.EXECUTING
        else:
            case.lifecycle = Lifecycle.ASSESSING


class ClosingCommands(HoldCommands, SuspendableCase):
    """close, withdraw, reopen."""

    def close(
        self, acting: CaseActing, *, unidentified: bool = False, evidence_destroyed: Collection[UUID] = ()
    ) -> None:
        """Close an answered case; the outcome follows from its items. The clock runs, also where a question was out.

        `unidentified` closes a case whose sender stays unidentified, after the identity question and a full refusal
        letter left. Items of absolute rights and of information are carried out before, since nobody has to prove who
        withdraws consent, or asks for a public text; so are those that were given effect already.
        Raises ItemsOpen, ResponseNotSent, FeeOutstanding, NoReasonableDoubt (`unidentified` without an identity
        question), IdentityUnresolved (not given up yet), AbsoluteRight, EvidenceNotPurged, NotRegistered,
        RequestIsClosed.
        """
        self._require_registered()
        outcome = self._unidentified() if unidentified else outcome_of(self.items.values())
        self._require_no_fee(*self.items)
        self.record(acting, RequestClosed, outcome=outcome, evidence_destroyed=self._purged(evidence_destroyed))
        self._resume_at_end(acting)
        self._release_retention_holds(acting)

    def _unidentified(self) -> Outcome:
        if self.identity.status not in UNRESOLVED:
            raise NoReasonableDoubt("Nobody asked who this is; a case closes as unidentified only after a question.")
        if self.identity.status is IdentityStatus.LAPSED:
            raise IdentityUnresolved("The identity question ended when the case was closed: ask anew, or answer.")
        if self.identity.status is not IdentityStatus.FAILED:
            raise IdentityUnresolved("The identity question is open: give it up before closing as unidentified.")
        pending = [item for item in self.items.values() if item.status.is_pending]
        require_none_of(item for item in pending if not item.needs_identity)
        effected = [item.item_id for item in pending if item.effected]
        if effected:
            raise ItemsOpen(
                f"Given effect already, so not to be refused any more: {', '.join(effected)}.", item_ids=effected
            )
        require_answered(item for item in self.items.values() if not item.status.is_pending)
        if not self.identity.question_sent:
            raise ResponseNotSent("No identity question is on file as sent: ask again, and record its letter.")
        if not self.identity.unidentified_answered:
            raise ResponseNotSent("Who stays unidentified is told so first, by a refusal that names no item.")
        return Outcome.UNIDENTIFIED

    def withdraw(
        self,
        acting: CaseActing,
        *,
        confirmed: bool,
        statement: Sealed | None,
        item_ids: tuple[str, ...] | None = None,
        evidence_destroyed: Collection[UUID] = (),
    ) -> None:
        """Take back the request (`item_ids` None) or some items; closes the case where nothing else was decided.

        Fees for what is taken back are dropped: it can be done instead of paying them.
        Raises ConfirmationRequired (not clearly meant, or nothing named), ItemUnknown, ItemNotOpen, ItemEffected (given
        effect already, while it waits to be recorded as done), EvidenceNotPurged (where the case closes),
        RequestIsClosed.
        """
        self._require_not_closed()
        if not confirmed or item_ids == ():
            raise ConfirmationRequired()
        chosen = dict.fromkeys(self.items if item_ids is None else item_ids)
        pending = tuple(item_id for item_id in chosen if self.item(item_id).status.is_pending)
        if item_ids is not None and len(pending) < len(chosen):
            decided = sorted(set(chosen) - set(pending))
            raise ItemNotOpen(f"Decided already: {', '.join(decided)}.", item_ids=decided)
        effected = [item_id for item_id in pending if self.items[item_id].effected]
        if effected:
            raise ItemEffected(item_ids=effected)
        closes = all(i in pending or item.status is ItemStatus.WITHDRAWN for i, item in self.items.items())
        destroyed = self._purged(evidence_destroyed) if closes else ()
        self.record(acting, RequestWithdrawn, item_ids=pending, statement=statement)
        self._resume_from_fee(acting)
        self._resume_without_access(acting, acting.today)
        if closes:
            self.record(acting, RequestClosed, outcome=Outcome.WITHDRAWN, evidence_destroyed=destroyed)
            self._resume_at_end(acting)
        if not self.is_pending(Right.ACCESS, Right.PORTABILITY):
            self._release_retention_holds(acting)

    def reopen(
        self,
        acting: CaseActing,
        *,
        reason: Sealed | None,
        item_ids: tuple[str, ...] = (),
        retained: Collection[Retained] = (),
    ) -> None:
        """Go on with a closed case; no date moves, and what a copy needs is held again.

        What a link to an earlier case withdrew is open again, too; so is what closing `unidentified` refused, unless
        items are chosen. An identity question that was out when the case closed has to be asked anew.
        Raises ReasonRequired, RequestIsOpen, ItemUnknown.
        """
        if not self.is_closed:
            raise RequestIsOpen()
        if reason is None:
            raise ReasonRequired()
        for item_id in item_ids:
            self.item(item_id)
        to_decide = self._never_decided(item_ids)
        self.record(acting, RequestReopened, reason=reason, item_ids=to_decide)
        self._hold_what_expires(acting, retained)

    def _never_decided(self, chosen: tuple[str, ...]) -> tuple[str, ...]:
        """The items chosen, with those that this end of the case took away without a decision."""
        if self.outcome is Outcome.UNIDENTIFIED:
            return chosen or self._undecided_as(ItemStatus.REFUSED)
        if self.outcome is Outcome.DUPLICATE:
            return tuple(dict.fromkeys((*chosen, *self._undecided_as(ItemStatus.WITHDRAWN))))
        return chosen


def outcome_of(items: Iterable[Item]) -> Outcome:
    """What the items of an answered case add up to. Raises ItemsOpen, ResponseNotSent."""
    decided = list(items)
    pending = [item.item_id for item in decided if item.status.is_pending]
    if pending:
        raise ItemsOpen(f"Still to be decided or carried out: {', '.join(pending)}.", item_ids=pending)
    require_answered(decided)
    counted = [item for item in decided if item.status is not ItemStatus.WITHDRAWN]
    if not counted:
        return Outcome.WITHDRAWN
    refused = sum(item.status is ItemStatus.REFUSED for item in counted)
    if refused == len(counted):
        return Outcome.REFUSED
    in_part = any(item.refused_in_part for item in counted)
    return Outcome.PARTLY_FULFILLED if refused or in_part else Outcome.FULFILLED


def require_none_of(at_once: Iterable[Item]) -> None:
    """What is carried out whatever else is doubted, or asked twice, is carried out first. Raises AbsoluteRight."""
    named = [item.item_id for item in at_once]
    if named:
        raise AbsoluteRight(f"Carry these out first: {', '.join(named)}.", item_ids=named)


def require_answered(items: Iterable[Item]) -> None:
    """What was decided is answered, unless it was taken back. Raises ResponseNotSent."""
    silent = [item.item_id for item in items if item.status is not ItemStatus.WITHDRAWN and not item.answered]
    if silent:
        raise ResponseNotSent(f"No answer has left for: {', '.join(silent)}.", item_ids=silent)
