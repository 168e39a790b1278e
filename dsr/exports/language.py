"""Texts of a package in the language of the data subject."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from markupsafe import Markup, escape

from dsr.catalogues import Domain, formats, keyed, reading_language

_PERIOD: Final = re.compile(r"P(\d+)([YMWD])")
_UNITS: Final = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}


class PackageLanguage:
    """A catalogue, with its format of dates, periods, sizes and countries."""

    def __init__(self, code: str, asked_for: str, *, as_markup: bool = False) -> None:
        """Raises FileNotFoundError for a language without a catalogue."""
        self.code = code
        """ISO 639-1."""
        self.asked_for = asked_for
        """The language of the data subject, even if it has no catalogue."""
        self._texts = keyed(Domain.PACKAGES, code)
        self._formats = formats(code)
        self._as_markup = as_markup

    @property
    def is_fallback(self) -> bool:
        """Whether another language replaces that of the data subject, which has no catalogue."""
        return self.code != self.asked_for

    def __call__(self, key: str, **values: object) -> str:
        """A text with its values. Raises KeyError if text or value is missing."""
        return self._filled(self._texts[key], values)

    def as_markup(self) -> "PackageLanguage":
        """The same texts for HTML: values are escaped unless they are markup."""
        return PackageLanguage(self.code, self.asked_for, as_markup=True)

    def counted(self, key: str, number: int) -> str:
        """A text in the plural form of the language: `1 rok`, `2 lata`, `5 lat`."""
        return self._filled(self._texts.counted(key, number), {"number": number})

    def moment(self, at: datetime) -> str:
        """Day, time and distance from UTC: `5 March 2026, 11:00 (UTC+01:00)`."""
        offset = f"{at:%z}"[:3] + ":" + f"{at:%z}"[3:5]
        return self("moment", date=self._formats.date_line(at.date()), time=f"{at:%H:%M}", offset=offset)

    def period(self, iso: str) -> str:
        """An ISO 8601 duration in words: `P30D` is "30 days"; unchanged if it has several parts."""
        found = _PERIOD.fullmatch(iso)
        return self.counted(f"period.{_UNITS[found[2]]}", int(found[1])) if found else iso

    def country(self, code: str) -> str:
        """The name of a country by its ISO 3166-1 code; the code itself if the CLDR has no name."""
        return self._formats.country(code)

    def name_of(self, language: str) -> str:
        """The name of a language by its ISO 639-1 code; the code itself if the CLDR has no name."""
        return self._formats.name_of(language)

    def marked(self, text: str, language: str) -> str:
        """A text in another language, which is named after it: `Recordings of calls (Englisch)`."""
        return self._formats.marked(text, language)

    def joined(self, texts: Iterable[str]) -> str:
        """Several texts in one line; markup if this language's texts are."""
        return self._between("; ", texts)

    def sentences(self, *sentences: str) -> str:
        """Sentences one after the other, without the empty ones; Japanese has no space between them."""
        return self._between("" if self.code == "ja" else " ", filter(None, sentences))

    def size(self, number: int) -> str:
        """A size for people: `1.4 MB`, in powers of ten."""
        for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
            if number >= factor:
                return f"{self._formats.number(Decimal(number) / factor, '0.0')} {unit}"
        return self.counted("bytes", number)

    def _between(self, separator: str, texts: Iterable[str]) -> str:
        return Markup(separator).join(texts) if self._as_markup else separator.join(texts)  # noqa: S704 - our own

    def _filled(self, text: str, values: dict[str, object]) -> str:
        return Markup(escape(text)) % values if self._as_markup else text % values  # noqa: S704 - our own text


def language_of(tag: str | None, others: Iterable[str] = ()) -> PackageLanguage:
    """The catalogue for a language, ignoring regions (`de-AT` is German); without one, that of the controller's
    languages (`others`) in their order, or English.
    """
    code = reading_language(Domain.PACKAGES, tag, others)
    return PackageLanguage(code, (tag or "").partition("-")[0].lower() or code)
