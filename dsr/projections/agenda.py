"""The agenda: due dates of all cases, with the instants at which they are due (docs/law §2).

The scheduler reads it in the order of `at`, so the cost of a sweep grows with due rows only. A row exists while the
case waits for the date: not once it is recorded, answered or settled, and not while an open question may move it.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import Column, Connection, Date, Index, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.request import Request
from dsr.domain.request.standing import Occasion
from dsr.projections.columns import UtcInstant
from dsr.projections.rows import Row
from dsr.projections.state import StateReadModel

agenda: Final = Table(
    "agenda",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("subject", String, primary_key=True),
    Column("about", Date, primary_key=True),
    Column("at", UtcInstant, nullable=False),
    Index(None, "at", "request_id"),
)


def show(case: Request) -> list[Row]:
    """The rows of a case."""
    return [
        {
            "request_id": case.id,
            "kind": each.occasion.kind,
            "subject": each.occasion.subject,
            "about": each.occasion.about,
            "at": each.at,
        }
        for each in case.coming_on_record
    ]


READ_MODEL: Final = StateReadModel(agenda, version=4, show=show)


def occasion_of(row: Row) -> Occasion:
    """The occasion of a row."""
    return Occasion(row["kind"], row["subject"], row["about"])


def is_awaited(connection: Connection, request_id: UUID, occasion: Occasion) -> bool:
    """Whether the case still waits for this date."""
    c = agenda.c
    query = select(c.at).where(
        c.request_id == request_id,
        c.kind == occasion.kind,
        c.subject == occasion.subject,
        c.about == occasion.about,
    )
    return connection.execute(query).first() is not None
