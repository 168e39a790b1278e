"""Holds, present and past, which a retention job queries before it deletes (docs/law §6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Select,
    String,
    Table,
    Uuid,
    select,
)

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.request.holds import HoldPlaced, HoldReleased
from dsr.domain.request.standing import Hold, HoldKind
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.paging import Page, conditions, cursor_values, make_cursor
from dsr.projections.projection import Projection
from dsr.projections.rows import Rows

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
    Index(None, "released_at", "position"),
)

READ_MODEL: Final = Projection(holds, stream="request_id", version=1)


@READ_MODEL.on(HoldPlaced)
def placed(event: HoldPlaced, recorded: Recorded, rows: Rows) -> None:
    rows.add(
        {
            "request_id": recorded.stream_id,
            "hold_id": event.hold_id,
            "position": recorded.position,
            "kind": event.kind.value,
            "controller_id": event.controller_id,
            "activities": list(event.activities),
            "systems": list(event.systems),
            "placed_at": event.timestamp,
            "placed_by": event.actor,
            "released_at": None,
            "released_by": None,
        }
    )


@READ_MODEL.on(HoldReleased)
def released(event: HoldReleased, recorded: Recorded, rows: Rows) -> None:
    row = next(row for row in rows.of(recorded.stream_id) if row["hold_id"] == event.hold_id)
    row |= {"released_at": event.timestamp, "released_by": event.actor}


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
    """Holds in force on one system of one controller, in the cases that these queries find.

    The cost grows with the result.
    """
    request_ids = {request_id for query in cases for request_id in connection.execute(query).scalars()}
    return tuple(
        hold
        for hold in holds_of(connection, request_ids)
        if hold.controller_id == controller_id and system in hold.systems
    )


def hold_list(
    connection: Connection,
    filters: HoldFilter,
    *,
    cursor: str | None = None,
    limit: int = 50,
    scope: frozenset[str] | None = None,
) -> Page:
    """One page of holds, in the order in which they were placed. Raises CursorInvalid.

    System and activity are filtered row by row, since holds are few.
    """
    c = holds.c
    wanted = conditions(holds, scope, kind=filters.kind, controller_id=filters.controller)
    wanted.append(c.released_at.is_not(None) if filters.released else c.released_at.is_(None))
    after = 0 if cursor is None else cursor_values(cursor, "holds", (int,))[0]
    found: list[dict[str, object]] = []
    query = select(holds).where(*wanted, c.position > after).order_by(c.position)
    for row in connection.execute(query.execution_options(yield_per=500)).mappings():
        if filters.system is not None and filters.system not in row["systems"]:
            continue
        if filters.activity is not None and filters.activity not in row["activities"]:
            continue
        found.append(dict(row))
        if len(found) > limit:
            break
    return Page.of(found, limit, lambda row: make_cursor("holds", (row["position"],)))
