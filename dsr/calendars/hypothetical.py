"""Deadlines of hypothetical requests, by the calendar of a country."""

from collections.abc import Sequence
from datetime import date, datetime

from dsr.calendars.resolution import resolve
from dsr.calendars.zones import capital_zone
from dsr.domain.deadlines import Explanation, Suspension, WorkingCalendar, explain
from dsr.domain.deadlines.regime import regime, regime_of_country


def explain_hypothetical(
    *,
    now: datetime,
    received: datetime,
    extended_at: datetime | None,
    suspensions: Sequence[Suspension],
    country: str,
    zone: str | None,
    regime_id: str | None,
    as_of: date | None,
    access: bool = True,
) -> tuple[Explanation, WorkingCalendar]:
    """The explanation, and the calendar that it counts by; all instants are aware.

    `zone` is that of the capital and the regime that of the country unless given. Without `as_of`, a request with an
    open question is seen from today, or from the last day that the caller tells of where that is later; any other, from
    the last day told.
    Raises CountryUnknown, ZoneUnknown, and what `explain` does.
    """
    told = [received, extended_at or received]
    named = [day for each in suspensions for day in (each.asked, each.sufficient) if day]
    years = [day.year for day in (*told, *named, as_of or now)]
    calendar = resolve(country, zone or capital_zone(country), min(years) - 1, max(years) + 2)
    if as_of is None and any(each.sufficient is None for each in suspensions):
        as_of = max([calendar.local_date(time) for time in (now, *told)] + named)
    explanation = explain(
        regime=regime(regime_id) if regime_id else regime_of_country(calendar.country),
        calendar=calendar,
        received_on=calendar.local_date(received),
        suspensions=suspensions,
        extended_at=extended_at,
        as_of=as_of,
        access=access,
    )
    return explanation, calendar
