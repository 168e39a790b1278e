"""The acting context of a command: who acts, when, and which working days count."""

from dataclasses import dataclass
from datetime import date, datetime

from dsr.domain.deadlines.calendar import WorkingCalendar


@dataclass(frozen=True)
class Acting:
    """Who acts, and when; events take their `actor` and `timestamp` from it."""

    actor: str
    """Identifier of the member of staff, `data-subject`, or `service:<part>`."""
    at: datetime
    """The instant of the command by the clock port; timezone-aware, in UTC."""


@dataclass(frozen=True)
class CaseActing(Acting):
    """Acting context of a case, with the working days that its dates are computed by."""

    calendar: WorkingCalendar
    """Calendar of the pinned version of the record of processing."""

    @property
    def today(self) -> date:
        """The local date of the command, in the controller's zone."""
        return self.calendar.local_date(self.at)
