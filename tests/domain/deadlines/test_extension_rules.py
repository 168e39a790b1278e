"""An extension takes effect when its notice leaves, within the un-extended statutory date (GDPR Art. 12(3))."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dsr.domain.deadlines import (
    Explanation,
    ExtensionBeforeReceipt,
    ExtensionTooLate,
    Suspension,
    SuspensionKind,
    WorkingCalendar,
    check_extension,
    is_late_refusal,
    unextended_statutory_due,
)
from dsr.domain.deadlines.regime import regime

Due = Callable[..., Explanation]
CalendarOf = Callable[[str], WorkingCalendar]


def test_the_first_instant_after_the_last_day_is_too_late(explained: Due) -> None:
    end = datetime(2026, 4, 10, 22, tzinfo=UTC)  # 24:00 in Paris
    assert explained("2026-03-10", "FR", extended_at=(end - timedelta(microseconds=1)).isoformat()).deadline.extended
    with pytest.raises(ExtensionTooLate):
        explained("2026-03-10", "FR", extended_at=end.isoformat())


def test_an_end_on_a_holiday_leaves_until_the_next_working_day_to_extend(explained: Due) -> None:
    # One month after 5 March 2026 is Easter Sunday; Tuesday is the statutory date.
    assert explained("2026-03-05", "DE", extended_at="2026-04-07T21:59:00Z").deadline.statutory_due == date(2026, 6, 5)


def test_the_extended_end_moves_to_a_working_day_once(explained: Due) -> None:
    # 5 April + 0 days rolls to 7 April; the extension counts from 5 March again, not from 7 April.
    deadline = explained("2026-03-05", "DE", extended_at="2026-03-20T09:00:00Z").deadline
    assert deadline.statutory_due == date(2026, 6, 5)
    assert deadline.promise_due is None


def test_suspension_is_added_to_the_three_months(explained: Due) -> None:
    deadline = explained(
        "2026-03-02", "DE", "identity:2026-03-03:2026-03-10", extended_at="2026-03-20T09:00:00Z"
    ).deadline
    assert deadline.statutory_due == date(2026, 6, 9)


def test_an_open_question_keeps_the_extension_possible_while_it_suspends(explained: Due) -> None:
    # The month of 2 March ended on 2 April, but the clock stood still since 3 March.
    deadline = explained("2026-03-02", "DE", "identity:2026-03-03:", extended_at="2026-04-20T09:00:00Z").deadline
    assert deadline.extended
    assert deadline.provisional


def test_a_question_asked_after_the_notice_rescues_no_late_extension(calendar_of: CalendarOf) -> None:
    late = datetime(2026, 4, 3, 9, tzinfo=UTC)
    asked_later = Suspension(SuspensionKind.IDENTITY, date(2026, 4, 4), date(2026, 5, 1))
    patient = regime("eu-gdpr").__class__(
        id="test", version=1, statute="s", guidance="g", suspend_within_working_days=60
    )
    with pytest.raises(ExtensionTooLate):
        check_extension(
            regime=patient,
            calendar=calendar_of("DE"),
            received_on=date(2026, 3, 2),
            suspensions=[asked_later],
            notice_at=late,
        )


def test_a_request_is_not_extended_before_it_arrived(explained: Due) -> None:
    with pytest.raises(ExtensionBeforeReceipt):
        explained("2026-03-10", "FR", extended_at="2026-03-09T22:59:00Z")  # 23:59 in Paris on the 9th


def test_an_extension_on_the_day_of_arrival_is_valid(explained: Due) -> None:
    assert explained("2026-03-10", "FR", extended_at="2026-03-09T23:00:00Z").deadline.extended


def test_a_missed_promise_is_told_although_the_extension_is_valid(explained: Due) -> None:
    steps = explained("2026-03-10", "FR", extended_at="2026-04-10T21:59:00Z").steps
    assert [(step.rule, step.result) for step in steps if step.rule.startswith("promise")] == [
        ("promise-missed", date(2026, 4, 9))
    ]


def test_the_steps_say_why_an_extended_end_moved(explained: Due) -> None:
    steps = explained("2026-11-30", "DE", extended_at="2026-12-10T09:00:00Z").steps
    told = [(step.rule, step.result) for step in steps]
    extension = told.index(("extension", date(2027, 2, 28)))
    assert told[extension + 1] == ("next-working-day", date(2027, 3, 1))


def test_before_the_notice_left_the_deadline_is_not_extended(explained: Due) -> None:
    deadline = explained("2026-03-10", "FR", extended_at="2026-04-01T09:00:00Z", as_of="2026-03-31").deadline
    assert not deadline.extended
    assert deadline.effective_due == date(2026, 4, 9)


def test_a_refusal_is_late_after_the_unextended_date_even_when_the_answer_is_not(calendar_of: CalendarOf) -> None:
    told: dict[str, Any] = {
        "regime": regime("eu-gdpr"),
        "calendar": calendar_of("FR"),
        "received_on": date(2026, 3, 10),
    }
    assert unextended_statutory_due(**told, as_of=date(2026, 5, 1)) == date(2026, 4, 10)
    assert not is_late_refusal(**told, refused_at=datetime(2026, 4, 10, 21, 59, tzinfo=UTC))
    assert is_late_refusal(**told, refused_at=datetime(2026, 4, 10, 22, 0, tzinfo=UTC))


def test_an_instant_without_a_zone_is_a_mistake_of_the_caller(explained: Due) -> None:
    with pytest.raises(ValueError, match="zone"):
        explained("2026-03-10", "FR", extended_at="2026-04-01T09:00:00")
