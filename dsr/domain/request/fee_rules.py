"""Whether a fee may be asked for, and how much: pure functions (GDPR Art. 12(5)(a), 15(3); docs/law §3, §5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from dsr.domain.errors import Refused
from dsr.domain.request.errors import BurdenOfProof
from dsr.domain.request.grounds import ExcessClaim, RefusalGround, check_excess
from dsr.domain.request.item import Item
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind, check_complete
from dsr.domain.request.standing import CostLine, FeeGround
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class FeeNotAllowed(Refused):
    """Answers are free of charge: a fee may be charged only for a further copy or for a manifestly unfounded or
    excessive request.
    """

    code = "fee-not-allowed"


class FeeNotCostBased(Refused):
    """Name the administrative costs, each above zero. The fee can't exceed their sum."""

    code = "fee-not-cost-based"


class FeeNoticeIncomplete(Refused):
    """The notice must offer the choice to withdraw the request instead of paying."""

    code = "fee-notice-incomplete"


@dataclass(frozen=True)
class FeeCase:
    """The facts an approver gives for charging a fee; free text is sealed."""

    ground: str
    facts: Sealed | None
    amount: int
    """In the smallest unit of the currency, such as cents."""
    currency: str
    """ISO 4217."""
    cost_basis: tuple[CostLine, ...]
    offer_ends_on: date
    """The last local date on which the person may accept."""
    claims: tuple[ExcessClaim, ...] = ()
    previous_request_on: date | None = None
    """When the person last asked the same, for `repetitive`."""
    earlier_copy_on: date | None = None
    """When the first copy was handed over, for a further copy."""


def check_fee(fee: FeeCase, items: Collection[Item], *, received_on: date, today: date) -> FeeGround:
    """Return the ground on which the proposed fee may be charged for these items.

    Raises FeeNotAllowed (no ground of the law, an absolute right, an item decided already, a further copy for another
    right, or before a first copy), BurdenOfProof, GroundNotAvailable (a yearly interval), FeeNotCostBased.
    """
    ground = _ground(fee.ground)
    _check_items(ground, items)
    if ground is FeeGround.FURTHER_COPY and (fee.earlier_copy_on is None or fee.earlier_copy_on > today):
        raise FeeNotAllowed("The first copy is free: state when it was handed over (GDPR Art. 15(3)).")
    if fee.facts is None:
        raise BurdenOfProof()
    if ground is not FeeGround.FURTHER_COPY:
        check_excess(
            RefusalGround(ground.value),
            claims=fee.claims,
            previous_request_on=fee.previous_request_on,
            received_on=received_on,
        )
    _check_costs(fee)
    return ground


def check_fee_notice(statements: Collection[str]) -> None:
    """Check the statements of the notice. Raises FeeNoticeIncomplete (no offer to withdraw instead),
    LetterIncomplete.
    """
    if "right-to-withdraw" not in statements:
        missing = sorted(REQUIRED_STATEMENTS[LetterKind.FEE] - set(statements))
        raise FeeNoticeIncomplete(
            "The notice must offer the choice to withdraw the request instead of paying: "
            f"state `right-to-withdraw`. Missing: {', '.join(missing)}.",
            kind=LetterKind.FEE.value,
            missing=missing,
        )
    check_complete(LetterKind.FEE, statements)


def _ground(code: str) -> FeeGround:
    try:
        return FeeGround(code)
    except ValueError:
        raise FeeNotAllowed(f"There is no such ground. Known grounds: {', '.join(FeeGround)}.") from None


def check_chargeable(items: Collection[Item]) -> None:
    """Check that a fee may be charged for these items at all. Raises FeeNotAllowed (an absolute right, an item
    decided).
    """
    for item in items:
        if item.is_absolute:
            raise FeeNotAllowed(f"'{item.item_id}' is an absolute right: giving effect to it costs nothing.")
        if item.status is not ItemStatus.OPEN:
            raise FeeNotAllowed(f"'{item.item_id}' is decided already.")


def _check_items(ground: FeeGround, items: Collection[Item]) -> None:
    if not items:
        raise FeeNotAllowed("Name the items that the fee is for.")
    check_chargeable(items)
    if ground is FeeGround.FURTHER_COPY and any(item.right is not Right.ACCESS for item in items):
        raise FeeNotAllowed("Only access has further copies that can cost something (GDPR Art. 15(3)).")


def _check_costs(fee: FeeCase) -> None:
    """GDPR Art. 12(5)(a), 15(3): reasonable, from the administrative costs of this answer."""
    costs = [line.amount for line in fee.cost_basis]
    if fee.amount <= 0 or not costs or min(costs) <= 0 or fee.amount > sum(costs):
        raise FeeNotCostBased()
