"""Numbers: what `GET /statistics` says, as pictures with their tables, and as files for spreadsheets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from flask import Response, request
from marshmallow import ValidationError

from dsr.api.console.choices import choosing_at
from dsr.api.console.in_force import controller_in_words, zone_of
from dsr.api.console.language import N_, _
from dsr.api.console.site import as_file, chosen, console, page, page_of
from dsr.api.console.words import code_as_words, codes_in_words, month_in_words, percent_in_words
from dsr.api.context import caller, service
from dsr.api.roles import READERS
from dsr.api.statistics import StatisticsQuery, numbers_in_scope, numbers_table
from dsr.api.tables import CSV, XLSX
from dsr.projections.trend import TrendMonth, trend

_PERIOD: Final = ("received_from", "received_until", "controller")


@dataclass(frozen=True)
class Bar:
    """One line of a chart: the whole, and the parts of it that are drawn."""

    words: str
    whole: int
    closed: int
    missed: int


@console.get("/numbers")
@page_of(READERS)
def show_numbers() -> Response:
    """Show the numbers of the cases in scope, of a period and as of a day."""
    try:
        with service().database.reading():
            now = service().clock.now()
            numbers = _numbers(now)
            months = _trend(datetime.fromisoformat(numbers["as_of"]), now)
    except ValidationError as error:
        wrong = codes_in_words(sorted(map(str, error.messages_dict)))
        return page("numbers.html", 422, wrong=wrong, numbers=None, given=request.args, controllers=_controllers())
    return page(
        "numbers.html",
        wrong="",
        numbers=numbers,
        given=request.args,
        query=request.query_string.decode("ascii", "ignore"),
        controllers=_controllers(),
        by_right=_bars(numbers["by_right"], code_as_words),
        by_controller=_bars(numbers["by_controller"], controller_in_words),
        by_outcome=[(code_as_words(each), said["number"]) for each, said in numbers["by_outcome"].items()],
        answered=[(_(words), numbers["answered"][each]) for each, words in ANSWERED.items()],
        percent=_percent,
        months=months,
        month_in_words=month_in_words,
    )


ANSWERED: Final[Mapping[str, str]] = {
    "within_one_month": N_("Within one month"),
    "within_three_months": N_("Within three months"),
    "late": N_("After the date of the law"),
    "extended": N_("Extended"),
    "with_refusal": N_("With a refusal"),
}
"""What is told of answered cases."""


@console.get("/numbers.csv")
@page_of(READERS)
def download_numbers() -> Response:
    """The same numbers, one line each: its section, its key, and the number."""
    return as_file("numbers.csv", numbers_table(CSV, _numbers(service().clock.now())))


@console.get("/numbers.xlsx")
@page_of(READERS)
def download_numbers_as_xlsx() -> Response:
    """The same for a spreadsheet."""
    return as_file("numbers.xlsx", numbers_table(XLSX, _numbers(service().clock.now())))


def _numbers(now: datetime) -> dict[str, Any]:
    """By the address of the page; a day `as_of` means its end at the controller. Raises ValidationError, TimeNotYet."""
    given = chosen(_PERIOD)
    query: dict[str, Any] = StatisticsQuery().load(given)
    day = request.args.get("as_of_day", "")
    if day:
        query["as_of"] = _end_of(day, given.get("controller"), now)
    numbers: dict[str, Any] = msgspec.to_builtins(numbers_in_scope(query, now))
    return numbers


def _end_of(day: str, controller_id: str | None, now: datetime) -> datetime | None:
    """The last instant of a day; None for today, which has not ended."""
    zone = ZoneInfo(zone_of(controller_id))
    try:
        end = datetime.combine(date.fromisoformat(day) + timedelta(1), time.min, zone)
    except (ValueError, OverflowError):
        raise ValidationError({"as_of_day": [N_("Write the date as year, month and day.")]}) from None
    return None if end > now else end


def _trend(at: datetime, now: datetime) -> list[TrendMonth]:
    """The last months until `at`, the time of the numbers, whatever their period. If `at` is `now`, when the page was
    asked for, the months come from counters.
    """
    controller_id = request.args.get("controller") or None
    with service().database.reading() as connection:
        return trend(
            connection,
            at=at,
            is_past=at < now,
            until=at.astimezone(ZoneInfo(zone_of(controller_id))).date(),
            controller=controller_id,
            scope=caller().scope,
        )


def _bars(numbers: Mapping[str, Mapping[str, int]], called: Callable[[str], str]) -> list[Bar]:
    bars = [Bar(called(each), said["cases"], said["closed"], said["missed"]) for each, said in numbers.items()]
    return [each for each in bars if each.whole]


def _percent(share: Mapping[str, Any]) -> str:
    return "–" if share["share"] is None else percent_in_words(share["share"])


def _controllers() -> Any:
    return choosing_at(None)("controllers")
