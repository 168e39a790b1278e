"""How many cases arrived in each month, and what became of them: the numbers of `statistics`, month by month.

At the present they come from counters, in one query; as of a past time from the states of the cases at that time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, false, func, or_, select

from dsr.projections.case_counts import MISSED, case_counts
from dsr.projections.case_facts import month_of
from dsr.projections.missed_dates import missed_dates
from dsr.projections.queue import Scope, within
from dsr.projections.request_states import request_states

MONTHS: Final = 13
"""A year, and the same month of the year before."""


@dataclass(frozen=True)
class TrendMonth:
    """The cases that arrived in one month."""

    first: date
    """Its first day."""
    received: int
    answered: int
    """Those answered in full by now, or by the time of the view."""
    missed: int
    """Those of which a date passed unanswered."""


def trend(
    connection: Connection,
    *,
    at: datetime,
    is_past: bool,
    until: date,
    controller: str | None = None,
    scope: Scope = None,
) -> list[TrendMonth]:
    """The months up to that of `until`, the earliest first, as `statistics` counts each of them; `is_past`: by what was
    on record at that instant.
    """
    months = _months(until)
    seen = within(scope, controller)
    found = _by_states(connection, at, months, seen) if is_past else _by_counters(connection, months, seen)
    return [
        TrendMonth(each, *(found[month_of(each), what] for what in ("cases", "answered", MISSED))) for each in months
    ]


def _months(until: date) -> list[date]:
    firsts = [until.replace(day=1)]
    while len(firsts) < MONTHS:
        firsts.append((firsts[-1] - timedelta(1)).replace(day=1))
    return firsts[::-1]


def _by_counters(connection: Connection, months: Sequence[date], seen: Scope) -> Counter[tuple[str, str]]:
    c = case_counts.c
    query = select(c.period, c.what, func.sum(c.cases), func.sum(c.answered)).where(
        c.period.in_([month_of(each) for each in months]), c.what.in_(["", MISSED])
    )
    if seen is not None:
        query = query.where(c.controller_id.in_(sorted(seen)))
    found = Counter[tuple[str, str]]()
    for period, what, cases, answered in connection.execute(query.group_by(c.period, c.what)):
        if what:
            found[period, MISSED] += int(cases)
        else:
            found[period, "cases"] += int(cases)
            found[period, "answered"] += int(answered)
    return found


def _by_states(connection: Connection, at: datetime, months: Sequence[date], seen: Scope) -> Counter[tuple[str, str]]:
    c, m = request_states.c, missed_dates.c
    noted = select(func.min(m.noted_at)).where(m.request_id == c.request_id).scalar_subquery()
    query = select(c.received_on, c.answered_on, noted).where(
        c.since <= at, or_(c.until.is_(None), c.until > at), c.received_on >= months[0]
    )
    if seen is not None:
        query = query.where(c.controller_id.in_(sorted(seen)) if seen else false())
    found = Counter[tuple[str, str]]()
    for received_on, answered_on, noted_at in connection.execute(query):
        month = month_of(received_on)
        found[month, "cases"] += 1
        found[month, "answered"] += answered_on is not None
        found[month, MISSED] += noted_at is not None and noted_at <= at
    return found
