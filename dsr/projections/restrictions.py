"""Restrictions: data that may only be stored, with start and review (GDPR Art. 18)."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Date, Index, String, Table, Uuid, false, select

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.request.closing import RequestReopened
from dsr.domain.request.objection import ProcessingStopped
from dsr.domain.request.restriction import (
    LiftingAnnounced,
    ProcessingRestricted,
    RestrictionLifted,
    RestrictionReviewed,
)
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.projection import Projection
from dsr.projections.queue import Scope
from dsr.projections.rows import Row, Rows

restrictions: Final = Table(
    "restrictions",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("restriction_id", Uuid, primary_key=True),
    Column("controller_id", String, nullable=False),
    Column("item_id", String, nullable=False),
    Column("ground", String, nullable=False),
    Column("awaits", String),
    Column("activities", Json, nullable=False),
    Column("since", UtcInstant, nullable=False),
    Column("review_on", Date, nullable=False),
    Column("told_at", UtcInstant),
    Column("lifted_at", UtcInstant),
    Column("stopped", Boolean, nullable=False),
    # Restrictions in force, by day of review; a lifted one has none.
    Index(None, "lifted_at", "review_on", "request_id"),
)
"""`lifted_at`: when it ended. `stopped`: it ended with its processing."""

READ_MODEL: Final = Projection(restrictions, stream="request_id", version=2)


@READ_MODEL.on(ProcessingRestricted)
def restricted(event: ProcessingRestricted, recorded: Recorded, rows: Rows) -> None:
    rows.add(
        {
            "request_id": recorded.stream_id,
            "restriction_id": event.restriction_id,
            "controller_id": event.controller_id,
            "item_id": event.item_id,
            "ground": event.ground.value,
            "awaits": event.awaits,
            "activities": list(event.activities),
            "since": event.timestamp,
            "review_on": event.review_on,
            "told_at": None,
            "lifted_at": None,
            "stopped": False,
        }
    )


@READ_MODEL.on(RestrictionReviewed)
def reviewed(event: RestrictionReviewed, recorded: Recorded, rows: Rows) -> None:
    _restriction(rows, recorded, event.restriction_id).update(review_on=event.review_on, told_at=None)


@READ_MODEL.on(LiftingAnnounced)
def announced(event: LiftingAnnounced, recorded: Recorded, rows: Rows) -> None:
    _restriction(rows, recorded, event.restriction_id)["told_at"] = event.notice.dispatched_at


@READ_MODEL.on(RestrictionLifted)
def lifted(event: RestrictionLifted, recorded: Recorded, rows: Rows) -> None:
    _restriction(rows, recorded, event.restriction_id)["lifted_at"] = event.timestamp


@READ_MODEL.on(ProcessingStopped)
def stopped(event: ProcessingStopped, recorded: Recorded, rows: Rows) -> None:
    for restriction_id in event.restrictions_ended:
        _restriction(rows, recorded, restriction_id).update(lifted_at=event.timestamp, stopped=True)


@READ_MODEL.on(RequestReopened)
def reopened(event: RequestReopened, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):
        if row["awaits"] in event.item_ids and row["lifted_at"] is None:
            row["told_at"] = None


def _restriction(rows: Rows, recorded: Recorded, restriction_id: UUID) -> Row:
    return next(row for row in rows.of(recorded.stream_id) if row["restriction_id"] == restriction_id)


# Queries -------------------------------------------------------------------------------------------------------


def restrictions_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The restrictions of a case, oldest first, including lifted ones."""
    c = restrictions.c
    query = select(restrictions).where(c.request_id == request_id).order_by(c.since, c.restriction_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def restrictions_to_review(
    connection: Connection, on: date, *, limit: int = 1000, scope: Scope = None
) -> Sequence[Row]:
    """Restrictions in force with a review due on or before this day, the longest due first."""
    c = restrictions.c
    query = (
        select(restrictions)
        .where(c.lifted_at.is_(None), c.review_on <= on)
        .order_by(c.review_on, c.request_id, c.restriction_id)
        .limit(limit)
    )
    if scope is not None:
        query = query.where(c.controller_id.in_(sorted(scope)) if scope else false())
    return [dict(row) for row in connection.execute(query).mappings()]
