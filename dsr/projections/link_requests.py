"""New links to packages that people asked for, until the team grants or answers them (docs/law §12)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, Connection, Index, String, Table, Uuid, false, select

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.request.offers import LinkRequested, PackageOffered
from dsr.projections.columns import UtcInstant
from dsr.projections.items import items
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

link_requests: Final = Table(
    "link_requests",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("export_id", Uuid, nullable=False),
    Column("requested_at", UtcInstant, nullable=False),
    # null while it waits for the team
    Column("granted_at", UtcInstant),
    Index(None, "granted_at", "requested_at"),
)

READ_MODEL: Final = Projection(link_requests, stream="request_id", version=1)


@READ_MODEL.on(LinkRequested)
def requested(event: LinkRequested, recorded: Recorded, rows: Rows) -> None:
    wish = {"export_id": event.export_id, "requested_at": event.timestamp, "granted_at": None}
    row = _of_item(rows, recorded, event.item_id)
    if row is None:
        rows.add({"request_id": recorded.stream_id, "item_id": event.item_id} | wish)
    else:
        row |= wish


@READ_MODEL.on(PackageOffered)
def granted(event: PackageOffered, recorded: Recorded, rows: Rows) -> None:
    row = _of_item(rows, recorded, event.item_id)
    if row is not None:
        row["granted_at"] = event.timestamp


def _of_item(rows: Rows, recorded: Recorded, item_id: str) -> Row | None:
    return next((row for row in rows.of(recorded.stream_id) if row["item_id"] == item_id), None)


# Queries -------------------------------------------------------------------------------------------------------


def waiting_link_requests(
    connection: Connection, *, limit: int = 1000, scope: frozenset[str] | None = None
) -> Sequence[Row]:
    """New links that people wait for, the longest wait first."""
    query = (
        select(link_requests)
        .join(items, (items.c.request_id == link_requests.c.request_id) & (items.c.item_id == link_requests.c.item_id))
        .where(link_requests.c.granted_at.is_(None))
        .order_by(link_requests.c.requested_at, link_requests.c.request_id, link_requests.c.item_id)
        .limit(limit)
    )
    if scope is not None:
        query = query.where(items.c.controller_id.in_(sorted(scope)) if scope else false())
    return [dict(row) for row in connection.execute(query).mappings()]
