"""Words of the console in the language of the page: codes, dates, times, sizes and numbers as people write them."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from gettext import NullTranslations
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from markupsafe import Markup, escape

from dsr.api.console.language import N_, _, code_text, ngettext, page_language, page_texts, spoken
from dsr.catalogues import ENGLISH, formats
from dsr.letters.words import words

NEAR: Final = 14
"""Days within which a date is told in working days."""

_NUMBERED: Final = re.compile(r"(.*[^\d-])[-_](\d+)", re.ASCII)
"""A code that occurs several times, such as `erasure-2`."""

_KEEPS_CAPITALS: Final = "de"
"""German writes nouns with a capital within a sentence, too."""

_DAY: Final = {"de": "d. MMM"}
"""How a day and its month are written; elsewhere without a full stop after the day."""

_FIRST: Final = {"fr": "1er"}
"""How the first of a month is written where it is an ordinal."""

_WIDER: Final = {"answer-sent": "letter-sent"}
"""Codes that mean more than their words say, and are never renamed: acknowledgements and questions are letters, too."""

_REMEMBERED: Final = 4_096
"""Dates and codes whose words a process remembers: those on one page are much the same as on the next."""


def code_as_words(code: object) -> str:
    """A public code as words: `partly-fulfilled` → `Partly fulfilled`; of a part of a part, the last."""
    return _code_in(page_texts(), str(code))


@lru_cache(_REMEMBERED)
def _code_in(texts: NullTranslations, code: str) -> str:
    numbered = _NUMBERED.fullmatch(code)
    if numbered:
        return f"{_code_in(texts, numbered[1])} {numbered[2]}"
    return code_text(code_in_english(code), texts)


def code_in_english(code: object) -> str:
    """What the catalogue knows a code by."""
    last = str(code).rpartition(".")[2]
    text = _WIDER.get(last, last).replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:]


def within(words: str) -> str:
    """The words of a code as they stand within a sentence."""
    return words if page_language() == _KEEPS_CAPITALS else words[:1].lower() + words[1:]


def codes_in_words(codes: Iterable[object]) -> str:
    """Several codes within a sentence: `access, erasure`."""
    return ", ".join(within(code_as_words(each)) for each in codes)


def coded(text: str) -> Markup:
    """A sentence whose words in backquotes are code."""
    if isinstance(text, Markup):
        return text
    words = (f"<code>{escape(each)}</code>" if odd % 2 else escape(each) for odd, each in enumerate(text.split("`")))
    return Markup("").join(map(Markup, words))


def keyed(text: str) -> Markup:
    """A translated sentence whose words in backquotes are keys of the keyboard."""
    words = (f"<kbd>{escape(each)}</kbd>" if odd % 2 else escape(each) for odd, each in enumerate(text.split("`")))
    return Markup("").join(map(Markup, words))


def law_in_words(source: str) -> str:
    """Where law stands, as the language of the page cites it: `GDPR Art. 12(3)` → `Art. 12 Abs. 3 DSGVO`."""
    language = page_language()
    if language == ENGLISH:
        return source
    return _(source) if source in _NO_LAW else words(language).provision(source, regime="gdpr")


_NEAREST: Final = {0: N_("today"), 1: N_("tomorrow"), -1: N_("yesterday")}

_NO_LAW: Final = (N_("our policy"), N_("privacy notice"))
"""Other sources of dates."""


def day_in_words(day: date, today: date, working_days: int | None = None) -> str:
    """A date with its distance: `in 3 working days, Fri 4 Dec`; the year only where it is not this one.

    Working days count where the date is near; None where the holidays are not known.
    """
    written = week_day(day, with_year=day.year != today.year)
    return _("%(distance)s, %(day)s", distance=distance(day, today, working_days), day=written)


def distance(day: date, today: date, working_days: int | None = None) -> str:
    """How far a day is away: `today`, `tomorrow`, `in 3 working days`, `in 30 days`, `2 days ago`."""
    days = (day - today).days
    if days in _NEAREST:
        return _(_NEAREST[days])
    if days < 0:
        return ngettext("%(num)s day ago", "%(num)s days ago", -days)
    if days > NEAR or working_days is None:
        return ngettext("in %(num)s day", "in %(num)s days", days)
    if working_days < 2:
        return _("on the next working day") if working_days else _("before the next working day")
    return ngettext("in %(num)s working day", "in %(num)s working days", working_days)


def moment_in_words(moment: datetime, zone: str = "UTC") -> str:
    """Day and time of day in a time zone (IANA): `4 Dec 2026, 14:05`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{full_day(local.date())}, {local:%H:%M}"


def full_day(day: date) -> str:
    """As in `4 Dec 2026`."""
    return _written(page_language(), day, "{day} y")


def short_day(day: date) -> str:
    """As in `4 Dec`."""
    return _written(page_language(), day, "{day}")


def week_day(day: date, *, with_year: bool = True) -> str:
    """As in `Fri 4 Dec 2026`."""
    return _written(page_language(), day, "EEE {day} y" if with_year else "EEE {day}")


def number_in_words(number: int | Decimal) -> str:
    """With separators."""
    return spoken().number(number)


def percent_in_words(share: float) -> str:
    """A share, which is at most 1, as in `92.3 %`."""
    return f"{spoken().number(Decimal(share) * 100, '#,##0.0')} %"


def size_in_words(size: int) -> str:
    """Bytes, as in `1.2 MB`."""
    if size < 1000:
        return ngettext("%(num)s byte", "%(num)s bytes", size)
    written = spoken().number(Decimal(size) / (1_000_000 if size >= 1_000_000 else 1000), "#,##0.0")
    return _("%(size)s MB", size=written) if size >= 1_000_000 else _("%(size)s kB", size=written)


def month_in_words(day: date, *, short: bool = False) -> str:
    """The month of a day: `December 2026`; in short, `Dec`."""
    return _written(page_language(), day.replace(day=1), "LLL" if short else "LLLL y")


def weekday_in_words(day: date) -> str:
    """`Fri`."""
    return _written(page_language(), day, "ccc")


def language_in_words(language: str) -> str:
    """A language (ISO 639-1) as the page calls it."""
    return spoken().name_of(language)


def country_in_words(country: str) -> str:
    """A country (ISO 3166-1 alpha-2), as the language of the page calls it."""
    return spoken().country(country)


@lru_cache(_REMEMBERED)
def _written(language: str, day: date, pattern: str) -> str:
    """A date in a pattern of CLDR, in which `{day}` is the day with its month."""
    pattern = pattern.format(day=_DAY.get(language, "d MMM"))
    first = _FIRST.get(language)
    if first and day.day == 1:
        pattern = re.sub(r"\bd\b", f"'{first}'", pattern)
    return str(format_date(day, pattern, locale=formats(language).locale))
