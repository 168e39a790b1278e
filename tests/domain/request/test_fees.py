"""A reasonable fee, quoted before it is charged (GDPR Art. 12(5)(a), 15(3); EDPB Guidelines 01/2022; docs/law §5)."""

from datetime import date
from typing import Any

import pytest

from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    BurdenOfProof,
    FourEyes,
    GroundNotAvailable,
    ItemUnknown,
    LetterIncomplete,
    LetterKindWrong,
    NotRegistered,
)
from dsr.domain.request.fee_outcomes import FeeNotQuoted
from dsr.domain.request.fee_rules import FeeNotAllowed, FeeNotCostBased, FeeNoticeIncomplete
from dsr.domain.request.fees import FeeOfferEnded, FeePending, FeeQuotedAlready
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.request.standing import CostKind, CostLine, FeeGround, FeeStatus
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

WITHOUT_ABSOLUTE = frozenset(Right) - {Right.CONSENT_WITHDRAWAL}
FURTHER_COPY = FeeGround.FURTHER_COPY.value


def status(case: ACase) -> Any:
    """Of the fee that was proposed last."""
    return case.request.fees[case.fee_id].status


# What may cost something at all


@pytest.mark.parametrize("ground", ["effort", "large-amount-of-data", "motive", "commercial", ""])
def test_only_the_grounds_of_the_law_allow_a_fee(a_case: OpenCase, made: Made, ground: str) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(FeeNotAllowed):
        case.propose_fee(fee=made.fee(ground=ground))


@pytest.mark.parametrize("right", sorted(WITHOUT_ABSOLUTE))
@pytest.mark.parametrize("ground", [FeeGround.MANIFESTLY_UNFOUNDED, FeeGround.MANIFESTLY_EXCESSIVE])
def test_an_unfounded_or_excessive_request_may_cost_something_whatever_its_right(
    a_case: OpenCase, made: Made, right: Any, ground: FeeGround
) -> None:
    case = a_case(right)
    case.propose_fee(right.value, fee=made.fee(ground=ground.value))
    assert case.happened() == ["fee-proposed"]
    assert status(case) is FeeStatus.PROPOSED


@pytest.mark.parametrize(("right", "marketing"), [(Right.CONSENT_WITHDRAWAL, False), (Right.OBJECTION, True)])
def test_an_absolute_right_costs_nothing(a_case: OpenCase, right: Right, marketing: bool) -> None:
    case = a_case()
    case.register(right, Right.ACCESS, direct_marketing=marketing)
    for items in ((right.value,), ("access", right.value)):
        with case.refuses(FeeNotAllowed):
            case.propose_fee(*items)


def test_what_was_decided_costs_nothing_afterwards(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.RESTRICTION)
    case.grant("access")
    case.record_nothing_held("restriction")
    for item_id in ("access", "restriction"):
        with case.refuses(FeeNotAllowed):
            case.propose_fee(item_id)


def test_a_fee_is_for_items_of_a_registered_request(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(NotRegistered):
        case.propose_fee("access")
    case.register(Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.propose_fee("erasure")
    with case.refuses(FeeNotAllowed):
        case.propose_fee(item_ids=())


def test_a_further_copy_is_one_of_access(a_case: OpenCase, made: Made) -> None:
    further = made.fee(ground=FURTHER_COPY, claims=(), earlier_copy_on=date(2026, 2, 1))
    case = a_case(Right.ACCESS, Right.PORTABILITY)
    with case.refuses(FeeNotAllowed):
        case.propose_fee("portability", fee=further)
    case.propose_fee("access", fee=further)
    assert case.request.fees[case.fee_id].ground is FeeGround.FURTHER_COPY


@pytest.mark.parametrize("earlier_copy_on", [None, date(2026, 3, 3)])
def test_the_first_copy_is_free(a_case: OpenCase, made: Made, earlier_copy_on: date | None) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(FeeNotAllowed):
        case.propose_fee(fee=made.fee(ground=FURTHER_COPY, claims=(), earlier_copy_on=earlier_copy_on))


# The controller proves it


@pytest.mark.parametrize("ground", [*FeeGround])
def test_the_facts_are_the_controllers_to_prove(a_case: OpenCase, made: Made, ground: Any) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(BurdenOfProof):
        case.propose_fee(fee=made.fee(ground=ground.value, facts=None, earlier_copy_on=date(2026, 2, 1)))


@pytest.mark.parametrize("claims", [(), (ExcessClaim.EFFORT,), (ExcessClaim.MOTIVE,), (ExcessClaim.NO_RIGHT_AT_ALL,)])
def test_effort_and_motive_carry_no_fee(a_case: OpenCase, made: Made, claims: tuple[ExcessClaim, ...]) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(BurdenOfProof):
        case.propose_fee(fee=made.fee(claims=claims))


def test_repetition_is_shown_by_when_the_same_was_last_asked(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    for previous in (None, date(2026, 3, 3)):
        with case.refuses(BurdenOfProof):
            case.propose_fee(fee=made.fee(claims=(ExcessClaim.REPETITIVE,), previous_request_on=previous))
    case.propose_fee(fee=made.fee(claims=(ExcessClaim.REPETITIVE,), previous_request_on=date(2026, 2, 20)))


def test_a_request_a_year_costs_nothing(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(GroundNotAvailable):
        case.propose_fee(fee=made.fee(claims=(ExcessClaim.REPETITIVE,), previous_request_on=date(2025, 3, 2)))


# Reasonable, and said in full


@pytest.mark.parametrize(
    ("amount", "costs"),
    [(0, (5_00,)), (-1, (5_00,)), (1, ()), (5_01, (5_00,)), (8_01, (5_00, 3_00)), (5_00, (10_00, -1)), (5_00, (9, 0))],
)
def test_a_fee_is_never_more_than_the_costs_named(a_case: OpenCase, made: Made, amount: Any, costs: Any) -> None:
    case = a_case(Right.ACCESS)
    lines = tuple(CostLine(CostKind.COPYING, each) for each in costs)
    with case.refuses(FeeNotCostBased):
        case.propose_fee(fee=made.fee(amount=amount, cost_basis=lines))


def test_a_fee_may_be_all_that_it_costs(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee(fee=made.fee(amount=12_00))
    assert status(case) is FeeStatus.PROPOSED


def test_nobody_is_asked_to_pay_without_the_offer_to_withdraw(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(FeeNoticeIncomplete):
        case.propose_fee(statements=REQUIRED_STATEMENTS[LetterKind.FEE] - {"right-to-withdraw"})
    case.propose_fee()
    with case.refuses(FeeNoticeIncomplete):
        case.send_fee_notice(notice=case.letter(LetterKind.FEE, without="right-to-withdraw"))


@pytest.mark.parametrize("statement", sorted(REQUIRED_STATEMENTS[LetterKind.FEE] - {"right-to-withdraw"}))
def test_the_notice_says_ground_amount_costs_and_remedies(a_case: OpenCase, statement: Any) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(LetterIncomplete):
        case.propose_fee(statements=REQUIRED_STATEMENTS[LetterKind.FEE] - {statement})
    case.propose_fee()
    with case.refuses(LetterIncomplete):
        case.send_fee_notice(notice=case.letter(LetterKind.FEE, without=statement))


def test_a_notice_is_a_letter_of_its_own_kind(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee()
    with case.refuses(LetterKindWrong):
        case.send_fee_notice(notice=case.letter(LetterKind.EXTENSION))
    with case.refuses(LetterKindWrong):
        case.record_answer(kind=LetterKind.FEE)


def test_an_item_has_one_outstanding_fee(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_fee("access")
    for items in (("access",), ("erasure", "access")):
        with case.refuses(FeePending):
            case.propose_fee(*items)
    case.propose_fee("erasure")
    case.waive_fee()
    case.propose_fee("erasure")
    assert [fee.status.value for fee in case.request.fees.values()] == ["proposed", "waived", "proposed"]


def test_the_dpo_who_was_consulted_decides_on_no_fee(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.give_dpo_opinion()
    with case.refuses(FourEyes):
        case.propose_fee(actor=made.dpo)
    case.propose_fee()
    with case.refuses(FourEyes):
        case.waive_fee(actor=made.dpo)


def test_an_offer_leaves_time_to_accept(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(FeeOfferEnded):
        case.propose_fee(fee=made.fee(offer_ends_on=date(2026, 3, 2)))
    case.propose_fee(fee=made.fee(offer_ends_on=date(2026, 3, 4)))
    with case.refuses(FeeOfferEnded):
        case.send_fee_notice(at="2026-03-04")
    case.send_fee_notice(notice=case.letter(LetterKind.FEE, left="2026-03-03T23:59"))


# Quoted before it is charged


def test_nothing_is_owed_before_it_was_quoted(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee()
    for command in (case.accept_fee, case.decline_fee, case.record_fee_paid):
        with case.refuses(FeeNotQuoted):
            command()
    with case.refuses(FeeNotQuoted):
        case.expire_fee(at="2026-04-01")


def test_a_notice_leaves_after_the_decision_and_not_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee(at="2026-03-04")
    for left in ("2026-03-03", "2026-03-05"):
        with case.refuses(AnswerDatesInvalid):
            case.send_fee_notice(notice=case.letter(LetterKind.FEE, left=left))


def test_a_fee_is_quoted_once(quoted: OpenCase) -> None:
    case = quoted()
    assert case.happened() == ["fee-quoted"]
    with case.refuses(FeeQuotedAlready):
        case.send_fee_notice()
