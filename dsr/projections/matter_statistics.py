"""Numbers of matters, as they stand now (docs/law §7, §13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select

from dsr.domain.matter import MatterKind, MatterStatus
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


_c: Final = matters.c

_DONE: Final = and_(
    _c.due.is_(None),
    or_(
        *(_c[name].is_not(None) for name in ("acknowledged_at", "answered_at", "notified_at", "controller_told_at")),
        _c.not_notified,
    ),
)
"""What was due by a date is on record."""


def matter_numbers(
    connection: Connection,
    *,
    at: datetime,
    scope: Collection[str] | None,
    received_from: date | None = None,
    received_until: date | None = None,
) -> dict[str, MatterNumbers]:
    """The numbers of the matters of these controllers (None: all) by kind, for all kinds; `at` is now."""
    missed = or_(_c.missed, _c.due_at <= at)
    met = and_(_DONE, _c.missed.is_(False))
    query = select(
        _c.kind,
        func.count(),
        _counted(_c.status == MatterStatus.OPEN.value),
        _counted(_c.status == MatterStatus.CLOSED.value),
        _counted(missed),
        _counted(met),
    ).group_by(_c.kind)
    if scope is not None:
        query = query.where(_c.controller_id.in_(sorted(scope)) if scope else false())
    if received_from is not None:
        query = query.where(_c.received_on >= received_from)
    if received_until is not None:
        query = query.where(_c.received_on <= received_until)
    found = {
        kind: MatterNumbers(opened, still_open, closed, late, share_of(in_time, in_time + late))
        for kind, opened, still_open, closed, late, in_time in connection.execute(query)
    }
    none = MatterNumbers(0, 0, 0, 0, share_of(0, 0))
    return {kind.value: found.get(kind.value, none) for kind in MatterKind}


def _counted(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((wanted, 1), else_=0)), 0)
