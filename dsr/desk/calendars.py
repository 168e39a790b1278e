"""Compares stored calendars with present knowledge of public holidays (docs/law §14)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import select

from dsr.calendars import resolve
from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.deadlines import Deadline, JointCalendar, WorkingCalendar
from dsr.domain.request import Request
from dsr.domain.ropa import RopaVersion, working_days
from dsr.projections.requests import OPEN, requests


@dataclass(frozen=True)
class DifferingDay:
    """A day that a stored calendar does not call what is known of it today."""

    ropa_version: int
    """The version of the record of processing with which the calendar is stored."""
    controller_id: str
    day: date
    counts_as_holiday: bool
    """What the stored calendar says."""


@dataclass(frozen=True)
class DifferingCase:
    """An open case whose dates would be others by present knowledge."""

    request_id: UUID
    reference: str
    stored: Deadline
    known: Deadline


@dataclass(frozen=True)
class CorrectedDay:
    """A day that the calendar of a case does not call what the record of processing in force calls it."""

    controller_id: str
    day: date
    counts_as_holiday: bool
    """What the calendar of the case says."""


@dataclass(frozen=True)
class CalendarPreview:
    """What a correction of the calendar of a case would change."""

    case_version: int
    """Version of the case."""
    calendar_version: int
    """The version of the record of processing whose working days count for the case."""
    ropa_version: int
    """The version in force, to which a correction moves it."""
    days: tuple[CorrectedDay, ...]
    stored: Deadline
    corrected: Deadline


class CalendarDesk:
    """days, cases; preview and correct the calendar of a case."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def days(self) -> Iterator[DifferingDay]:
        """Yield the days on which calendars of the version in force, and of those that open cases pin, differ from
        present knowledge. Raises RopaMissing.
        """
        counting = (case.calendar_version for case in self._open())
        for number in sorted({self._repository.ropa.current().number, *counting}):
            yield from self.days_of(self._repository.ropa.at_version(number))

    def days_of(self, version: RopaVersion) -> Iterator[DifferingDay]:
        """Yield the days on which the calendars of one version differ from present knowledge. Raises RopaMissing."""
        in_force = self._repository.ropa.current()
        for controller in version.document.controllers:
            stored = version.calendar(controller.id)
            for day in sorted({*stored.holidays} ^ {*_known(version, controller.id, in_force).holidays}):
                yield DifferingDay(version.number, controller.id, day, stored.is_holiday(day))

    def cases(self) -> Iterator[DifferingCase]:
        """Yield the open cases whose dates differ. Raises RopaMissing."""
        today, in_force = self._repository.now(), self._repository.ropa.current()
        for case in self._open():
            version = self._repository.ropa.at_version(case.ropa_version)
            stored = self._repository.calendar(case)
            first, *others = (_known(version, each, in_force) for each in case.held_by)
            known = JointCalendar.joining(first, others)
            dates = [case.deadline_as_of(each.local_date(today), each) for each in (stored, known)]
            if dates[0] != dates[1]:
                yield DifferingCase(case.id, case.reference, *dates)

    def preview(self, request_id: UUID, caller: Caller) -> CalendarPreview:
        """Say which days, and which dates, would change for the case. Raises RequestUnknown."""
        repository = self._repository
        case = repository.request(request_id, caller)
        in_force = repository.ropa.current().number
        calendars = [repository.calendar_by(case, each) for each in (case.calendar_version, in_force)]
        now = repository.now()
        stored, corrected = (
            case.deadline_as_of(max(each.local_date(now), case.received_on), each) for each in calendars
        )
        days = differing_days(repository, case, case.calendar_version, in_force)
        return CalendarPreview(case.version, case.calendar_version, in_force, tuple(days), stored, corrected)

    @use_case
    def correct(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """Count the working days of the record of processing in force from now on."""
        repository = self._repository
        with changing(repository, request_id, call) as work:
            in_force = repository.ropa.current().number
            work.case.correct_calendar(
                work.acting,
                corrected=repository.calendar_by(work.case, in_force),
                ropa_version=in_force,
                reason=work.seal("reason", reason),
            )
        return work.answer

    def _open(self) -> Iterator[Request]:
        with self._repository.database.reading() as connection:
            found = connection.scalars(
                select(requests.c.request_id).where(requests.c.status == OPEN).order_by(requests.c.received_at)
            ).all()
        for request_id in found:
            case = self._repository.find(Request, request_id)
            if case is not None:
                yield case


def _known(version: RopaVersion, controller_id: str, in_force: RopaVersion) -> WorkingCalendar:
    """What is known today of the days of the controller, with the days of the record in force."""
    holder = version.document.calendar_holder(controller_id)
    stored = version.calendar(controller_id)
    resolved = _resolved(holder.country, holder.zone, stored.first_year, stored.last_year)
    # A controller that left the record since keeps the days that it had.
    now = next((each for each in in_force.document.controllers if each.id == holder.id), holder)
    return now.calendar.applied_to(resolved)


@cache
def _resolved(country: str, zone: str, first_year: int, last_year: int) -> WorkingCalendar:
    return resolve(country, zone, first_year, last_year)


def differing_days(repository: Repository, case: Request, before: int, now: int) -> Iterator[CorrectedDay]:
    """Yield the days that the calendars of two versions of the record call differently, by controller of the case."""
    pinned = repository.ropa.at_version(case.ropa_version)
    for controller_id in dict.fromkeys(case.held_by):
        was, is_now = (
            working_days(pinned, repository.ropa.at_version(number), (controller_id,)) for number in (before, now)
        )
        for day in was.differing_days(is_now):
            yield CorrectedDay(controller_id, day, was.is_holiday(day))
