"""Working days, local dates and the ends of days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.domain.deadlines import CalendarExhausted, WorkingCalendar, acknowledge_by, recipients_told_by
from dsr.domain.deadlines.months import add_months
from dsr.domain.deadlines.regime import regime

CalendarOf = Callable[[str], WorkingCalendar]
NOTHING_KNOWN: dict[str, Any] = {"country": "XX", "version": "none", "first_year": 1, "last_year": 9999, "holidays": ()}


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-02-28", 1, "2026-03-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-10-31", 14, "2027-12-31"),
    ],
)
def test_a_month_ends_on_the_same_day_number_or_the_last_day(start: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_a_day_outside_the_resolved_years_is_never_guessed() -> None:
    short = WorkingCalendar("DE", "Europe/Berlin", "none", 2026, 2026, ())
    with pytest.raises(CalendarExhausted):
        short.roll_forward(date(2027, 1, 4))
    with pytest.raises(CalendarExhausted):
        short.roll_back(date(2025, 12, 31))
    with pytest.raises(CalendarExhausted):
        short.add_working_days(date(2026, 12, 30), 2)


def test_a_weekend_outside_the_resolved_years_still_leads_to_no_answer() -> None:
    short = WorkingCalendar("DE", "Europe/Berlin", "none", 2026, 2026, ())
    with pytest.raises(CalendarExhausted):
        short.roll_forward(date(2027, 1, 2))


def test_acknowledge_within_one_working_day(calendar_of: CalendarOf) -> None:
    assert acknowledge_by(regime("eu-gdpr"), calendar_of("DE"), date(2026, 4, 2)) == date(2026, 4, 7)  # over Easter


def test_tell_recipients_within_five_working_days(calendar_of: CalendarOf) -> None:
    assert recipients_told_by(regime("eu-gdpr"), calendar_of("DE"), date(2026, 3, 2)) == date(2026, 3, 9)


def test_a_time_without_a_zone_has_no_local_date(calendar_of: CalendarOf) -> None:
    with pytest.raises(ValueError, match="zone"):
        calendar_of("DE").local_date(datetime(2026, 3, 2, 10))  # noqa: DTZ001 - the mistake under test


def test_a_stored_calendar_reads_back_equal_and_in_order(calendar_of: CalendarOf) -> None:
    stored = msgspec.json.encode(calendar_of("PL"))
    again = msgspec.json.decode(stored, type=WorkingCalendar)
    assert again == calendar_of("PL")
    assert msgspec.json.encode(again) == stored


def test_holidays_count_in_whatever_order_they_are_given() -> None:
    days = (date(2026, 12, 25), date(2026, 1, 1), date(2026, 12, 25))
    calendar = WorkingCalendar("DE", "Europe/Berlin", "none", 2026, 2026, days)
    assert not calendar.is_working_day(date(2026, 1, 1))
    assert calendar.holidays == (date(2026, 1, 1), date(2026, 12, 25))


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00Z"),  # 23 hours long
        ("Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00Z"),  # 25 hours long
        ("Atlantic/Azores", "2026-10-24", "2026-10-25T00:00:00Z"),  # 00:00 comes twice on the 25th: the first one
        ("Africa/Cairo", "2026-04-23", "2026-04-23T22:00:00Z"),  # 00:00 is skipped on the 24th
        ("Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z"),  # the 30th does not exist
    ],
)
def test_a_day_ends_at_local_midnight_whatever_the_clocks_do(zone: str, day: str, end: str) -> None:
    calendar = WorkingCalendar(zone=zone, **NOTHING_KNOWN)
    assert calendar.end_of(date.fromisoformat(day)) == datetime.fromisoformat(end)


@given(zone=st.sampled_from(sorted(available_timezones())), day=st.dates(date(1990, 1, 1), date(2037, 12, 31)))
def test_the_end_of_a_day_is_the_first_instant_of_a_later_one(zone: str, day: date) -> None:
    calendar = WorkingCalendar(zone=zone, **NOTHING_KNOWN)
    end = calendar.end_of(day)
    assert end.tzinfo is UTC
    assert calendar.local_date(end) > day
    assert calendar.local_date(end - timedelta(microseconds=1)) <= day


@given(day=st.dates(date(2021, 1, 1), date(2039, 12, 1)))
def test_rolling_twice_is_rolling_once(day: date, calendar_of: CalendarOf) -> None:
    for country in ("DE", "RO", "GB"):
        calendar = calendar_of(country)
        forward, back = calendar.roll_forward(day), calendar.roll_back(day)
        assert calendar.roll_forward(forward) == forward >= day
        assert calendar.roll_back(back) == back <= day
        assert calendar.is_working_day(forward)
        assert calendar.is_working_day(back)


@given(day=st.dates(date(2021, 1, 1), date(2038, 1, 1)), count=st.integers(1, 30))
def test_between_a_day_and_the_nth_working_day_lie_n_working_days(
    day: date, count: int, calendar_of: CalendarOf
) -> None:
    calendar = calendar_of("PL")
    end = calendar.add_working_days(day, count)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(calendar.is_working_day(each) for each in between) == count
