"""correct the calendar: a person moves the dates of a case to the holidays as they are known now (docs/law §14)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dsr.domain.deadlines import JointCalendar
from dsr.domain.request.calendar_correction import CalendarUnchanged
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.missed import MissedKind
from dsr.domain.rights import Right
from tests.catalogue.maker import as_known_later, calendar_of
from tests.domain.request.a_case import ACase, OpenCase

EASTER_MONDAY, TUESDAY = date(2026, 4, 6), date(2026, 4, 7)


def without(day: date, *, country: str = "DE") -> Any:
    """The calendar of the country, in which this day is no holiday."""
    calendar = calendar_of(country)
    return replace(calendar, holidays=tuple(each for each in calendar.holidays if each != day))


def test_a_date_that_hung_on_an_abolished_holiday_moves_once_a_person_says_so() -> None:
    # given: it ends on Easter Monday, which counts as a holiday
    case = ACase(received_at="2026-03-06")
    case.register(Right.ACCESS)
    assert case.deadline.statutory_due == TUESDAY
    # when
    case.correct_calendar(corrected=without(EASTER_MONDAY), ropa_version=2, at="2026-03-20")
    # then
    assert case.deadline.statutory_due == EASTER_MONDAY
    assert (case.request.calendar_version, case.request.ropa_version) == (2, 1)
    assert (case.request.received_on, case.request.clock.acknowledge_by) == (date(2026, 3, 6), date(2026, 3, 9))


def test_the_acknowledgement_is_due_by_the_corrected_days() -> None:
    case = ACase(received_at="2026-04-03T11:00", calendar=without(date(2026, 4, 3)))  # Good Friday, taken for none
    case.calendar = without(date(2026, 4, 3))
    assert case.request.clock.acknowledge_by == TUESDAY
    case.correct_calendar(corrected=without(EASTER_MONDAY), ropa_version=2, at="2026-04-03T12:00")
    assert case.request.clock.acknowledge_by == EASTER_MONDAY


def test_a_date_that_was_missed_stays_missed_when_the_calendar_moves_it_later() -> None:
    # given: Easter Monday counted as a working day
    case = ACase(received_at="2026-03-06", calendar=without(EASTER_MONDAY))
    case.calendar = without(EASTER_MONDAY)
    case.register(Right.ACCESS)
    # when: on Tuesday somebody finds out that it is a holiday
    case.correct_calendar(corrected=calendar_of("DE"), ropa_version=2, at="2026-04-07")
    # then
    assert case.deadline.statutory_due == TUESDAY
    missed = {each.kind: each for each in case.request.clock.missed}[MissedKind.STATUTORY_DATE]
    assert (missed.due, missed.moved_by) == (EASTER_MONDAY, "ann")


def test_an_extension_that_left_after_the_corrected_date_extends_nothing() -> None:
    # given: the extension was announced on the Tuesday after Easter
    case = ACase(received_at="2026-03-06")
    case.register(Right.ACCESS)
    case.propose_extension(at="2026-04-07T09:00")
    case.approve_extension()
    case.send_extension_notice()
    assert case.deadline.extended
    # when
    case.correct_calendar(corrected=without(EASTER_MONDAY), ropa_version=2, at="2026-04-08")
    # then
    assert (case.deadline.extended, case.deadline.statutory_due) == (False, EASTER_MONDAY)


def test_a_calendar_that_calls_no_day_otherwise_corrects_nothing(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    newer_package = replace(case.calendar, version="holidays 9.9", first_year=2026)
    with case.refuses(CalendarUnchanged):
        case.correct_calendar(corrected=newer_package)


def test_a_calendar_that_knows_later_years_is_a_correction() -> None:
    case = ACase()
    case.correct_calendar(corrected=replace(case.calendar, last_year=2030))
    assert case.happened() == ["calendar-corrected"]


def test_a_correction_says_why(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ReasonRequired):
        case.correct_calendar(reason=None)


@pytest.mark.parametrize("country", ["FR", "DE"])
def test_of_joint_controllers_each_calendar_is_compared(country: str) -> None:
    german, french = calendar_of("DE"), calendar_of("FR")
    joint = JointCalendar.joining(german, [french])
    changed = JointCalendar.joining(
        *((as_known_later(german), [french]) if country == "DE" else (german, [as_known_later(french)]))
    )
    assert joint.adds_nothing_to(joint)
    assert not changed.adds_nothing_to(joint)
    assert not german.adds_nothing_to(joint), "a calendar that counted is gone"
