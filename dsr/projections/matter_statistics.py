"""Numbers of matters, now or as of a past time (docs/law §7, §13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from dsr.domain.matter import MatterKind, MatterStatus
from dsr.projections.matter_states import matter_states, stood
from dsr.projections.matters import matters
from dsr.projections.statistics import Share, share_of


@dataclass(frozen=True)
class MatterNumbers:
    """Numbers of the matters of one kind."""

    opened: int
    open: int
    """Without an answer yet, or, as an incident, not closed."""
    closed: int
    missed: int
    """A date passed before the due act was on record."""
    in_time: Share
    """Done by the date, of the matters whose due act was done or missed."""


def matter_numbers(
    connection: Connection,
    *,
    at: datetime,
    is_past: bool = False,
    scope: Collection[str] | None,
    received_from: date | None = None,
    received_until: date | None = None,
) -> dict[str, MatterNumbers]:
    """The numbers of the matters of these controllers (None: all) by kind, for all kinds, at this instant; `is_past`:
    by what was on record then.
    """
    c = (matter_states if is_past else matters).c
    missed = or_(c.missed, c.due_at <= at)
    met = and_(_is_done(c), c.missed.is_(False))
    query = select(
        c.kind,
        func.count(),
        _counted(c.status == MatterStatus.OPEN.value),
        _counted(c.status == MatterStatus.CLOSED.value),
        _counted(missed),
        _counted(met),
    ).group_by(c.kind)
    if is_past:
        query = query.where(stood(at))
    if scope is not None:
        query = query.where(c.controller_id.in_(sorted(scope)) if scope else false())
    if received_from is not None:
        query = query.where(c.received_on >= received_from)
    if received_until is not None:
        query = query.where(c.received_on <= received_until)
    found = {
        kind: MatterNumbers(opened, still_open, closed, late, share_of(in_time, in_time + late))
        for kind, opened, still_open, closed, late, in_time in connection.execute(query)
    }
    none = MatterNumbers(0, 0, 0, 0, share_of(0, 0))
    return {kind.value: found.get(kind.value, none) for kind in MatterKind}


def _is_done(c: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[bool]:
    """What was due by a date is on record."""
    done = ("acknowledged_at", "answered_at", "notified_at", "controller_told_at")
    return and_(c.due.is_(None), or_(*(c[name].is_not(None) for name in done), c.not_notified))


def _counted(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((wanted, 1), else_=0)), 0)
