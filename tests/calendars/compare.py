"""Compares our calendars with the holiday package and two other open sources: `python tests/calendars/compare.py FILE`.

FILE is what the npm package `date-holidays` (data CC-BY) says, as `{country: {day: name}}` of its public holidays; only
the differences are kept. They decide nothing: each difference names what decided it, in `decisions.toml` and on
docs/law/calendars.md.
"""

import csv
import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import holidays

from dsr.calendars import capital_zone, resolve

HERE: Final = Path(__file__).parent
DIFFERENCES: Final = HERE / "differences.csv"
FIRST, LAST = 2024, 2030
COUNTRIES: Final = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT"),
    *("LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
)
_SUNDAY: Final = 6


@dataclass(frozen=True)
class Difference:
    """A day, no Sunday, on which the sources do not agree with us or with one another."""

    country: str
    day: date
    ours: str
    """`holiday`, `doubtful` or `working`."""
    package: bool
    workalendar: bool
    date_holidays: bool


def of_package(country: str) -> dict[date, str]:
    """The public holidays of the package, with their English names."""
    years = range(FIRST, LAST + 1)
    found = holidays.country_holidays(country, years=years, categories=holidays.PUBLIC, language="en_US")
    return {day: name for day, name in found.items() if day.year in years}


def of_workalendar(country: str) -> dict[date, str]:
    """The holidays of workalendar; none in a country or year that it does not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from workalendar.registry import registry

        made = registry.get(country)
        if made is None:
            return {}
        return {day: name for year in range(FIRST, LAST + 1) for day, name in made().holidays(year)}


def differences(elsewhere: Mapping[str, Mapping[date, str]]) -> Iterator[Difference]:
    """Yield each difference, by country and day."""
    for country in COUNTRIES:
        calendar = resolve(country, capital_zone(country), FIRST, LAST)
        package, second, third = of_package(country), of_workalendar(country), elsewhere[country]
        for day in sorted({*calendar.holidays, *calendar.doubtful, *package, *second, *third}):
            if day.weekday() == _SUNDAY or not FIRST <= day.year <= LAST:
                continue
            ours = "holiday" if calendar.is_holiday(day) else "doubtful" if calendar.is_doubtful(day) else "working"
            said = day in package, day in second, day in third
            if {*said} != {ours == "holiday"}:
                yield Difference(country, day, ours, *said)


def stored() -> list[Difference]:
    """The differences as they are kept."""
    with DIFFERENCES.open(encoding="utf-8", newline="") as file:
        return [
            Difference(
                row["country"],
                date.fromisoformat(row["day"]),
                row["ours"],
                *(row[source] == "yes" for source in ("package", "workalendar", "date-holidays")),
            )
            for row in csv.DictReader(file)
        ]


def main() -> None:
    """Write the differences."""
    said = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    elsewhere = {
        country: {date.fromisoformat(day): name for day, name in days.items()} for country, days in said.items()
    }
    with DIFFERENCES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("country", "day", "ours", "package", "workalendar", "date-holidays"))
        for each in differences(elsewhere):
            sources = ("yes" if said else "no" for said in (each.package, each.workalendar, each.date_holidays))
            writer.writerow((each.country, each.day, each.ours, *sources))


if __name__ == "__main__":
    main()
