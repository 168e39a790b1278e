"""Where the holiday package does not say what the law says.

A public holiday is one that is listed under Reg. 1182/71 Art. 2(1), or named by statute for the whole country. The
package also counts days off that a decree moved from a Saturday, and days on which only national periods end later.
Where the sources leave a doubt, the day counts as a working day, so that our own duties end early rather than late, and
is marked (docs/law §2).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

NUMBER: Final = 1
"""Rises with each change of the table."""


class Effect(StrEnum):
    """What a day is, whatever the package says; codes are public."""

    HOLIDAY = "holiday"
    WORKING = "working"
    DOUBTFUL = "doubtful"
    """It may be a public holiday; it counts as a working day."""


@dataclass(frozen=True)
class HolidayCorrection:
    """A rule about days of one country."""

    country: str
    effect: Effect
    source: str
    """The law, and why the package differs."""
    name: str = ""
    """The package's English name of the day, as a regular expression; empty for every day."""
    month_day: tuple[int, int] | None = None
    day: date | None = None
    first_year: int = 1

    def holds_for(self, day: date, name: str) -> bool:
        """Whether the rule is about this day, which the package calls so; an empty name where it is no holiday."""
        return (
            day.year >= self.first_year
            and self.day in (None, day)
            and self.month_day in (None, (day.month, day.day))
            and re.match(self.name, name) is not None
        )

    def days(self, first_year: int, last_year: int) -> Iterator[date]:
        """The days that the rule names by date, in these years."""
        if self.day is not None and first_year <= self.day.year <= last_year:
            yield self.day
        if self.month_day is not None:
            for year in range(max(first_year, self.first_year), last_year + 1):
                yield date(year, *self.month_day)


_MOVED: Final = r".*substituted from"

CORRECTIONS: Final = (
    HolidayCorrection(
        "LV",
        Effect.WORKING,
        "Darba likums s. 133(4): an order moves working days of institutions paid from the state budget; it makes no "
        "public holiday",
        name=_MOVED,
    ),
    HolidayCorrection(
        "HU",
        Effect.WORKING,
        "Munka törvénykönyve (2012 I) s. 102(1) lists the public holidays; a decree that moves a working day adds a "
        "rest day, not a public holiday",
        name=_MOVED,
    ),
    HolidayCorrection(
        "HU",
        Effect.DOUBTFUL,
        "24 December was added to Munka törvénykönyve s. 102(1); no list under Reg. 1182/71 was seen that names it",
        month_day=(12, 24),
        first_year=2026,
    ),
    HolidayCorrection(
        "BG",
        Effect.DOUBTFUL,
        "Kodeks na truda s. 154(3): the government declared it a day off once; whether as a holiday or for another day "
        "is not known",
        name="Non-working day",
    ),
    HolidayCorrection(
        "GR",
        Effect.DOUBTFUL,
        "Law 4554/2018 s. 37 and earlier: 1 May is observed on another day by ministerial decision, and none is known",
        day=date(2027, 5, 4),
    ),
    HolidayCorrection(
        "FI",
        Effect.DOUBTFUL,
        "Laki 150/1930 s. 5 moves national periods that end on Christmas Eve or Midsummer Eve; neither is named as a "
        "public holiday for other periods",
        name="(Christmas|Midsummer) Eve",
    ),
    HolidayCorrection(
        "NL",
        Effect.WORKING,
        "Algemene termijnenwet s. 3(2) equates Good Friday for national periods only",
        name="Good Friday",
    ),
    HolidayCorrection(
        "NL",
        Effect.HOLIDAY,
        "Algemene termijnenwet s. 3(1) names 5 May in every year",
        month_day=(5, 5),
    ),
    HolidayCorrection(
        "LI",
        Effect.DOUBTFUL,
        "Candlemas and Saint Joseph's Day are not kept by all; no list was seen that names them for periods",
        name="(Candlemas|Saint Joseph's Day)",
    ),
)


def corrected(
    country: str, package: Mapping[date, str], first_year: int, last_year: int
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """The public holidays of these years and the doubtful days, given the package's days with their English names."""
    rules = [each for each in CORRECTIONS if each.country == country]
    effects = dict.fromkeys(package, Effect.HOLIDAY)
    named = {day: "" for rule in rules for day in rule.days(first_year, last_year)}
    for day, name in (named | dict(package)).items():
        for rule in rules:
            if rule.holds_for(day, name):
                effects[day] = rule.effect
                break

    def those(effect: Effect) -> tuple[date, ...]:
        return tuple(day for day, found in effects.items() if found is effect and first_year <= day.year <= last_year)

    return those(Effect.HOLIDAY), those(Effect.DOUBTFUL)
