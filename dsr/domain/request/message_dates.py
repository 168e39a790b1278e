"""Dates of a message that a person has to examine (docs/law §9)."""

from datetime import datetime
from typing import Any

from dsr.domain.deadlines import WorkingCalendar, acknowledge_by, compute
from dsr.domain.deadlines.regime import Regime


def dates_of_message(regime: Regime, calendar: WorkingCalendar, received_at: datetime) -> dict[str, Any]:
    """Fields of the event: the local day of arrival, the date that a new request of it would have, and the last day on
    which it is examined in time. Raises CalendarExhausted.
    """
    received_on = calendar.local_date(received_at)
    examine_by = acknowledge_by(regime=regime, calendar=calendar, received_on=received_on)
    deadline = compute(regime=regime, calendar=calendar, received_on=received_on, as_of=received_on)
    return {
        "received_on": received_on,
        "due": deadline.effective_due,
        "examine_by": examine_by,
        "examine_ends_at": calendar.end_of(examine_by),
    }
