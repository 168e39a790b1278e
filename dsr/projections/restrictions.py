"""Restrictions: what may only be stored, since when, and when somebody has to look again (GDPR Art. 18)."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Column, Connection, Date, Index, String, Table, Uuid, false, select

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.request.restriction import (
    LiftingAnnounced,
    ProcessingRestricted,
    RestrictionLifted,
    RestrictionReviewed,
)
from dsr.projections.columns import Instant, Json
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
    Column("since", Instant, nullable=False),
    Column("review_on", Date, nullable=False),
    Column("told_at", Instant),
    Column("lifted_at", Instant),
    # What stands, by the day of its review: a restriction that was lifted has none any more.
    Index(None, "lifted_at", "review_on", "request_id"),
)

standing: Final = Projection(restrictions, stream="request_id", version=1)


@standing.on(ProcessingRestricted)
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
        }
    )


@standing.on(RestrictionReviewed)
def reviewed(event: RestrictionReviewed, recorded: Recorded, rows: Rows) -> None:
    _restriction(rows, recorded, event.restriction_id)["review_on"] = event.review_on


@standing.on(LiftingAnnounced)
def announced(event: LiftingAnnounced, recorded: Recorded, rows: Rows) -> None:
    _restriction(rows, recorded, event.restriction_id)["told_at"] = event.notice.dispatched_at


@standing.on(RestrictionLifted)
def lifted(event: RestrictionLifted, recorded: Recorded, rows: Rows) -> None:
    _restriction(rows, recorded, event.restriction_id)["lifted_at"] = event.timestamp


def _restriction(rows: Rows, recorded: Recorded, restriction_id: UUID) -> Row:
    return next(row for row in rows.of(recorded.stream_id) if row["restriction_id"] == restriction_id)


# Queries -------------------------------------------------------------------------------------------------------


def restrictions_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The restrictions of a case, the oldest first; those that were lifted too."""
    c = restrictions.c
    query = select(restrictions).where(c.request_id == request_id).order_by(c.since, c.restriction_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def restrictions_to_review(
    connection: Connection, on: date, *, limit: int = 1000, scope: Scope = None
) -> Sequence[Row]:
    """Restrictions that stand and have to be looked at on this day or before, the longest due first."""
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
