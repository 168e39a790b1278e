"""The register of decisions that a person took on a case: who, when, on which ground, with what result.

Kinds: `admission` (is this letter a request?), `identity` (a check, from question to result), `refusal` (of an item),
`extension`, `accuracy` (is the data right?), `balance` (of interests, after an objection), `decision-review` (of
what a machine decided) and `fee` (from the proposal to what the person made of it). An authority reads it to see that
nobody decides alone, and what was late (GDPR Art. 5(2), 12(3)-(6)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Index, Integer, String, Table, Uuid, false, select

from dsr.database.metadata import main
from dsr.projections.columns import Instant, Json
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.projection import Projection
from dsr.projections.rows import Row

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
    Column("extent", Json),
    Column("method", String),
    Column("assurance", String),
    Column("new_due", Date),
    Column("late", Boolean, nullable=False),
    # fees
    Column("fee_id", Uuid),
    Column("item_ids", Json),
    Column("amount", BigInteger),
    Column("currency", String),
    Column("offer_ends_on", Date),
    Index(None, "position", unique=True),
    Index(None, "kind", "position"),
    Index(None, "kind", "outcome", "position"),
    Index(None, "controller_id", "kind", "position"),
)

register: Final = Projection(decisions, stream="request_id", version=2)


class DecisionKind(StrEnum):
    """What was decided."""

    ADMISSION = "admission"
    IDENTITY = "identity"
    REFUSAL = "refusal"
    EXTENSION = "extension"
    ACCURACY = "accuracy"
    BALANCE = "balance"
    DECISION_REVIEW = "decision-review"
    FEE = "fee"


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
    INACCURATE = "inaccurate"
    INCOMPLETE = "incomplete"
    ACCURATE = "accurate"
    UNDETERMINED = "undetermined"
    SUBJECT_PREVAILS = "subject-prevails"
    CONTROLLER_PREVAILS = "controller-prevails"
    PREVAILS_IN_PART = "prevails-in-part"
    NONE_MADE = "none-made"
    """No decision is made by automated means alone."""
    UPHELD = "upheld"
    CHANGED = "changed"
    ANNULLED = "annulled"
    QUOTED = "quoted"
    """The notice of a fee left."""
    ACCEPTED = "accepted"
    PAID = "paid"
    WAIVED = "waived"
    EXPIRED = "expired"
    DROPPED = "dropped"
    """Overtaken before anybody decided: the item was granted, withdrawn or held nothing, or the case closed."""


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
