"""The queue: one row for each case, with all that a list shows, filters and sorts by.

No column depends on now: what is late or due soon is a question (see `workload.py`). While a question to the person is
open, the due columns are those without it, so that a case never sinks in the queue because somebody waits (law.md §2).
How events change the row stands in `cases.py`.
"""

from datetime import date
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table, Uuid

from dsr.database.metadata import main
from dsr.domain.deadlines import Deadline
from dsr.domain.request.case import RequestEvent
from dsr.domain.request.values import IN_QUESTION, IdentityStatus, ItemStatus, Lifecycle, Outcome
from dsr.projections.columns import Instant, Json
from dsr.projections.rows import Row

OPEN: Final = "open"
CLOSED: Final = "closed"
RUNNING: Final = "running"
SUSPENDED: Final = "suspended"

requests: Final = Table(
    "requests",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("reference", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("held_by", Json, nullable=False),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("authenticated", Boolean, nullable=False),
    Column("suggested_rights", Json, nullable=False),
    # lifecycle
    Column("status", String, nullable=False),
    Column("lifecycle", String, nullable=False),
    Column("outcome", String),
    Column("assignee", String),
    Column("linked_to", Uuid),
    Column("link_reason", String, nullable=False),
    Column("closed_at", Instant),
    # clock
    Column("zone", String, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("acknowledge_by", Date, nullable=False),
    Column("acknowledged_at", Instant),
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
    Column("effective_ends_at", Instant, nullable=False),
    # identity
    Column("identity", String, nullable=False),
    Column("represented_by", String),
    Column("representation_ends_on", Date),
    # items
    Column("items", Json, nullable=False),
    Column("items_open", Integer, nullable=False),
    Column("items_unanswered", Integer, nullable=False),
    # answers
    Column("answered_at", Instant),
    Column("late", Boolean, nullable=False),
    Column("promise_missed", Boolean, nullable=False),
    # log
    Column("last_event_at", Instant, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Index(None, "reference", unique=True),
    # One page of the queue is one walk along an index: see `queue.py`, which names these columns in this order.
    *(
        Index(None, *prefix, order, "request_id")
        for order in ("effective_due", "received_at", "reference", "last_position")
        for prefix in (("status",), ("controller_id", "status"))
    ),
    Index(None, "assignee", "status", "effective_due", "request_id"),
)

EMPTY: Final[Row] = dict.fromkeys(requests.columns.keys())
"""What a case has before its first event."""


def controllers_of(row: Row, *, past: bool = False) -> set[str]:
    """Who answers the case: the controller that has it, and those of its items; `past`: and those that had it."""
    return {row["controller_id"], *(item["controller_id"] for item in row["items"]), *(row["held_by"] if past else ())}


# How a row changes --------------------------------------------------------------------------------------------


def close(row: Row, outcome: Outcome, event: RequestEvent) -> None:
    """The case has this outcome and waits for nothing."""
    row |= {
        "status": CLOSED,
        "lifecycle": Lifecycle.CLOSED.value,
        "outcome": outcome.value,
        "closed_at": event.timestamp,
        "extension_pending": False,
    }
    if row["identity"] in IN_QUESTION:
        row["identity"] = IdentityStatus.LAPSED.value


def show_deadline(row: Row, deadline: Deadline) -> None:
    """The dates that are certain: while a question is open, those without it."""
    row["suspended_days"] = deadline.suspended_days
    row["extended"] = deadline.extended
    row["statutory_due"] = deadline.certain_statutory_due
    row["promise_due"] = deadline.promise_due
    row["effective_due"] = deadline.certain_effective_due
    row["operational_due"] = deadline.certain_operational_due
    row["effective_ends_at"] = deadline.certain_effective_ends_at


def show_suspensions(row: Row, suspensions: dict[str, str]) -> None:
    """What stops the clock, by kind with the date of asking."""
    row["suspensions"] = suspensions
    row["clock"] = SUSPENDED if suspensions else RUNNING
    row["suspended_since"] = date.fromisoformat(min(suspensions.values())) if suspensions else None


def set_items(
    row: Row, item_ids: tuple[str, ...], *, answered: bool, status: ItemStatus | None = None, **further: object
) -> None:
    """Change some items, and count anew."""
    change: dict[str, Any] = {"answered": answered} | ({"status": status.value} if status else {}) | further
    row["items"] = [item | change if item["item_id"] in item_ids else item for item in row["items"]]
    count_items(row)


def open_again(row: Row, item_ids: tuple[str, ...]) -> None:
    """These items as on their first day."""
    set_items(row, item_ids, status=ItemStatus.OPEN, answered=False, refused_in_part=[])


def set_pending(row: Row, status: ItemStatus, *, answered: bool) -> None:
    """What closing does with the items that nobody has decided."""
    pending = tuple(item["item_id"] for item in row["items"] if ItemStatus(item["status"]).is_pending)
    set_items(row, pending, status=status, answered=answered)


def count_items(row: Row) -> None:
    """How many items wait for a decision, and for an answer."""
    row["items_open"] = sum(ItemStatus(item["status"]).is_pending for item in row["items"])
    row["items_unanswered"] = sum(
        not item["answered"] and item["status"] != ItemStatus.WITHDRAWN for item in row["items"]
    )
