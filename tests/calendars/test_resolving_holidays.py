"""Nationwide public holidays become a calendar that is stored."""

import ast
from datetime import date
from importlib.metadata import version
from pathlib import Path

import msgspec
import pytest

import dsr
from dsr.calendars import CountryUnknown, resolve
from dsr.calendars.corrections import NUMBER
from dsr.domain.deadlines import CalendarExhausted, WorkingCalendar


def days(country: str, zone: str, year: int) -> set[str]:
    return {f"{day:%m-%d}" for day in resolve(country, zone, year, year).holidays}


def test_germany_has_nine_nationwide_holidays() -> None:
    assert days("DE", "Europe/Berlin", 2026) == {
        *("01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26")
    }


def test_a_holiday_of_some_regions_moves_no_date() -> None:
    assert "01-06" in days("AT", "Europe/Vienna", 2026)
    assert "01-06" not in days("DE", "Europe/Berlin", 2026)  # Bavaria and two more
    assert "04-03" not in days("FR", "Europe/Paris", 2026)  # Good Friday in Alsace and Moselle
    assert "04-06" not in days("ES", "Europe/Madrid", 2026)  # Easter Monday in Catalonia


def test_britain_observes_what_all_its_parts_share() -> None:
    shared = days("GB", "Europe/London", 2026)
    assert {"01-01", "04-03", "05-04", "05-25", "12-25", "12-28"} <= shared
    assert "01-02" not in shared  # Scotland
    assert "04-06" not in shared  # not Scotland
    assert "08-31" not in shared  # not Scotland


def test_substitute_days_that_the_law_gives_are_holidays() -> None:
    assert "12-28" in days("GB", "Europe/London", 2026)  # for Boxing Day on a Saturday
    assert "05-25" in days("BG", "Europe/Sofia", 2026)  # for 24 May on a Sunday


def test_customary_and_bank_holidays_are_working_days() -> None:
    assert "06-19" not in days("FI", "Europe/Helsinki", 2026)  # Midsummer Eve, by law for national periods
    assert "06-19" not in days("SE", "Europe/Stockholm", 2026)  # Midsummer Eve, by custom
    assert "12-24" not in days("DE", "Europe/Berlin", 2026)


def test_a_working_day_that_a_decree_moved_is_one() -> None:
    """Hungary's Friday off for a worked Saturday, as the package has it; the Saturday is no working day either."""
    calendar = resolve("HU", "Europe/Budapest", 2026, 2026)
    assert calendar.is_working_day(date(2026, 1, 2))
    assert not calendar.is_working_day(date(2026, 1, 10))


def test_whole_years_are_resolved_both_ends_included() -> None:
    calendar = resolve("DE", "Europe/Berlin", 2025, 2027)
    assert {day.year for day in calendar.holidays} == {2025, 2026, 2027}
    assert (calendar.first_year, calendar.last_year) == (2025, 2027)
    assert not calendar.is_working_day(date(2027, 12, 25))
    with pytest.raises(CalendarExhausted):
        calendar.is_working_day(date(2028, 1, 3))


def test_the_calendar_names_what_resolved_it() -> None:
    assert resolve("DE", "Europe/Berlin", 2026, 2026).version == f"holidays {version('holidays')}, corrections {NUMBER}"


def test_a_resolved_calendar_survives_json() -> None:
    calendar = resolve("GR", "Europe/Athens", 2024, 2030)
    assert msgspec.json.decode(msgspec.json.encode(calendar), type=WorkingCalendar) == calendar


@pytest.mark.parametrize("country", ["ZZ", "UK", "DEU", "Germany", "de", ""])
def test_an_unknown_country_is_an_error(country: str) -> None:
    with pytest.raises(CountryUnknown):
        resolve(country, "Europe/Berlin", 2026, 2026)


@pytest.mark.parametrize(("first", "last"), [(1700, 1701), (2026, 3000)])
def test_years_that_nobody_knows_are_not_years_without_holidays(first: int, last: int) -> None:
    with pytest.raises(CalendarExhausted):
        resolve("DE", "Europe/Berlin", first, last)


def test_only_this_room_knows_the_holidays_package() -> None:
    root = Path(dsr.__file__).parent
    importers = {
        path.relative_to(root).parts[0]
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(each.name.split(".")[0] == "holidays" for each in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "holidays" and not node.level)
    }
    assert importers == {"calendars"}
