"""Accounts at the organisation's provider with which members of staff sign in."""

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Index, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.staff import StaffAccountLinked, StaffAccountUnlinked, StaffLeft
from dsr.projections.columns import UtcInstant
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

staff_accounts: Final = Table(
    "staff_accounts",
    main,
    Column("account_id", Uuid, primary_key=True),
    Column("staff_id", Uuid, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("staff", String(40), nullable=False),
    Column("issuer", String, nullable=False),
    Column("subject", String(255), nullable=False),
    Column("linked_at", UtcInstant, nullable=False),
    Column("linked_by", String, nullable=False),
    Column("unlinked_at", UtcInstant),
    Column("unlinked_by", String),
    Index(None, "staff_id"),
    Index(None, "subject"),
)

READ_MODEL: Final = Projection(staff_accounts, stream="staff_id", version=1)


@READ_MODEL.on(StaffAccountLinked)
def linked(event: StaffAccountLinked, recorded: Recorded, rows: Rows) -> None:
    rows.add(
        {
            "account_id": event.account_id,
            "staff_id": recorded.stream_id,
            "position": recorded.position,
            "staff": event.identifier,
            "issuer": event.issuer,
            "subject": event.subject,
            "linked_at": event.timestamp,
            "linked_by": event.actor,
            "unlinked_at": None,
            "unlinked_by": None,
        }
    )


@READ_MODEL.on(StaffAccountUnlinked)
def unlinked(event: StaffAccountUnlinked, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):
        if row["account_id"] == event.account_id:
            _unlink(row, event)


@READ_MODEL.on(StaffLeft)
def left(event: StaffLeft, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):
        if row["unlinked_at"] is None:
            _unlink(row, event)


def _unlink(row: Row, event: StaffAccountUnlinked | StaffLeft) -> None:
    row["unlinked_at"] = event.timestamp
    row["unlinked_by"] = event.actor


# Queries -------------------------------------------------------------------------------------------------------


def account_of(connection: Connection, issuer: str, subject: str) -> Row | None:
    """The linked account that a provider calls so; None if none is."""
    query = select(staff_accounts).where(
        staff_accounts.c.issuer == issuer, staff_accounts.c.subject == subject, staff_accounts.c.unlinked_at.is_(None)
    )
    return one_row(connection, query)


def accounts_of(connection: Connection, staff_id: UUID) -> list[Row]:
    """All accounts that were ever linked to a member of staff, the latest first."""
    query = select(staff_accounts).where(staff_accounts.c.staff_id == staff_id)
    return [dict(row) for row in connection.execute(query.order_by(staff_accounts.c.position.desc())).mappings()]
