"""Letters: the state of each, with those that wait for a person and those returned."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    and_,
    false,
    func,
    not_,
    select,
)

from dsr.database.metadata import main
from dsr.domain.dispatch import (
    DispatchApproved,
    DispatchBounced,
    DispatchDiscarded,
    DispatchEdited,
    DispatchFailed,
    DispatchOpened,
    DispatchPrepared,
    DispatchQueued,
    DispatchRenewed,
    DispatchSent,
    DispatchState,
    Filling,
    is_decided_by_two,
)
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows, one_row

dispatches: Final = Table(
    "dispatches",
    main,
    Column("dispatch_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("request_id", Uuid, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("item_ids", Json, nullable=False),
    Column("concerns", String),
    Column("recipient", String),
    Column("addressee", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("addressed", Boolean, nullable=False),
    Column("statements", Json, nullable=False),
    Column("missing", Json, nullable=False),
    Column("template_version", String, nullable=False),
    Column("state", String, nullable=False),
    Column("prepared_at", UtcInstant, nullable=False),
    Column("prepared_by", String, nullable=False),
    Column("written_at", UtcInstant, nullable=False, comment="when it was filled in last from its case"),
    Column("edited_by", String),
    Column("needs_approval", Boolean, nullable=False),
    Column("approved_by", String),
    Column("released_at", UtcInstant),
    Column("released_by", String),
    Column("not_before", UtcInstant),
    Column("sent_at", UtcInstant),
    Column("transport", String),
    Column("unrecorded", String),
    Column("failed_at", UtcInstant),
    Column("failure", String),
    Column("bounced_at", UtcInstant),
    Column("bounce_status", String),
    Column("discarded_at", UtcInstant),
    Column("discarded_by", String),
    Index(None, "position", unique=True),
    Index(None, "request_id", "position"),
    Index(None, "state", "position"),
    Index(None, "controller_id", "state", "position"),
)
"""`failure` and `unrecorded` are codes of errors; `bounce_status` is of RFC 3463."""

_MESSAGE_ID: Final = re.compile(
    r"<(?P<dispatch_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.\d+)?@(?P<domain>[^@]+>)", re.ASCII
)
"""Our own Message-IDs: the letter, and its version that introduced a new one."""

READ_MODEL: Final = Projection(dispatches, stream="dispatch_id", version=2)

_EMPTY: Final[Row] = dict.fromkeys(dispatches.columns.keys())


@READ_MODEL.on(DispatchPrepared)
def prepared(event: DispatchPrepared, recorded: Recorded, rows: Rows) -> None:
    row = _EMPTY | {
        "dispatch_id": recorded.stream_id,
        "position": recorded.position,
        "request_id": event.request_id,
        "kind": event.kind.value,
        "item_ids": list(event.item_ids),
        "concerns": event.concerns,
        "recipient": event.recipient,
        "addressee": event.addressee.value,
        "language": event.language,
        "message_id": event.message_id,
        "prepared_at": event.timestamp,
        "prepared_by": event.actor,
        "channel": event.channel.value,
        "needs_approval": False,
    }
    _write(row, event.filling, event, recorded)
    rows.add(row)


@READ_MODEL.on(DispatchEdited)
def edited(event: DispatchEdited, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"edited_by": event.actor, "channel": event.channel.value}
    _write_anew(row, event, recorded)


@READ_MODEL.on(DispatchRenewed)
def renewed(event: DispatchRenewed, recorded: Recorded, rows: Rows) -> None:
    _write_anew(rows.one(recorded.stream_id), event, recorded)


@READ_MODEL.on(DispatchApproved)
def approved(event: DispatchApproved, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"approved_by": event.actor, "needs_approval": False, "version": recorded.stream_version}


@READ_MODEL.on(DispatchQueued)
def queued(event: DispatchQueued, recorded: Recorded, rows: Rows) -> None:
    row = _move(rows, recorded, DispatchState.QUEUED)
    row |= {"released_at": event.timestamp, "released_by": event.actor, "not_before": event.not_before}


@READ_MODEL.on(DispatchOpened)
def opened(_: DispatchOpened, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["version"] = recorded.stream_version


@READ_MODEL.on(DispatchSent)
def sent(event: DispatchSent, recorded: Recorded, rows: Rows) -> None:
    row = _move(rows, recorded, DispatchState.SENT)
    row |= {"sent_at": event.sent_at, "transport": event.transport, "unrecorded": event.unrecorded}


@READ_MODEL.on(DispatchFailed)
def failed(event: DispatchFailed, recorded: Recorded, rows: Rows) -> None:
    row = _move(rows, recorded, DispatchState.FAILED)
    row |= {"failed_at": event.timestamp, "failure": event.reason}


@READ_MODEL.on(DispatchBounced)
def bounced(event: DispatchBounced, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"bounced_at": event.timestamp, "bounce_status": event.status, "version": recorded.stream_version}
    if event.permanent:
        row["state"] = DispatchState.BOUNCED.value


@READ_MODEL.on(DispatchDiscarded)
def discarded(event: DispatchDiscarded, recorded: Recorded, rows: Rows) -> None:
    row = _move(rows, recorded, DispatchState.DISCARDED)
    row |= {"discarded_at": event.timestamp, "discarded_by": event.actor}


def _write_anew(row: Row, event: DispatchEdited | DispatchRenewed, recorded: Recorded) -> None:
    by_two = is_decided_by_two(LetterKind(row["kind"]), refuses=event.filling.refuses)
    row |= {"message_id": event.message_id, "needs_approval": by_two and row["edited_by"] is not None}
    row |= dict.fromkeys(("approved_by", "released_at", "released_by", "not_before", "failed_at", "failure"))
    _write(row, event.filling, event, recorded)


def _write(row: Row, filling: Filling, event: Event, recorded: Recorded) -> None:
    row |= {
        "controller_id": filling.controller_id,
        "addressed": filling.addressed,
        "statements": list(filling.statements),
        "missing": list(filling.missing),
        "template_version": filling.template_version,
        "state": DispatchState.DRAFT.value,
        "written_at": event.timestamp,
        "version": recorded.stream_version,
    }


def _move(rows: Rows, recorded: Recorded, state: DispatchState) -> Row:
    row = rows.one(recorded.stream_id)
    row |= {"state": state.value, "version": recorded.stream_version}
    return row


# Queries -------------------------------------------------------------------------------------------------------


def dispatch_row(connection: Connection, dispatch_id: UUID) -> Row | None:
    """One letter; None if unknown."""
    query = select(dispatches).where(dispatches.c.dispatch_id == dispatch_id)
    return one_row(connection, query)


def dispatches_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The letters of a case, oldest first."""
    query = select(dispatches).where(dispatches.c.request_id == request_id).order_by(dispatches.c.position)
    return [dict(row) for row in connection.execute(query).mappings()]


def dispatch_of_message(connection: Connection, message_id: str) -> UUID | None:
    """The letter with this Message-ID (with angle brackets), present or earlier."""
    match = _MESSAGE_ID.fullmatch(message_id)
    if match is None:
        return None
    dispatch_id, domain = UUID(match["dispatch_id"]), match["domain"]
    query = select(dispatches.c.message_id).where(dispatches.c.dispatch_id == dispatch_id)
    known: str | None = connection.execute(query).scalar_one_or_none()
    return dispatch_id if known is not None and known.rpartition("@")[2] == domain else None


def acknowledgements_after(
    connection: Connection, cases: Select[UUID], moment: datetime, *, besides: UUID
) -> Sequence[datetime]:
    """Times after a moment at which acknowledgements of other cases may leave or left, earliest first.

    `cases` is a query of case ids, since automatic mail may have made any number of cases.
    """
    c = dispatches.c
    query = select(c.not_before).where(
        c.request_id.in_(cases),
        c.request_id != besides,
        c.kind == LetterKind.ACKNOWLEDGEMENT.value,
        c.state != DispatchState.DISCARDED,
        c.not_before > moment,
    )
    return connection.execute(query.order_by(c.not_before)).scalars().all()


def dispatch_list(
    connection: Connection,
    *,
    state: DispatchState | None = None,
    kind: LetterKind | None = None,
    channel: Channel | None = None,
    controller: str | None = None,
    needs_approval: bool | None = None,
    scope: frozenset[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of letters, oldest first; `scope` are the controllers in scope (None: all).

    `needs_approval`: only drafts whose edit waits for an approver, or all others.

    Raises CursorInvalid.
    """
    c = dispatches.c
    query = select(dispatches).order_by(c.position).limit(limit + 1)
    if cursor is not None:
        query = query.where(c.position > cursor_values(cursor, "dispatches", (int,))[0])
    for column, wanted in ((c.state, state), (c.kind, kind), (c.channel, channel)):
        if wanted is not None:
            query = query.where(column == wanted.value)
    if controller is not None:
        query = query.where(c.controller_id == controller)
    if needs_approval is not None:
        waits = and_(c.needs_approval, c.state == DispatchState.DRAFT.value)
        query = query.where(waits if needs_approval else not_(waits))
    if scope is not None:
        query = query.where(c.controller_id.in_(sorted(scope)) if scope else false())
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return Page.of(rows, limit, lambda row: make_cursor("dispatches", (row["position"],)))


def letters_waiting(connection: Connection, at: datetime) -> tuple[int, datetime | None]:
    """How many letters should have left by mail at the instant, and since when the first of them should have."""
    c = dispatches.c
    since = func.coalesce(c.not_before, c.released_at, type_=UtcInstant())
    queued = select(func.count(), func.min(since, type_=UtcInstant())).where(
        c.state == DispatchState.QUEUED.value, c.channel == Channel.EMAIL.value, since <= at
    )
    number, first = connection.execute(queued).one()
    return number, first
