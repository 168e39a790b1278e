"""Queries that depend on the present time: late cases, cases due soon, workload."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select

from dsr.projections.case_counts import open_by, periods
from dsr.projections.due_counts import MESSAGES, SURELY_PAST, due
from dsr.projections.paging import keyset
from dsr.projections.queue import Scope
from dsr.projections.requests import OPEN, RUNNING, SUSPENDED, requests
from dsr.projections.rows import Row

_c: Final = requests.c

AWAITS_ANSWER: Final = and_(
    _c.status == OPEN, or_(_c.items_unanswered > 0, _c.items_open > 0, _c.lifecycle == "received")
)
"""An answer is still to leave."""


@dataclass(frozen=True)
class Load:
    """Open work of one member of staff for one controller."""

    assignee: str | None
    """None for unassigned cases."""
    controller_id: str
    open: int
    late: int
    due_soon: int
    """Due within seven days and not late."""
    suspended: int
    """Waiting for an answer of the person."""


def is_late(at: datetime) -> ColumnElement[bool]:
    """The condition that the answer is late at the instant.

    While a question to the person suspends the clock, no case is late (docs/law §2). The date limits the search on the
    index: 24:00 of a local date is never before the start of that date in UTC.
    """
    return and_(
        AWAITS_ANSWER,
        _c.clock == RUNNING,
        _c.effective_due <= at.astimezone(UTC).date(),
        _c.effective_ends_at <= at,
    )


def late(connection: Connection, at: datetime, *, limit: int = 1000, scope: Scope = None) -> Sequence[Row]:
    """Open cases whose answer is late at the instant, the longest late first."""
    return _rows(connection, is_late(at), limit, scope)


def due_soon(
    connection: Connection, at: datetime, within_days: int = 7, *, limit: int = 1000, scope: Scope = None
) -> Sequence[Row]:
    """Open cases due in this many days that are not late, soonest first.

    They include cases that wait for the person and are past the date without that question, which need a reminder or an
    answer as unidentified (docs/law §3). Cases whose clock runs, and those whose clock is suspended, are each read
    along an index, so that the cost does not grow with the cases that are late.
    """
    query = keyset(
        requests,
        walks=[[*_seen(scope), *each] for each in _due_soon_by_clock(at, within_days)],
        filters=[],
        order=("effective_due", "request_id"),
        descending=False,
        after=None,
        limit=limit,
        is_sqlite=connection.dialect.name == "sqlite",
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def unacknowledged(connection: Connection, on: date, *, limit: int = 1000, scope: Scope = None) -> Sequence[Row]:
    """Open cases that were not acknowledged by the due date."""
    return _rows(
        connection, and_(_c.status == OPEN, _c.acknowledged_at.is_(None), _c.acknowledge_by < on), limit, scope
    )


def workload(connection: Connection, at: datetime, *, scope: Scope = None) -> list[Load]:
    """Open work by member of staff and controller. The cost grows with open cases only."""
    query = (
        select(
            _c.assignee,
            _c.controller_id,
            func.count(),
            _count(is_late(at)),
            _count(_is_due_soon(at, 7)),
            _count(_c.clock != RUNNING),
        )
        .where(_c.status == OPEN, *_seen(scope))
        .group_by(_c.assignee, _c.controller_id)
        .order_by(_c.controller_id, _c.assignee)
    )
    return [Load(*row) for row in connection.execute(query)]


@dataclass(frozen=True)
class Totals:
    """Numbers of cases, for the metrics."""

    open_by_lifecycle: dict[str, int]
    open_by_clock: dict[str, int]
    late: int
    due_soon: int
    messages_unexamined: int
    """Messages of people that wait to be examined."""
    messages_late: int
    """Those whose time to be examined has passed."""


def totals(connection: Connection, at: datetime) -> Totals:
    """Numbers of open cases, from counters: they cost the same at any number of cases."""
    lifecycles, clocks = open_by(connection)
    every = periods(connection, None, None, today=at.astimezone(UTC).date())
    dates = [each for each in due(connection, at, _last_day(at, 7), every) if not each.what]
    waiting = due(connection, at, date.max, every, what=(MESSAGES,))
    late = sum(each.missed for each in waiting)
    return Totals(
        open_by_lifecycle=lifecycles,
        open_by_clock=clocks,
        late=sum(each.missed for each in dates),
        due_soon=sum(each.soon for each in dates),
        messages_unexamined=late + sum(each.soon for each in waiting),
        messages_late=late,
    )


def _is_due_soon(at: datetime, within_days: int) -> ColumnElement[bool]:
    return or_(*(and_(*each) for each in _due_soon_by_clock(at, within_days)))


def _due_soon_by_clock(at: datetime, within_days: int) -> list[list[ColumnElement[bool]]]:
    """The conditions of a case whose clock is suspended, and of one whose clock runs."""
    soon = [AWAITS_ANSWER, _c.effective_due <= _last_day(at, within_days)]
    first_day = (at.astimezone(UTC) - SURELY_PAST).date()
    return [
        [_c.clock == SUSPENDED, *soon],
        [_c.clock == RUNNING, *soon, _c.effective_due >= first_day, _c.effective_ends_at > at],
    ]


def _last_day(at: datetime, within_days: int) -> date:
    return at.astimezone(UTC).date() + timedelta(days=within_days)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _rows(connection: Connection, condition: ColumnElement[bool], limit: int, scope: Scope) -> list[dict[str, Any]]:
    query = select(requests).where(condition, *_seen(scope)).order_by(_c.effective_due, _c.request_id).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def _seen(scope: Scope) -> list[ColumnElement[bool]]:
    if scope is None:
        return []
    return [_c.controller_id.in_(sorted(scope)) if scope else false()]
