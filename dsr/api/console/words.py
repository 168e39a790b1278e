"""Words of the console: codes, dates and times as people say them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from dsr.catalogues import ENGLISH, formats


def code_as_words(code: object) -> str:
    """A public code as words: `partly-fulfilled` → `Partly fulfilled`."""
    text = str(code).replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:]


def day_in_words(day: date, today: date) -> str:
    """A date with its distance: `in 3 days, Fri 4 Dec`; the year only where it is not this one."""
    pattern = "EEE d MMM" if day.year == today.year else "EEE d MMM y"
    written = format_date(day, pattern, locale=formats(ENGLISH).locale)
    return f"{distance(day, today)}, {written}"


def distance(day: date, today: date) -> str:
    """How far a day is away: `today`, `tomorrow`, `in 3 days`, `2 days ago`."""
    days = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def moment_in_words(moment: datetime, zone: str = "UTC") -> str:
    """Day and time of day in a time zone (IANA): `4 Dec 2026, 14:05`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{format_date(local.date(), 'd MMM y', locale=formats(ENGLISH).locale)}, {local:%H:%M}"
