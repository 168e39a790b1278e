"""What comes of a fee: it is accepted, declined, paid or waived, or its offer is over (GDPR Art. 12(5)(a); law.md §2).

A clock that stood still for it runs again once the fee is paid, declined, waived, dropped, or its offer is over: then
the month runs, so that nothing hangs for ever. It runs from that day, whenever it is recorded, and is reckoned so
before it is: our own delay moves no month. A fee that stays unpaid refuses nothing by itself: it supports a refusal
(`fee-unpaid`), which two people decide, unless the person withdraws.
"""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.fees import ChargeableCase, FeeEvent, FeeOfferEnded
from dsr.domain.request.standing import Fee, FeeStatus
from dsr.domain.sealed import Sealed


class FeeNotQuoted(Refused):
    """Record first that the notice left: a fee is quoted before it is charged."""

    code = "fee-not-quoted"


class FeeAnswered(Refused):
    """The person accepted this fee. Record the payment, waive it, or let the offer expire."""

    code = "fee-answered"


class FeeOfferOpen(Refused):
    """The person can still accept: the offer expires when its last day has ended."""

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


class FeePaid(FeeEvent):
    """The money arrived."""

    TOPIC: ClassVar[str] = "dsr.request.fee-paid"
    paid_at: datetime

    def apply(self, case: Case) -> None:
        self.settle(case, FeeStatus.PAID, settled_at=self.paid_at)


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
    """That day, whenever it is recorded."""

    def apply(self, case: Case) -> None:
        self.settle(case, FeeStatus.EXPIRED)


class FeeOutcomeCommands(ChargeableCase):
    """accept, decline, pay, waive a fee; let its offer expire."""

    def accept_fee(self, acting: CaseActing, *, fee_id: UUID, answered_at: datetime) -> None:
        """Record that the person agreed; no date moves until the fee is paid.

        Raises FeeUnknown, FeeNotQuoted, FeeAnswered, FeeSettled, FeeOfferEnded (the answer came after its last day),
        AnswerDatesInvalid, RequestIsClosed.
        """
        fee = self._require_unanswered(acting, fee_id, answered_at)
        if acting.calendar.local_date(answered_at) > fee.offer_ends_on:
            raise FeeOfferEnded()
        self.record(acting, FeeAccepted, fee_id=fee_id, answered_at=answered_at)

    def decline_fee(self, acting: CaseActing, *, fee_id: UUID, answered_at: datetime, statement: Sealed | None) -> None:
        """Record that the person does not agree. The items stay open: answer them, or refuse them for it.

        Raises FeeUnknown, FeeNotQuoted, FeeAnswered, FeeSettled, AnswerDatesInvalid, RequestIsClosed.
        """
        self._require_unanswered(acting, fee_id, answered_at)
        self.record(acting, FeeDeclined, fee_id=fee_id, answered_at=answered_at, statement=statement)
        self._resume_from_fee(acting)

    def record_fee_paid(self, acting: CaseActing, *, fee_id: UUID, paid_at: datetime) -> None:
        """Record that the money arrived, accepted in words before or not: whoever pays agrees.

        What arrived late counts as long as nobody recorded that the offer expired; what arrived in time counts after
        that too, as long as none of its items was decided, and the clock runs from the payment as it would have.
        Raises FeeUnknown, FeeNotQuoted, FeeSettled, AnswerDatesInvalid, RequestIsClosed.
        """
        self._require_quoted(acting, fee_id, paid_at, paid_on=acting.calendar.local_date(paid_at))
        self.record(acting, FeePaid, fee_id=fee_id, paid_at=paid_at)
        self._resume_from_fee(acting)

    def waive_fee(self, acting: CaseActing, *, fee_id: UUID, reason: Sealed | None) -> None:
        """Decide to answer free of charge, for a reason.

        A clock that stood still runs again from that day, or from the last day of the offer where that is past.
        Raises FeeUnknown, FeeSettled, ReasonRequired, FourEyes (the DPO who was consulted), RequestIsClosed.
        """
        self._require_fee(fee_id)
        self._require_other_than(acting, "")
        if reason is None:
            raise ReasonRequired()
        self.record(acting, FeeWaived, fee_id=fee_id, reason=reason)
        self._resume_from_fee(acting)

    def expire_fee(self, acting: CaseActing, *, fee_id: UUID) -> None:
        """Record that the offer is over and nothing was paid.

        A clock that stood still runs again from the last day of the offer, whenever this is recorded: our delay moves
        no date. Raises FeeUnknown, FeeNotQuoted, FeeSettled, FeeOfferOpen, RequestIsClosed.
        """
        fee = self._require_fee(fee_id)
        if fee.quoted_at is None:
            raise FeeNotQuoted()
        if acting.today <= fee.offer_ends_on:
            raise FeeOfferOpen(offer_ends_on=fee.offer_ends_on.isoformat())
        self.record(acting, FeeExpired, fee_id=fee_id, due=fee.offer_ends_on)
        self._resume_from_fee(acting)

    def _require_quoted(
        self, acting: CaseActing, fee_id: UUID, moment: datetime, *, paid_on: date | None = None
    ) -> Fee:
        """A fee that is awaited, and a moment between its notice and now."""
        fee = self._require_fee(fee_id, paid_on=paid_on)
        if fee.quoted_at is None:
            raise FeeNotQuoted()
        self._require_between(acting, moment, not_before=fee.quoted_at)
        return fee

    def _require_unanswered(self, acting: CaseActing, fee_id: UUID, answered_at: datetime) -> Fee:
        fee = self._require_quoted(acting, fee_id, answered_at)
        if fee.status is not FeeStatus.QUOTED:
            raise FeeAnswered()
        return fee
