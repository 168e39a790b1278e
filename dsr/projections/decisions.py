"""The register of decisions that a person took on a case: who, when, on which ground, with what result.

Kinds: `admission` (is this letter a request?), `identity` (a check, from question to result), `refusal` (of an item)
and `extension`. An authority reads it to see that nobody decides alone, and what was late (GDPR Art. 5(2), 12(3)-(6)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Index, Integer, String, Table, Uuid, false, select

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.closing import RequestClosed, RequestWithdrawn
from dsr.domain.request.execution import ItemGranted, NothingHeld
from dsr.domain.request.extension import DeadlineExtended, ExtensionApproved, ExtensionDeclined, ExtensionProposed
from dsr.domain.request.identity import IdentityConfirmed, IdentityFailed, IdentityInsufficient, IdentityRequested
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.refusal import ItemRefused, RefusalDeclined, RefusalProposed
from dsr.domain.request.triage import DuplicateLinked, RequestDismissed, RequestRegistered
from dsr.projections.columns import Instant
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

decisions: Final = Table(
    "decisions",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("item_id", String),
    Column("outcome", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", String, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String),
    Column("effective_at", Instant),
    Column("ground", String),
    Column("provision", String),
    Column("method", String),
    Column("assurance", String),
    Column("new_due", Date),
    Column("late", Boolean, nullable=False),
    Index(None, "position", unique=True),
    Index(None, "kind", "position"),
    Index(None, "kind", "outcome", "position"),
    Index(None, "controller_id", "kind", "position"),
)

register: Final = Projection(decisions, stream="request_id", version=1)


_EMPTY: Final[Row] = dict.fromkeys(decisions.columns.keys())


class DecisionKind(StrEnum):
    """What was decided."""

    ADMISSION = "admission"
    IDENTITY = "identity"
    REFUSAL = "refusal"
    EXTENSION = "extension"


class DecisionOutcome(StrEnum):
    """How far the decision is."""

    OPEN = "open"
    """A letter that nobody has looked at yet."""
    REGISTERED = "registered"
    DISMISSED = "dismissed"
    DUPLICATE = "duplicate"
    ASKED = "asked"
    INSUFFICIENT = "insufficient"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    EFFECTIVE = "effective"
    """The notice of an approved extension left."""
    DROPPED = "dropped"
    """Overtaken before anybody decided: the item was granted, withdrawn or held nothing, or the case closed."""


_UNDECIDED: Final = (
    DecisionOutcome.OPEN,
    DecisionOutcome.ASKED,
    DecisionOutcome.INSUFFICIENT,
    DecisionOutcome.PROPOSED,
)


@register.on(RequestReceived)
def received(event: RequestReceived, recorded: Recorded, rows: Rows) -> None:
    _open(event, recorded, rows, DecisionKind.ADMISSION, DecisionOutcome.OPEN, controller_id=event.controller_id)


@register.on(RequestRegistered)
def registered(event: RequestRegistered, recorded: Recorded, rows: Rows) -> None:
    _decide(_last(rows, recorded, DecisionKind.ADMISSION), DecisionOutcome.REGISTERED, event)


@register.on(RequestDismissed)
def dismissed(event: RequestDismissed, recorded: Recorded, rows: Rows) -> None:
    row = _last(rows, recorded, DecisionKind.ADMISSION)
    _decide(row, DecisionOutcome.DISMISSED, event)
    row["ground"] = event.kind.value
    _drop_undecided(rows, recorded, event)


@register.on(DuplicateLinked)
def duplicate_linked(event: DuplicateLinked, recorded: Recorded, rows: Rows) -> None:
    _decide(_last(rows, recorded, DecisionKind.ADMISSION), DecisionOutcome.DUPLICATE, event)
    _drop_undecided(rows, recorded, event)


@register.on(IdentityRequested)
def identity_requested(event: IdentityRequested, recorded: Recorded, rows: Rows) -> None:
    _open(event, recorded, rows, DecisionKind.IDENTITY, DecisionOutcome.ASKED, method=event.method.value)


@register.on(IdentityInsufficient)
def identity_insufficient(event: IdentityInsufficient, recorded: Recorded, rows: Rows) -> None:
    _decide(_last(rows, recorded, DecisionKind.IDENTITY), DecisionOutcome.INSUFFICIENT, event)


@register.on(IdentityConfirmed)
def identity_confirmed(event: IdentityConfirmed, recorded: Recorded, rows: Rows) -> None:
    row = _last(rows, recorded, DecisionKind.IDENTITY)
    _decide(row, DecisionOutcome.CONFIRMED, event)
    row |= {"method": event.method.value, "assurance": event.assurance.value}


@register.on(IdentityFailed)
def identity_failed(event: IdentityFailed, recorded: Recorded, rows: Rows) -> None:
    _decide(_last(rows, recorded, DecisionKind.IDENTITY), DecisionOutcome.FAILED, event)


@register.on(RefusalProposed)
def refusal_proposed(event: RefusalProposed, recorded: Recorded, rows: Rows) -> None:
    _drop_refusal(rows, recorded, event, event.item_id)  # a new proposal takes the place of one not yet decided
    _open(
        event,
        recorded,
        rows,
        DecisionKind.REFUSAL,
        DecisionOutcome.PROPOSED,
        item_id=event.item_id,
        ground=event.ground.value,
        provision=event.provision,
    )


@register.on(RefusalDeclined)
def refusal_declined(event: RefusalDeclined, recorded: Recorded, rows: Rows) -> None:
    _decide(_last(rows, recorded, DecisionKind.REFUSAL, event.item_id), DecisionOutcome.DECLINED, event)


@register.on(ItemRefused)
def item_refused(event: ItemRefused, recorded: Recorded, rows: Rows) -> None:
    row = _last(rows, recorded, DecisionKind.REFUSAL, event.item_id)
    _decide(row, DecisionOutcome.APPROVED, event)
    row["late"] = event.late


@register.on(ItemGranted)
def granted(event: ItemGranted, recorded: Recorded, rows: Rows) -> None:
    _drop_refusal(rows, recorded, event, event.item_id)


@register.on(NothingHeld)
def nothing_held(event: NothingHeld, recorded: Recorded, rows: Rows) -> None:
    _drop_refusal(rows, recorded, event, event.item_id)


@register.on(RequestWithdrawn)
def withdrawn(event: RequestWithdrawn, recorded: Recorded, rows: Rows) -> None:
    for item_id in event.item_ids:
        _drop_refusal(rows, recorded, event, item_id)


@register.on(RequestClosed)
def closed(event: RequestClosed, recorded: Recorded, rows: Rows) -> None:
    _drop_undecided(rows, recorded, event)


@register.on(ExtensionProposed)
def extension_proposed(event: ExtensionProposed, recorded: Recorded, rows: Rows) -> None:
    _open(
        event,
        recorded,
        rows,
        DecisionKind.EXTENSION,
        DecisionOutcome.PROPOSED,
        ground=event.ground.value,
        new_due=event.new_due,
    )


@register.on(ExtensionApproved)
def extension_approved(event: ExtensionApproved, recorded: Recorded, rows: Rows) -> None:
    _decide(_last(rows, recorded, DecisionKind.EXTENSION), DecisionOutcome.APPROVED, event)


@register.on(ExtensionDeclined)
def extension_declined(event: ExtensionDeclined, recorded: Recorded, rows: Rows) -> None:
    _decide(_last(rows, recorded, DecisionKind.EXTENSION), DecisionOutcome.DECLINED, event)


@register.on(DeadlineExtended)
def deadline_extended(event: DeadlineExtended, recorded: Recorded, rows: Rows) -> None:
    _last(rows, recorded, DecisionKind.EXTENSION).update(
        outcome=DecisionOutcome.EFFECTIVE.value,
        effective_at=event.notice.dispatched_at,
        new_due=event.deadline.effective_due,
    )


def _open(
    event: Event, recorded: Recorded, rows: Rows, kind: DecisionKind, outcome: DecisionOutcome, **known: object
) -> None:
    row = _EMPTY | {
        "request_id": recorded.stream_id,
        "version": recorded.stream_version,
        "position": recorded.position,
        "kind": kind.value,
        "outcome": outcome.value,
        "opened_at": event.timestamp,
        "opened_by": event.actor,
        "late": False,
    }
    if earlier := rows.of(recorded.stream_id):
        row["controller_id"] = earlier[0]["controller_id"]
    rows.add(row | known)


def _decide(row: Row, outcome: DecisionOutcome, event: Event) -> None:
    row |= {"outcome": outcome.value, "decided_at": event.timestamp, "decided_by": event.actor}


def _last(rows: Rows, recorded: Recorded, kind: DecisionKind, item_id: str | None = None) -> Row:
    return next(
        row
        for row in reversed(rows.of(recorded.stream_id))
        if row["kind"] == kind and (item_id is None or row["item_id"] == item_id)
    )


def _drop_undecided(rows: Rows, recorded: Recorded, event: Event) -> None:
    for row in rows.of(recorded.stream_id):
        if row["outcome"] in _UNDECIDED:
            _decide(row, DecisionOutcome.DROPPED, event)


def _drop_refusal(rows: Rows, recorded: Recorded, event: Event, item_id: str) -> None:
    for row in rows.of(recorded.stream_id):
        if row["item_id"] == item_id and row["outcome"] == DecisionOutcome.PROPOSED:
            _decide(row, DecisionOutcome.DROPPED, event)


# Queries -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DecisionFilter:
    """What a decision must be to stand in the list; None asks for nothing."""

    kind: DecisionKind | None = None
    outcome: DecisionOutcome | None = None
    controller: str | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    """Opened before this instant."""


EVERY_DECISION: Final = DecisionFilter()


def decisions_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The decisions on one case, in the order in which they were opened."""
    query = select(decisions).where(decisions.c.request_id == request_id).order_by(decisions.c.version)
    return [dict(row) for row in connection.execute(query).mappings()]


def decision_list(
    connection: Connection,
    filters: DecisionFilter = EVERY_DECISION,
    *,
    cursor: str | None = None,
    limit: int = 50,
    scope: frozenset[str] | None = None,
) -> Page:
    """One page of the register, the newest first. Raises CursorInvalid."""
    after = None if cursor is None else cursor_values(cursor, "decisions", (int,))[0]
    c = decisions.c
    query = select(decisions).order_by(c.position.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(c.position < after)
    if filters.kind is not None:
        query = query.where(c.kind == filters.kind.value)
    if filters.outcome is not None:
        query = query.where(c.outcome == filters.outcome.value)
    if filters.controller is not None:
        query = query.where(c.controller_id == filters.controller)
    if filters.opened_from is not None:
        query = query.where(c.opened_at >= filters.opened_from)
    if filters.opened_until is not None:
        query = query.where(c.opened_at < filters.opened_until)
    if scope is not None:
        query = query.where(c.controller_id.in_(sorted(scope)) if scope else false())
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return Page.of(rows, limit, lambda row: make_cursor("decisions", (row["position"],)))
