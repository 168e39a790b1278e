"""Outcomes of a fee: accepted, declined, paid, waived, or offer expired (GDPR Art. 12(5)(a); docs/law §2).

A clock suspended by the fee resumes once the fee is paid, declined, waived or dropped, or its offer has ended. It
resumes on that day, however late the outcome is recorded, so that the controller's delay moves no date. An unpaid fee
refuses nothing by itself: it supports a refusal (`fee-unpaid`), which two people decide, unless the person withdraws.
"""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case
from dsr.domain.request.clock import resume_from_fee
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import EarlierFactKind, StatedEvent
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.fees import FeeEvent, FeeOfferEnded, FeeSettled, require_fee, require_outstanding_fee
from dsr.domain.request.guards import require_between, require_other_than
from dsr.domain.request.standing import Fee, FeeStatus
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ItemStatus
from dsr.domain.sealed import Sealed


class FeeNotQuoted(Refused):
    """The person has to be told of the fee first. The service sends the letter `fee` after the proposal; for a notice
    that you sent yourself, use `POST /requests/{request_id}/fees/{fee_id}/notice`.
    """

    code = "fee-not-quoted"


class FeeAnswered(Refused):
    """The person accepted this fee. Record the payment, waive it, or let the offer expire."""

    code = "fee-answered"


class FeeOfferOpen(Refused):
    """The person can still accept this fee: the offer expires at the end of its last day."""

    code = "fee-offer-open"


class FeeAccepted(FeeEvent):
    """The person agreed to pay."""

    TOPIC: ClassVar[str] = "dsr.request.fee-accepted"
    answered_at: datetime

    def apply(self, case: Case) -> None:
        self.settle(case, FeeStatus.ACCEPTED)


class FeeDeclined(FeeEvent):
    """The person does not agree to pay."""

    TOPIC: ClassVar[str] = "dsr.request.fee-declined"
    answered_at: datetime
    statement: Sealed | None

    def apply(self, case: Case) -> None:
        self.settle(case, FeeStatus.DECLINED, settled_at=self.answered_at)


class FeePaid(StatedEvent, FeeEvent):
    """The money arrived."""

    TOPIC: ClassVar[str] = "dsr.request.fee-paid"
    paid_at: datetime
    unconfirmed: bool | None
    """True: a person recorded a late payment by hand on a later day. The clock waits for it no longer than its offer
    stood, until an approver confirms the day of the payment.
    """

    def apply(self, case: Case) -> None:
        self.settle(case, FeeStatus.PAID, settled_at=self.paid_at)
        if self.unconfirmed:
            case.fees[self.fee_id] = replace(case.fees[self.fee_id], paid_late=True)
            paid_on = case.local_date(self.paid_at)
            kind = EarlierFactKind.PAYMENT
            case.state_earlier(self, kind, happened_on=paid_on, happened_at=self.paid_at, fee_id=self.fee_id)


class FeeWaived(FeeEvent):
    """An approver decided to answer free of charge."""

    TOPIC: ClassVar[str] = "dsr.request.fee-waived"
    reason: Sealed

    def apply(self, case: Case) -> None:
        self.settle(case, FeeStatus.WAIVED, settled_at=self.timestamp)


class FeeExpired(FeeEvent):
    """The last day of the offer ended without payment."""

    TOPIC: ClassVar[str] = "dsr.request.fee-expired"
    due: date
    """The last day of the offer, however late it is recorded."""

    def apply(self, case: Case) -> None:
        self.settle(case, FeeStatus.EXPIRED)


def _require_quoted(fee: Fee) -> datetime:
    if fee.quoted_at is None:
        raise FeeNotQuoted()
    return fee.quoted_at


def _require_unanswered(case: Case, fee_id: UUID) -> Fee:
    fee = require_outstanding_fee(case, fee_id)
    _require_quoted(fee)
    if fee.status is not FeeStatus.QUOTED:
        raise FeeAnswered()
    return fee


@state_guard
def may_accept_fee(case: Case, *, fee_id: UUID) -> Fee:
    """A fee that was quoted and not answered.

    Raises FeeUnknown, FeeNotQuoted, FeeAnswered, FeeSettled, RequestIsClosed.
    """
    return _require_unanswered(case, fee_id)


@state_guard
def may_decline_fee(case: Case, *, fee_id: UUID) -> Fee:
    """A fee that was quoted and not answered.

    Raises FeeUnknown, FeeNotQuoted, FeeAnswered, FeeSettled, RequestIsClosed.
    """
    return _require_unanswered(case, fee_id)


@state_guard
def may_record_fee_paid(case: Case, *, fee_id: UUID) -> Fee:
    """A quoted fee that is outstanding, or whose offer expired while none of its items was decided.

    Raises FeeUnknown, FeeNotQuoted, FeeSettled, RequestIsClosed.
    """
    fee = require_fee(case, fee_id)
    undecided = all(case.items[item_id].status is ItemStatus.OPEN for item_id in fee.item_ids)
    if not (fee.status is FeeStatus.EXPIRED and undecided):
        fee = require_outstanding_fee(case, fee_id)
    _require_quoted(fee)
    return fee


@state_guard
def may_waive_fee(case: Case, acting: CaseActing, *, fee_id: UUID) -> Fee:
    """An outstanding fee. Raises FeeUnknown, FeeSettled, FourEyes (the DPO who was consulted), RequestIsClosed."""
    fee = require_outstanding_fee(case, fee_id)
    require_other_than(case, acting)
    return fee


@state_guard
def may_expire_fee(case: Case, acting: CaseActing, *, fee_id: UUID) -> Fee:
    """A fee whose offer has ended. Raises FeeUnknown, FeeNotQuoted, FeeSettled, FeeOfferOpen, RequestIsClosed."""
    fee = require_outstanding_fee(case, fee_id)
    _require_quoted(fee)
    if acting.today <= fee.offer_ends_on:
        raise FeeOfferOpen(offer_ends_on=fee.offer_ends_on.isoformat())
    return fee


class FeeOutcomeCommands(DatedCase):
    """accept, decline, pay, waive a fee; let its offer expire."""

    def accept_fee(self, acting: CaseActing, *, fee_id: UUID, answered_at: datetime) -> None:
        """Record that the person agreed; no date moves until the fee is paid.

        Raises FeeUnknown, FeeNotQuoted, FeeAnswered, FeeSettled, FeeOfferEnded (the answer came after its last day),
        AnswerDatesInvalid, RequestIsClosed.
        """
        fee = may_accept_fee(self, fee_id=fee_id)
        require_between(acting, answered_at, not_before=_require_quoted(fee))
        if acting.calendar.local_date(answered_at) > fee.offer_ends_on:
            raise FeeOfferEnded()
        self.record(acting, FeeAccepted, fee_id=fee_id, answered_at=answered_at)

    def decline_fee(self, acting: CaseActing, *, fee_id: UUID, answered_at: datetime, statement: Sealed | None) -> None:
        """Record that the person does not agree. The items stay open: answer them, or refuse them on that ground.

        Raises FeeUnknown, FeeNotQuoted, FeeAnswered, FeeSettled, AnswerDatesInvalid, RequestIsClosed.
        """
        fee = may_decline_fee(self, fee_id=fee_id)
        require_between(acting, answered_at, not_before=_require_quoted(fee))
        self.record(acting, FeeDeclined, fee_id=fee_id, answered_at=answered_at, statement=statement)
        resume_from_fee(self, acting)

    def record_fee_paid(self, acting: CaseActing, *, fee_id: UUID, paid_at: datetime) -> None:
        """Record that the money arrived; paying accepts the fee.

        A late payment counts as long as the expiry of the offer is not recorded. A payment made in time counts even
        after that, as long as none of its items was decided; the clock resumes from the payment. A late payment that a
        person records by hand on a later day moves no date until `confirm_earlier_fact` (docs/law §10). Raises
        FeeUnknown, FeeNotQuoted, FeeSettled, AnswerDatesInvalid, RequestIsClosed.
        """
        fee = may_record_fee_paid(self, fee_id=fee_id)
        if fee.status is FeeStatus.EXPIRED and acting.calendar.local_date(paid_at) > fee.offer_ends_on:
            raise FeeSettled(status=fee.status.value)
        require_between(acting, paid_at, not_before=_require_quoted(fee))
        is_late = acting.calendar.local_date(paid_at) > fee.offer_ends_on
        unconfirmed = (
            is_late and acting.states_earlier(paid_at) and fee in self.fees_that_stop_the_clock(acting.calendar)
        )
        self.record(acting, FeePaid, fee_id=fee_id, paid_at=paid_at, unconfirmed=unconfirmed)
        resume_from_fee(self, acting)

    def waive_fee(self, acting: CaseActing, *, fee_id: UUID, reason: Sealed | None) -> None:
        """Decide to answer free of charge, for a reason.

        A suspended clock resumes on that day, or on the last day of the offer if that is past. Raises FeeUnknown,
        FeeSettled, ReasonRequired, FourEyes (the DPO who was consulted), RequestIsClosed.
        """
        may_waive_fee(self, acting, fee_id=fee_id)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, FeeWaived, fee_id=fee_id, reason=reason)
        resume_from_fee(self, acting)

    def expire_fee(self, acting: CaseActing, *, fee_id: UUID) -> None:
        """Record that the offer ended without payment.

        A suspended clock resumes on the last day of the offer, however late this is recorded. Raises FeeUnknown,
        FeeNotQuoted, FeeSettled, FeeOfferOpen, RequestIsClosed.
        """
        fee = may_expire_fee(self, acting, fee_id=fee_id)
        self.record(acting, FeeExpired, fee_id=fee_id, due=fee.offer_ends_on)
        resume_from_fee(self, acting)
