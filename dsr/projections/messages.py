"""The messages of all cases after the first, with who examined them, when, and as what (docs/law §9).

No column depends on the present time: a query computes which message is overdue.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    String,
    Subquery,
    Table,
    Text,
    Uuid,
    and_,
    or_,
    select,
    type_coerce,
    union_all,
)

from dsr.database.metadata import main
from dsr.domain.request import Request
from dsr.domain.request.message import Message, MessageKind
from dsr.domain.request.values import Lifecycle
from dsr.domain.rights import Right
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.paging import Page, conditions, cursor_values, make_cursor
from dsr.projections.requests import requests
from dsr.projections.rows import Row
from dsr.projections.state import StateReadModel
from dsr.projections.suggestion import shown_suggestion

messages: Final = Table(
    "messages",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("reference", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("assignee", String),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("received_at", UtcInstant, nullable=False),
    Column("received_on", Date),
    Column("automatic", Boolean, nullable=False),
    Column("sender_doubtful", Boolean, nullable=False),
    Column("suggested_rights", Json, nullable=False),
    Column("suggestion", Json),
    Column("due", Date),
    Column("examine_by", Date),
    Column("examine_ends_at", UtcInstant),
    Column("unexamined", Boolean, nullable=False),
    Column("kind", String),
    Column("examined_at", UtcInstant),
    Column("examined_by", String),
    Column("stands_in", String),
    Column("recorded_at", UtcInstant),
    Column("first_examined_at", UtcInstant),
    Index(None, "unexamined", "received_at", "message_id"),
)


def show(case: Request) -> list[Row]:
    """The rows of a case and of the claims that it waits for: its first message, which triage examines, has none."""
    waiting = {each.message_id for each in case.messages_waiting}
    return [
        _row(case, each, unexamined=each.message_id in waiting)
        for each in (*case.messages.values(), *case.claims.values())
        if not each.opens_case
    ]


def rows_of(case: Request) -> list[Row]:
    """All messages of one case, the first included; `unexamined` as in the list of all cases."""
    waiting = {each.message_id for each in case.messages_waiting}
    if case.lifecycle is Lifecycle.RECEIVED:
        waiting |= {each.message_id for each in case.messages.values() if each.opens_case and each.kind is None}
    return [
        _row(case, each, unexamined=each.message_id in waiting) | {"opens_case": each.opens_case}
        for each in (*case.messages.values(), *case.claims.values())
    ]


def _row(case: Request, message: Message, *, unexamined: bool) -> Row:
    return {
        "request_id": case.id,
        "message_id": message.message_id,
        "reference": case.reference,
        "controller_id": case.controller_id,
        "assignee": case.assignee,
        "channel": message.channel.value,
        "language": message.language,
        "received_at": message.received_at,
        "received_on": message.received_on,
        "automatic": message.automatic,
        "sender_doubtful": message.sender_doubtful,
        "suggested_rights": [right.value for right in message.suggested_rights],
        "suggestion": shown_suggestion(message),
        "due": message.due,
        "examine_by": message.examine_by,
        "examine_ends_at": message.examine_ends_at,
        "unexamined": unexamined,
        "kind": None if message.kind is None else message.kind.value,
        "examined_at": message.examined_at,
        "examined_by": message.examined_by,
        "recorded_at": message.recorded_at,
        "first_examined_at": message.first_examined_at,
        "stands_in": None if message.stands_in is None else message.stands_in.value,
    }


READ_MODEL: Final = StateReadModel(messages, version=5, show=show)


# Queries -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MessageFilter:
    """Filter of messages; None does not filter."""

    unexamined: bool | None = None
    overdue: bool = False
    """Not examined, and the time to examine it is over."""
    kind: MessageKind | None = None
    controller: str | None = None
    assignee: str | None = None


def message_list(
    connection: Connection,
    filters: MessageFilter,
    *,
    at: datetime,
    cursor: str | None = None,
    limit: int = 50,
    scope: frozenset[str] | None = None,
) -> Page:
    """One page of messages, the earliest arrival first; each says whether it is overdue at this instant.

    Raises CursorInvalid.
    """
    c = messages.c
    wanted = conditions(messages, scope, controller_id=filters.controller, kind=filters.kind, assignee=filters.assignee)
    if filters.overdue:
        wanted += [c.unexamined.is_(True), c.examine_ends_at <= at]
    elif filters.unexamined is not None:
        wanted.append(c.unexamined.is_(filters.unexamined))
    if cursor is not None:
        received_at, message_id = cursor_values(cursor, "messages", (datetime, UUID))
        wanted.append(or_(c.received_at > received_at, and_(c.received_at == received_at, c.message_id > message_id)))
    query = select(messages).where(*wanted).order_by(c.received_at, c.message_id).limit(limit + 1)
    rows = [dict(row) | {"overdue": is_overdue(dict(row), at)} for row in connection.execute(query).mappings()]
    return Page.of(rows, limit, lambda row: make_cursor("messages", (row["received_at"], row["message_id"])))


def suggesting(connection: Connection, request_ids: Collection[UUID], *rights: Right, controller_id: str) -> list[UUID]:
    """The messages in these cases of the controller that suggest one of these rights and that nobody has examined, as
    `suggestions` finds them. The cost grows with the cases.
    """
    if not request_ids:
        return []
    found = suggestions(
        rights, lambda table: [table.c.request_id.in_(request_ids), table.c.controller_id == controller_id]
    )
    return list(connection.execute(select(found.c.message_id)).scalars())


def suggestions(rights: Collection[Right], wanted: Callable[[Table], list[ColumnElement[bool]]]) -> Subquery:
    """The messages that suggest one of these rights and that nobody has examined, the first message of an unregistered
    case included; `wanted` are conditions on their case, controller or arrival.

    From their arrival on, the person's data is held as if the request were registered (docs/law §9). The id of a first
    message is that of its case.
    """

    def suggests(column: ColumnElement[Any]) -> ColumnElement[bool]:
        text = type_coerce(column, Text)
        return or_(*(text.like(f'%"{right.value}"%') for right in rights))

    c, first = messages.c, requests.c
    later = select(c.request_id, c.message_id, c.controller_id, c.received_at).where(
        c.unexamined.is_(True), suggests(c.suggested_rights), *wanted(messages)
    )
    opening = select(first.request_id, first.request_id, first.controller_id, first.received_at).where(
        first.lifecycle == Lifecycle.RECEIVED.value, suggests(first.suggested_rights), *wanted(requests)
    )
    return union_all(later, opening).subquery("suggestions")


def is_overdue(row: Row, at: datetime) -> bool:
    """Whether nobody has examined the message, and the time to do so is over."""
    ends_at = row["examine_ends_at"]
    return row["unexamined"] and ends_at is not None and ends_at <= at
