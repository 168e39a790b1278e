"""What comes of a fee that was quoted (GDPR Art. 12(5)(a); EDPB Guidelines 01/2022; docs/law §2)."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.domain.deadlines import ExtensionTooLate, Suspension, SuspensionKind
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    FeeOutstanding,
    GroundNotAvailable,
    ReasonRequired,
    RequestIsClosed,
)
from dsr.domain.request.fee_outcomes import FeeAnswered, FeeNotQuoted, FeeOfferOpen
from dsr.domain.request.fees import (
    FeeOfferEnded,
    FeePending,
    FeeQuotedAlready,
    FeeSettled,
    FeeUnknown,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import FeeStatus
from dsr.domain.request.values import ItemStatus, Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase


def status(case: ACase) -> Any:
    """Of the fee that was proposed last."""
    return case.request.fees[case.fee_id].status


@pytest.mark.parametrize("when", ["2026-03-03T09:59", "2026-03-05T10:01"])
def test_an_answer_follows_its_notice_and_lies_not_in_the_future(quoted: OpenCase, when: str) -> None:
    case = quoted()
    case.now = case.instant("2026-03-05")
    for command in (case.accept_fee, case.decline_fee):
        with case.refuses(AnswerDatesInvalid):
            command(answered_at=when)
    with case.refuses(AnswerDatesInvalid):
        case.record_fee_paid(paid_at=when)


def test_a_fee_is_accepted_and_then_paid(quoted: OpenCase) -> None:
    case = quoted()
    case.accept_fee(at="2026-03-31T23:59")
    assert (case.happened(), status(case)) == (["fee-accepted"], FeeStatus.ACCEPTED)
    for command in (case.accept_fee, case.decline_fee):
        with case.refuses(FeeAnswered):
            command()
    case.record_fee_paid(at="2026-04-20")
    assert (case.happened(), status(case)) == (["fee-paid"], FeeStatus.PAID)


def test_whoever_pays_agrees(quoted: OpenCase) -> None:
    case = quoted()
    case.record_fee_paid(at="2026-03-09")
    assert status(case) is FeeStatus.PAID


def test_the_offer_binds_until_its_last_local_day_has_ended(quoted: OpenCase) -> None:
    case = quoted()
    with case.refuses(FeeOfferOpen):
        case.expire_fee(at="2026-03-31T23:59")
    with case.refuses(FeeOfferEnded):
        case.accept_fee(at="2026-04-01T00:00")
    case.accept_fee(answered_at="2026-03-31T23:59")
    case.expire_fee()
    assert (case.happened(), status(case)) == (["fee-expired"], FeeStatus.EXPIRED)


def test_a_waiver_has_a_reason(quoted: OpenCase) -> None:
    case = quoted()
    with case.refuses(ReasonRequired):
        case.waive_fee(reason=None)
    case.waive_fee()
    assert (case.happened(), status(case)) == (["fee-waived"], FeeStatus.WAIVED)


@pytest.mark.parametrize("end", ["decline_fee", "record_fee_paid", "waive_fee", "expire_fee", "withdraw"])
def test_what_is_settled_stays_settled(quoted: OpenCase, end: str) -> None:
    case = quoted(Right.ACCESS, Right.ERASURE)
    getattr(case, end)(at="2026-04-01", **({"item_ids": ("access",)} if end == "withdraw" else {}))
    for command in (
        case.send_fee_notice,
        case.accept_fee,
        case.decline_fee,
        case.record_fee_paid,
        case.waive_fee,
        case.expire_fee,
    ):
        with case.refuses(FeeSettled) as told:
            command()
        assert told.facts["status"] == status(case).value


def test_a_fee_that_is_none_of_the_case_is_unknown(quoted: OpenCase) -> None:
    case = quoted()
    for command in (
        case.send_fee_notice,
        case.accept_fee,
        case.decline_fee,
        case.record_fee_paid,
        case.waive_fee,
        case.expire_fee,
    ):
        with case.refuses(FeeUnknown):
            command(uuid4())


# What becomes of the items


def test_to_withdraw_instead_of_paying_drops_the_fee(quoted: OpenCase) -> None:
    case = quoted()
    case.withdraw()
    assert case.happened() == ["withdrawn", "closed"]
    assert (status(case), case.request.outcome) == (FeeStatus.DROPPED, Outcome.WITHDRAWN)
    with case.refuses(RequestIsClosed):
        case.waive_fee()


def test_a_fee_for_several_items_falls_with_one_of_them_and_leaves_others_alone(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE, Right.RESTRICTION)
    case.propose_fee("access", "erasure")
    together = case.fee_id
    case.propose_fee("restriction")
    case.withdraw(item_ids=("erasure",))
    assert case.request.fees[together].status is FeeStatus.DROPPED
    assert case.request.fees[case.fee_id].status is FeeStatus.PROPOSED
    case.propose_fee("access")


def test_an_item_that_is_refused_drops_its_fee(quoted: OpenCase) -> None:
    case = quoted(Right.ERASURE)
    case.propose_refusal("erasure")
    assert status(case) is FeeStatus.QUOTED
    case.approve_refusal("erasure")
    assert status(case) is FeeStatus.DROPPED


def test_a_fee_that_is_granted_or_refused_by_the_person_leaves_the_item_open(quoted: OpenCase) -> None:
    case = quoted()
    case.decline_fee()
    assert case.status("access") is ItemStatus.OPEN
    case.grant("access")
    assert case.status("access") is ItemStatus.GRANTED


def test_nobody_is_refused_for_not_paying_what_was_not_quoted_or_was_waived(a_case: OpenCase, made: Made) -> None:
    unpaid = made.refusal(ground="fee-unpaid")
    case = a_case(Right.ACCESS, Right.ERASURE)
    with case.refuses(GroundNotAvailable):
        case.propose_refusal("access", refusal=unpaid)
    case.propose_fee("access")
    case.send_fee_notice()
    with case.refuses(GroundNotAvailable):
        case.propose_refusal("access", refusal=unpaid)
    case.waive_fee()
    with case.refuses(GroundNotAvailable):
        case.propose_refusal("access", refusal=unpaid)


@pytest.mark.parametrize("end", ["decline_fee", "expire_fee"])
def test_what_stays_unpaid_may_be_refused_by_two_people(quoted: OpenCase, made: Made, end: str) -> None:
    case = quoted()
    getattr(case, end)(at="2026-04-01")
    case.propose_refusal("access", refusal=made.refusal(ground="fee-unpaid"))
    case.approve_refusal("access")
    assert case.status("access") is ItemStatus.REFUSED


def test_a_case_closes_when_no_fee_is_outstanding(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee()
    case.grant("access")
    case.record_done("access")
    case.record_answer("access")
    with case.refuses(FeeOutstanding):
        case.close()
    case.waive_fee()
    case.close()
    assert case.request.outcome is Outcome.FULFILLED


def test_who_stays_unidentified_owes_nothing_when_the_case_closes(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee()
    case.ask_identity()
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.give_up_identity()
    case.record_answer()
    with case.refuses(FeeOutstanding):
        case.close(unidentified=True)
    case.waive_fee()
    case.close(unidentified=True)


def test_nobody_pays_to_hear_that_nothing_is_held_or_for_a_duplicate(quoted: OpenCase) -> None:
    case = quoted()
    with case.refuses(FeeOutstanding):
        case.record_nothing_held("access")
    with case.refuses(FeeOutstanding):
        case.link_duplicate()
    case.waive_fee()
    case.record_nothing_held("access")


# The clock


def test_in_the_eu_a_fee_moves_no_date(quoted: OpenCase) -> None:
    case = quoted()
    assert case.deadline.statutory_due == date(2026, 4, 2)
    case.record_fee_paid(at="2026-03-10")
    assert case.deadline.statutory_due == date(2026, 4, 2)
    assert case.request.clock.suspensions == ()
    assert [event.TOPIC for event in case.events if "clock" in event.TOPIC] == []


def test_in_the_uk_the_month_runs_from_the_payment(quoted: OpenCase) -> None:
    case = quoted(country="GB")
    assert case.happened() == ["fee-quoted", "clock-suspended"]
    assert case.deadline.provisional
    assert case.deadline.certain_statutory_due == date(2026, 4, 2)
    case.accept_fee(at="2026-03-05")
    assert case.happened() == ["fee-accepted"]
    case.record_fee_paid(at="2026-03-10")
    assert case.happened() == ["fee-paid", "clock-resumed"]
    deadline = case.deadline
    assert (deadline.statutory_due, deadline.provisional) == (date(2026, 4, 10), False)
    assert deadline.promise_due == date(2026, 4, 1), "our own word is moved by identity only"
    assert case.request.clock.suspensions == (Suspension(SuspensionKind.FEE, date(2026, 3, 3), date(2026, 3, 10)),)


def test_in_the_uk_a_fee_that_is_quoted_with_undue_delay_moves_no_date(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, country="GB")
    case.propose_fee(at="2026-03-10")  # the sixth working day
    case.send_fee_notice()
    assert case.happened() == ["fee-quoted"]
    case.record_fee_paid(at="2026-03-20")
    assert case.happened() == ["fee-paid"]
    assert case.deadline.statutory_due == date(2026, 4, 2)


@pytest.mark.parametrize(
    ("end", "on", "due"),
    [
        ("decline_fee", "2026-03-12", date(2026, 4, 13)),  # 12 April is a Sunday
        ("waive_fee", "2026-03-12", date(2026, 4, 13)),
        ("expire_fee", "2026-05-20", date(2026, 4, 30)),  # from the last day of the offer, 31 March
    ],
)
def test_in_the_uk_a_fee_that_nobody_pays_lets_the_month_run(quoted: OpenCase, end: str, on: str, due: date) -> None:
    case = quoted(country="GB")
    getattr(case, end)(at=on)
    assert case.happened()[1:] == ["clock-resumed"]
    assert (case.deadline.statutory_due, case.deadline.provisional) == (due, False)
    assert case.request.clock.open_suspension(SuspensionKind.FEE) is None


def test_in_the_uk_a_fee_that_is_dropped_lets_the_month_run(quoted: OpenCase) -> None:
    withdrawn = quoted(Right.ACCESS, Right.ERASURE, country="GB")
    withdrawn.withdraw(item_ids=("access",), at="2026-03-12")
    assert withdrawn.happened() == ["withdrawn", "clock-resumed"]
    refused = quoted(Right.ERASURE, country="GB")
    refused.propose_refusal("erasure", at="2026-03-11")
    refused.approve_refusal("erasure", at="2026-03-12")
    assert refused.happened() == ["item-refused", "clock-resumed"]
    for case in (withdrawn, refused):
        assert case.deadline.statutory_due == date(2026, 4, 13)
    whole = quoted(country="GB")
    whole.withdraw(at="2026-03-12")
    assert whole.happened() == ["withdrawn", "clock-resumed", "closed"]


def test_in_the_uk_the_month_waits_for_the_last_of_two_fees(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE, country="GB")
    first, second = uuid4(), uuid4()
    case.propose_fee("access", fee_id=first, at="2026-03-03")
    case.propose_fee("erasure", fee_id=second)
    case.send_fee_notice(first)
    case.send_fee_notice(second, at="2026-03-04")
    assert case.happened() == ["fee-quoted"], "one suspension is enough"
    case.record_fee_paid(first, at="2026-03-06")
    assert case.happened() == ["fee-paid"]
    case.record_fee_paid(second, at="2026-03-11")
    assert case.happened() == ["fee-paid", "clock-resumed"]
    assert case.deadline.statutory_due == date(2026, 4, 13)


def test_in_the_uk_a_late_fee_does_not_prolong_the_wait_for_one_in_time(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE, country="GB")
    first, late = uuid4(), uuid4()
    case.propose_fee("access", fee_id=first, at="2026-03-03")
    case.send_fee_notice(first)
    case.propose_fee("erasure", fee_id=late, at="2026-03-10")
    case.send_fee_notice(late)
    case.record_fee_paid(first, at="2026-03-11")
    assert case.happened() == ["fee-paid", "clock-resumed"]
    case.record_fee_paid(late, at="2026-03-20")
    assert case.deadline.statutory_due == date(2026, 4, 13)


def test_in_the_uk_the_month_runs_from_the_last_of_two_fees_in_whatever_turn_they_are_recorded(
    a_case: OpenCase,
) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE, country="GB")
    first, second = uuid4(), uuid4()
    case.propose_fee("access", fee_id=first, at="2026-03-03")
    case.propose_fee("erasure", fee_id=second)
    case.send_fee_notice(second, at="2026-03-04")
    case.send_fee_notice(first, notice=case.letter(LetterKind.FEE, left="2026-03-03T12:00"))
    case.record_fee_paid(second, at="2026-03-06")
    case.decline_fee(first, answered_at="2026-03-03T15:00")
    assert case.request.clock.suspensions == (Suspension(SuspensionKind.FEE, date(2026, 3, 4), date(2026, 3, 6)),)


@pytest.mark.parametrize("end", ["decline_fee", "waive_fee", "expire_fee", "withdraw", "refuse"])
def test_in_the_uk_our_delay_in_settling_a_fee_moves_no_month(quoted: OpenCase, end: str) -> None:
    case = quoted(Right.ACCESS, Right.ERASURE, country="GB")
    case.now = case.instant("2026-08-01")
    if end == "refuse":
        case.propose_refusal("access")
        case.approve_refusal("access")
    else:
        getattr(case, end)(**({"item_ids": ("access",)} if end == "withdraw" else {}))
    assert case.request.clock.suspensions == (Suspension(SuspensionKind.FEE, date(2026, 3, 3), date(2026, 3, 31)),)
    assert case.deadline.statutory_due == date(2026, 4, 30)


def test_in_the_uk_an_answer_in_time_ends_the_wait_before_the_offer_does(quoted: OpenCase) -> None:
    case = quoted(country="GB")
    case.decline_fee(answered_at="2026-03-10", at="2026-08-01")
    assert case.deadline.statutory_due == date(2026, 4, 10)


def test_in_the_uk_the_month_runs_once_the_offer_is_over_though_nobody_recorded_it(quoted: OpenCase) -> None:
    case = quoted(country="GB")
    on_the_last_day = case.request.deadline_as_of(date(2026, 3, 31), case.calendar)
    assert (on_the_last_day.statutory_due, on_the_last_day.provisional) == (date(2026, 4, 30), True)
    for day in (date(2026, 4, 1), date(2026, 8, 1)):
        deadline = case.request.deadline_as_of(day, case.calendar)
        assert (deadline.statutory_due, deadline.provisional) == (date(2026, 4, 30), False)


@pytest.mark.parametrize(("day", "late"), [("2026-04-30", False), ("2026-05-01", True), ("2026-08-01", True)])
def test_in_the_uk_a_refusal_after_the_month_that_ran_from_the_end_of_the_offer_is_late(
    quoted: OpenCase, day: str, late: bool
) -> None:
    case = quoted(country="GB")
    case.propose_refusal("access", at=day)
    case.approve_refusal("access")
    assert case.news[0].late is late
    case.record_answer("access")
    assert case.news[0].late is late


def test_in_the_uk_no_extension_leaves_after_the_month_that_ran_from_the_end_of_the_offer(quoted: OpenCase) -> None:
    case = quoted(country="GB")
    with case.refuses(ExtensionTooLate):
        case.propose_extension(at="2026-05-01")
    case.propose_extension(at="2026-04-30")


def test_in_the_uk_what_is_recorded_while_the_offer_is_over_shows_the_date_that_holds(quoted: OpenCase) -> None:
    case = quoted(country="GB")
    case.ask_identity(asked_at="2026-03-04", at="2026-03-04")
    case.confirm_identity(answered_at="2026-03-06", at="2026-06-01")
    assert (case.deadline.statutory_due, case.deadline.provisional) == (
        date(2026, 4, 30),
        False,
    )


# A payment that is recorded late


@pytest.mark.parametrize(("paid_at", "counts"), [("2026-03-31T23:59", True), ("2026-04-01T00:00", False)])
def test_what_was_paid_in_time_counts_after_the_offer_was_taken_for_expired(
    quoted: OpenCase, paid_at: str, counts: bool
) -> None:
    case = quoted()
    case.expire_fee(at="2026-04-01T08:00")
    if counts:
        case.record_fee_paid(paid_at=paid_at, at="2026-04-02")
        assert (case.happened(), status(case)) == (["fee-paid"], FeeStatus.PAID)
    else:
        with case.refuses(FeeSettled):
            case.record_fee_paid(paid_at=paid_at, at="2026-04-02")


@pytest.mark.parametrize("decision", ["grant", "refuse", "withdraw"])
def test_what_was_paid_in_time_comes_too_late_once_an_item_was_decided_without_it(
    quoted: OpenCase, decision: str
) -> None:
    case = quoted(Right.ACCESS, Right.RESTRICTION)
    case.expire_fee(at="2026-04-01")
    if decision == "grant":
        case.grant("access")
    elif decision == "withdraw":
        case.withdraw(item_ids=("access",))
    else:
        case.propose_refusal("access")
        case.approve_refusal("access")
    with case.refuses(FeeSettled):
        case.record_fee_paid(paid_at="2026-03-20")


def test_a_payment_before_the_notice_is_none_of_an_expired_fee_either(quoted: OpenCase) -> None:
    case = quoted()
    case.expire_fee(at="2026-04-01")
    with case.refuses(AnswerDatesInvalid):
        case.record_fee_paid(paid_at="2026-03-02")


def test_in_the_uk_the_month_runs_from_a_payment_in_time_whenever_it_is_recorded(quoted: OpenCase, made: Made) -> None:
    case = quoted(country="GB")
    case.expire_fee(at="2026-04-01")
    assert case.deadline.statutory_due == date(2026, 4, 30)
    case.record_fee_paid(paid_at="2026-03-20", at="2026-04-03")
    assert case.happened() == ["fee-paid", "clock-resumed"]
    assert case.request.clock.suspensions == (Suspension(SuspensionKind.FEE, date(2026, 3, 3), date(2026, 3, 20)),)
    assert case.deadline.statutory_due == date(2026, 4, 20)
    on_time = quoted(country="GB")
    on_time.record_fee_paid(at="2026-03-20")
    assert case.deadline.statutory_due == on_time.deadline.statutory_due
    forged = [
        replace(each, sufficient_on=date(2026, 3, 31)) if each is case.events[-1] else each for each in case.events
    ]
    assert [name for name, _ in made.discrepancies(forged, case.calendar)] == ["clock-resumed"]


def test_in_the_uk_the_month_waits_for_a_payment_that_came_before_the_offer_was_taken_for_expired(
    quoted: OpenCase,
) -> None:
    case = quoted(country="GB")
    case.record_fee_paid(at="2026-04-10")
    assert case.deadline.statutory_due == date(2026, 5, 11)  # 10 May is a Sunday


REFUSALS = (FeeAnswered, FeeNotQuoted, FeeOfferEnded, FeeOfferOpen, FeePending, FeeQuotedAlready, FeeSettled)
COMMANDS = ["propose", "send_fee_notice", "accept_fee", "decline_fee", "record_fee_paid", "waive_fee", "expire_fee"]


@pytest.mark.parametrize("country", ["DE", "GB"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # `made` makes things and keeps nothing
@given(
    steps=st.lists(st.tuples(st.sampled_from(COMMANDS), st.integers(0, 1), st.integers(0, 12)), min_size=4, max_size=14)
)
def test_whatever_comes_of_fees_the_clock_of_the_eu_runs_on_and_that_of_the_uk_never_hangs(
    made: Made, country: str, steps: Any
) -> None:
    case = made.case(country=country)
    case.register(Right.ACCESS, Right.ERASURE)
    before = case.deadline
    for command, item, days in steps:
        case.now += timedelta(days=days)
        fees = [fee.fee_id for fee in case.request.fees.values()]
        with suppress(*REFUSALS):
            if command == "propose":
                ends = case.calendar.local_date(case.now) + timedelta(days=10)
                case.propose_fee(["access", "erasure"][item], fee=made.fee(offer_ends_on=ends))
            elif fees:
                getattr(case, command)(fees[-1 - item * (len(fees) > 1)])
        if country == "DE":
            assert case.request.clock.deadline == before
            assert case.request.clock.suspensions == ()
        awaited = [
            fee.quoted_on is not None and fee.quoted_on <= date(2026, 3, 9)  # five working days
            for fee in case.request.outstanding_fees("access", "erasure")
        ]
        assert (case.request.clock.open_suspension(SuspensionKind.FEE) is not None) == (
            country == "GB" and any(awaited)
        )
    case.check_replay()
