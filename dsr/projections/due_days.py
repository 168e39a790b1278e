"""What is due on each day of some weeks: how much, and the first entries of each day, for a calendar.

The database counts, so that a month with thousands of dates costs what a page shows of it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, func, select

from dsr.projections.due_list import case_entry, cases_due, matter_entry, matters_due
from dsr.projections.matters import matters
from dsr.projections.queue import Scope
from dsr.projections.requests import requests
from dsr.projections.rows import Row

MOST_OF_A_DAY: Final = 4
"""Entries that a calendar shows of one day."""


@dataclass
class DueDay:
    """What is due on one day."""

    number: int = 0
    entries: list[Row] = field(default_factory=list)
    """The first of them, as `due_list` shows them: matters, then cases."""


def due_days(
    connection: Connection,
    *,
    at: datetime,
    first: date,
    last: date,
    responsible: str | None = None,
    scope: Scope = None,
) -> dict[date, DueDay]:
    """What is due on the days from `first` to `last`, seen at this instant; a day without anything is left out.

    `responsible`: only what this member of staff has taken; `scope` are the controllers in scope (None: all).
    """
    found: defaultdict[date, DueDay] = defaultdict(DueDay)
    for table, id_, conditions, entry in (
        (matters, "matter_id", matters_due(scope, responsible), matter_entry),
        (requests, "request_id", cases_due(scope, responsible), case_entry),
    ):
        due_on = table.c.due_on
        place = func.row_number().over(partition_by=due_on, order_by=table.c[id_]).label("place")
        numbered = (
            select(table.c[id_], place, func.count().over(partition_by=due_on).label("of_day"))
            .where(*conditions, due_on.between(first, last))
            .subquery()
        )
        query = select(table, numbered.c.of_day).join(numbered, numbered.c[id_] == table.c[id_])
        query = query.where(numbered.c.place <= MOST_OF_A_DAY).order_by(due_on, table.c[id_])
        numbers: dict[date, int] = {}
        for row in connection.execute(query).mappings():
            day = found[row["due_on"]]
            numbers[row["due_on"]] = row["of_day"]
            if len(day.entries) < MOST_OF_A_DAY:
                day.entries.append(entry(row, at))
        for on, number in numbers.items():
            found[on].number += number
    return dict(found)
