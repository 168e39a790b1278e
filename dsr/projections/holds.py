"""Holds, present and past, which a retention job queries before it deletes (docs/law §6)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Select,
    String,
    Table,
    Uuid,
    literal,
    select,
    tuple_,
)

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.holds import HoldPlaced, HoldReleased
from dsr.domain.request.objection import ProcessingStopped
from dsr.domain.request.restriction import ProcessingRestricted, RestrictionLifted
from dsr.domain.request.restriction_exception import ExceptionApproved
from dsr.domain.request.standing import Hold, HoldKind
from dsr.domain.rights import Right
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.messages import suggesting, suggestions
from dsr.projections.paging import Page, conditions, cursor_values, make_cursor
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

holds: Final = Table(
    "holds",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("hold_id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("activities", Json, nullable=False),
    Column("systems", Json, nullable=False),
    Column("placed_at", UtcInstant, nullable=False),
    Column("placed_by", String, nullable=False),
    Column("released_at", UtcInstant),
    Column("released_by", String),
    Index(None, "position", unique=True),
    Index(None, "released_at", "placed_at", "position"),
)

HELD_FROM_ARRIVAL: Final = (Right.ACCESS, Right.PORTABILITY, Right.RESTRICTION, Right.OBJECTION)
"""Rights for which the data is kept, and so is held from the arrival of a message that suggests one."""

READ_MODEL: Final = Projection(holds, stream="request_id", version=2)


@READ_MODEL.on(HoldPlaced)
def placed(event: HoldPlaced, recorded: Recorded, rows: Rows) -> None:
    _add(event, recorded, rows, event.hold_id, event.kind)


@READ_MODEL.on(HoldReleased)
def released(event: HoldReleased, recorded: Recorded, rows: Rows) -> None:
    _release(event, recorded, rows, event.hold_id)


@READ_MODEL.on(ProcessingRestricted)
def restricted(event: ProcessingRestricted, recorded: Recorded, rows: Rows) -> None:
    _add(event, recorded, rows, event.restriction_id, HoldKind.RESTRICTION)


@READ_MODEL.on(RestrictionLifted)
def lifted(event: RestrictionLifted, recorded: Recorded, rows: Rows) -> None:
    _release(event, recorded, rows, event.restriction_id)


@READ_MODEL.on(ProcessingStopped)
def stopped(event: ProcessingStopped, recorded: Recorded, rows: Rows) -> None:
    for restriction_id in event.restrictions_ended:
        _release(event, recorded, rows, restriction_id)


@READ_MODEL.on(ExceptionApproved)
def excepted(event: ExceptionApproved, recorded: Recorded, rows: Rows) -> None:
    if event.still_held:
        _hold(rows, recorded, event.hold_id)["systems"] = list(event.still_held)
    else:
        _release(event, recorded, rows, event.hold_id)


def _add(
    event: HoldPlaced | ProcessingRestricted, recorded: Recorded, rows: Rows, hold_id: UUID, kind: HoldKind
) -> None:
    rows.add(
        {
            "request_id": recorded.stream_id,
            "hold_id": hold_id,
            "position": recorded.position,
            "kind": kind.value,
            "controller_id": event.controller_id,
            "activities": list(event.activities),
            "systems": list(event.systems),
            "placed_at": event.timestamp,
            "placed_by": event.actor,
            "released_at": None,
            "released_by": None,
        }
    )


def _release(event: Event, recorded: Recorded, rows: Rows, hold_id: UUID) -> None:
    """An exception may have released it before."""
    row = _hold(rows, recorded, hold_id)
    if row["released_at"] is None:
        row |= {"released_at": event.timestamp, "released_by": event.actor}


def _hold(rows: Rows, recorded: Recorded, hold_id: UUID) -> Row:
    return next(row for row in rows.of(recorded.stream_id) if row["hold_id"] == hold_id)


# Queries -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HoldFilter:
    """Filter of holds; None does not filter. Released ones are left out by default."""

    kind: HoldKind | None = None
    controller: str | None = None
    system: str | None = None
    activity: str | None = None
    released: bool = False


def holds_of(connection: Connection, request_ids: Iterable[UUID]) -> tuple[Hold, ...]:
    """Holds in force in these cases. The cost grows with the result."""
    wanted = list(request_ids)
    if not wanted:
        return ()
    query = select(holds).where(holds.c.request_id.in_(wanted), holds.c.released_at.is_(None))
    return tuple(
        Hold(
            hold_id=row.hold_id,
            kind=HoldKind(row.kind),
            controller_id=row.controller_id,
            activities=tuple(row.activities),
            systems=tuple(row.systems),
        )
        for row in connection.execute(query.order_by(holds.c.position))
    )


def holds_among(
    connection: Connection, cases: Iterable[Select[UUID]], *, controller_id: str, system: str
) -> tuple[Hold, ...]:
    """Holds in force on one system of one controller, in the cases that these queries find, by messages too.

    The cost grows with the result.
    """
    request_ids = {request_id for query in cases for request_id in connection.execute(query).scalars()}
    standing = (each for each in holds_of(connection, request_ids) if each.controller_id == controller_id)
    return (
        *(hold for hold in standing if hold.covers([system])),
        *holds_from_arrival(connection, request_ids, controller_id=controller_id, systems=(system,)),
    )


def holds_from_arrival(
    connection: Connection, request_ids: Collection[UUID], *, controller_id: str, systems: tuple[str, ...]
) -> tuple[Hold, ...]:
    """Holds on these systems of a controller by messages in these cases that nobody has examined (docs/law §9).

    A message that suggests access, portability, restriction or objection holds like a registered request, from its
    arrival; its hold has its id and names no activity. The cost grows with the cases.
    """
    waiting = suggesting(connection, request_ids, *HELD_FROM_ARRIVAL, controller_id=controller_id)
    return tuple(Hold(each, HoldKind.RETENTION, controller_id, activities=(), systems=systems) for each in waiting)


def hold_list(
    connection: Connection,
    filters: HoldFilter,
    *,
    cursor: str | None = None,
    limit: int = 50,
    scope: frozenset[str] | None = None,
) -> Page:
    """One page of holds, the earliest first, with those by messages since their arrival. Raises CursorInvalid.

    System and activity are filtered row by row, since holds are few.
    """
    start = None if cursor is None else cursor_values(cursor, "holds", (datetime, int, UUID))
    kept = [_placed(connection, filters, start, scope)]
    if not filters.released and filters.kind in (None, HoldKind.RETENTION):
        kept.append(_by_messages(connection, filters, start, scope))
    found: list[Row] = []
    for row in merge(*kept, key=_order):
        if _covers(row, filters):
            found.append(row)
        if len(found) > limit:
            break
    return Page.of(found, limit, lambda row: make_cursor("holds", _order(row)))


def _order(row: Row) -> tuple[datetime, int, UUID]:
    """By time; what was placed in one instant, in the order of the log."""
    return row["placed_at"], row["position"] or 0, row["hold_id"]


def _covers(row: Row, filters: HoldFilter) -> bool:
    """Whether it holds data of the system and activity that are asked for; one by a message holds data of all."""
    if row["position"] is None:
        return True
    if filters.system is not None and row["systems"] and filters.system not in row["systems"]:
        return False
    return filters.activity is None or filters.activity in row["activities"]


def _placed(
    connection: Connection, filters: HoldFilter, start: tuple[datetime, int, UUID] | None, scope: frozenset[str] | None
) -> Iterator[Row]:
    c = holds.c
    wanted = conditions(holds, scope, kind=filters.kind, controller_id=filters.controller)
    wanted.append(c.released_at.is_not(None) if filters.released else c.released_at.is_(None))
    if start is not None:
        wanted.append(_after((c.placed_at, c.position, c.hold_id), start))
    query = select(holds).where(*wanted).order_by(c.placed_at, c.position)
    return (dict(row) for row in connection.execute(query.execution_options(yield_per=500)).mappings())


def _by_messages(
    connection: Connection, filters: HoldFilter, start: tuple[datetime, int, UUID] | None, scope: frozenset[str] | None
) -> Iterator[Row]:
    """The holds of `holds_from_arrival`, in all cases. The cost grows with the messages that nobody has examined."""
    found = suggestions(HELD_FROM_ARRIVAL, lambda table: conditions(table, scope, controller_id=filters.controller))
    c = found.c
    query = select(found).order_by(c.received_at, c.message_id)
    if start is not None:
        query = query.where(_after((c.received_at, literal(0), c.message_id), start))
    for row in connection.execute(query):
        yield {
            "request_id": row.request_id,
            "hold_id": row.message_id,
            "position": None,
            "kind": HoldKind.RETENTION.value,
            "controller_id": row.controller_id,
            "activities": [],
            "systems": [],
            "placed_at": row.received_at,
            "placed_by": None,
            "released_at": None,
            "released_by": None,
        }


def _after(order: tuple[ColumnElement[Any], ...], start: tuple[datetime, int, UUID]) -> ColumnElement[bool]:
    return tuple_(*order) > tuple_(*start, types=[each.type for each in order])
