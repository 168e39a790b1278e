"""The page of calendars: where sources differ, what our calendar says, and why."""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

_TABLES = Path(__file__).parent.parent / "tests" / "calendars"
_SOURCES = ("package", "workalendar", "date-holidays")

_HEAD = """\
# Calendars where sources differ

Which days are public holidays decides when a period ends (Reg. 1182/71 Art. 3(4)). The service takes them from the
package `holidays` and corrects it by a table of its own with sources (`dsr/calendars/corrections.py`). Two other open
sources, `workalendar` and `date-holidays` (data CC-BY), are compared with it for the 31 countries of the EU, the EEA
and the United Kingdom, for {first} to {last}. They decide nothing: each difference names what decided it, by the order
of sources of [§2](02-deadlines.md).

A *doubtful* day counts as a working day, so that an answer is early rather than late; the explanation of a date says
so. Countries that are not named have no difference. Sundays are left out. Written by `make docs`.

| country | days | ours | package | workalendar | date-holidays | because |
| --- | --- | --- | --- | --- | --- | --- |
"""


def decision(row: Mapping[str, str]) -> str | None:
    """Why our calendar says what it says of this difference; None if nobody decided it."""
    for rule in tomllib.loads((_TABLES / "decisions.toml").read_text(encoding="utf-8"))["decision"]:
        if (rule["country"], rule["ours"]) == (row["country"], row["ours"]):
            because: str = rule["because"]
            return because
    return None


def differences() -> list[dict[str, str]]:
    """The differences as they are kept: country, day, ours, and what each source says (`yes`: a holiday)."""
    with (_TABLES / "differences.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page() -> str:
    """The page; one row for each country and each way in which sources differ."""
    grouped = defaultdict[tuple[str, ...], list[date]](list)
    because = {}
    for row in differences():
        key = (row["country"], row["ours"], *(row[source] for source in _SOURCES))
        grouped[key].append(date.fromisoformat(row["day"]))
        because[key] = decision(row) or "**undecided**"
    years = [day.year for days in grouped.values() for day in days]
    lines = [
        f"| {country} | {_days(grouped[country, ours, *said])} | {ours} | {' | '.join(said)} | "
        f"{because[country, ours, *said]} |"
        for country, ours, *said in sorted(grouped)
    ]
    return _HEAD.format(first=min(years), last=max(years)) + "\n".join(lines) + "\n"


def _days(days: list[date]) -> str:
    """Days of a year together, each with the years in which it differs: `24 Dec 2026-2030`."""
    years = defaultdict[tuple[int, int], list[int]](list)
    for day in days:
        years[day.month, day.day].append(day.year)
    return ", ".join(
        f"{date(2024, month, number):%-d %b} {_ranges(found)}" for (month, number), found in sorted(years.items())
    )


def _ranges(years: list[int]) -> str:
    first, last = min(years), max(years)
    if first == last:
        return str(first)
    return f"{first}-{last}" if len(years) == last - first + 1 else " ".join(map(str, sorted(years)))
