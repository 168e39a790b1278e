"""Dates as people say them."""

from datetime import date, timedelta

import pytest

from dsr.api.console.words import NEAR, day_in_words, distance

FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("days", "working_days", "words"),
    [
        (0, 0, "today"),
        (1, 0, "tomorrow"),
        (-1, None, "yesterday"),
        (-3, None, "3 days ago"),
        (2, 0, "before the next working day"),
        (3, 1, "on the next working day"),
        (7, 5, "in 5 working days"),
        (7, None, "in 7 days"),
        (NEAR + 1, 10, "in 15 days"),
    ],
)
def test_a_distance_counts_working_days_where_the_date_is_near(days: int, working_days: int | None, words: str) -> None:
    assert distance(FRIDAY + timedelta(days), FRIDAY, working_days) == words


def test_a_date_names_the_year_only_where_it_is_another() -> None:
    assert day_in_words(date(2026, 12, 4), FRIDAY, 5) == "in 5 working days, Fri 4 Dec"
    assert day_in_words(date(2027, 2, 8), FRIDAY) == "in 73 days, Mon 8 Feb 2027"
