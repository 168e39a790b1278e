"""Notices to recipients (GDPR Art. 19): who has to be told of what, who was told when, who was not and why."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Date, Index, Integer, String, Table, Uuid, false, select

from dsr.database.metadata import main
from dsr.domain.recorded import Recorded
from dsr.domain.request.earlier_facts import EarlierFactConfirmed
from dsr.domain.request.execution import ItemDone
from dsr.domain.request.recipients import RecipientAdded, RecipientExcused, RecipientsListed, RecipientTold
from dsr.domain.request.returned_letters import LetterReturned
from dsr.projections.columns import UtcInstant
from dsr.projections.items import items
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

recipients: Final = Table(
    "recipients",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("recipient", String, primary_key=True),
    Column("done_at", UtcInstant),
    Column("tell_by", Date),
    Column("settled", Boolean, nullable=False),
    Column("settled_by", String),
    Column("told_at", UtcInstant),
    Column("channel", String),
    Column("late", Boolean, nullable=False),
    Column("earlier_fact", Integer),
    Column("obstacle", String),
    Index(None, "settled", "tell_by", "request_id"),
)

READ_MODEL: Final = Projection(recipients, stream="request_id", version=5)

_OUTSTANDING: Final[Row] = {
    "done_at": None,
    "tell_by": None,
    "settled": False,
    "settled_by": None,
    "told_at": None,
    "channel": None,
    "late": False,
    "earlier_fact": None,
    "obstacle": None,
}


@READ_MODEL.on(ItemDone)
def done(event: ItemDone, recorded: Recorded, rows: Rows) -> None:
    for recipient in event.recipients:
        row = _entry(rows, recorded, event.item_id, recipient)
        row |= _OUTSTANDING | {"done_at": event.done_at, "tell_by": event.tell_by}


@READ_MODEL.on(RecipientsListed)
def to_tell(event: RecipientsListed, recorded: Recorded, rows: Rows) -> None:
    for recipient in event.recipients:
        row = _entry(rows, recorded, event.item_id, recipient)
        row |= _OUTSTANDING | {"done_at": event.timestamp, "tell_by": event.tell_by}


@READ_MODEL.on(RecipientAdded)
def added(event: RecipientAdded, recorded: Recorded, rows: Rows) -> None:
    row = _entry(rows, recorded, event.item_id, event.recipient)
    row |= {"tell_by": event.tell_by}


@READ_MODEL.on(RecipientTold)
def told(event: RecipientTold, recorded: Recorded, rows: Rows) -> None:
    row = _entry(rows, recorded, event.item_id, event.recipient)
    row |= {
        "settled": True,
        "settled_by": event.actor,
        "told_at": event.told_at,
        "channel": event.channel.value,
        "late": event.late,
        "earlier_fact": recorded.stream_version if event.unconfirmed else None,
    }


@READ_MODEL.on(LetterReturned)
def returned(event: LetterReturned, recorded: Recorded, rows: Rows) -> None:
    """Whoever the notice did not reach has to be told again."""
    for item_id in event.untold_of:
        row = _entry(rows, recorded, item_id, event.recipient or "")
        row |= _OUTSTANDING | {"done_at": row["done_at"], "tell_by": row["tell_by"]}


@READ_MODEL.on(EarlierFactConfirmed)
def confirmed(event: EarlierFactConfirmed, recorded: Recorded, rows: Rows) -> None:
    """It counts as told on the stated day, which was in time."""
    for row in rows.of(recorded.stream_id):
        if row["earlier_fact"] == event.fact:
            row |= {"late": False, "earlier_fact": None}


@READ_MODEL.on(RecipientExcused)
def excused(event: RecipientExcused, recorded: Recorded, rows: Rows) -> None:
    row = _entry(rows, recorded, event.item_id, event.recipient)
    row |= {"settled": True, "settled_by": event.actor, "obstacle": event.obstacle.value}


def _entry(rows: Rows, recorded: Recorded, item_id: str, recipient: str) -> Row:
    for row in rows.of(recorded.stream_id):
        if (row["item_id"], row["recipient"]) == (item_id, recipient):
            return row
    added = {"request_id": recorded.stream_id, "item_id": item_id, "recipient": recipient} | _OUTSTANDING
    rows.add(added)
    return added


# Queries -------------------------------------------------------------------------------------------------------


def recipients_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The notices of one case, by item and recipient."""
    query = select(recipients).where(recipients.c.request_id == request_id)
    query = query.order_by(recipients.c.item_id, recipients.c.recipient)
    return [dict(row) for row in connection.execute(query).mappings()]


def untold(
    connection: Connection, by: date, *, limit: int = 1000, scope: frozenset[str] | None = None
) -> Sequence[Row]:
    """Recipients due to be told on or before this date and not told yet, the longest due first."""
    query = (
        select(recipients)
        .join(items, (items.c.request_id == recipients.c.request_id) & (items.c.item_id == recipients.c.item_id))
        .where(recipients.c.settled.is_(False), recipients.c.tell_by <= by)
        .order_by(recipients.c.tell_by, recipients.c.request_id, recipients.c.item_id, recipients.c.recipient)
        .limit(limit)
    )
    if scope is not None:
        query = query.where(items.c.controller_id.in_(sorted(scope)) if scope else false())
    return [dict(row) for row in connection.execute(query).mappings()]
