"""Reports of data to erase without a request, and their status (GDPR Art. 5(2))."""

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.own_erasure import (
    OwnErasureCancelled,
    OwnErasureCarriedOut,
    OwnErasureKind,
    OwnErasureOpened,
    OwnErasureReported,
    OwnErasureStatus,
)
from dsr.domain.recorded import Recorded
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.own_files import follow_forgetting
from dsr.projections.paging import Page, conditions, page_by_position
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

own_erasures: Final = Table(
    "own_erasures",
    main,
    Column("own_erasure_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("system", String, nullable=False),
    Column("request_id", Uuid),
    Column("found_at", UtcInstant, nullable=False),
    Column("reported_at", UtcInstant, nullable=False),
    Column("reported_by", String, nullable=False),
    Column("deleted_at", UtcInstant),
    Column("systems", Json, nullable=False),
    Column("recipients_told", Json, nullable=False),
    Column("person_unknown", Boolean),
    Column("settled_at", UtcInstant),
    Column("settled_by", String),
    Index(None, "position", unique=True),
    Index(None, "status", "position"),
    Index(None, "controller_id", "status", "position"),
)

READ_MODEL: Final = Projection(own_erasures, stream="own_erasure_id", version=2)


@READ_MODEL.on(OwnErasureReported)
def reported(event: OwnErasureReported, recorded: Recorded, rows: Rows) -> None:
    rows.add(
        {
            "own_erasure_id": recorded.stream_id,
            "version": recorded.stream_version,
            "position": recorded.position,
            "status": OwnErasureStatus.REPORTED.value,
            "kind": event.kind.value,
            "controller_id": event.controller_id,
            "system": event.system,
            "request_id": event.request_id,
            "found_at": event.found_at,
            "reported_at": event.timestamp,
            "reported_by": event.reported_by,
            "deleted_at": None,
            "systems": [],
            "recipients_told": [],
            "person_unknown": None,
            "settled_at": None,
            "settled_by": None,
        }
    )


@READ_MODEL.on(OwnErasureCarriedOut)
def carried_out(event: OwnErasureCarriedOut, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {
        "deleted_at": event.deleted_at,
        "systems": list(event.systems),
        "recipients_told": list(event.recipients_told),
        "person_unknown": event.person_unknown,
    }
    _settle(row, event, recorded, OwnErasureStatus.CARRIED_OUT)


@READ_MODEL.on(OwnErasureCancelled)
def cancelled(event: OwnErasureCancelled, recorded: Recorded, rows: Rows) -> None:
    _settle(rows.one(recorded.stream_id), event, recorded, OwnErasureStatus.CANCELLED)


@READ_MODEL.on(OwnErasureOpened)
def opened(_: OwnErasureOpened, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["version"] = recorded.stream_version


follow_forgetting(READ_MODEL, lambda event: {"status": event.ended_as, "settled_at": event.closed_at})


def _settle(row: Row, event: Event, recorded: Recorded, status: OwnErasureStatus) -> None:
    row |= {
        "status": status.value,
        "settled_at": event.timestamp,
        "settled_by": event.actor,
        "version": recorded.stream_version,
    }


# Queries -------------------------------------------------------------------------------------------------------


def own_erasure_list(
    connection: Connection,
    *,
    status: OwnErasureStatus | None = None,
    kind: OwnErasureKind | None = None,
    controller: str | None = None,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of reports, oldest first; `scope` are the controllers in scope (None: all).

    Raises CursorInvalid.
    """
    query = select(own_erasures).where(
        *conditions(own_erasures, scope, status=status, kind=kind, controller_id=controller)
    )
    return page_by_position(connection, query, kind="own-erasures", cursor=cursor, limit=limit)


def own_erasure_row(connection: Connection, own_erasure_id: UUID) -> Row | None:
    """One report; None if unknown."""
    query = select(own_erasures).where(own_erasures.c.own_erasure_id == own_erasure_id)
    return one_row(connection, query)
