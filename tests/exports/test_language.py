"""Each language of the page is whole, and says numbers and dates as its readers do."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from importlib.resources import files

import pytest

from dsr.catalogues import ENGLISH, Domain, keyed, languages_of
from dsr.domain.export import ExportKind
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.others_rights import OthersRight
from dsr.domain.request.search_list import SearchResult
from dsr.domain.ropa import DataSource, LegalBasis, RecipientKind, Safeguard
from dsr.exports import PackageContents
from dsr.exports.language import language_of

OF_CODES = {
    *(f"basis.{each}" for each in LegalBasis),
    *(f"source.{each}" for each in DataSource),
    *(f"safeguard.{each}" for each in Safeguard),
    *(f"recipient.{each}" for each in RecipientKind),
    *(f"point.{each}" for each in InformationPoint),
    *(f"{part}.{each}" for part in ("title", "lead") for each in ExportKind),
    *(f"file.{each}" for each in ("purpose", "at", "what", "facts", "text", "message")),
    *(f"searched.{each}" for each in SearchResult),
    *(f"others-right.{each}" for each in OthersRight),
    *(f"automated.{each}" for each in ("contract", "law", "explicit-consent")),
}
"""Texts whose key is put together from a code."""


def test_every_code_that_can_be_told_has_its_text() -> None:
    assert keyed(Domain.PACKAGES, ENGLISH).keys() >= OF_CODES


def test_no_text_is_never_used() -> None:
    room = files("dsr.exports")
    sources = "".join(
        room.joinpath(name).read_text()
        for name in ("information.py", "language.py", "page.py", "templates/index.html", "templates/records.html")
    )
    told = set(re.findall(r'["(]([a-z][a-z-]*(?:\.[a-z-]+)*)"', sources))
    counted = re.compile(r"period\.\w+|provenance\.\w+|others-right\.[\w-]+")
    texts = keyed(Domain.PACKAGES, ENGLISH).keys()
    assert {key for key in texts if key not in told | OF_CODES and not counted.fullmatch(key)} == set()


def test_a_language_without_catalogue_falls_back_to_english_and_says_so() -> None:
    language = language_of("zh-CN")
    assert (language.code, language.asked_for, language.is_fallback) == ("en", "zh", True)
    assert not language_of("de-AT").is_fallback
    assert language_of("de-AT").code == "de"
    assert not language_of("").is_fallback


def test_a_text_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        language_of("en")("no.such.text")
    with pytest.raises(KeyError):
        language_of("en")("right.how")


@pytest.mark.parametrize(
    ("code", "moment", "period", "size"),
    [
        ("en", "5 March 2026, 11:00 (UTC+01:00)", "30 days", "1.5 MB"),
        ("de", "5. März 2026, 11:00 Uhr (UTC+01:00)", "30 Tage", "1,5 MB"),
        ("fr", "5 mars 2026, 11:00 (UTC+01:00)", "30 jours", "1,5 MB"),
        ("es", "5 de marzo de 2026, 11:00 (UTC+01:00)", "30 días", "1,5 MB"),
        ("it", "5 marzo 2026, ore 11:00 (UTC+01:00)", "30 giorni", "1,5 MB"),
        ("nl", "5 maart 2026, 11:00 uur (UTC+01:00)", "30 dagen", "1,5 MB"),
        ("pl", "5 marca 2026 r., godz. 11:00 (UTC+01:00)", "30 dni", "1,5 MB"),
        ("ro", "5 martie 2026, ora 11:00 (UTC+01:00)", "30 de zile", "1,5 MB"),
        ("pt", "5 de março de 2026, 11:00 (UTC+01:00)", "30 dias", "1,5 MB"),
        ("ja", "2026年3月5日 11:00（UTC+01:00）", "30日間", "1.5 MB"),
    ],
)
def test_dates_periods_and_sizes_are_in_words(code: str, moment: str, period: str, size: str) -> None:
    language = language_of(code)
    assert language.moment(datetime(2026, 3, 5, 11, tzinfo=timezone(timedelta(hours=1)))) == moment
    assert language.period("P30D") == period
    assert language.size(1_500_000) == size
    assert language.period("P1Y6M") == "P1Y6M"
    assert language_of("en").period("P1Y") == "1 year"
    assert language_of("en").size(1) == "1 byte"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pl", ["0 lat", "1 rok", "2 lata", "5 lat", "12 lat", "22 lata", "101 lat"]),
        ("ro", ["0 ani", "1 an", "2 ani", "5 ani", "12 ani", "22 de ani", "101 ani"]),
        ("fr", ["0 an", "1 an", "2 ans", "5 ans", "12 ans", "22 ans", "101 ans"]),
        ("ja", ["0年間", "1年間", "2年間", "5年間", "12年間", "22年間", "101年間"]),
    ],
)
def test_numbers_are_counted_as_the_language_counts(code: str, expected: list[str]) -> None:
    assert [language_of(code).period(f"P{number}Y") for number in (0, 1, 2, 5, 12, 22, 101)] == expected


@pytest.mark.parametrize(
    ("code", "name"), [("en", "Germany"), ("de", "Deutschland"), ("fr", "Allemagne"), ("es", "Alemania")]
)
def test_countries_are_named_and_an_unknown_code_stands_as_it_is(code: str, name: str) -> None:
    assert language_of(code).country("DE") == name
    assert language_of(code).country("XX") == "XX"


def test_contents_name_the_language_of_the_subject(
    contents: Callable[[ExportKind], PackageContents], page: Callable[[PackageContents], str]
) -> None:
    for code in languages_of(Domain.PACKAGES):
        assert f'<html lang="{code}">' in page(replace(contents(ExportKind.ACCESS), language=code))
