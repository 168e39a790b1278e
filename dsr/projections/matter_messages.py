"""Messages on matters: who seems to write, and whether a person has examined each (docs/law §13)."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.matter import MatterMessageExamined, MatterMessageReceived
from dsr.domain.recorded import Recorded
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

matter_messages: Final = Table(
    "matter_messages",
    main,
    Column("message_id", Uuid, primary_key=True),
    Column("matter_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("channel", String, nullable=False),
    Column("received_at", UtcInstant, nullable=False),
    Column("recorded_at", UtcInstant, nullable=False),
    Column("language", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("suggested_rights", Json, nullable=False),
    Column("examined_at", UtcInstant),
    Column("examined_by", String),
    Index(None, "position", unique=True),
    Index(None, "matter_id", "position"),
)
"""`version` is of the matter, at the last event of the message."""

READ_MODEL: Final = Projection(matter_messages, stream="matter_id", version=1)


@READ_MODEL.on(MatterMessageReceived)
def received(event: MatterMessageReceived, recorded: Recorded, rows: Rows) -> None:
    rows.add(
        {
            "message_id": event.message_id,
            "matter_id": recorded.stream_id,
            "version": recorded.stream_version,
            "position": recorded.position,
            "channel": event.channel.value,
            "received_at": event.received_at,
            "recorded_at": event.timestamp,
            "language": event.language,
            "sender": event.sender.value,
            "automatic": event.automatic,
            "suggested_rights": [each.value for each in event.suggested_rights],
            "examined_at": None,
            "examined_by": None,
        }
    )


@READ_MODEL.on(MatterMessageExamined)
def examined(event: MatterMessageExamined, recorded: Recorded, rows: Rows) -> None:
    row = next(each for each in rows.of(recorded.stream_id) if each["message_id"] == event.message_id)
    row |= {"version": recorded.stream_version, "examined_at": event.timestamp, "examined_by": event.actor}


# Queries -------------------------------------------------------------------------------------------------------


def matter_message_row(connection: Connection, message_id: UUID) -> Row | None:
    """One message; None if unknown."""
    return one_row(connection, select(matter_messages).where(matter_messages.c.message_id == message_id))


def matter_messages_of(connection: Connection, matter_id: UUID) -> Sequence[Row]:
    """The messages on a matter, oldest first."""
    c = matter_messages.c
    query = select(matter_messages).where(c.matter_id == matter_id).order_by(c.position)
    return [dict(row) for row in connection.execute(query).mappings()]
