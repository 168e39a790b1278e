"""Our calendars follow the law where the holiday package does not, and every difference between sources is decided."""

from datetime import UTC, date, datetime

import pytest

from docs import calendar_table
from dsr.calendars import explain_hypothetical
from dsr.calendars.corrections import CORRECTIONS, Effect, HolidayCorrection
from tests.calendars.compare import COUNTRIES, differences, of_package, stored


def statutory(country: str, received: date, extended: date | None = None) -> tuple[date, list[str]]:
    """The statutory date of a request of this day, and the codes of its steps."""
    noon = datetime.min.time().replace(hour=11)
    explained, _ = explain_hypothetical(
        now=datetime.combine(received, noon, UTC),
        received=datetime.combine(received, noon, UTC),
        extended_at=None if extended is None else datetime.combine(extended, noon, UTC),
        suspensions=(),
        country=country,
        zone=None,
        regime_id=None,
        as_of=None,
    )
    return explained.deadline.statutory_due, [step.rule for step in explained.steps]


@pytest.mark.parametrize(
    ("country", "received", "due", "before"),
    [
        ("LV", date(2026, 5, 22), date(2026, 6, 22), date(2026, 6, 25)),
        ("HU", date(2026, 7, 21), date(2026, 8, 21), date(2026, 8, 24)),
        ("NL", date(2026, 3, 3), date(2026, 4, 3), date(2026, 4, 7)),
    ],
)
def test_a_day_that_a_decree_moved_moves_no_date(country: str, received: date, due: date, before: date) -> None:
    """The answer would have been late by days."""
    assert due < before
    assert statutory(country, received) == (due, statutory(country, received)[1])
    assert "doubtful-holiday" not in statutory(country, received)[1]


def test_latvian_extensions_are_not_accepted_two_days_late() -> None:
    due, _ = statutory("LV", date(2026, 3, 22), date(2026, 4, 20))
    assert due == date(2026, 6, 22)


@pytest.mark.parametrize(
    ("country", "received", "due"),
    [
        ("FI", date(2026, 11, 24), date(2026, 12, 24)),
        ("HU", date(2026, 11, 24), date(2026, 12, 24)),
        ("BG", date(2025, 12, 2), date(2026, 1, 2)),
        ("GR", date(2027, 4, 4), date(2027, 5, 4)),
    ],
)
def test_a_doubtful_holiday_counts_as_a_working_day_and_is_marked(country: str, received: date, due: date) -> None:
    found, steps = statutory(country, received)
    assert (found, "doubtful-holiday" in steps) == (due, True)


def test_the_dutch_fifth_of_may_is_a_holiday_in_every_year() -> None:
    assert statutory("NL", date(2026, 2, 5), date(2026, 2, 6))[0] == date(2026, 5, 6)


def test_every_difference_between_sources_is_on_record() -> None:
    """A new version of a source shows here; `tests/calendars/compare.py` writes the table."""
    kept = stored()
    third: dict[str, dict[date, str]] = {country: {} for country in COUNTRIES}
    for each in kept:
        if each.date_holidays:
            third[each.country][each.day] = ""
    agreeing = {(each.country, each.day) for each in kept}
    for country in COUNTRIES:  # where the third source is not kept, it agrees with the package
        third[country] |= {day: "" for day in of_package(country) if (country, day) not in agreeing}
    assert list(differences(third)) == kept


def test_every_difference_is_decided_by_a_rule() -> None:
    rows = calendar_table.differences()
    assert [row for row in rows if calendar_table.decision(row) is None] == []
    assert len(rows) == len(stored())
    assert calendar_table.decision({"country": "DE", "ours": "working"}) is None


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda each: f"{each.country}-{each.effect}")
def test_every_correction_still_corrects_something(correction: object) -> None:
    """A rule that the package has caught up with is taken out."""

    assert isinstance(correction, HolidayCorrection)
    package = of_package(correction.country)
    found = [day for day, name in package.items() if correction.holds_for(day, name)]
    missing = [day for day in correction.days(2024, 2030) if day not in package]
    assert missing if correction.effect is Effect.HOLIDAY else found
