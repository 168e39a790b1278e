"""The timeline of each case: one row per event, nothing of it opened."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.case import RequestCreated, RequestEvent
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.facts import facts_of
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

timeline: Final = Table(
    "timeline",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("name", String, nullable=False),
    Column("recorded_at", UtcInstant, nullable=False),
    Column("happened_at", UtcInstant, nullable=False),
    Column("actor", String, nullable=False),
    Column("credential", String),
    Column("facts", Json, nullable=False),
    Column("sealed", Json, nullable=False),
    sqlite_with_rowid=False,  # the history of a case is stored together
)

READ_MODEL: Final = Projection(timeline, stream="request_id", version=3, append_only=True)


@READ_MODEL.on(RequestCreated, RequestEvent)
def any_event(event: Event, recorded: Recorded, rows: Rows) -> None:
    shown, sealed, happened_at = facts_of(event)
    rows.add(
        {
            "request_id": recorded.stream_id,
            "version": recorded.stream_version,
            "position": recorded.position,
            "name": recorded.name,
            "recorded_at": recorded.recorded_at,
            "happened_at": happened_at,
            "actor": event.actor,
            "credential": event.credential,
            "facts": shown,
            "sealed": sealed,
        }
    )


def timeline_of(
    connection: Connection,
    request_id: UUID,
    *,
    as_of: datetime | None = None,
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """The events of a case in order of version; `as_of` leaves out what was recorded after that instant.

    Raises CursorInvalid.
    """
    kind = f"timeline:{'desc' if descending else 'asc'}"
    version = timeline.c.version
    query = select(timeline).where(timeline.c.request_id == request_id)
    if as_of is not None:
        query = query.where(timeline.c.recorded_at <= as_of)
    if cursor is not None:
        (after,) = cursor_values(cursor, kind, (int,))
        query = query.where(version < after if descending else version > after)
    query = query.order_by(version.desc() if descending else version).limit(limit + 1)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return Page.of(rows, limit, lambda row: make_cursor(kind, (row["version"],)))


def timeline_until(connection: Connection, request_id: UUID, version: int, *, limit: int) -> Sequence[Row]:
    """What was on record once an event of the case was, newest first."""
    c, event = timeline.c, timeline.alias()
    then = select(event.c.recorded_at).where(event.c.request_id == request_id, event.c.version == version)
    query = select(timeline).where(c.request_id == request_id, c.recorded_at <= then.scalar_subquery())
    return [dict(row) for row in connection.execute(query.order_by(c.version.desc()).limit(limit)).mappings()]


def events_named(connection: Connection, request_id: UUID, names: Collection[str]) -> Sequence[Row]:
    """The events of a case with one of these names, in order of version."""
    c = timeline.c
    query = select(timeline).where(c.request_id == request_id, c.name.in_(sorted(names))).order_by(c.version)
    return [dict(row) for row in connection.execute(query).mappings()]
