"""Dates that passed unanswered, by what was on record then; they stay missed, whatever moves them (docs/law §10)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, Connection, Date, Index, String, Table, Uuid, false, select

from dsr.database.metadata import main
from dsr.domain.request import Request
from dsr.projections.columns import UtcInstant
from dsr.projections.queue import Scope, within
from dsr.projections.rows import Row
from dsr.projections.state import StateReadModel

missed_dates: Final = Table(
    "missed_dates",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("due", Date, primary_key=True),
    Column("reference", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("noted_at", UtcInstant, nullable=False),
    Column("moved_at", UtcInstant),
    Column("stated_at", UtcInstant),
    Column("moved_by", String),
    Column("confirmed_by", String),
    Index(None, "noted_at", "request_id"),
)
"""`noted_at`: the first record after the date had passed. `moved_at`: when it was moved later, by a statement that
`moved_by` recorded at `stated_at`, and that `confirmed_by` confirmed where that was needed.
"""


def show(case: Request) -> list[Row]:
    """The rows of a case."""
    return [
        {
            "request_id": case.id,
            "kind": each.kind.value,
            "due": each.due,
            "reference": case.reference,
            "controller_id": case.controller_id,
            "noted_at": each.noted_at,
            "moved_at": each.moved_at,
            "stated_at": each.stated_at,
            "moved_by": each.moved_by or None,
            "confirmed_by": each.confirmed_by or None,
        }
        for each in case.clock.missed
    ]


READ_MODEL: Final = StateReadModel(missed_dates, version=1, show=show)


def missed(connection: Connection, *, limit: int, scope: Scope = None) -> Sequence[Row]:
    """Missed dates on record, the last noted first. A date that passed since the last record of its case is late."""
    c = missed_dates.c
    query = select(missed_dates).order_by(c.noted_at.desc(), c.request_id, c.due).limit(limit)
    seen = within(scope, None)
    if seen is not None:
        query = query.where(c.controller_id.in_(sorted(seen)) if seen else false())
    return [dict(row) for row in connection.execute(query).mappings()]
