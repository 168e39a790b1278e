"""What is due on each day of some weeks: the first entries of each day, for a calendar.

Each day is one short walk along an index, so that a month with thousands of dates costs what a page shows of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, bindparam, select, union_all

from dsr.database.statements import Statement
from dsr.projections.due_list import case_entry, cases_due, matter_entry, matters_due
from dsr.projections.matters import matters
from dsr.projections.requests import requests
from dsr.projections.rows import Row

MOST_OF_A_DAY: Final = 4
"""Entries that a calendar shows of one day."""

_OF_CASE: Final = (
    *("request_id", "reference", "controller_id", "assignee", "items"),
    *("due_on", "due_source", "clock", "effective_ends_at"),
)
_OF_MATTER: Final = ("matter_id", "reference", "controller_id", "responsible", "due", "due_on", "due_at")


@dataclass
class DueDay:
    """What is due on one day."""

    entries: list[Row] = field(default_factory=list)
    """The first of them, as `due_list` shows them: matters, then cases."""
    has_more: bool = False


def due_days(
    connection: Connection, *, at: datetime, days: Sequence[date], controller_id: str, responsible: str | None = None
) -> dict[date, DueDay]:
    """What is due at a controller on these days, seen at this instant; a day without anything is left out.

    `responsible`: only what this member of staff has taken.
    """
    values: dict[str, Any] = {"controller_id": controller_id, "responsible": responsible}
    values |= {_name(place): day for place, day in enumerate(days)}
    of_matters = _of_matters(len(days), responsible is not None).rows(connection, values)
    of_cases = _of_cases(len(days), responsible is not None).rows(connection, values)
    found: defaultdict[date, DueDay] = defaultdict(DueDay)
    for entry in (*(matter_entry(row, at) for row in of_matters), *(case_entry(row, at) for row in of_cases)):
        day = found[entry["due_on"]]
        if len(day.entries) < MOST_OF_A_DAY:
            day.entries.append(entry)
        else:
            day.has_more = True
    return dict(found)


@cache
def _of_cases(number_of_days: int, is_of_one: bool) -> Statement:
    """Compiled once for each number of days that a month's weeks have."""
    columns = [requests.c[name] for name in _OF_CASE]
    return _first(columns, cases_due(None, None), requests.c.assignee if is_of_one else None, number_of_days)


@cache
def _of_matters(number_of_days: int, is_of_one: bool) -> Statement:
    columns = [matters.c[name] for name in _OF_MATTER]
    return _first(columns, matters_due(None, None), matters.c.responsible if is_of_one else None, number_of_days)


def _first(
    columns: Sequence[Column[Any]],
    conditions: Sequence[ColumnElement[bool]],
    responsible: Column[Any] | None,
    number_of_days: int,
) -> Statement:
    """Of each day one row more than is shown; the first column is the id."""
    id_, table = columns[0], columns[0].table
    query = select(*columns).where(*conditions, table.c.controller_id == bindparam("controller_id"))
    if responsible is not None:
        query = query.where(responsible == bindparam("responsible"))
    query = query.order_by(table.c.due_on, id_).limit(MOST_OF_A_DAY + 1)
    of_each = (query.where(table.c.due_on == bindparam(_name(place))).subquery() for place in range(number_of_days))
    return Statement(select(union_all(*(select(each) for each in of_each)).subquery()))


def _name(place: int) -> str:
    """Of the parameter of a day."""
    return f"day_{place}"
