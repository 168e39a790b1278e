"""When a complaint has to be acknowledged, by regime: settings with their source, as data (docs/law §13).

A matter keeps the date that was computed when it was opened, so a changed rule moves no old date.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.matter.values import MatterDate, MatterDue
from dsr.domain.ropa import Controller

_WARN_WORKING_DAYS: Final = 5
"""Working days before the date on which the team is warned."""


@dataclass(frozen=True)
class ComplaintRule:
    """A statute that sets a date for the acknowledgement of complaints."""

    regime: str
    in_force_from: date
    """It applies to complaints received on this day or later."""
    days: int
    """The period in calendar days; it is never moved to a working day."""
    source: str


RULES: Final = (
    ComplaintRule(
        regime="uk-gdpr",
        in_force_from=date(2026, 6, 19),
        days=30,
        source="DPA 2018 s. 164A(3), inserted by the Data (Use and Access) Act 2025 s. 103",
    ),
)
"""The statutes in force. The EU has none: a controller there may promise a date in its record of processing."""


def acknowledgement_date(controller: Controller, received_on: date, calendar: WorkingCalendar) -> MatterDate | None:
    """The date by which a complaint is acknowledged; None where neither statute nor record sets one.

    A period of 30 days "beginning when the complaint is received" includes the day of receipt, so it ends on R + 29.
    The ICO counts from the next day, to R + 30; that date is kept beside the strict one. A promise of the record of
    processing counts from the day after R, and holds if it is earlier.
    """
    dates = []
    for rule in RULES:
        if rule.regime == controller.regime and received_on >= rule.in_force_from:
            strict = received_on + timedelta(days=rule.days - 1)
            dates.append(_date(strict, received_on + timedelta(days=rule.days), rule.source, calendar))
    promised = controller.acknowledge_complaints_within_days
    if promised is not None:
        dates.append(_date(received_on + timedelta(days=promised), None, "record of processing", calendar))
    return min(dates, key=lambda each: each.on, default=None)


def _date(on: date, latest_on: date | None, source: str, calendar: WorkingCalendar) -> MatterDate:
    return MatterDate(
        due=MatterDue.ACKNOWLEDGE,
        on=on,
        ends_at=calendar.end_of(on),
        warn_at=calendar.begin_of(calendar.subtract_working_days(on, _WARN_WORKING_DAYS)),
        latest_on=latest_on,
        source=source,
    )
