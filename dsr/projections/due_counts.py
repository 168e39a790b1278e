"""Numbers of open cases by the date on which their answer is due, for what is missed or due soon at the present.

A cell counts the cases of one month or one day of due dates, and of one year, month or day of arrivals. So a question
looks at the months before this one, and at the days of this month and of the next week. Messages that wait to be
examined are counted in the same way (`MESSAGES`).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Uuid,
    and_,
    case,
    func,
    or_,
    select,
    union_all,
)

from dsr.database.metadata import main
from dsr.domain.request import Request
from dsr.projections.case_facts import CaseFacts, facts_of, periods_of
from dsr.projections.columns import UtcInstant
from dsr.projections.requests import RUNNING, SUSPENDED
from dsr.projections.rows import Row
from dsr.projections.summed import SummedReadModel, cell_id

due_counts: Final = Table(
    "due_counts",
    main,
    Column("cell_id", Uuid, primary_key=True),
    Column("period", String(10), nullable=False),
    Column("controller_id", String, nullable=False),
    Column("what", String(40), nullable=False),
    Column("due", String(10), nullable=False),
    Column("ends_at", UtcInstant),
    Column("clock", String, nullable=False),
    Column("cases", Integer, nullable=False),
    Index(None, "period", "ends_at", "due"),
)
"""`ends_at`: the instant at which the date has passed; null in a cell of a month."""

MESSAGES: Final = "messages"

SURELY_PAST: Final = timedelta(days=2)
"""After the end of a month in UTC, its last day has ended in every zone."""


def show(case: Request) -> list[Row]:
    """What a case adds."""
    return _cells(facts_of(case))


@lru_cache(maxsize=2_000)
def _cells(facts: CaseFacts) -> list[Row]:
    return READ_MODEL.summed(_added(facts))


def _added(facts: CaseFacts) -> Iterator[Row]:
    state = facts.state
    if state.owed:
        clock = SUSPENDED if state.suspended else RUNNING
        for what in ("", *state.rights):
            yield from _dated(facts, what, clock, state.effective_due, state.effective_ends_at)
    for message in facts.messages:
        if message.examined_at is None:
            yield from _dated(facts, MESSAGES, RUNNING, message.ends_at.astimezone(UTC).date(), message.ends_at)


def _dated(facts: CaseFacts, what: str, clock: str, due: date, ends_at: datetime) -> Iterator[Row]:
    at = ends_at.astimezone(UTC)
    controller_id = facts.state.controller_id
    for period in periods_of(facts.state.received_on):
        for text, instant in ((due.isoformat()[:7], None), (due.isoformat(), at)):
            yield {
                "cell_id": cell_id(period, controller_id, what, text, instant, clock),
                "period": period,
                "controller_id": controller_id,
                "what": what,
                "due": text,
                "ends_at": instant,
                "clock": clock,
                "cases": 1,
            }


READ_MODEL: Final = SummedReadModel(due_counts, version=1, show=show)


# Queries -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DueNumbers:
    """Open cases, or messages, of one kind and controller."""

    what: str
    """Empty for all cases, a right, or `MESSAGES`."""
    controller_id: str
    missed: int
    soon: int
    """Due by the last day that was asked about, not missed."""


def due(
    connection: Connection,
    at: datetime,
    last_day: date,
    periods: Collection[str],
    *,
    seen: Collection[str] | None = None,
    what: str | None = None,
) -> list[DueNumbers]:
    """What is missed at the instant, or due by the last day, of cases that arrived in these periods.

    `seen` are the controllers, `what` is one kind (see `DueNumbers`); None for all.
    """
    c = due_counts.c
    begin = (at.astimezone(UTC) - SURELY_PAST).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    wanted: list[ColumnElement[bool]] = [c.period.in_(periods)]
    if seen is not None:
        wanted.append(c.controller_id.in_(sorted(seen)))
    if what is not None:
        wanted.append(c.what == what)
    columns = [c.what, c.controller_id, c.clock, c.ends_at, c.cases]
    months = select(*columns).where(*wanted, c.ends_at.is_(None), c.due < begin.date().isoformat()[:7])
    days = select(*columns).where(
        *wanted,
        c.ends_at >= begin - SURELY_PAST,
        c.due >= begin.date().isoformat(),
        c.due <= last_day.isoformat(),
    )
    cells = union_all(months, days).subquery()
    is_missed = and_(cells.c.clock == RUNNING, or_(cells.c.ends_at.is_(None), cells.c.ends_at <= at))
    missed = func.sum(case((is_missed, cells.c.cases), else_=0))
    query = select(cells.c.what, cells.c.controller_id, missed, func.sum(cells.c.cases))
    found = connection.execute(query.group_by(cells.c.what, cells.c.controller_id))
    return [DueNumbers(kind, controller, int(late), int(every) - int(late)) for kind, controller, late, every in found]
