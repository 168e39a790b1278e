"""Closing, withdrawing and reopening a case (GDPR Art. 12(2)-(4); docs/law §3)."""

from collections.abc import Collection, Iterable
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_at_end, resume_from_fee, resume_without_access, withdrawn_on
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import (
    AbsoluteRight,
    ConfirmationRequired,
    IdentityUnresolved,
    ItemNotOpen,
    ItemsOpen,
    LetterWasSplit,
    NoReasonableDoubt,
    ReasonRequired,
    RequestIsOpen,
    ResponseNotSent,
)
from dsr.domain.request.guards import purged, require_no_fee, require_not_closed, require_registered
from dsr.domain.request.holds import Retained, hold_what_expires, release_ended_holds
from dsr.domain.request.item import Item
from dsr.domain.request.standing import PassingOn
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.unexamined import pass_over, require_examined_in_time
from dsr.domain.request.values import ANSWERED, UNRESOLVED, End, IdentityStatus, ItemStatus, Lifecycle, Outcome
from dsr.domain.sealed import Sealed


class ItemEffected(Refused):
    """Effect was given to an item already, which can't be undone: record it as done and answer it, and withdraw only
    the others.
    """

    code = "item-effected"


class PasswordUndelivered(Refused):
    """A package was offered, and no delivery of its password is on record. Send the letter of kind `password`, or tell
    the password and record that: `POST /requests/{request_id}/items/{item_id}/password`. Revoke the link if the package
    reached the person otherwise.
    """

    code = "password-undelivered"


class RequestClosed(RequestEvent):
    """The case ended with an outcome; closing as `unidentified` refuses the items still open, until the case is
    reopened.
    """

    TOPIC: ClassVar[str] = "dsr.request.closed"
    outcome: Outcome
    evidence_destroyed: tuple[UUID, ...] = ()
    """Keys of identity evidence that were destroyed."""

    def apply(self, case: Case) -> None:
        case.end(self.outcome, at=self.timestamp)
        if self.outcome is Outcome.UNIDENTIFIED:
            known = case.identity
            case.end_pending(
                lambda item: item.left_unidentified(
                    told_at=known.unidentified_told_at,
                    letter=known.unidentified_letter,
                    undelivered=known.unidentified_returned,
                    at=self.timestamp,
                    by=self.actor,
                )
            )


class RequestWithdrawn(RequestEvent):
    """The person withdrew the request, or some of its items."""

    TOPIC: ClassVar[str] = "dsr.request.withdrawn"
    item_ids: tuple[str, ...]
    statement: Sealed | None

    def apply(self, case: Case) -> None:
        case.note_missed(self.timestamp)
        for item_id in self.item_ids:
            case.replace_item(case.items[item_id].withdrawn(at=self.timestamp, by=self.actor))
            case.drop_fees(item_id, at=self.timestamp)


class RequestReopened(RequestEvent):
    """The case was reopened with its dates unchanged; the named items have to be decided again.

    They include items that a link to an earlier case withdrew and, unless others were chosen, items that closing as
    `unidentified` refused, or that two people ended: none of these was ever decided.
    """

    TOPIC: ClassVar[str] = "dsr.request.reopened"
    reason: Sealed
    item_ids: tuple[str, ...]

    def apply(self, case: Case) -> None:
        if case.outcome in ANSWERED or (case.outcome is Outcome.NOT_A_REQUEST and case.items):
            case.clock.met_until = self.timestamp
        case.outcome = None
        case.closed_at = None
        case.passing_on = PassingOn(anew_since=self.timestamp)
        case.identity.unidentified_answered = False
        case.identity.unidentified_told_at = None
        case.identity.unidentified_letter = None
        case.identity.unidentified_returned = False
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


@state_guard
def may_close(case: DatedCase, acting: CaseActing, *, unidentified: bool) -> Outcome:
    """The outcome that follows from the answered items; or `unidentified`, once the person was told so.

    Raises ItemsOpen, ResponseNotSent, PasswordUndelivered, FeeOutstanding, NoReasonableDoubt, IdentityUnresolved,
    AbsoluteRight, MessageUnexamined (while the closing can wait), NotRegistered, RequestIsClosed.
    """
    require_registered(case)
    outcome = _unidentified(case) if unidentified else outcome_of(case.items.values())
    if not unidentified:
        require_passwords_delivered(case.items.values())
    require_no_fee(case, *case.items)
    if case.clock.reply is not None:
        raise ResponseNotSent("The message that reopened this case has no reply yet: answer it first.")
    require_examined_in_time(case, acting)
    return outcome


@state_guard
def may_withdraw(case: Case, *, item_ids: tuple[str, ...] | None) -> tuple[str, ...]:
    """The items to withdraw: these, or all pending ones if `item_ids` is None.

    Raises ItemUnknown, ItemNotOpen, ItemEffected, RequestIsClosed.
    """
    require_not_closed(case)
    chosen = dict.fromkeys(case.items if item_ids is None else item_ids)
    pending = tuple(item_id for item_id in chosen if case.item(item_id).status.is_pending)
    if item_ids is not None and len(pending) < len(chosen):
        decided = sorted(set(chosen) - set(pending))
        raise ItemNotOpen(f"Decided already: {', '.join(decided)}.", item_ids=decided)
    effected = [item_id for item_id in pending if case.items[item_id].effected]
    if effected:
        raise ItemEffected(item_ids=effected)
    return pending


@state_guard
def may_reopen(case: Case, *, item_ids: tuple[str, ...]) -> tuple[str, ...]:
    """The items to decide again. A letter that was split stays closed: else it would be answered twice.

    Raises RequestIsOpen, LetterWasSplit, ItemUnknown.
    """
    if not case.is_closed:
        raise RequestIsOpen()
    if case.split_into:
        raise LetterWasSplit(request_ids=[str(each) for each in case.split_into])
    for item_id in item_ids:
        case.item(item_id)
    return _never_decided(case, item_ids)


class ClosingCommands(DatedCase):
    """close, withdraw, reopen."""

    def close(
        self,
        acting: CaseActing,
        *,
        unidentified: bool = False,
        evidence_destroyed: Collection[UUID] = (),
        unexamined_reason: Sealed | None = None,
    ) -> None:
        """Close an answered case; the outcome follows from its items. The clock resumes, even if a question is open.

        `unidentified` closes a case whose sender stays unidentified, after the identity question and a full refusal
        letter were sent. Items of absolute rights and of information are carried out first, since withdrawing consent
        or asking for a public text needs no proof of identity; so are items that effect was given to already.
        `unexamined_reason` says why the closing does not wait for messages that nobody has examined, from the last
        working day before the statutory date without extension. Raises ItemsOpen, ResponseNotSent,
        PasswordUndelivered, FeeOutstanding, NoReasonableDoubt (`unidentified` without an identity question),
        IdentityUnresolved (not given up yet), AbsoluteRight, MessageUnexamined, EvidenceNotPurged,
        NotRegistered, RequestIsClosed.
        """
        outcome = may_close(self, acting, unidentified=unidentified)
        destroyed = purged(self, evidence_destroyed)
        pass_over(self, acting, unexamined_reason)
        self.record(acting, RequestClosed, outcome=outcome, evidence_destroyed=destroyed)
        resume_at_end(self, acting)
        release_ended_holds(self, acting)

    def withdraw(
        self,
        acting: CaseActing,
        *,
        confirmed: bool,
        statement: Sealed | None,
        item_ids: tuple[str, ...] | None = None,
        evidence_destroyed: Collection[UUID] = (),
    ) -> None:
        """Withdraw the request (`item_ids` None) or some items; closes the case if no other item was decided.

        A suspension ends on the day on which the withdrawal arrived, if a message was examined as one. Fees for
        withdrawn items are dropped: withdrawing is an alternative to paying. Raises ConfirmationRequired (not clearly
        meant, or nothing named), ItemUnknown, ItemNotOpen, ItemEffected (given effect already, but not recorded as
        done), EvidenceNotPurged (where the case closes), RequestIsClosed.
        """
        if not confirmed:
            may_withdraw(self, item_ids=item_ids)
            raise ConfirmationRequired()
        pending, closes, destroyed = self.require_withdrawable(item_ids, evidence_destroyed)
        self.record(acting, RequestWithdrawn, item_ids=pending, statement=statement)
        resume_from_fee(self, acting)
        resume_without_access(self, acting, withdrawn_on(self, acting.calendar, acting.at))
        if closes:
            self.record(acting, RequestClosed, outcome=Outcome.WITHDRAWN, evidence_destroyed=destroyed)
            resume_at_end(self, acting)
        release_ended_holds(self, acting)

    def require_withdrawable(
        self, item_ids: tuple[str, ...] | None, evidence_destroyed: Collection[UUID]
    ) -> tuple[tuple[str, ...], bool, tuple[UUID, ...]]:
        """The items that this withdraws, whether it closes the case, and the keys of evidence that it destroys then.

        Raises as `withdraw`.
        """
        pending = may_withdraw(self, item_ids=item_ids)
        if item_ids == ():
            raise ConfirmationRequired()
        closes = all(i in pending or item.status is ItemStatus.WITHDRAWN for i, item in self.items.items())
        return pending, closes, purged(self, evidence_destroyed) if closes else ()

    def reopen(
        self,
        acting: CaseActing,
        *,
        reason: Sealed | None,
        item_ids: tuple[str, ...] = (),
        retained: Collection[Retained] = (),
    ) -> None:
        """Reopen a closed case; no date moves, and data needed for a copy is held again.

        Each system on the search list of an item that is decided again has to account for it again (docs/law §11).
        Items that a link to an earlier case withdrew are open again too; so are items that closing as `unidentified`
        refused, or that two people ended, unless items are chosen. An identity question that was open when the case
        closed has to be asked again. Raises ReasonRequired, RequestIsOpen, LetterWasSplit, ItemUnknown.
        """
        to_decide = may_reopen(self, item_ids=item_ids)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, RequestReopened, reason=reason, item_ids=to_decide)
        hold_what_expires(self, acting, retained)


def outcome_of(items: Iterable[Item]) -> Outcome:
    """The outcome of an answered case: what was decided in it (docs/law §3). Items that were withdrawn, or that two
    people ended, count only where there is no other. Raises ItemsOpen, ResponseNotSent.
    """
    decided = list(items)
    pending = [item.item_id for item in decided if item.status.is_pending]
    if pending:
        raise ItemsOpen(f"Still to be decided or carried out: {', '.join(pending)}.", item_ids=pending)
    require_answered(decided)
    counted = [item for item in decided if item.status not in (ItemStatus.WITHDRAWN, ItemStatus.ENDED)]
    if not counted:
        ends = {item.end for item in decided if item.status is ItemStatus.ENDED}
        if not ends:
            return Outcome.WITHDRAWN
        return Outcome.MOOT if End.MOOT in ends else Outcome.NOT_A_REQUEST
    refused = sum(item.status is ItemStatus.REFUSED for item in counted)
    if refused == len(counted):
        return Outcome.REFUSED
    in_part = any(item.refused_in_part for item in counted)
    return Outcome.PARTLY_FULFILLED if refused or in_part else Outcome.FULFILLED


def require_none_of(at_once: Iterable[Item]) -> None:
    """Check that none of these items, which no doubt and no duplicate may delay, is pending. Raises AbsoluteRight."""
    named = [item.item_id for item in at_once]
    if named:
        raise AbsoluteRight(f"Carry these out first: {', '.join(named)}.", item_ids=named)


def require_answered(items: Iterable[Item]) -> None:
    """Check that every item was answered, except withdrawn ones. Raises ResponseNotSent."""
    silent = [item.item_id for item in items if item.status is not ItemStatus.WITHDRAWN and not item.answered]
    if silent:
        raise ResponseNotSent(
            f"No answer was sent for: {', '.join(silent)}. `GET /requests/{{request_id}}/dispatches` shows whether its "
            "letter still waits as a draft: complete and release it.",
            item_ids=silent,
        )


def require_passwords_delivered(items: Iterable[Item]) -> None:
    """Check that the password of every offered package is on record as delivered (docs/law §12). Raises
    PasswordUndelivered.
    """
    waiting = [
        item.item_id
        for item in items
        if item.status is ItemStatus.DONE and item.offer is not None and not item.offer.password_delivered
    ]
    if waiting:
        raise PasswordUndelivered(item_ids=waiting)


def _unidentified(case: Case) -> Outcome:
    """Check that the person stays unidentified, was asked, and was told so. Raises as `may_close`."""
    if case.identity.status not in UNRESOLVED:
        raise NoReasonableDoubt("A case closes as unidentified only after an identity question, and none was asked.")
    if case.identity.status is IdentityStatus.LAPSED:
        raise IdentityUnresolved("The identity question ended when the case was closed: ask again, or answer.")
    if case.identity.status is not IdentityStatus.FAILED:
        raise IdentityUnresolved("The identity question is open: give it up before closing as unidentified.")
    pending = [item for item in case.items.values() if item.status.is_pending]
    require_none_of(item for item in pending if not item.needs_identity)
    effected = [item.item_id for item in pending if item.effected]
    if effected:
        raise ItemsOpen(
            f"Effect was given already, so these can't be refused: {', '.join(effected)}.", item_ids=effected
        )
    require_answered(item for item in case.items.values() if not item.status.is_pending)
    if not case.identity.question_sent:
        raise ResponseNotSent("No identity question is on record as sent: ask again, and record its letter.")
    if not case.identity.unidentified_answered:
        raise ResponseNotSent("First tell the person that they stay unidentified, by a refusal that names no item.")
    return Outcome.UNIDENTIFIED


def _never_decided(case: Case, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The chosen items, and those that closing ended without a decision."""
    if case.outcome is Outcome.UNIDENTIFIED:
        return chosen or case.undecided_as(ItemStatus.REFUSED)
    if case.outcome in (Outcome.DUPLICATE, Outcome.FORWARDED):
        return tuple(dict.fromkeys((*chosen, *case.undecided_as(ItemStatus.WITHDRAWN))))
    return chosen or case.undecided_as(ItemStatus.ENDED)
