"""Dates and numbers as people say them, in each language of the console."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, g

from dsr.api.console.words import (
    NEAR,
    code_as_words,
    day_in_words,
    distance,
    moment_in_words,
    number_in_words,
    percent_in_words,
    size_in_words,
)

FRIDAY = date(2026, 11, 27)


@contextmanager
def page_in(language: str) -> Iterator[None]:
    with Flask(__name__).app_context():
        g.page_language = language
        yield


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
    with page_in("en"):
        assert distance(FRIDAY + timedelta(days), FRIDAY, working_days) == words


def test_a_date_names_the_year_only_where_it_is_another() -> None:
    with page_in("en"):
        assert day_in_words(date(2026, 12, 4), FRIDAY, 5) == "in 5 working days, Fri 4 Dec"
        assert day_in_words(date(2027, 2, 8), FRIDAY) == "in 73 days, Mon 8 Feb 2027"


def test_each_language_says_dates_numbers_and_plurals_its_own_way() -> None:
    said = {}
    for language in ("de", "fr", "es", "pl"):
        with page_in(language):
            said[language] = (
                *(distance(FRIDAY + timedelta(days), FRIDAY) for days in (1, 5, 22)),
                *(distance(FRIDAY + timedelta(days), FRIDAY, days) for days in (2, 5)),
                distance(FRIDAY - timedelta(3), FRIDAY),
                day_in_words(date(2027, 2, 1), FRIDAY),
                moment_in_words(datetime(2026, 12, 1, 13, 5, tzinfo=UTC), "Europe/Berlin"),
                *(" ".join(each.split()) for each in (number_in_words(12345), percent_in_words(0.9231))),
                " ".join(size_in_words(1_250_000).split()),
            )
    # fmt: off
    assert said == {
        "de": ("morgen", "in 5 Tagen", "in 22 Tagen", "in 2 Arbeitstagen", "in 5 Arbeitstagen", "vor 3 Tagen",
               "in 66 Tagen, Mo. 1. Feb. 2027", "1. Dez. 2026, 14:05", "12.345", "92,3 %", "1,2 MB"),
        "fr": ("demain", "dans 5 jours", "dans 22 jours", "dans 2 jours ouvrables", "dans 5 jours ouvrables",
               "il y a 3 jours", "dans 66 jours, lun. 1er févr. 2027", "1er déc. 2026, 14:05", "12 345", "92,3 %",
               "1,2 Mo"),
        "es": ("mañana", "en 5 días", "en 22 días", "en 2 días hábiles", "en 5 días hábiles", "hace 3 días",
               "en 66 días, lun 1 feb 2027", "1 dic 2026, 14:05", "12.345", "92,3 %", "1,2 MB"),
        "pl": ("jutro", "za 5 dni", "za 22 dni", "za 2 dni robocze", "za 5 dni roboczych", "3 dni temu",
               "za 66 dni, pon. 1 lut 2027", "1 gru 2026, 14:05", "12 345", "92,3 %", "1,2 MB"),
    }
    # fmt: on


@pytest.mark.parametrize(
    ("language", "code", "words"),
    [
        ("en", "partly-fulfilled", "Partly fulfilled"),
        ("en", "dsr.request.answer-sent", "Letter sent"),
        ("de", "dsr.request.answer-sent", "Schreiben versandt"),
    ],
)
def test_a_code_is_said_as_what_it_means(language: str, code: str, words: str) -> None:
    with page_in(language):
        assert code_as_words(code) == words
