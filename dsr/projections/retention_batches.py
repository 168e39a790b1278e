"""Retention batches: what was due, who proposed and ordered to forget it, what was kept (GDPR Art. 5(1)(e), (2))."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.retention_batch import (
    BatchStatus,
    KeptFile,
    RetentionBatchCarriedOut,
    RetentionBatchDeclined,
    RetentionBatchDrawnUp,
    RetentionBatchOrdered,
    RetentionBatchProposed,
)
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.paging import Page, conditions, page_by_position
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

retention_batches: Final = Table(
    "retention_batches",
    main,
    Column("batch_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("controller_id", String),
    Column("drawn_up_at", UtcInstant, nullable=False),
    Column("files", Json, nullable=False),
    Column("kept", Json, nullable=False),
    Column("kept_in_all", Integer, nullable=False),
    Column("left_out", Json, nullable=False),
    Column("proposed_by", String),
    Column("proposed_at", UtcInstant),
    Column("decided_by", String),
    Column("decided_at", UtcInstant),
    Column("carried_out_at", UtcInstant),
    Column("forgotten", Integer),
    Index(None, "position", unique=True),
    Index(None, "controller_id", "status", "position"),
)

READ_MODEL: Final = Projection(retention_batches, stream="batch_id", version=1)


@READ_MODEL.on(RetentionBatchDrawnUp)
def drawn_up(event: RetentionBatchDrawnUp, recorded: Recorded, rows: Rows) -> None:
    row: Row = dict.fromkeys(column.name for column in retention_batches.columns)
    row |= {
        "batch_id": recorded.stream_id,
        "version": recorded.stream_version,
        "position": recorded.position,
        "status": BatchStatus.DRAWN_UP.value,
        "controller_id": event.controller_id,
        "drawn_up_at": event.timestamp,
        "files": [
            {"kind": each.kind.value, "file_id": str(each.file_id), "kept_until": each.kept_until.isoformat()}
            for each in event.files
        ],
        "kept": [_kept(each) for each in event.kept],
        "kept_in_all": event.kept_in_all,
        "left_out": [],
    }
    rows.add(row)


@READ_MODEL.on(RetentionBatchProposed)
def proposed(event: RetentionBatchProposed, recorded: Recorded, rows: Rows) -> None:
    left_out = [str(each) for each in event.left_out]
    _change(
        recorded, rows, BatchStatus.PROPOSED, left_out=left_out, proposed_by=event.actor, proposed_at=event.timestamp
    )


@READ_MODEL.on(RetentionBatchOrdered)
def ordered(event: RetentionBatchOrdered, recorded: Recorded, rows: Rows) -> None:
    _change(recorded, rows, BatchStatus.ORDERED, decided_by=event.actor, decided_at=event.timestamp)


@READ_MODEL.on(RetentionBatchDeclined)
def declined(event: RetentionBatchDeclined, recorded: Recorded, rows: Rows) -> None:
    _change(recorded, rows, BatchStatus.DECLINED, decided_by=event.actor, decided_at=event.timestamp)


@READ_MODEL.on(RetentionBatchCarriedOut)
def carried_out(event: RetentionBatchCarriedOut, recorded: Recorded, rows: Rows) -> None:
    kept = [*rows.one(recorded.stream_id)["kept"], *(_kept(each) for each in event.kept)]
    _change(
        recorded,
        rows,
        BatchStatus.CARRIED_OUT,
        carried_out_at=event.timestamp,
        forgotten=event.forgotten,
        kept=kept,
        kept_in_all=rows.one(recorded.stream_id)["kept_in_all"] + len(event.kept),
    )


def _kept(file: KeptFile) -> Row:
    return {"kind": file.kind.value, "file_id": str(file.file_id), "kept_because": list(file.kept_because)}


def _change(recorded: Recorded, rows: Rows, status: BatchStatus, **changed: Any) -> None:
    rows.one(recorded.stream_id).update(status=status.value, version=recorded.stream_version, **changed)


# Queries -------------------------------------------------------------------------------------------------------


def batch_list(
    connection: Connection,
    *,
    status: BatchStatus | None = None,
    controller: str | None = None,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of batches, oldest first; `scope` are the controllers in scope (None: all). Raises CursorInvalid."""
    query = select(retention_batches).where(
        *conditions(retention_batches, scope, status=status, controller_id=controller)
    )
    return page_by_position(connection, query, kind="retention-batches", cursor=cursor, limit=limit)


def batch_row(connection: Connection, batch_id: UUID) -> Row | None:
    """One batch; None if unknown."""
    return one_row(connection, select(retention_batches).where(retention_batches.c.batch_id == batch_id))


def rests(connection: Connection, controller_id: str | None, *, declined_after: datetime) -> bool:
    """Whether the controller has a batch that is not carried out, or one that was declined after this time."""
    c = retention_batches.c
    waiting = (BatchStatus.DRAWN_UP.value, BatchStatus.PROPOSED.value, BatchStatus.ORDERED.value)
    declined = (c.status == BatchStatus.DECLINED.value) & (c.decided_at > declined_after)
    query = select(c.batch_id).where(c.controller_id == controller_id, c.status.in_(waiting) | declined).limit(1)
    return connection.execute(query).first() is not None
