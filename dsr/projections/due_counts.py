"""Numbers of open cases by the date on which their answer is due, for what is missed or due soon at the present.

A cell counts the cases of one year, month, ten days or day of due dates, and of all arrivals, or one year, month or day
of them. So a question looks at the years before this one, the months before this one, the tens before this day, and
some twenty days. Rights are columns. Messages that wait to be examined are counted in the same way (`MESSAGES`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
from dsr.domain.rights import Right
from dsr.projections.case_counts import signed
from dsr.projections.case_facts import CaseFacts, facts_of, periods_of
from dsr.projections.columns import UtcInstant
from dsr.projections.requests import RUNNING, SUSPENDED
from dsr.projections.rows import Row
from dsr.projections.summed import SummedReadModel, cell_id

RIGHTS: Final = {right.value: right.value.replace("-", "_") for right in Right}
"""By right: the column with the number of cases that exercise it."""

due_counts: Final = Table(
    "due_counts",
    main,
    Column("cell_id", Uuid, primary_key=True),
    Column("period", String(10), nullable=False),
    Column("controller_id", String, nullable=False),
    Column("what", String(40), nullable=False),
    Column("scale", String(5), nullable=False),
    Column("due", String(10), nullable=False),
    Column("ends_at", UtcInstant),
    Column("clock", String, nullable=False),
    Column("cases", Integer, nullable=False),
    *(Column(name, Integer, nullable=False) for name in RIGHTS.values()),
    Index(None, "period", "what", "scale", "due"),
)
"""`what`: empty, or `MESSAGES`. `due`: the beginning of the date in ISO form, as long as its `scale` says. `ends_at`:
the instant at which the date has passed; null except in a cell of a day.
"""

MESSAGES: Final = "messages"

SURELY_PAST: Final = timedelta(days=2)
"""So long after the beginning of a day in UTC, the day before has ended in every zone."""

YEAR, MONTH, TEN, DAY = "year", "month", "ten", "day"
_SCALES: Final = {YEAR: 4, MONTH: 7, TEN: 9, DAY: 10}


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
        yield from _dated(facts, "", clock, state.effective_due, state.effective_ends_at)
    for message in facts.messages:
        if message.examined_at is None:
            yield from _dated(facts, MESSAGES, RUNNING, message.ends_at.astimezone(UTC).date(), message.ends_at)


def _dated(facts: CaseFacts, what: str, clock: str, due: date, ends_at: datetime) -> Iterator[Row]:
    rights = () if what else facts.state.rights
    at = ends_at.astimezone(UTC)
    controller_id = facts.state.controller_id
    numbers = {"cases": 1} | {name: int(right in rights) for right, name in RIGHTS.items()}
    for period in periods_of(facts.state.received_on):
        for scale, length in _SCALES.items():
            text, instant = due.isoformat()[:length], at if scale == DAY else None
            yield {
                "cell_id": cell_id(period, controller_id, what, text, instant, clock),
                "period": period,
                "controller_id": controller_id,
                "what": what,
                "scale": scale,
                "due": text,
                "ends_at": instant,
                "clock": clock,
                **numbers,
            }


READ_MODEL: Final = SummedReadModel(due_counts, version=4, show=show)


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
    periods: Mapping[str, int],
    *,
    seen: Collection[str] | None = None,
    what: Sequence[str] = ("",),
) -> list[DueNumbers]:
    """What is missed at the instant, or due by the last day, of cases that arrived in these periods.

    `seen` are the controllers; None for all. `what`: cases, in all and by right (empty), `MESSAGES`, or both.
    """
    c, day = due_counts.c, (at.astimezone(UTC) - SURELY_PAST).date().isoformat()
    names = {"": "cases"} | (RIGHTS if "" in what else {})
    wanted: list[ColumnElement[bool]] = [c.what.in_(what)]
    if seen is not None:
        wanted.append(c.controller_id.in_(sorted(seen)))
    within = (
        and_(c.scale == YEAR, c.due < day[:4]),
        and_(c.scale == MONTH, c.due > day[:4], c.due < day[:7]),
        and_(c.scale == TEN, c.due > day[:7], c.due < day[:9]),
        and_(c.scale == DAY, c.due > day[:9], c.due <= last_day.isoformat()),
    )
    columns, numbers = (c.controller_id, c.what, c.clock, c.ends_at), [c[name] for name in names.values()]
    parts = (part for each in within for part in signed(periods, columns, numbers, *wanted, each))
    cells = union_all(*parts).subquery().c
    is_missed = and_(cells.clock == RUNNING, or_(cells.ends_at.is_(None), cells.ends_at <= at))
    sums = [
        func.sum(number) for name in names.values() for number in (case((is_missed, cells[name]), else_=0), cells[name])
    ]
    by = (cells.controller_id, cells.what)
    return [
        DueNumbers(kind, controller, int(late), int(every) - int(late))
        for controller, counted, *numbers in connection.execute(select(*by, *sums).group_by(*by))
        for kind, late, every in zip((counted,) if counted else names, numbers[::2], numbers[1::2], strict=False)
        if every
    ]
