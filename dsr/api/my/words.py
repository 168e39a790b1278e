"""Texts of the pages in one language."""

from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from dsr.catalogues import OWN_NAMES, Domain, formats, keyed, languages_of

LANGUAGES: Final = dict(sorted(((each, OWN_NAMES[each]) for each in languages_of(Domain.PAGES)), key=itemgetter(1)))
"""ISO 639-1 → name in the language itself, in the order of these names."""


class SiteLanguage:
    """The catalogue of one language, with its format of dates."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = keyed(Domain.PAGES, language)
        self._formats = formats(language)

    def __call__(self, key: str, /, **values: object) -> Markup:
        """The text under `key` (`section.name`), with these values escaped and inserted. Raises KeyError."""
        return Markup(self._texts[key]) % {name: escape(value) for name, value in values.items()}  # noqa: S704 - ours

    def day(self, day: date) -> str:
        """As in `4 April 2026`."""
        return self._formats.date_line(day)

    def local_day(self, moment: datetime, zone: str) -> str:
        """The day of a moment in a time zone (IANA)."""
        return self.day(moment.astimezone(ZoneInfo(zone)).date())

    def beside(self, first: str, second: str) -> str:
        """Two names that belong together."""
        return f"{first} ({second})"

    def size(self, size: int) -> str:
        """Bytes, as in `1.2 MB`."""
        number, unit = (Decimal(size) / 1_000_000, "MB") if size >= 1_000_000 else (max(1, round(size / 1000)), "kB")
        return f"{self._formats.number(number, '#,##0.#')} {unit}"

    def moment(self, moment: datetime, zone: str) -> str:
        """Day and time of day in a time zone (IANA)."""
        local = moment.astimezone(ZoneInfo(zone))
        return f"{self.day(local.date())}, {local:%H:%M}"
