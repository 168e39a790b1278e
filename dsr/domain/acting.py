"""The acting context of a command: who acts, when, and which working days count."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from dsr.domain.credential import Credential
from dsr.domain.deadlines.calendar import WorkingCalendar

SERVICE: Final = "service:"
"""How the actor of a part of this service begins."""


@dataclass(frozen=True)
class Acting:
    """Who acts, through which credential, and when; events take `actor`, `credential` and `timestamp` from it."""

    actor: str
    """Identifier of the member of staff, `data-subject`, `owner:<system>`, or `service:<part>`."""
    at: datetime
    """The instant of the command by the clock port; timezone-aware, in UTC."""
    credential: Credential | None = field(default=None, kw_only=True)
    """None where a part of the service acts, or the administrator of the machine."""

    @property
    def is_service(self) -> bool:
        """Whether a part of this service acts, not a person."""
        return self.actor.startswith(SERVICE)

    def on(self, calendar: WorkingCalendar) -> "CaseActing":
        """The same on a case with these working days."""
        return CaseActing(self.actor, self.at, calendar, credential=self.credential)


@dataclass(frozen=True)
class CaseActing(Acting):
    """Acting context of a case, with the working days that its dates are computed by."""

    calendar: WorkingCalendar
    """Calendar of the pinned version of the record of processing."""

    @property
    def today(self) -> date:
        """The local date of the command, in the controller's zone."""
        return self.calendar.local_date(self.at)

    def states_earlier(self, moment: datetime) -> bool:
        """Whether a person records by hand that something happened on an earlier local day (docs/law §10)."""
        return not self.is_service and self.calendar.local_date(moment) < self.today
