"""What is due on each day of some weeks: the first entries of each day, for a calendar.

Each day is one short walk along an index, so that a month with thousands of dates costs what a page shows of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, select, union_all

from dsr.projections.due_list import case_entry, cases_due, matter_entry, matters_due
from dsr.projections.matters import matters
from dsr.projections.queue import Scope
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
    connection: Connection,
    *,
    at: datetime,
    days: Sequence[date],
    responsible: str | None = None,
    scope: Scope = None,
) -> dict[date, DueDay]:
    """What is due on these days, seen at this instant; a day without anything is left out.

    `responsible`: only what this member of staff has taken; `scope` are the controllers in scope (None: all).
    """
    found: defaultdict[date, DueDay] = defaultdict(DueDay)
    of_matters = _first(connection, matters, _OF_MATTER, matters_due(scope, responsible), days)
    of_cases = _first(connection, requests, _OF_CASE, cases_due(scope, responsible), days)
    for entry in (*(matter_entry(row, at) for row in of_matters), *(case_entry(row, at) for row in of_cases)):
        day = found[entry["due_on"]]
        if len(day.entries) < MOST_OF_A_DAY:
            day.entries.append(entry)
        else:
            day.has_more = True
    return dict(found)


def _first(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    days: Sequence[date],
) -> Sequence[Any]:
    """Of each day one row more than is shown."""
    columns = [table.c[name] for name in names]
    id_ = columns[0]
    of_each = (
        select(*columns)
        .where(*conditions, table.c.due_on == day)
        .order_by(table.c.due_on, id_)
        .limit(MOST_OF_A_DAY + 1)
        .subquery()
        for day in days
    )
    return connection.execute(union_all(*(select(each) for each in of_each))).mappings().all()
