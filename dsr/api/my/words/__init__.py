"""Texts of the pages: one catalogue per language, all with the same keys; a test compares them."""

import tomllib
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup, escape

LANGUAGES: Final = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""ISO 639-1 → name in the language itself; the default first."""

_LOCALES: Final = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR", "es": "es_ES"}


class SiteLanguage:
    """The catalogue of one language, with its format of dates."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = catalogue(language)

    def __call__(self, key: str, /, **values: object) -> Markup:
        """The sentence under `key` (`section.name`), with these values escaped and inserted."""
        section, _, name = key.partition(".")
        return Markup(self._words[section][name]).format(  # noqa: S704 - our catalogue; values are escaped by `format`
            **{each: escape(value) for each, value in values.items()}
        )

    def day(self, day: date) -> str:
        """As in `4 April 2026`."""
        return str(format_date(day, "long", locale=_LOCALES[self.language]))

    def local_day(self, moment: datetime, zone: str) -> str:
        """The day of a moment in a time zone (IANA)."""
        return self.day(moment.astimezone(ZoneInfo(zone)).date())

    def beside(self, first: str, second: str) -> str:
        """Two names that belong together."""
        return f"{first} ({second})"

    def size(self, size: int) -> str:
        """Bytes, as in `1.2 MB`."""
        number, unit = (size / 1_000_000, "MB") if size >= 1_000_000 else (max(1, round(size / 1000)), "kB")
        return f"{format_decimal(number, '#,##0.#', locale=_LOCALES[self.language])} {unit}"

    def moment(self, moment: datetime, zone: str) -> str:
        """Day and time of day in a time zone (IANA)."""
        local = moment.astimezone(ZoneInfo(zone))
        return f"{self.day(local.date())}, {local:%H:%M}"


@cache
def catalogue(language: str) -> dict[str, dict[str, Any]]:
    """Section → name → sentence."""
    return tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
