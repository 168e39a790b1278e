"""Resolves the public holidays of a country into a calendar that never changes."""

from functools import cache
from importlib.metadata import version

import holidays

from dsr.calendars.corrections import NUMBER, corrected
from dsr.calendars.zones import CountryUnknown, require_zone
from dsr.domain.deadlines import CalendarExhausted, WorkingCalendar


def resolve(country: str, zone: str, first_year: int, last_year: int) -> WorkingCalendar:
    """The working calendar of the country for whole years, both ends included.

    Nationwide public holidays only, with the substitute days that national law gives. A day that is a holiday in some
    regions (Germany's Epiphany, Scotland's 2 January, England's Easter Monday: a country's part counts as a region)
    does not move a date, so that a regional controller is early rather than late. Bank, school, half-day and customary
    holidays are working days, and so are days off that a decree moved (`corrections`). A Saturday is never one, even if
    a government declares it worked (Reg. 1182/71 Art. 2).

    Raises CountryUnknown, ZoneUnknown, and CalendarExhausted for years that the package does not know.
    """
    if country not in holidays.list_supported_countries(include_aliases=False):
        raise CountryUnknown(country=country)
    require_zone(zone)
    known = holidays.country_holidays(country, categories=holidays.PUBLIC)
    if first_year < known.start_year or last_year > known.end_year:
        # Outside these years the package returns an empty list, which would read as "no holidays".
        raise CalendarExhausted(country=country, first_year=first_year, last_year=last_year)
    days = holidays.country_holidays(
        country, years=range(first_year, last_year + 1), categories=holidays.PUBLIC, language="en_US"
    )
    # Some countries add days of a neighbouring year, which would be known only in part: `corrected` leaves them out.
    certain, doubtful = corrected(country, days, first_year, last_year)
    return WorkingCalendar(
        country=country,
        zone=zone,
        version=f"holidays {_version()}, corrections {NUMBER}",
        first_year=first_year,
        last_year=last_year,
        holidays=certain,
        doubtful=doubtful,
    )


@cache
def _version() -> str:
    # Reading the package's files takes longer than resolving a calendar.
    return version("holidays")
