"""Words of the console: codes, dates and times as people say them."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

from dsr.api.console.language import spoken
from dsr.catalogues import ENGLISH, formats

NEAR: Final = 14
"""Days within which working days are what matters."""


def code_as_words(code: object) -> str:
    """A public code as words: `partly-fulfilled` → `Partly fulfilled`."""
    text = str(code).replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:]


def day_in_words(day: date, today: date, working_days: int | None = None) -> str:
    """A date with its distance: `in 3 working days, Fri 4 Dec`; the year only where it is not this one.

    Working days count where the date is near; None where the holidays are not known.
    """
    pattern = "EEE d MMM" if day.year == today.year else "EEE d MMM y"
    written = format_date(day, pattern, locale=formats(ENGLISH).locale)
    return f"{distance(day, today, working_days)}, {written}"


def distance(day: date, today: date, working_days: int | None = None) -> str:
    """How far a day is away: `today`, `tomorrow`, `in 3 working days`, `in 30 days`, `2 days ago`."""
    days = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    if days < 0:
        return f"{-days} days ago"
    if days > NEAR or working_days is None:
        return f"in {days} days"
    return {0: "before the next working day", 1: "on the next working day"}.get(
        working_days, f"in {working_days} working days"
    )


def moment_in_words(moment: datetime, zone: str = "UTC") -> str:
    """Day and time of day in a time zone (IANA): `4 Dec 2026, 14:05`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{format_date(local.date(), 'd MMM y', locale=formats(ENGLISH).locale)}, {local:%H:%M}"


def month_in_words(day: date) -> str:
    """The month of a day: `December 2026`."""
    return format_date(day, "LLLL y", locale=spoken().locale)


def weekday_in_words(day: date) -> str:
    """`Fri`."""
    return format_date(day, "ccc", locale=spoken().locale)


def language_in_words(language: str) -> str:
    """A language (ISO 639-1) as English calls it."""
    return str(formats(ENGLISH).locale.languages.get(language, language))


def country_in_words(country: str) -> str:
    """A country (ISO 3166-1 alpha-2), as the language of the page calls it."""
    return str(spoken().locale.territories.get(country, country))
