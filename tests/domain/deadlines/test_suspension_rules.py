"""When waiting for the data subject stops the clock, and which date it moves."""

from collections.abc import Callable
from datetime import date

import pytest

from dsr.domain.deadlines import Explanation, SuspensionBeforeReceipt, SuspensionInverted

Due = Callable[..., Explanation]


def rules(explanation: Explanation) -> list[str]:
    return [step.rule for step in explanation.steps]


def test_the_day_of_the_answer_is_not_suspended(explained: Due) -> None:
    assert explained("2026-03-02", "DE", "identity:2026-03-03:2026-03-04").deadline.suspended_days == 1
    assert explained("2026-03-02", "DE", "identity:2026-03-03:2026-03-03").deadline.suspended_days == 0


def test_a_question_within_five_working_days_stops_the_clock(explained: Due) -> None:
    # 2 March 2026 is a Monday: the fifth working day after it is Monday the 9th.
    assert explained("2026-03-02", "DE", "identity:2026-03-09:2026-03-12").deadline.suspended_days == 3
    too_late = explained("2026-03-02", "DE", "identity:2026-03-10:2026-03-12")
    assert too_late.deadline.suspended_days == 0
    assert "asked-too-late" in rules(too_late)


def test_holidays_do_not_count_among_the_five_working_days(explained: Due) -> None:
    # Good Friday and Easter Monday lie between 1 April and the fifth working day, 10 April.
    assert explained("2026-04-01", "DE", "identity:2026-04-10:2026-04-12").deadline.suspended_days == 2
    assert explained("2026-04-01", "DE", "identity:2026-04-11:2026-04-12").deadline.suspended_days == 0


def test_a_late_question_adds_nothing_where_it_overlaps_a_timely_one(explained: Due) -> None:
    deadline = explained(
        "2026-03-02", "DE", "identity:2026-03-03:2026-03-13", "clarification:2026-03-12:2026-03-30"
    ).deadline
    assert deadline.suspended_days == 10


def test_clarification_moves_the_statutory_date_but_not_the_promise(explained: Due) -> None:
    deadline = explained("2026-03-02", "DE", "clarification:2026-03-03:2026-03-10").deadline
    assert (deadline.statutory_due, deadline.promise_due) == (date(2026, 4, 9), date(2026, 4, 1))


def test_clarification_stops_the_clock_of_access_only(explained: Due) -> None:
    explanation = explained("2026-03-02", "DE", "clarification:2026-03-03:2026-03-10", access=False)
    assert explanation.deadline.suspended_days == 0
    assert "clarification-not-for-access" in rules(explanation)


def test_identity_stops_the_clock_of_every_right(explained: Due) -> None:
    assert explained("2026-03-02", "DE", "identity:2026-03-03:2026-03-10", access=False).deadline.suspended_days == 7


def test_an_outstanding_fee_stops_no_clock_in_the_eu(explained: Due) -> None:
    explanation = explained("2026-03-02", "DE", "fee:2026-03-03:")
    assert explanation.deadline.suspended_days == 0
    assert not explanation.deadline.provisional
    assert "fee-does-not-suspend" in rules(explanation)


def test_identity_suspensions_that_overlap_move_the_promise_once(explained: Due) -> None:
    deadline = explained(
        "2026-03-02", "DE", "identity:2026-03-03:2026-03-10", "identity:2026-03-05:2026-03-12"
    ).deadline
    assert deadline.promise_due == date(2026, 4, 10)


def test_suspension_is_added_before_the_end_moves_to_a_working_day(explained: Due) -> None:
    # 5 April is Easter Sunday, 5 + 1 = 6 April Easter Monday: 7 April, not 8.
    deadline = explained("2026-03-05", "DE", "clarification:2026-03-06:2026-03-07").deadline
    assert deadline.statutory_due == date(2026, 4, 7)


def test_an_open_question_counts_as_answered_on_the_day_of_asking(explained: Due) -> None:
    deadline = explained("2026-03-02", "DE", "identity:2026-03-03:", as_of="2026-03-10").deadline
    assert deadline.provisional
    assert deadline.suspended_days == 7
    assert deadline.effective_due == date(2026, 4, 8)


def test_the_queue_sorts_by_the_date_without_the_open_question(explained: Due) -> None:
    deadline = explained("2026-03-02", "DE", "identity:2026-03-03:", as_of="2026-05-10").deadline
    assert deadline.certain_statutory_due == date(2026, 4, 2)
    assert deadline.certain_effective_due == date(2026, 4, 1)
    assert deadline.certain_operational_due == date(2026, 4, 1)


def test_what_was_answered_counts_in_the_date_without_the_open_question(explained: Due) -> None:
    deadline = explained(
        "2026-03-02", "DE", "identity:2026-03-03:2026-03-10", "clarification:2026-03-06:", as_of="2026-03-20"
    ).deadline
    assert deadline.certain_statutory_due == date(2026, 4, 9)
    assert deadline.statutory_due == date(2026, 4, 20)  # 2 April + 17 days is a Sunday


def test_an_open_question_that_stops_no_clock_makes_nothing_provisional(explained: Due) -> None:
    deadline = explained("2026-03-02", "DE", "identity:2026-03-24:", as_of="2026-04-30").deadline
    assert not deadline.provisional
    assert deadline.effective_due == date(2026, 4, 1)


def test_as_of_an_earlier_date_an_answer_is_still_awaited(explained: Due) -> None:
    told = ("2026-03-02", "DE", "identity:2026-03-03:2026-03-10")
    then = explained(*told, as_of="2026-03-05").deadline
    assert then.provisional
    assert then.suspended_days == 2


def test_as_of_an_earlier_date_a_question_was_not_asked_yet(explained: Due) -> None:
    deadline = explained("2026-03-02", "DE", "identity:2026-03-05:2026-03-10", as_of="2026-03-04").deadline
    assert not deadline.provisional
    assert deadline.suspended_days == 0


def test_nothing_is_asked_before_the_request_arrived(explained: Due) -> None:
    with pytest.raises(SuspensionBeforeReceipt):
        explained("2026-03-02", "DE", "identity:2026-03-01:2026-03-10")


def test_nothing_is_answered_before_it_was_asked(explained: Due) -> None:
    with pytest.raises(SuspensionInverted):
        explained("2026-03-02", "DE", "identity:2026-03-04:2026-03-03")
