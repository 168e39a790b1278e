"""When people are told that somebody waits for them: at once, or with the digest of the next working day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.telling import Urgent, WaitKind, is_digest_time, is_urgent, leaves_now, next_digest

BERLIN = WorkingCalendar("DE", "Europe/Berlin", "1", 2026, 2026, holidays=(date(2026, 4, 3), date(2026, 4, 6)))
NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "digest"),
    [
        pytest.param("2026-03-05 09:00", "2026-03-06 07:00", id="the next morning"),
        pytest.param("2026-03-05 06:59", "2026-03-05 07:00", id="the same morning"),
        pytest.param("2026-03-05 07:00", "2026-03-06 07:00", id="after that of today has left"),
        pytest.param("2026-03-06 09:00", "2026-03-09 07:00", id="not at the weekend"),
        pytest.param("2026-04-02 09:00", "2026-04-07 06:00", id="not on a holiday, and at 8:00 in summer too"),
        pytest.param("2026-12-31 09:00", "2027-01-01 07:00", id="a year without known holidays stops no mail"),
    ],
)
def test_a_digest_leaves_at_eight_local_on_a_working_day(after: str, digest: str) -> None:
    expected = datetime.fromisoformat(f"{digest}Z")
    assert next_digest(BERLIN, datetime.fromisoformat(f"{after}Z")) == expected
    assert is_digest_time(BERLIN, expected)
    assert not is_digest_time(BERLIN, expected - timedelta(minutes=1))


def test_a_delayed_digest_does_not_leave_at_the_weekend() -> None:
    assert not is_digest_time(BERLIN, datetime(2026, 3, 7, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("due", "urgent"),
    [(None, False), ((3, 4), True), ((3, 5), True), ((3, 10), True), ((3, 11), False), ((4, 20), False)],
)
def test_three_working_days_are_a_short_clock(due: tuple[int, int] | None, urgent: bool) -> None:
    on = None if due is None else date(2026, *due)
    assert is_urgent(WaitKind.MESSAGE, on, today=date(2026, 3, 5), calendar=BERLIN) is urgent
    assert is_urgent(WaitKind.APPROVAL, on, today=date(2026, 3, 5), calendar=BERLIN)


def gathered(*seconds: float, kind: WaitKind = WaitKind.DATE) -> list[Urgent]:
    """Noted so many seconds ago."""
    return [Urgent(kind, NOW - timedelta(seconds=each)) for each in seconds]


def leaves(urgent: list[Urgent], mailed: float | None = None) -> bool:
    """Whether a mail leaves, that many seconds after the last one."""
    return leaves_now(urgent, last_mail_at=None if mailed is None else NOW - timedelta(seconds=mailed), now=NOW)


def test_what_is_urgent_is_gathered_until_nothing_is_added() -> None:
    assert not leaves([])
    assert not leaves(gathered(40, 5))
    assert leaves(gathered(60, 30))
    assert leaves(gathered(601, 1)), "nor does it wait for ever"


def test_an_urgent_mail_follows_another_after_ten_minutes() -> None:
    assert not leaves(gathered(60), mailed=599)
    assert leaves(gathered(60), mailed=600)


def test_an_approver_is_told_within_a_minute_whatever_was_told_before() -> None:
    assert not leaves(gathered(39, kind=WaitKind.APPROVAL), mailed=5)
    assert leaves(gathered(40, 1, kind=WaitKind.APPROVAL), mailed=5)
