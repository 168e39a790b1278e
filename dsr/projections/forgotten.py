"""The record of deletions: which files were forgotten, when, by whom and why, without personal data (GDPR Art.
5(2)).
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    select,
)
from sqlalchemy.sql.functions import coalesce

from dsr.database.metadata import main
from dsr.database.statements import Query, Statement
from dsr.domain.own_file import FileForgettingAttested, FileForgettingOrdered, FileForgettingRestored, FileKind
from dsr.domain.recorded import Recorded
from dsr.domain.request.forgetting import ForgettingAttested, ForgettingOrdered, ForgettingRestored
from dsr.projections.columns import UtcInstant
from dsr.projections.matters import matters
from dsr.projections.paging import Page, conditions, page_by_position
from dsr.projections.projection import Projection
from dsr.projections.requests import requests
from dsr.projections.rows import Row, Rows, one_row

forgotten: Final = Table(
    "forgotten",
    main,
    Column("file_id", Uuid, primary_key=True),
    Column("kind", String, nullable=False),
    Column("controller_id", String),
    Column("closed_at", UtcInstant),
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

READ_MODEL: Final = Projection(forgotten, stream="file_id", version=2)
"""Controller and end of a case stand in `requests`, since a case may change hands."""


@READ_MODEL.on(ForgettingOrdered)
def ordered(event: ForgettingOrdered, recorded: Recorded, rows: Rows) -> None:
    rows.add(_ordered(event, recorded))


@READ_MODEL.on(ForgettingRestored)
def restored(event: ForgettingRestored, recorded: Recorded, rows: Rows) -> None:
    rows.add(_restored(event, recorded))


@READ_MODEL.on(FileForgettingOrdered)
def file_ordered(event: FileForgettingOrdered, recorded: Recorded, rows: Rows) -> None:
    rows.add(_ordered(event, recorded) | _of_file(event))


@READ_MODEL.on(FileForgettingRestored)
def file_restored(event: FileForgettingRestored, recorded: Recorded, rows: Rows) -> None:
    rows.add(_restored(event, recorded) | _of_file(event))


@READ_MODEL.on(ForgettingAttested)
def attested(event: ForgettingAttested, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id).update(_destroyed(event))


@READ_MODEL.on(FileForgettingAttested)
def file_attested(event: FileForgettingAttested, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id).update(_destroyed(event))


def _ordered(event: ForgettingOrdered | FileForgettingOrdered, recorded: Recorded) -> Row:
    return _new(recorded) | {
        "ground": event.ground.value,
        "kept_until": event.kept_until,
        "proposed_by": event.proposed_by,
        "ordered_by": event.actor,
        "ordered_at": event.timestamp,
    }


def _restored(event: ForgettingRestored | FileForgettingRestored, recorded: Recorded) -> Row:
    return _new(recorded) | {
        "ground": event.ground.value,
        "proposed_by": event.proposed_by,
        "ordered_by": event.ordered_by,
        "ordered_at": event.ordered_at,
    }


def _new(recorded: Recorded) -> Row:
    """The row of a case; what is not known yet, or stands in `requests`, is null."""
    row: Row = dict.fromkeys(column.name for column in forgotten.columns)
    return row | {
        "file_id": recorded.stream_id,
        "kind": FileKind.CASE_FILE.value,
        "position": recorded.position,
    }


def _of_file(event: FileForgettingOrdered | FileForgettingRestored) -> Row:
    return {"kind": event.kind.value, "controller_id": event.controller_id, "closed_at": event.closed_at}


def _destroyed(event: ForgettingAttested | FileForgettingAttested) -> Row:
    return {
        "attested_at": event.timestamp,
        "keys": event.keys,
        "files": event.files,
        "unreadable_on": event.unreadable_on,
    }


# Queries -------------------------------------------------------------------------------------------------------

_CONTROLLER: Final[ColumnElement[str]] = coalesce(requests.c.controller_id, forgotten.c.controller_id)

_IS_FORGOTTEN: Final = Statement(
    select(forgotten.c.file_id).where(forgotten.c.file_id == bindparam("request_id", type_=Uuid))
)


def asked_if_forgotten(request_ids: Iterable[UUID]) -> list[Query]:
    """Whether these case files were ordered to be forgotten, to be asked together with others; no rows: not."""
    return [Query(_IS_FORGOTTEN, {"request_id": each}) for each in request_ids]


def forgotten_row(connection: Connection, file_id: UUID) -> Row | None:
    """What is on record of a file that was forgotten; None if it was not."""
    return one_row(connection, _whole().where(forgotten.c.file_id == file_id))


def deletion_list(
    connection: Connection,
    *,
    kind: FileKind | None = None,
    controller: str | None = None,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of forgotten files, oldest first; `scope` are the controllers in scope (None: all, and files of an
    unknown one).

    Raises CursorInvalid.
    """
    query = _whole().where(*conditions(forgotten, None, kind=kind))
    if controller is not None:
        query = query.where(_CONTROLLER.in_([controller]))
    if scope is not None:
        query = query.where(_CONTROLLER.in_(sorted(scope)))
    return page_by_position(connection, query, kind="deletions", cursor=cursor, limit=limit)


def last_unreadable_on(connection: Connection) -> tuple[int, int, date | None]:
    """How many files were forgotten, of how many it is unknown when backups stop opening them, and the last day
    that is known.
    """
    rows = connection.execute(select(forgotten.c.unreadable_on)).scalars().all()
    return len(rows), sum(each is None for each in rows), max(filter(None, rows), default=None)


def _whole() -> Select[*tuple[Any, ...]]:
    """With what cases and matters say of themselves."""
    case, matter, own = requests.c, matters.c, forgotten.c
    return (
        select(
            *(each for each in own if each.name not in ("controller_id", "closed_at")),
            case.request_id,
            coalesce(case.reference, matter.reference).label("reference"),
            _CONTROLLER.label("controller_id"),
            coalesce(case.received_on, matter.received_on).label("received_on"),
            coalesce(case.closed_at, own.closed_at).label("closed_at"),
            coalesce(case.outcome, matter.outcome).label("outcome"),
        )
        .outerjoin(requests, case.request_id == own.file_id)
        .outerjoin(matters, matter.matter_id == own.file_id)
    )
