"""Authenticators of members of staff; with a row in no other place does anybody sign in."""

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, String, Table, Text, Uuid, select

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.staff import StaffLeft, StaffPasskeyRegistered, StaffPasskeyRevoked
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

passkeys: Final = Table(
    "passkeys",
    main,
    Column("passkey_id", Uuid, primary_key=True),
    Column("staff_id", Uuid, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("staff", String(40), nullable=False),
    # the id that the authenticator chose, base64url
    Column("webauthn_id", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("rp_id", String(253), nullable=False),
    Column("is_synced", Boolean, nullable=False),
    Column("transports", Json, nullable=False),
    Column("registered_at", UtcInstant, nullable=False),
    Column("revoked_at", UtcInstant),
    Column("revoked_by", String),
    Index(None, "staff_id"),
    Index(None, "webauthn_id"),
)

READ_MODEL: Final = Projection(passkeys, stream="staff_id", version=1)


@READ_MODEL.on(StaffPasskeyRegistered)
def registered(event: StaffPasskeyRegistered, recorded: Recorded, rows: Rows) -> None:
    rows.add(
        {
            "passkey_id": event.passkey_id,
            "staff_id": recorded.stream_id,
            "position": recorded.position,
            "staff": event.identifier,
            "webauthn_id": event.webauthn_id,
            "public_key": event.public_key,
            "rp_id": event.rp_id,
            "is_synced": event.is_synced,
            "transports": list(event.transports),
            "registered_at": event.timestamp,
            "revoked_at": None,
            "revoked_by": None,
        }
    )


@READ_MODEL.on(StaffPasskeyRevoked)
def revoked(event: StaffPasskeyRevoked, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):
        if row["passkey_id"] == event.passkey_id:
            _revoke(row, event)


@READ_MODEL.on(StaffLeft)
def left(event: StaffLeft, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):
        if row["revoked_at"] is None:
            _revoke(row, event)


def _revoke(row: Row, event: StaffPasskeyRevoked | StaffLeft) -> None:
    row["revoked_at"] = event.timestamp
    row["revoked_by"] = event.actor


# Queries -------------------------------------------------------------------------------------------------------


def passkey_of(connection: Connection, webauthn_id: str) -> Row | None:
    """The passkey that works under this id of an authenticator; None if none does."""
    query = select(passkeys).where(passkeys.c.webauthn_id == webauthn_id, passkeys.c.revoked_at.is_(None))
    return one_row(connection, query)


def passkeys_of(connection: Connection, staff_id: UUID) -> list[Row]:
    """All passkeys of a member of staff, the latest first."""
    query = select(passkeys).where(passkeys.c.staff_id == staff_id).order_by(passkeys.c.position.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


def passkeys_elsewhere(connection: Connection, rp_id: str) -> int:
    """How many passkeys are bound to another host name, so that nobody can use them."""
    query = select(passkeys.c.passkey_id).where(passkeys.c.revoked_at.is_(None), passkeys.c.rp_id != rp_id)
    return len(connection.execute(query).all())
