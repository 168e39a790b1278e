"""Correcting the working days of a case, once what counts as a public holiday is known better (docs/law §14).

A case keeps the calendar that it pinned, so that no update of a holiday package moves its dates. A person moves them
to the calendar of the record of processing in force.
"""

from datetime import date, datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, WorkingCalendar
from dsr.domain.errors import Refused
from dsr.domain.request.arrival import dates_from
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.guards import require_not_closed
from dsr.domain.request.standing import CalendarInForce
from dsr.domain.request.state_guards import state_guard
from dsr.domain.sealed import Sealed


class CalendarUnchanged(Refused):
    """The request already counts the working days of the record of processing in force. Run `dsr ropa check` to compare
    them with the holidays known today. If days differ, adopt the record again, then correct the request.
    """

    code = "calendar-unchanged"


class CalendarCorrected(RequestEvent):
    """From now on the case counts the working days of a later version of the record of processing."""

    TOPIC: ClassVar[str] = "dsr.request.calendar-corrected"
    ropa_version: int
    """The version whose working days count; everything else stays with the version that the case pinned."""
    deadline: Deadline
    acknowledge_by: date
    acknowledge_ends_at: datetime
    """24:00 local on that day, in UTC."""
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.note_missed(self.timestamp)
        case.calendars_corrected = (
            *case.calendars_corrected,
            CalendarInForce(before=case.calendar_version, now=self.ropa_version, since=self.timestamp, by=self.actor),
        )
        case.clock.acknowledge_by = self.acknowledge_by
        case.clock.acknowledge_ends_at = self.acknowledge_ends_at
        case.move(self, self.deadline)


@state_guard
def may_correct_calendar(case: Case) -> None:
    """Raises RequestIsClosed."""
    require_not_closed(case)


class CalendarCorrectionCommands(DatedCase):
    """correct the calendar."""

    def correct_calendar(
        self, acting: CaseActing, *, corrected: WorkingCalendar, ropa_version: int, reason: Sealed | None
    ) -> None:
        """Count the working days of this version of the record of processing, `corrected`, from now on.

        All dates are computed anew from R. A date that was missed stays on record as missed, even if it moves to a
        later day. Raises ReasonRequired, CalendarUnchanged, RequestIsClosed.
        """
        may_correct_calendar(self)
        if reason is None:
            raise ReasonRequired()
        if corrected.adds_nothing_to(acting.calendar):
            raise CalendarUnchanged(ropa_version=ropa_version)
        deadline, acknowledge_on, acknowledge_ends_at = dates_from(
            self, self.received_on, corrected, as_of=acting.today
        )
        self.record(
            acting,
            CalendarCorrected,
            ropa_version=ropa_version,
            deadline=deadline,
            acknowledge_by=acknowledge_on,
            acknowledge_ends_at=acknowledge_ends_at,
            reason=reason,
        )
