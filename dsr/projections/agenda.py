"""What comes due when: on which case, about which date, from which instant (docs/law §2).

The clock reads this in the order of `at`, so a sweep costs what is due and not what exists. A row stands here while the
case waits for it: not once it is recorded, answered or settled, and not while a question is open that moves the date.
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


READ_MODEL: Final = StateReadModel(agenda, version=3, show=show)


def occasion_of(row: Row) -> Occasion:
    """What the row stands for."""
    return Occasion(row["kind"], row["subject"], row["about"])


def is_awaited(connection: Connection, request_id: UUID, occasion: Occasion) -> bool:
    """Whether the case still waits for this."""
    c = agenda.c
    query = select(c.at).where(
        c.request_id == request_id,
        c.kind == occasion.kind,
        c.subject == occasion.subject,
        c.about == occasion.about,
    )
    return connection.execute(query).first() is not None
