"""Quarantined messages, with their arrival, from which the clock runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Uuid, func, select

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.quarantine import (
    DiscardingDeclined,
    DiscardingProposed,
    MessageQuarantined,
    QuarantineDiscarded,
    QuarantineEntered,
    QuarantineMalwareNoted,
    QuarantineOpened,
    QuarantineStatus,
)
from dsr.domain.recorded import Recorded
from dsr.projections.columns import UtcInstant
from dsr.projections.own_files import follow_forgetting
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

quarantine: Final = Table(
    "quarantine",
    main,
    Column("quarantine_id", Uuid, primary_key=True),
    Column("status", String, nullable=False),
    Column("received_at", UtcInstant, nullable=False),
    Column("error", String, nullable=False),
    Column("controller_id", String),
    Column("size", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("request_id", Uuid),
    Column("settled_at", UtcInstant),
    Column("settled_by", String),
    Column("claimed_request", Uuid),
    Column("discarding_proposed_by", String),
    Index(None, "status", "received_at", "quarantine_id"),
)

READ_MODEL: Final = Projection(quarantine, stream="quarantine_id", version=3)


@READ_MODEL.on(MessageQuarantined)
def quarantined(event: MessageQuarantined, recorded: Recorded, rows: Rows) -> None:
    row: Row = dict.fromkeys(column.name for column in quarantine.columns)
    row |= {
        "quarantine_id": recorded.stream_id,
        "status": QuarantineStatus.WAITING.value,
        "received_at": event.received_at,
        "error": event.error,
        "controller_id": event.controller_id,
        "size": event.original.size,
        "claimed_request": event.claimed_request,
        "version": recorded.stream_version,
    }
    rows.add(row)


@READ_MODEL.on(QuarantineOpened, QuarantineMalwareNoted)
def opened(_: Event, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["version"] = recorded.stream_version


@READ_MODEL.on(QuarantineEntered)
def entered(event: QuarantineEntered, recorded: Recorded, rows: Rows) -> None:
    _settle(rows.one(recorded.stream_id), recorded, QuarantineStatus.ENTERED)
    rows.one(recorded.stream_id)["request_id"] = event.request_id


@READ_MODEL.on(DiscardingProposed)
def discarding_proposed(event: DiscardingProposed, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id).update(discarding_proposed_by=event.actor, version=recorded.stream_version)


@READ_MODEL.on(DiscardingDeclined)
def discarding_declined(_: DiscardingDeclined, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id).update(discarding_proposed_by=None, version=recorded.stream_version)


@READ_MODEL.on(QuarantineDiscarded)
def discarded(_: QuarantineDiscarded, recorded: Recorded, rows: Rows) -> None:
    _settle(rows.one(recorded.stream_id), recorded, QuarantineStatus.DISCARDED)


follow_forgetting(
    READ_MODEL,
    lambda event: {
        "status": QuarantineStatus.DISCARDED.value,
        "settled_at": event.closed_at,
        "discarding_proposed_by": None,
    },
)


def _settle(row: Row, recorded: Recorded, status: QuarantineStatus) -> None:
    row |= {
        "status": status.value,
        "settled_at": recorded.event.timestamp,
        "settled_by": recorded.event.actor,
        "discarding_proposed_by": None,
        "version": recorded.stream_version,
    }


# Queries -------------------------------------------------------------------------------------------------------


def quarantined_messages(
    connection: Connection,
    *,
    status: QuarantineStatus = QuarantineStatus.WAITING,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of messages of this status, in order of arrival.

    `scope` are the controllers whose messages may be seen (None: all, and messages of an unknown controller too, which
    may be anybody's). Raises CursorInvalid.
    """
    kind, c = f"quarantine:{status}", quarantine.c
    query = select(quarantine).where(c.status == status.value).order_by(c.received_at, c.quarantine_id)
    if scope is not None:
        query = query.where(c.controller_id.in_(sorted(scope)))
    if cursor is not None:
        received_at, quarantine_id = cursor_values(cursor, kind, (datetime, UUID))
        query = query.where(
            (c.received_at > received_at) | ((c.received_at == received_at) & (c.quarantine_id > quarantine_id))
        )
    rows: Sequence[Row] = [dict(row) for row in connection.execute(query.limit(limit + 1)).mappings()]
    return Page.of(list(rows), limit, lambda row: make_cursor(kind, (row["received_at"], row["quarantine_id"])))


def quarantined_waiting(connection: Connection) -> dict[str | None, int]:
    """How many messages wait, by controller; None stands for an unknown one."""
    c = quarantine.c
    query = select(c.controller_id, func.count()).where(c.status == QuarantineStatus.WAITING.value)
    return {row[0]: row[1] for row in connection.execute(query.group_by(c.controller_id))}


def quarantined_message(connection: Connection, quarantine_id: UUID) -> Row | None:
    """One message; None if unknown."""
    query = select(quarantine).where(quarantine.c.quarantine_id == quarantine_id)
    return one_row(connection, query)
