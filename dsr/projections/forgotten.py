"""The record of deletions: which case files were forgotten, when, by whom and why, without personal data (GDPR Art.
5(2)).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    and_,
    bindparam,
    false,
    or_,
    select,
    tuple_,
)

from dsr.database.metadata import main
from dsr.database.statements import Query, Statement
from dsr.domain.recorded import Recorded
from dsr.domain.request.forgetting import ForgettingAttested, ForgettingOrdered, ForgettingRestored
from dsr.projections.columns import UtcInstant
from dsr.projections.paging import Page, conditions, cursor_values, make_cursor, page_by_position
from dsr.projections.projection import Projection
from dsr.projections.requests import requests
from dsr.projections.rows import Row, Rows, one_row

forgotten: Final = Table(
    "forgotten",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("ground", String, nullable=False),
    Column("kept_until", Date),
    Column("proposed_by", String, nullable=False),
    Column("ordered_by", String, nullable=False),
    Column("ordered_at", UtcInstant, nullable=False),
    Column("attested_at", UtcInstant),
    Column("keys", Integer),
    Column("files", Integer),
    Column("unreadable_on", Date),
    Index(None, "position", unique=True),
)

READ_MODEL: Final = Projection(forgotten, stream="request_id", version=1)


@READ_MODEL.on(ForgettingOrdered)
def ordered(event: ForgettingOrdered, recorded: Recorded, rows: Rows) -> None:
    _add(recorded, rows, event, ordered_by=event.actor, ordered_at=event.timestamp, kept_until=event.kept_until)


@READ_MODEL.on(ForgettingRestored)
def restored(event: ForgettingRestored, recorded: Recorded, rows: Rows) -> None:
    _add(recorded, rows, event, ordered_by=event.ordered_by, ordered_at=event.ordered_at, kept_until=None)


@READ_MODEL.on(ForgettingAttested)
def attested(event: ForgettingAttested, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id).update(
        attested_at=event.timestamp, keys=event.keys, files=event.files, unreadable_on=event.unreadable_on
    )


def _add(recorded: Recorded, rows: Rows, event: ForgettingOrdered | ForgettingRestored, **ordered: object) -> None:
    rows.add(
        {
            "request_id": recorded.stream_id,
            "position": recorded.position,
            "ground": event.ground.value,
            "proposed_by": event.proposed_by,
            "attested_at": None,
            "keys": None,
            "files": None,
            "unreadable_on": None,
            **ordered,
        }
    )


# Queries -------------------------------------------------------------------------------------------------------

_IS_FORGOTTEN: Final = Statement(
    select(forgotten.c.request_id).where(forgotten.c.request_id == bindparam("request_id", type_=Uuid))
)


def asked_if_forgotten(request_ids: Iterable[UUID]) -> list[Query]:
    """Whether these case files were ordered to be forgotten, to be asked together with others; no rows: not."""
    return [Query(_IS_FORGOTTEN, {"request_id": each}) for each in request_ids]


def forgotten_row(connection: Connection, request_id: UUID) -> Row | None:
    """What is on record of a case file that was forgotten; None if it was not."""
    return one_row(connection, _with_case().where(forgotten.c.request_id == request_id))


def deletion_list(
    connection: Connection,
    *,
    controller: str | None = None,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of forgotten case files, oldest first; `scope` are the controllers in scope (None: all).

    Raises CursorInvalid.
    """
    query = _with_case().where(*conditions(requests, scope, controller_id=controller))
    return page_by_position(connection, query, kind="deletions", cursor=cursor, limit=limit)


def closed_files(
    connection: Connection,
    *,
    closed_before: Mapping[datetime, Collection[tuple[str, int]]],
    controller: str | None = None,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of the cases that were closed before the time of their controller and of the version of the record that
    they pinned, and not ordered to be forgotten, the longest closed first. Raises CursorInvalid.
    """
    c, kind = requests.c, "retention"
    query = (
        select(c.request_id, c.closed_at)
        .outerjoin(forgotten, forgotten.c.request_id == c.request_id)
        .where(
            or_(
                false(),
                *(
                    and_(c.closed_at < time, tuple_(c.controller_id, c.ropa_version).in_(pinned))
                    for time, pinned in closed_before.items()
                ),
            ),
            forgotten.c.request_id.is_(None),
            *conditions(requests, scope, controller_id=controller),
        )
    )
    if cursor is not None:
        after = cursor_values(cursor, kind, (datetime, UUID))
        query = query.where(tuple_(c.closed_at, c.request_id) > tuple_(*after, types=[c.closed_at.type, Uuid()]))
    rows = [
        dict(row) for row in connection.execute(query.order_by(c.closed_at, c.request_id).limit(limit + 1)).mappings()
    ]
    return Page.of(rows, limit, lambda row: make_cursor(kind, (row["closed_at"], row["request_id"])))


def last_unreadable_on(connection: Connection) -> tuple[int, int, date | None]:
    """How many case files were forgotten, of how many it is unknown when backups stop opening them, and the last day
    that is known.
    """
    rows = connection.execute(select(forgotten.c.unreadable_on)).scalars().all()
    return len(rows), sum(each is None for each in rows), max(filter(None, rows), default=None)


def _with_case() -> Select[*tuple[Any, ...]]:
    c = requests.c
    return select(forgotten, c.reference, c.controller_id, c.received_on, c.closed_at, c.outcome).join(
        requests, c.request_id == forgotten.c.request_id
    )
