"""Dates: a month of one controller, with its holidays and what is due on each day, and the list of one day."""

import re
from calendar import Calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from flask import Response, request
from markupsafe import Markup, escape

from dsr.api.console.choices import choosing_at
from dsr.api.console.in_force import local_today, record_in_force
from dsr.api.console.language import _
from dsr.api.console.site import console, page, page_of, to
from dsr.api.console.words import code_as_words, country_in_words, month_in_words, weekday_in_words
from dsr.api.context import caller, service
from dsr.api.roles import READERS
from dsr.domain.deadlines import CalendarExhausted, WorkingCalendar
from dsr.projections import CursorInvalid
from dsr.projections.due_days import DueDay, DueEntry, due_days
from dsr.projections.due_list import due_list

_ROWS: Final = 50
_FIRST_YEAR: Final = 2018
"""That of the GDPR: no date lies before it."""
_LAST_YEAR: Final = 2099
_MISSED: Final = Markup('<span class="late"><span class="mark" aria-hidden="true">!</span> {}</span> ')
_ORDERED: Final = Markup(' <span class="flag">{}</span>')
_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class DueLine(NamedTuple):
    """One entry of a day, as the month and the list of the day show it."""

    path: str
    reference: str
    says: Markup
    """What it asks for, or what a matter owes, with its marks: missed, ordered."""
    responsible: str | None


@dataclass(frozen=True)
class CalendarDay:
    """A day as the month shows it."""

    on: date
    is_beside: bool
    """It belongs to the month before or after."""
    is_free: bool
    """It is no working day."""
    is_holiday: bool
    is_doubtful: bool
    """It may be a public holiday, and counts as a working day."""
    lines: Sequence[DueLine]
    has_more: bool


class _NotAsked(Exception):
    """A parameter of the page that it does not know."""


@console.get("/dates")
@page_of(READERS)
def show_dates() -> Response:
    """Show a month of one controller, or what is due on one day of it. An address without a controller leads to the one
    with the earliest date that waits.
    """
    if not request.args and (waiting := _with_earliest_date()):
        return to(f"/console/dates?{urlencode({'controller': waiting})}")
    controllers = choosing_at(None)("controllers")
    try:
        controller_id = _controller(controllers)
        today = local_today(controller_id)
        day = _day(request.args.get("day", ""))
        first = (day or _first_of(request.args.get("month", "")) or today).replace(day=1)
        shown = _list_of(day, controller_id) if day else _month_of(first, controller_id)
    except (_NotAsked, CursorInvalid):
        return page("dates.html", 422, wrong=True, given=request.args, controllers=controllers)
    return page(
        "dates.html",
        wrong=False,
        controllers=controllers,
        controller_id=controller_id,
        given=request.args,
        on=today,
        first=first,
        before=first - timedelta(1),
        after=first + timedelta(31),
        asking=partial(_asking, _kept()),
        chosen_day=day,
        month_in_words=month_in_words,
        weekday=weekday_in_words,
        **shown,
    )


def _controller(controllers: Any) -> str:
    """The one that the address names, else the first in scope. Raises _NotAsked."""
    known = [value for value, _ in controllers]
    named = request.args.get("controller") or (known[0] if known else "")
    if named not in known:
        raise _NotAsked()
    return named


def _with_earliest_date() -> str:
    with service().database.reading() as connection:
        found = due_list(
            connection, at=service().clock.now(), responsible=_responsible(), scope=caller().scope, limit=1
        )
    return str(found.rows[0]["controller_id"]) if found.rows else ""


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed) if typed else None
    except ValueError:
        raise _NotAsked() from None
    if found is not None and not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise _NotAsked()
    return found


def _first_of(typed: str) -> date | None:
    found = _MONTH.fullmatch(typed)
    if typed and found is None:
        raise _NotAsked()
    return None if found is None else _day(f"{typed}-01")


def _responsible() -> str | None:
    return caller().actor if request.args.get("mine") else None


def _month_of(first: date, controller_id: str) -> dict[str, Any]:
    working_days = record_in_force().calendar(controller_id)
    days = list(Calendar().itermonthdates(first.year, first.month))
    with service().database.reading() as connection:
        due = due_days(
            connection,
            at=service().clock.now(),
            days=days,
            controller_id=controller_id,
            responsible=_responsible(),
        )
        earlier = due_list(
            connection,
            at=service().clock.now(),
            due_until=min(first, local_today(controller_id)) - timedelta(1),
            responsible=_responsible(),
            scope=frozenset({controller_id}),
            limit=1,
        )
    return {
        "days": _days(days, first, working_days, due),
        "earliest": earlier.rows[0] if earlier.rows else None,
        "is_empty": not any(on.month == first.month for on in due),
        "known": working_days.first_year <= first.year <= working_days.last_year,
        "calendar": working_days,
        "country": country_in_words(working_days.country),
    }


def _days(
    days: Sequence[date], first: date, working_days: WorkingCalendar, due: Mapping[date, DueDay]
) -> list[CalendarDay]:
    line = _drawing()
    return [_shown(day, first, working_days, due.get(day, DueDay()), line) for day in days]


def _shown(
    day: date, first: date, working_days: WorkingCalendar, due: DueDay, line: Callable[[DueEntry], DueLine]
) -> CalendarDay:
    try:
        is_holiday = working_days.is_holiday(day)
    except CalendarExhausted:
        is_holiday = False
    return CalendarDay(
        on=day,
        is_beside=day.month != first.month,
        is_free=is_holiday or day.weekday() >= 5,
        is_holiday=is_holiday,
        is_doubtful=working_days.is_doubtful(day),
        lines=[line(each) for each in due.entries],
        has_more=due.has_more,
    )


def _drawing() -> Callable[[DueEntry], DueLine]:
    """Makes the lines of one page. What they say recurs, so it is written once."""

    @cache
    def says(*codes: str, missed: bool, by_order: bool) -> Markup:
        said = escape(", ".join(map(code_as_words, codes)) or _("To triage"))
        if missed:
            said = _MISSED.format(_("Missed")) + said
        return said + _ORDERED.format(_("Ordered")) if by_order else said

    def line(entry: DueEntry) -> DueLine:
        request_id, matter_id, reference, rights, due, missed, by_order, responsible = entry
        path = f"/console/cases/{request_id}" if request_id else f"/console/matters/{matter_id}"
        codes = rights if request_id else (due,)
        return DueLine(path, reference, says(*codes, missed=missed, by_order=by_order), responsible)

    return line


def _list_of(day: date, controller_id: str) -> dict[str, Any]:
    with service().database.reading() as connection:
        found = due_list(
            connection,
            at=service().clock.now(),
            due_from=day,
            due_until=day,
            responsible=_responsible(),
            scope=frozenset({controller_id}),
            cursor=request.args.get("cursor"),
            limit=_ROWS,
        )
    return {
        "lines": list(map(_drawing(), map(DueEntry.of, found.rows))),
        "next": found.next and _asking(_kept(), day=day.isoformat(), cursor=found.next),
    }


def _kept() -> dict[str, str]:
    """What the query of another month or day takes over: the controller, and whose dates."""
    return {name: value for name in ("controller", "mine") if (value := request.args.get(name))}


def _asking(kept: Mapping[str, str], /, **said: str) -> str:
    """The query of another month or day."""
    return urlencode({**kept, **said})
