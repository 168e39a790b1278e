"""Sessions of members of staff. A secret opens a session only while it stands here, so that a row in the table of
secrets that no event knows opens nothing.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Index, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.staff_session import StaffSessionEnded, StaffSignedIn, StaffSteppedUp
from dsr.projections.columns import UtcInstant
from dsr.projections.paging import Page, page_by_position
from dsr.projections.projection import Projection
from dsr.projections.rows import Rows

staff_sessions: Final = Table(
    "staff_sessions",
    main,
    Column("session_id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("staff", String(40), nullable=False),
    Column("method", String(16), nullable=False),
    Column("credential_id", Uuid, nullable=False),
    Column("signed_in_at", UtcInstant, nullable=False),
    # signing in, or proving oneself once more
    Column("proved_at", UtcInstant, nullable=False),
    Column("ends_at", UtcInstant, nullable=False),
    Column("ended_at", UtcInstant),
    Column("ended_by", String),
    Column("end_reason", String(32)),
    Index(None, "staff"),
    Index(None, "position"),
)

READ_MODEL: Final = Projection(staff_sessions, stream="session_id", version=1)


@READ_MODEL.on(StaffSignedIn)
def signed_in(event: StaffSignedIn, recorded: Recorded, rows: Rows) -> None:
    rows.add(
        {
            "session_id": recorded.stream_id,
            "position": recorded.position,
            "staff": event.actor,
            "method": event.method.value,
            "credential_id": event.credential_id,
            "signed_in_at": event.timestamp,
            "proved_at": event.timestamp,
            "ends_at": event.ends_at,
            "ended_at": None,
            "ended_by": None,
            "end_reason": None,
        }
    )


@READ_MODEL.on(StaffSteppedUp)
def stepped_up(event: StaffSteppedUp, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["proved_at"] = event.timestamp


@READ_MODEL.on(StaffSessionEnded)
def ended(event: StaffSessionEnded, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row["ended_at"] = event.timestamp
    row["ended_by"] = event.actor
    row["end_reason"] = event.why.value


# Queries -------------------------------------------------------------------------------------------------------


def running_sessions(
    connection: Connection, staff: str, *, at: datetime, credential_id: UUID | None = None
) -> list[UUID]:
    """Ids of the sessions of a member that nobody ended and whose time is not over; of one credential if given."""
    query = select(staff_sessions.c.session_id).where(
        staff_sessions.c.staff == staff, staff_sessions.c.ended_at.is_(None), staff_sessions.c.ends_at > at
    )
    if credential_id is not None:
        query = query.where(staff_sessions.c.credential_id == credential_id)
    return list(connection.execute(query.order_by(staff_sessions.c.position)).scalars())


def sessions_of_staff(connection: Connection, staff: str, *, cursor: str | None = None, limit: int = 50) -> Page:
    """Sessions of a member of staff, the latest first. Raises CursorInvalid."""
    query = select(staff_sessions).where(staff_sessions.c.staff == staff)
    return page_by_position(connection, query, kind="staff-sessions", cursor=cursor, limit=limit, newest_first=True)
