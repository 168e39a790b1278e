"""Who runs a command, when, and by which working days: told to each command once."""

from dataclasses import dataclass
from datetime import date, datetime

from dsr.domain.deadlines.calendar import WorkingCalendar


@dataclass(frozen=True)
class Acting:
    """Who acts, and when. The events that a command records take both from here."""

    actor: str
    """Identifier of the member of staff, `data-subject`, or `service:<part>`."""
    at: datetime
    """The instant of the command by the clock port, aware, in UTC."""


@dataclass(frozen=True)
class CaseActing(Acting):
    """Who acts on a case, when, and by which working days the dates of that case are computed."""

    calendar: WorkingCalendar
    """Of the version of the record of processing that the case pinned."""

    @property
    def today(self) -> date:
        """The local date of the command, in the controller's zone."""
        return self.calendar.local_date(self.at)
