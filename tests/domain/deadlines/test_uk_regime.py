"""The UK: the month runs from the latest of request, identity and fee; both ends of a clarification count."""

from collections.abc import Callable
from datetime import date

from dsr.domain.deadlines import Explanation

Due = Callable[..., Explanation]


def test_the_month_ends_on_the_corresponding_date(explained: Due) -> None:
    assert explained("2026-09-03", "GB").deadline.statutory_due == date(2026, 10, 5)  # 3 October is a Saturday
    assert explained("2026-03-31", "GB").deadline.statutory_due == date(2026, 4, 30)


def test_an_end_on_a_bank_holiday_moves_to_the_next_working_day(explained: Due) -> None:
    # 25 December 2026 is a Friday; Boxing Day falls on Saturday, so Monday the 28th is a bank holiday instead.
    assert explained("2026-11-25", "GB").deadline.statutory_due == date(2026, 12, 29)


def test_the_month_runs_from_the_proof_of_identity(explained: Due) -> None:
    explanation = explained("2026-03-02", "GB", "identity:2026-03-03:2026-03-10")
    assert explanation.deadline.statutory_due == date(2026, 4, 10)
    assert explanation.deadline.promise_due == date(2026, 4, 8)
    assert explanation.deadline.suspended_days == 8
    assert "clock-start" in [step.rule for step in explanation.steps]


def test_the_month_runs_from_the_payment_of_the_fee_when_it_is_last(explained: Due) -> None:
    deadline = explained("2026-03-02", "GB", "identity:2026-03-03:2026-03-10", "fee:2026-03-03:2026-03-16").deadline
    assert deadline.statutory_due == date(2026, 4, 16)
    assert deadline.promise_due == date(2026, 4, 8)  # the notice says nothing of fees


def test_a_question_asked_late_does_not_move_the_start(explained: Due) -> None:
    assert explained("2026-03-02", "GB", "identity:2026-03-24:2026-03-31").deadline.statutory_due == date(2026, 4, 2)


def test_both_ends_of_a_clarification_are_excluded(explained: Due) -> None:
    deadline = explained("2026-03-02", "GB", "clarification:2026-03-04:2026-03-10").deadline
    assert deadline.suspended_days == 7
    assert deadline.statutory_due == date(2026, 4, 9)


def test_clarification_before_the_start_adds_nothing(explained: Due) -> None:
    deadline = explained("2026-03-02", "GB", "identity:2026-03-03:2026-03-12", "clarification:2026-03-03:2026-03-10")
    assert deadline.deadline.statutory_due == date(2026, 4, 13)  # 12 April is a Sunday


def test_the_day_on_which_a_later_month_starts_is_not_lost_twice(explained: Due) -> None:
    deadline = explained("2026-03-02", "GB", "identity:2026-03-03:2026-03-10", "clarification:2026-03-03:2026-03-10")
    assert deadline.deadline.statutory_due == date(2026, 4, 10)
    later = explained("2026-03-02", "GB", "identity:2026-03-03:2026-03-10", "clarification:2026-03-06:2026-03-13")
    assert later.deadline.statutory_due == date(2026, 4, 13)


def test_without_proof_the_month_has_not_begun(explained: Due) -> None:
    deadline = explained("2026-03-02", "GB", "identity:2026-03-03:", as_of="2026-03-20").deadline
    assert deadline.provisional
    assert deadline.statutory_due == date(2026, 4, 20)
    assert deadline.certain_statutory_due == date(2026, 4, 2)


def test_the_extension_counts_three_months_from_the_start(explained: Due) -> None:
    deadline = explained(
        "2026-03-02", "GB", "identity:2026-03-03:2026-03-10", extended_at="2026-04-10T22:59:00Z"
    ).deadline
    assert deadline.statutory_due == date(2026, 6, 10)


def test_an_american_member_of_the_group_answers_under_the_regime_it_names(explained: Due) -> None:
    deadline = explained("2026-06-04", "US", under="eu-gdpr").deadline
    assert deadline.regime == "eu-gdpr"
    assert deadline.statutory_due == date(2026, 7, 6)  # 3 July observed Independence Day, then a weekend with the 4th
