"""What is due on each day of some weeks: the first entries of each day, for a calendar.

Each day is one short walk along an index, so that a month with thousands of dates costs what a page shows of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import JSON, Column, ColumnElement, Connection, Date, Select, bindparam, cast, func, select, true

from dsr.database.statements import Statement
from dsr.projections.columns import Json
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
    values: dict[str, Any] = {"controller_id": controller_id, "responsible": responsible, "days": days}
    of_matters = _of_matters(responsible is not None).rows(connection, values)
    of_cases = _of_cases(responsible is not None).rows(connection, values)
    entries = [
        *(matter_entry(row, at) for row in of_matters if row["matter_id"]),
        *(case_entry(row, at) for row in of_cases if row["request_id"]),
    ]
    found: defaultdict[date, DueDay] = defaultdict(DueDay)
    for entry in entries:
        day = found[entry["due_on"]]
        if len(day.entries) < MOST_OF_A_DAY:
            day.entries.append(entry)
        else:
            day.has_more = True
    return dict(found)


@cache
def _of_cases(is_of_one: bool) -> Statement:
    columns = [requests.c[name] for name in _OF_CASE]
    return _first(columns, cases_due(None, None), requests.c.assignee if is_of_one else None)


@cache
def _of_matters(is_of_one: bool) -> Statement:
    columns = [matters.c[name] for name in _OF_MATTER]
    return _first(columns, matters_due(None, None), matters.c.responsible if is_of_one else None)


def _first(
    columns: Sequence[Column[Any]], conditions: Sequence[ColumnElement[bool]], responsible: Column[Any] | None
) -> Statement:
    """Of each day one row more than is shown; the first column is the id, which on SQLite is None of a day without any.

    The days are one parameter: with a part for each of them, both databases took longer to plan the statement than to
    run it.
    """
    id_, table = columns[0], columns[0].table
    first = select(*columns).where(*conditions, table.c.controller_id == bindparam("controller_id"))
    if responsible is not None:
        first = first.where(responsible == bindparam("responsible"))
    first = first.order_by(id_).limit(MOST_OF_A_DAY + 1)
    given = bindparam("days", type_=Json)

    def made(dialect: str) -> Select[*tuple[Any, ...]]:
        if dialect == "sqlite":  # which knows no LATERAL
            days, shown = func.json_each(given).table_valued("value"), table.alias("shown")
            ids = first.with_only_columns(id_).where(table.c.due_on == days.c.value).correlate(days)
            found = select(*(shown.c[each.name] for each in columns))
            of_days = days.outerjoin(
                shown, shown.c[id_.name].in_(ids)
            )  # an outer join, so that it takes the days first
            return _sorted(found.select_from(of_days))
        days = func.json_array_elements_text(cast(given, JSON)).table_valued("value")
        of_day = first.where(table.c.due_on == cast(days.c.value, Date)).lateral("of_day")
        return _sorted(select(*of_day.c).select_from(days.join(of_day, true())))

    return Statement(made)


def _sorted(found: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    c = found.selected_columns
    return found.order_by(c["due_on"], next(iter(c)))
