"""The queue: one row per case, with all columns that a list shows, filters and sorts by.

No column depends on the present time: `workload.py` computes what is late or due soon. While a question to the person
is open, the due columns ignore it, so that no case sinks in the queue because of waiting (docs/law §2).
"""

from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table, Uuid

from dsr.database.metadata import main
from dsr.domain.deadlines import Deadline
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.searching import open_systems
from dsr.domain.request.values import Outcome
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.rows import Row
from dsr.projections.state import StateReadModel
from dsr.projections.suggestion import shown_suggestion

OPEN: Final = "open"
CLOSED: Final = "closed"
RUNNING: Final = "running"
SUSPENDED: Final = "suspended"


class DueSource(StrEnum):
    """What sets the date that holds for a case."""

    STATUTE = "statute"
    """The statutory date."""
    PROMISE = "promise"
    """The promise of the privacy notice, which ends earlier."""
    ORDER = "order"
    """An order of an authority, which ends earlier than both (GDPR Art. 58(2))."""


requests: Final = Table(
    "requests",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("reference", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("held_by", Json, nullable=False),
    Column("ropa_version", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("authenticated", Boolean, nullable=False),
    Column("suggested_rights", Json, nullable=False),
    Column("suggestion", Json),
    # lifecycle
    Column("status", String, nullable=False),
    Column("needs_attention", Boolean, nullable=False),
    Column("sender_doubtful", Boolean, nullable=False),
    Column("lifecycle", String, nullable=False),
    Column("outcome", String),
    Column("assignee", String),
    Column("linked_to", Uuid),
    Column("link_reason", String, nullable=False),
    Column("closed_at", UtcInstant),
    # clock
    Column("zone", String, nullable=False),
    Column("received_at", UtcInstant, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("acknowledge_by", Date, nullable=False),
    Column("acknowledged_at", UtcInstant),
    Column("clock", String, nullable=False),
    Column("suspensions", Json, nullable=False),
    Column("suspended_since", Date),
    Column("suspended_days", Integer, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("extension_pending", Boolean, nullable=False),
    Column("statutory_due", Date, nullable=False),
    Column("promise_due", Date),
    Column("effective_due", Date, nullable=False),
    Column("operational_due", Date, nullable=False),
    Column("effective_ends_at", UtcInstant, nullable=False),
    Column("order_due", Date),
    Column("due_on", Date, nullable=False),
    Column("due_source", String, nullable=False),
    # identity
    Column("identity", String, nullable=False),
    Column("represented_by", String),
    Column("representation_ends_on", Date),
    # items
    Column("items", Json, nullable=False),
    Column("items_open", Integer, nullable=False),
    Column("items_unanswered", Integer, nullable=False),
    Column("undelivered", Boolean, nullable=False),
    # messages
    Column("messages_waiting", Integer, nullable=False),
    Column("reply_by", Date),
    Column("questions_open", Integer, nullable=False),
    # answers
    Column("answered_at", UtcInstant),
    Column("late", Boolean, nullable=False),
    Column("promise_missed", Boolean, nullable=False),
    # log
    Column("last_event_at", UtcInstant, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Index(None, "reference", unique=True),
    # One page of the queue is one walk along an index for each part of the table that it reads: see `queue.py`, which
    # names these columns in this order. Each command moves `last_position`, and with it two of them: 2 of 8 pages of
    # SQLite's WAL, a fifth to a third of PostgreSQL's. Without them a page sorted by what changed last would cost what
    # is stored, not what it shows.
    *(
        Index(f"ix_requests_{name}_{order}", *prefix, "status", "needs_attention", order, "request_id")
        for order in ("due_on", "received_at", "reference", "last_position")
        for name, prefix in (("by", ()), ("of_controller_by", ("controller_id",)))
    ),
    Index(
        "ix_requests_of_assignee_by_due_on",
        *("assignee", "status", "needs_attention", "due_on", "request_id"),
    ),
    Index("ix_requests_undelivered_by_due_on", "undelivered", "status", "needs_attention", "due_on", "request_id"),
    # Cases that are due soon or late, by the date without an order: see `workload.py`.
    Index("ix_requests_by_effective_due", "status", "clock", "effective_due", "request_id"),
    Index(None, "sender_doubtful", "request_id"),
    Index(None, "order_due", "request_id"),
)


def controllers_of(row: Row, *, past: bool = False) -> set[str]:
    """The controllers of the case and its items; with `past`, also earlier ones."""
    return {row["controller_id"], *(item["controller_id"] for item in row["items"]), *(row["held_by"] if past else ())}


def show(case: Request) -> list[Row]:
    """The row of a case, without its position in the log."""
    items = list(case.items.values())
    waiting = [item for item in items if not item.answered and case.needs_answer(item)]
    return [
        {
            "request_id": case.id,
            "version": case.version,
            "reference": case.reference,
            "controller_id": case.controller_id,
            "held_by": list(case.held_by),
            "ropa_version": case.ropa_version,
            "channel": case.channel.value,
            "language": case.language,
            "authenticated": case.identity.authenticated,
            "suggested_rights": [right.value for right in case.suggested_rights],
            "suggestion": next((shown_suggestion(each) for each in case.messages.values() if each.opens_case), None),
            "status": CLOSED if case.is_closed else OPEN,
            "needs_attention": _needs_attention(case),
            "sender_doubtful": case.sender_doubtful,
            "lifecycle": case.lifecycle.value,
            "outcome": None if case.outcome is None else case.outcome.value,
            "assignee": case.assignee,
            "linked_to": case.linked_to,
            "link_reason": case.link_reason,
            "closed_at": case.closed_at,
            "zone": case.zone,
            "received_at": case.received_at,
            "received_on": case.received_on,
            "acknowledge_by": case.clock.acknowledge_by,
            "acknowledged_at": case.acknowledged_at,
            "extension_pending": case.clock.extension is not None,
            "identity": case.identity.status.value,
            "items": [_shown(case, item) for item in items],
            "items_open": sum(item.status.is_pending for item in items),
            "items_unanswered": len(waiting),
            "undelivered": any(item.undelivered for item in items),
            "messages_waiting": len(case.messages_waiting),
            "reply_by": None if case.clock.reply is None else case.clock.reply.due,
            "questions_open": len(case.open_questions),
            "answered_at": case.answered_at,
            "late": case.late,
            "promise_missed": case.promise_missed,
        }
        | _clock(case)
        | _representation(case)
    ]


def _needs_attention(case: Request) -> bool:
    """Whether staff have to act: always on an open case; on a closed one while a message waits, or an answer that
    came back can be sent again, or the letter that passed the request on came back (docs/law §9).
    """
    if not case.is_closed or case.messages_waiting:
        return True
    if case.outcome is Outcome.FORWARDED and case.passing_on.returned:
        return True
    returned = any(item.undelivered for item in case.items.values())
    return returned and case.outcome is not Outcome.DECEASED


def _has_stood_still(case: Request) -> bool:
    """Whether a question stops the clock, or stopped it: one whose letter has not left never did (docs/law §2)."""
    clock = case.clock
    return any(each.sufficient is not None or clock.was_put(each.kind) for each in clock.suspensions)


def _clock(case: Request) -> Row:
    """The certain dates, which ignore an open question."""
    deadline = case.clock.deadline
    assert deadline is not None  # noqa: S101 - the first event sets it
    stopped_by = case.clock.stopped_by
    return {
        "clock": SUSPENDED if stopped_by else RUNNING,
        "suspensions": {each.kind.value: each.asked.isoformat() for each in stopped_by},
        "suspended_since": min((each.asked for each in stopped_by), default=None),
        "suspended_days": deadline.suspended_days if _has_stood_still(case) else 0,
        "extended": deadline.extended,
        "statutory_due": deadline.certain_statutory_due,
        "promise_due": deadline.promise_due,
        "effective_due": deadline.certain_effective_due,
        "operational_due": deadline.certain_operational_due,
        "effective_ends_at": deadline.certain_effective_ends_at,
    } | _holding(deadline, min(case.clock.orders.values(), default=None))


def _holding(deadline: Deadline, order_due: date | None) -> Row:
    """The date of the earliest order, and the date that holds: the earlier one of it and of the case (docs/law §13)."""
    due_on = deadline.certain_effective_due
    source = DueSource.STATUTE if due_on == deadline.certain_statutory_due else DueSource.PROMISE
    if order_due is not None and order_due < due_on:
        due_on, source = order_due, DueSource.ORDER
    return {"order_due": order_due, "due_on": due_on, "due_source": source.value}


def _representation(case: Request) -> Row:
    """The representative who was accepted last of those not ended; the last date may be past."""
    acting = next((each for each in reversed(case.representations) if each.ended_at is None), None)
    if acting is None:
        return {"represented_by": None, "representation_ends_on": None}
    return {"represented_by": acting.kind.value, "representation_ends_on": acting.expires_on}


def _shown(case: Request, item: Item) -> Row:
    return {
        "item_id": item.item_id,
        "right": item.right.value,
        "controller_id": item.controller_id,
        "direct_marketing": item.direct_marketing,
        "status": item.status.value,
        "answered": item.answered,
        "undelivered": item.undelivered,
        "refused_in_part": list(item.refused_in_part),
        "systems_unsearched": list(open_systems(case, item)) if item.status.is_pending else [],
    }


READ_MODEL: Final = StateReadModel(requests, version=17, show=show, placed=True)
