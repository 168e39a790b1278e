"""A reasonable fee: quoted before it is charged (GDPR Art. 12(5)(a), 15(3) second sentence; docs/law §2, §5).

Answers are free of charge. Administrative costs may be charged only for a further copy, or if the controller proves
that the request is manifestly unfounded or excessive; the person may withdraw instead of paying. In the EU the clock
runs on while a fee is outstanding. Under a regime whose month starts with the fee, the clock is suspended;
`fee_outcomes.py` resumes it. A case closes only when no fee is outstanding; withdrawing or refusing an item drops its
fees.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import SuspensionKind
from dsr.domain.deadlines.regime import ClockStart
from dsr.domain.errors import Refused, Unknown
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import suspend, waits_for_confirmation
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import EarlierFactKind, StatedEvent
from dsr.domain.request.errors import BurdenOfProof, LetterKindWrong
from dsr.domain.request.fee_rules import FeeCase, check_chargeable, check_fee, check_fee_notice
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.guards import require_between, require_not_closed, require_other_than, require_registered
from dsr.domain.request.item import Item
from dsr.domain.request.letters import Letter, LetterKind
from dsr.domain.request.representation import require_authority
from dsr.domain.request.standing import CostLine, Fee, FeeGround, FeeStatus
from dsr.domain.request.state_guards import state_guard
from dsr.domain.sealed import Sealed


class FeePending(Refused):
    """A fee for this item is proposed or quoted already. Settle it before you propose another."""

    code = "fee-pending"


class FeeUnknown(Unknown):
    """The case has no such fee. `GET /requests/{request_id}/fees` lists its fees."""

    code = "fee-unknown"


class FeeQuotedAlready(Refused):
    """The notice of this fee was sent already."""

    code = "fee-quoted-already"


class FeeSettled(Refused):
    """This fee is settled: it was paid, declined, waived, expired, or dropped with its item."""

    code = "fee-settled"


class FeeOfferEnded(Refused):
    """The last day of the offer leaves no time to accept it. Waive the fee, let it expire, or propose a later day."""

    code = "fee-offer-ended"


class FeeProposed(RequestEvent):
    """An approver decided to charge a fee; the person was not told yet."""

    TOPIC: ClassVar[str] = "dsr.request.fee-proposed"
    fee_id: UUID
    item_ids: tuple[str, ...]
    ground: FeeGround
    facts: Sealed
    """The facts that prove the ground."""
    claims: tuple[ExcessClaim, ...]
    previous_request_on: date | None
    """When the person last asked the same, for `repetitive`."""
    earlier_copy_on: date | None
    """When the first copy was handed over, for a further copy."""
    amount: int
    """In the smallest unit of the currency."""
    currency: str
    """ISO 4217."""
    cost_basis: tuple[CostLine, ...]
    statements: tuple[str, ...]
    """The statements of the notice, checked before it is sent."""
    offer_ends_on: date
    """The last local date on which the person may accept."""

    def apply(self, case: Case) -> None:
        case.fees[self.fee_id] = Fee(
            fee_id=self.fee_id,
            item_ids=self.item_ids,
            ground=self.ground,
            amount=self.amount,
            currency=self.currency,
            offer_ends_on=self.offer_ends_on,
            proposed_at=self.timestamp,
        )


class FeeEvent(RequestEvent):
    """An event of a fee."""

    fee_id: UUID

    def settle(self, case: Case, status: FeeStatus, *, settled_at: datetime | None = None) -> None:
        """The new status of the fee and, if it is settled before its offer ends, the local date of that."""
        case.fees[self.fee_id] = replace(case.fees[self.fee_id], status=status, settled_at=settled_at)


class FeeQuoted(StatedEvent, FeeEvent):
    """The notice left: the person knows ground, amount, costs, and that withdrawing costs nothing."""

    TOPIC: ClassVar[str] = "dsr.request.fee-quoted"
    notice: Letter
    quoted_on: date
    """The local date on which the notice left."""
    offer_ends_at: datetime
    """24:00 local on the last day of the offer, in UTC."""
    unconfirmed: bool | None
    """True: the clock counts the notice from the day of its entry, until an approver confirms the earlier day."""

    def apply(self, case: Case) -> None:
        case.fees[self.fee_id] = replace(
            case.fees[self.fee_id],
            status=FeeStatus.QUOTED,
            quoted_at=self.notice.dispatched_at,
            quoted_on=case.local_date(self.timestamp) if self.unconfirmed else self.quoted_on,
            offer_ends_at=self.offer_ends_at,
        )
        if self.unconfirmed:
            case.state_earlier(
                self,
                EarlierFactKind.FEE_NOTICE,
                happened_on=self.quoted_on,
                happened_at=self.notice.dispatched_at,
                fee_id=self.fee_id,
            )


def require_fee(case: Case, fee_id: UUID) -> Fee:
    """A fee of an open case. Raises FeeUnknown, RequestIsClosed."""
    require_not_closed(case)
    fee = case.fees.get(fee_id)
    if fee is None:
        raise FeeUnknown()
    return fee


def require_outstanding_fee(case: Case, fee_id: UUID) -> Fee:
    """A fee that is not answered or not paid yet. Raises FeeUnknown, FeeSettled, RequestIsClosed."""
    fee = require_fee(case, fee_id)
    if not fee.status.is_outstanding:
        raise FeeSettled(status=fee.status.value)
    return fee


@state_guard
def may_propose_fee(case: Case, acting: CaseActing, *, item_ids: tuple[str, ...]) -> tuple[Item, ...]:
    """Open items for which a fee may be charged and none is pending, each once.

    Raises FeeNotAllowed (an absolute right, an item decided already), FeePending, FourEyes (the DPO who was consulted),
    ItemUnknown, NotRegistered, RequestIsClosed.
    """
    require_registered(case)
    require_other_than(case, acting)
    items = tuple(case.item(item_id) for item_id in dict.fromkeys(item_ids))
    check_chargeable(items)
    if pending := case.outstanding_fees(*item_ids):
        raise FeePending(fee_ids=[str(each.fee_id) for each in pending])
    return items


@state_guard
def may_send_fee_notice(case: Case, *, fee_id: UUID) -> Fee:
    """A fee that was not quoted yet. Raises FeeUnknown, FeeQuotedAlready, FeeSettled, RequestIsClosed."""
    fee = require_outstanding_fee(case, fee_id)
    if fee.status is not FeeStatus.PROPOSED:
        raise FeeQuotedAlready()
    return fee


class FeeCommands(DatedCase):
    """propose a fee, quote it."""

    def propose_fee(
        self, acting: CaseActing, *, fee_id: UUID, item_ids: tuple[str, ...], fee: FeeCase, statements: Collection[str]
    ) -> None:
        """Propose one fee for some open items together.

        Raises FeeNotAllowed (no ground of the law, an absolute right, an item decided already, a further copy for
        another right, or before a first copy), BurdenOfProof, GroundNotAvailable (a yearly interval), FeeNotCostBased,
        FeeNoticeIncomplete, LetterIncomplete, FeePending, FeeOfferEnded, FourEyes (the DPO who was consulted),
        ItemUnknown, NotRegistered, RequestIsClosed.
        """
        items = may_propose_fee(self, acting, item_ids=item_ids)
        today = acting.today
        ground = check_fee(fee, items, received_on=self.received_on, today=today)
        check_fee_notice(statements)
        if fee.facts is None:  # check_fee demands them; said again for the type checker
            raise BurdenOfProof()
        if fee.offer_ends_on <= today:
            raise FeeOfferEnded()
        self.record(
            acting,
            FeeProposed,
            fee_id=fee_id,
            item_ids=tuple(item.item_id for item in items),
            ground=ground,
            facts=fee.facts,
            claims=fee.claims,
            previous_request_on=fee.previous_request_on,
            earlier_copy_on=fee.earlier_copy_on,
            amount=fee.amount,
            currency=fee.currency,
            cost_basis=fee.cost_basis,
            statements=tuple(sorted(statements)),
            offer_ends_on=fee.offer_ends_on,
        )

    def send_fee_notice(self, acting: CaseActing, *, fee_id: UUID, notice: Letter) -> None:
        """Record that the notice was sent; from then on the person can answer.

        The clock is suspended only under a regime whose month starts with the fee and, as for every question, only if
        the notice left without undue delay. If a person records by hand that it left on an earlier day, the clock
        counts it from the day of its entry, until `confirm_earlier_fact` (docs/law §10). Raises FeeUnknown,
        FeeQuotedAlready, FeeSettled, LetterKindWrong, FeeNoticeIncomplete, LetterIncomplete, AuthorityMissing,
        FeeOfferEnded (it left on or after the last day of the offer), AnswerDatesInvalid (it left before the fee was
        proposed, or in the future), RequestIsClosed.
        """
        fee = may_send_fee_notice(self, fee_id=fee_id)
        if notice.kind is not LetterKind.FEE:
            raise LetterKindWrong("A fee is quoted by its own notice, a letter of kind 'fee'.")
        check_fee_notice(notice.statements)
        require_between(acting, notice.dispatched_at, not_before=fee.proposed_at)
        quoted_on = acting.calendar.local_date(notice.dispatched_at)
        require_authority(
            self.representations, notice, rights=(self.item(each).right for each in fee.item_ids), left_on=quoted_on
        )
        if quoted_on >= fee.offer_ends_on:
            raise FeeOfferEnded()
        starts_with_fee = self.clock.regime.clock_start is ClockStart.IDENTITY_AND_FEE
        unconfirmed = starts_with_fee and waits_for_confirmation(self, acting, notice.dispatched_at)
        self.record(
            acting,
            FeeQuoted,
            fee_id=fee_id,
            notice=notice,
            quoted_on=quoted_on,
            offer_ends_at=acting.calendar.end_of(fee.offer_ends_on),
            unconfirmed=unconfirmed,
        )
        if starts_with_fee and self.clock.open_suspension(SuspensionKind.FEE) is None:
            suspend(self, acting, SuspensionKind.FEE, asked_on=acting.today if unconfirmed else quoted_on)
