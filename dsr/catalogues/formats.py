"""Dates, numbers and names as readers of one language write them (CLDR)."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

LOCALES: Final = {
    "en": "en_GB",
    "de": "de_DE",
    "fr": "fr_FR",
    "es": "es_ES",
    "it": "it_IT",
    "nl": "nl_NL",
    "pl": "pl_PL",
    "ro": "ro_RO",
    "pt": "pt_PT",
    "bg": "bg_BG",
    "cs": "cs_CZ",
    "da": "da_DK",
    "el": "el_GR",
    "et": "et_EE",
    "fi": "fi_FI",
    "ga": "ga_IE",
    "hr": "hr_HR",
    "hu": "hu_HU",
    "lt": "lt_LT",
    "lv": "lv_LV",
    "mt": "mt_MT",
    "sk": "sk_SK",
    "sl": "sl_SI",
    "sv": "sv_SE",
    "ja": "ja_JP",
    "tr": "tr_TR",
    "uk": "uk_UA",
}
"""ISO 639-1 → locale of dates and numbers, for each language that a catalogue can be in; the source language first."""

OWN_NAMES: Final = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "ro": "Română",
    "pt": "Português",
    "bg": "Български",
    "cs": "Čeština",
    "da": "Dansk",
    "el": "Ελληνικά",
    "et": "Eesti",
    "fi": "Suomi",
    "ga": "Gaeilge",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "mt": "Malti",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sv": "Svenska",
    "ja": "日本語",
    "tr": "Türkçe",
    "uk": "Українська",
}
"""ISO 639-1 → name of the language in itself, as the first word of a line.

Written down, since CLDR takes longer to read in all languages than the service to start.
"""

_FIRST: Final = {"fr": "1er", "it": "1º"}
"""Languages that write the first of a month as an ordinal."""


class LanguageFormats:
    """One language's way to write dates, numbers, and the names of countries and languages."""

    def __init__(self, language: str) -> None:
        """Raises KeyError for a language that is not in LOCALES."""
        self.language = language
        self.locale = Locale.parse(LOCALES[language])

    def date_line(self, day: date) -> str:
        """A date that stands alone, as in `4 April 2026`."""
        written = str(format_date(day, "long", locale=self.locale))
        if self.language == "pl":
            return f"{written} r."
        first = _FIRST.get(self.language)
        return f"{first}{written.removeprefix('1')}" if first and day.day == 1 else written

    def number(self, number: int | Decimal, pattern: str | None = None) -> str:
        """With separators; `pattern` as in `#,##0.#`."""
        return str(format_decimal(number, pattern, locale=self.locale))

    def country(self, code: str) -> str:
        """ISO 3166-1 alpha-2 → name; the code itself if the locale has none."""
        return self.locale.territories.get(code) or code

    def name_of(self, language: str) -> str:
        """ISO 639-1 → name of that language in this one; the code itself if there is none."""
        return self.locale.languages.get(language) or language

    def language_names(self) -> dict[str, str]:
        """ISO 639-1 → name in this one, of every language that the locale names."""
        return {code: name for code, name in self.locale.languages.items() if len(code) == 2}

    def marked(self, text: str, language: str) -> str:
        """A text in another language, which is named after it: `Recordings of calls (Englisch)`."""
        return f"{text} ({self.name_of(language)})"


@cache
def formats(language: str) -> LanguageFormats:
    """The `LanguageFormats` of a language, made once."""
    return LanguageFormats(language)
