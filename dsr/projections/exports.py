"""Packages for data subjects, and the state of their links."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.export import (
    ExportDownloaded,
    ExportOffered,
    ExportPrepared,
    ExportPurged,
    ExportRedeemed,
    ExportRenewed,
    ExportRevoked,
    ExportSecretRefused,
    ExportSent,
)
from dsr.domain.recorded import Recorded
from dsr.projections.columns import UtcInstant
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

exports: Final = Table(
    "exports",
    main,
    Column("export_id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("request_version", Integer, nullable=False),
    Column("item_id", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("files", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("ciphertext_sha256", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("prepared_at", UtcInstant, nullable=False),
    Column("prepared_by", String, nullable=False),
    # null once purged; due packages are found by its index
    Column("kept_until", UtcInstant, index=True),
    Column("purged_at", UtcInstant),
    Column("purge_reason", String),
    # the latest link
    Column("offered_at", UtcInstant),
    Column("expires_at", UtcInstant),
    Column("redeemed_at", UtcInstant),
    Column("session_ends_at", UtcInstant),
    Column("network", String),
    # when its last byte had left, so that the link is used up
    Column("downloaded_at", UtcInstant),
    Column("revoked", String),
    Column("wrong_secrets", Integer, nullable=False),
    # of all links
    Column("downloads", Integer, nullable=False),
)

READ_MODEL: Final = Projection(exports, stream="export_id", version=5)


@READ_MODEL.on(ExportPrepared)
def prepared(event: ExportPrepared, recorded: Recorded, rows: Rows) -> None:
    row: Row = dict.fromkeys(column.name for column in exports.columns)
    row |= {
        "export_id": recorded.stream_id,
        "request_id": event.request_id,
        "request_version": event.request_version,
        "item_id": event.item_id,
        "controller_id": event.controller_id,
        "kind": event.kind.value,
        "files": event.files,
        "size": event.package.size,
        "ciphertext_sha256": event.package.ciphertext_sha256,
        "version": recorded.stream_version,
        "prepared_at": event.timestamp,
        "prepared_by": event.actor,
        "kept_until": event.kept_until,
        "wrong_secrets": 0,
        "downloads": 0,
    }
    rows.add(row)


@READ_MODEL.on(ExportOffered)
def offered(event: ExportOffered, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    session_ends_at = row["session_ends_at"] if row["revoked"] is None else None
    kept_until = max(event.expires_at, session_ends_at or event.expires_at)  # no session is cut short
    row |= {"offered_at": event.timestamp, "expires_at": event.expires_at, "redeemed_at": None, "session_ends_at": None}
    row |= {
        "network": None,
        "downloaded_at": None,
        "revoked": None,
        "wrong_secrets": 0,
        "kept_until": kept_until,
        "version": recorded.stream_version,
    }


@READ_MODEL.on(ExportRedeemed)
def redeemed(event: ExportRedeemed, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    redeemed_at = event.timestamp if row["redeemed_at"] is None else row["redeemed_at"]
    row |= {"redeemed_at": redeemed_at, "session_ends_at": event.session_ends_at, "network": event.network}
    row |= {"kept_until": max(row["kept_until"], event.session_ends_at), "version": recorded.stream_version}


@READ_MODEL.on(ExportDownloaded)
def downloaded(_: ExportDownloaded, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"downloads": row["downloads"] + 1, "version": recorded.stream_version}


@READ_MODEL.on(ExportSent)
def sent(event: ExportSent, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row["version"] = recorded.stream_version
    if event.completes:
        row["downloaded_at"] = event.timestamp


@READ_MODEL.on(ExportRenewed)
def renewed(event: ExportRenewed, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"expires_at": event.expires_at, "redeemed_at": None, "session_ends_at": None, "network": None}
    row |= {"downloaded_at": None, "kept_until": max(row["kept_until"], event.expires_at)}
    row["version"] = recorded.stream_version


@READ_MODEL.on(ExportPurged)
def purged(event: ExportPurged, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id).update(
        kept_until=None, purged_at=event.timestamp, purge_reason=event.reason.value, version=recorded.stream_version
    )


@READ_MODEL.on(ExportSecretRefused)
def secret_refused(_: ExportSecretRefused, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"wrong_secrets": row["wrong_secrets"] + 1, "version": recorded.stream_version}


@READ_MODEL.on(ExportRevoked)
def revoked(event: ExportRevoked, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id).update(revoked=event.reason.value, version=recorded.stream_version)


# Queries -------------------------------------------------------------------------------------------------------


def exports_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The packages of a case, oldest first."""
    query = (
        select(exports).where(exports.c.request_id == request_id).order_by(exports.c.prepared_at, exports.c.export_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def exports_to_purge(connection: Connection, now: datetime, *, limit: int) -> Sequence[UUID]:
    """Packages whose promised retention has ended, the longest due first; the cost grows with due packages only."""
    query = select(exports.c.export_id).where(exports.c.kept_until <= now).order_by(exports.c.kept_until).limit(limit)
    return connection.execute(query).scalars().all()
