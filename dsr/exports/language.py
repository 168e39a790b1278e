"""Texts of a package in the language of the data subject: one complete catalogue per language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec
from babel import Locale
from markupsafe import Markup, escape

ENGLISH: Final = "en"

_PERIOD: Final = re.compile(r"P(\d+)([YMWD])")
_UNITS: Final = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}


@dataclass(frozen=True)
class PackageLanguage:
    """A catalogue, with its format of dates, periods, sizes and countries."""

    code: str
    """ISO 639-1."""
    texts: Mapping[str, str]
    asked_for: str
    """The language of the data subject, even if it has no catalogue."""

    @property
    def is_fallback(self) -> bool:
        """Whether English replaces a language without a catalogue."""
        return self.code != self.asked_for

    def __call__(self, key: str, **values: object) -> str:
        """A text with its values. Raises KeyError if text or value is missing."""
        return self.texts[key].format_map(values)

    def as_markup(self) -> "PackageLanguage":
        """The same texts for HTML: values are escaped unless they are markup."""
        return replace(self, texts={key: Markup(escape(text)) for key, text in self.texts.items()})  # noqa: S704 - ours

    def counted(self, key: str, number: int) -> str:
        """A text in the plural form of the language: `1 rok`, `2 lata`, `5 lat`."""
        is_few = Locale.parse(self.code).plural_form(number) == "few"
        return self(f"{key}.{'one' if number == 1 else 'few' if is_few else 'other'}", number=number)

    def moment(self, at: datetime) -> str:
        """Day, time and distance from UTC: `5 March 2026, 11:00 (UTC+01:00)`."""
        return self(
            "moment",
            day=at.day,
            month=self(f"month.{at.month}"),
            year=at.year,
            time=f"{at:%H:%M}",
            offset=f"{at:%z}"[:3] + ":" + f"{at:%z}"[3:5],
        )

    def period(self, iso: str) -> str:
        """An ISO 8601 duration in words: `P30D` is "30 days"; unchanged if it has several parts."""
        found = _PERIOD.fullmatch(iso)
        return self.counted(f"period.{_UNITS[found[2]]}", int(found[1])) if found else iso

    def country(self, code: str) -> str:
        """The name of a country by its ISO 3166-1 code; the code itself if the CLDR has no name."""
        name: str = Locale.parse(self.code).territories.get(code, code)
        return name

    def size(self, number: int) -> str:
        """A size for people: `1.4 MB`, in powers of ten."""
        for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
            if number >= factor:
                return f"{number / factor:.1f}".replace(".", self("decimal")) + f" {unit}"
        return self.counted("bytes", number)


def _read() -> dict[str, Mapping[str, str]]:
    folder = files(__package__).joinpath("languages")
    return {
        entry.name.removesuffix(".json"): MappingProxyType(msgspec.json.decode(entry.read_bytes(), type=dict[str, str]))
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    }


CATALOGUES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(_read())
"""By ISO 639-1 code."""


def language_of(tag: str) -> PackageLanguage:
    """The catalogue for a language, ignoring regions (`de-AT` is German); English, marked as fallback, if there is
    none.
    """
    wanted = tag.partition("-")[0].lower() or ENGLISH
    code = wanted if wanted in CATALOGUES else ENGLISH
    return PackageLanguage(code, CATALOGUES[code], wanted)
