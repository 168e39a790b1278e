"""The register of decisions on cases: who decided what, when, on which ground, with what result.

It ranges from `admission` (is this letter a request?) over identity, extension, refusals by two people, fees and
findings on accuracy and interests to the acts that give effect to rights, and to the end of the file
(`DecisionKind`). It shows an authority that
nobody decides alone, and what was late (GDPR Art. 5(2), 12(3)-(6)). `decisions_on_procedure.py` and
`decisions_on_acts.py` hold its handlers.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Index, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.projections.columns import Json, UtcInstant
from dsr.projections.paging import Page, conditions, page_by_position
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
    Column("opened_at", UtcInstant, nullable=False),
    Column("opened_by", String, nullable=False),
    Column("decided_at", UtcInstant),
    Column("decided_by", String),
    Column("effective_at", UtcInstant),
    Column("ground", String),
    Column("provision", String),
    Column("extent", Json),
    Column("method", String),
    Column("assurance", String),
    Column("new_due", Date),
    Column("late", Boolean, nullable=False),
    Column("about_id", Uuid),
    # fees
    Column("item_ids", Json),
    Column("amount", BigInteger),
    Column("currency", String),
    Column("offer_ends_on", Date),
    # only on the first row of a case: the present controllers, for later rows
    Column("answering", Json),
    Index(None, "position", unique=True),
    Index(None, "kind", "position"),
    Index(None, "kind", "outcome", "position"),
    Index(None, "controller_id", "kind", "position"),
)

READ_MODEL: Final = Projection(decisions, stream="request_id", version=9)

_EMPTY: Final[Row] = dict.fromkeys(decisions.columns.keys())

_SHOWN: Final = [column for column in decisions.columns if column.name != "answering"]

CASE: Final = ""
"""Key of the case's controller in `answering`, beside its items' ids. A decision keeps the controller that took it."""


class DecisionKind(StrEnum):
    """The subject of a decision."""

    ADMISSION = "admission"
    """Whether a letter is a request."""
    IDENTITY = "identity"
    """The identity of the person."""
    REFUSAL = "refusal"
    """Refusal of an item."""
    END = "end"
    """The end of a registered case before everything was decided."""
    EXTENSION = "extension"
    """Extension of the deadline."""
    ACCURACY = "accuracy"
    """Accuracy of data."""
    BALANCE = "balance"
    """Whose grounds prevail after an objection."""
    DECISION_REVIEW = "decision-review"
    """Review of an automated decision."""
    FEE = "fee"
    """A fee."""
    GRANT = "grant"
    """Grant of a right; an erasure names its ground."""
    PROCESSING_STOP = "processing-stop"
    """Stopping processing after a withdrawal of consent or an objection."""
    RESTRICTION = "restriction"
    """Restriction of processing."""
    RESTRICTED_USE = "restricted-use"
    """A use of restricted data (GDPR Art. 18(2))."""
    RESTRICTION_EXCEPTION = "restriction-exception"
    """Deletion of restricted data after all (GDPR Art. 18(2))."""
    FORGETTING = "forgetting"
    """Forgetting of the case file (GDPR Art. 5(1)(e))."""
    COPY = "copy"
    """A copy of a text."""
    TRANSFER = "transfer"
    """Transfer of data to another controller."""
    REPRESENTATION = "representation"
    """A representative."""
    REASSIGNMENT = "reassignment"
    """Passing the request to a joint controller."""
    HOLD = "hold"
    """A hold."""
    REDACTION = "redaction"
    """GDPR Art. 15(4), 20(4): redaction of a copy to protect others."""
    RECIPIENT_EXCUSE = "recipient-excuse"
    """GDPR Art. 19: not telling a recipient."""


class DecisionOutcome(StrEnum):
    """State or result of a decision."""

    OPEN = "open"
    """A letter not triaged yet."""
    REGISTERED = "registered"
    """It is a request."""
    DISMISSED = "dismissed"
    """It is not a request."""
    DUPLICATE = "duplicate"
    """An earlier request asks the same."""
    FORWARDED = "forwarded"
    """The request was passed on to the controller for which we process the data."""
    SPLIT = "split"
    """The letter was written for several people, each of whom has a request now."""
    JOINED = "joined"
    """The letter is a message on another request."""
    ASKED = "asked"
    """A question is open."""
    INSUFFICIENT = "insufficient"
    """The proof did not suffice."""
    CONFIRMED = "confirmed"
    """The identity, or the verified target, was confirmed."""
    FAILED = "failed"
    """The identity could not be confirmed."""
    PROPOSED = "proposed"
    """It waits for a second person."""
    APPROVED = "approved"
    """A second person agreed."""
    DECLINED = "declined"
    """A second person or the data subject disagreed."""
    EFFECTIVE = "effective"
    """The notice of an approved extension was sent."""
    INACCURATE = "inaccurate"
    """The data is wrong."""
    INCOMPLETE = "incomplete"
    """Something is missing."""
    ACCURATE = "accurate"
    """The data is right."""
    UNDETERMINED = "undetermined"
    """Neither side can show it."""
    SUBJECT_PREVAILS = "subject-prevails"
    """The person's grounds prevail."""
    CONTROLLER_PREVAILS = "controller-prevails"
    """The controller's grounds prevail."""
    PREVAILS_IN_PART = "prevails-in-part"
    """The controller's grounds prevail for some of the data."""
    NONE_MADE = "none-made"
    """No decision is made by automated means alone."""
    UPHELD = "upheld"
    """The decision stands."""
    CHANGED = "changed"
    """Another decision replaces it."""
    ANNULLED = "annulled"
    """The decision no longer holds."""
    QUOTED = "quoted"
    """The notice of a fee was sent."""
    ACCEPTED = "accepted"
    """The person agreed to pay, or the authority to act was accepted."""
    PAID = "paid"
    """The money arrived."""
    WAIVED = "waived"
    """The fee was waived."""
    EXPIRED = "expired"
    """The offer ended without payment."""
    GRANTED = "granted"
    """The right is given effect."""
    STOPPED = "stopped"
    """The processing was stopped."""
    RESTRICTED = "restricted"
    """The data is only stored."""
    ANNOUNCED = "announced"
    """The notice before lifting a restriction was sent."""
    LIFTED = "lifted"
    """The restriction was lifted."""
    USED = "used"
    """Restricted data was used."""
    SENT = "sent"
    """A text was handed out."""
    FEASIBLE = "feasible"
    """A direct transfer is technically feasible."""
    INFEASIBLE = "infeasible"
    """A direct transfer is not technically feasible."""
    HANDING_OVER = "handing-over"
    """A direct transfer started and has no result yet."""
    NOT_CONFIRMED = "not-confirmed"
    """The data left, wholly or in part, without confirmation by the other controller."""
    TRANSMITTED = "transmitted"
    """The data was sent to the other controller."""
    ENDED = "ended"
    """A representation ended, or a restriction ended with its processing."""
    REASSIGNED = "reassigned"
    """The request passed to another joint controller."""
    PLACED = "placed"
    """The data is on hold."""
    RELEASED = "released"
    """The hold was released."""
    EXCUSED = "excused"
    """A recipient is not told, with a reason."""
    REDACTED = "redacted"
    """A redaction that waits for confirmation and withholds the item."""
    WITHDRAWN = "withdrawn"
    """It was withdrawn."""
    DROPPED = "dropped"
    """Its subject no longer exists."""


# What handlers share -------------------------------------------------------------------------------------------


def open_decision(
    event: Event, recorded: Recorded, rows: Rows, kind: DecisionKind, outcome: DecisionOutcome, **known: object
) -> None:
    """Add a row for a decision opened, or taken at once (`decided_at` given)."""
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
        answering = earlier[0]["answering"]
        row["controller_id"] = answering.get(known.get("item_id"), answering[CASE])
    rows.add(row | known)


def decide(row: Row, outcome: DecisionOutcome, event: Event) -> None:
    """Set the outcome of a decision, with time and actor."""
    row |= {"outcome": outcome.value, "decided_at": event.timestamp, "decided_by": event.actor}


def as_shown(row: Row) -> Row:
    """A row as returned by queries."""
    return {column.name: row[column.name] for column in _SHOWN}


def last_decision(rows: Rows, recorded: Recorded, kind: DecisionKind, item_id: str | None = None) -> Row:
    """The last opened decision of this kind."""
    return next(
        row
        for row in reversed(rows.of(recorded.stream_id))
        if row["kind"] == kind and (item_id is None or row["item_id"] == item_id)
    )


# Queries -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DecisionFilter:
    """Filter of decisions; None does not filter."""

    kind: DecisionKind | None = None
    outcome: DecisionOutcome | None = None
    controller: str | None = None
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    """Opened before this instant."""


EVERY_DECISION: Final = DecisionFilter()


def decisions_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The decisions on one case, in the order in which they were opened."""
    query = select(*_SHOWN).where(decisions.c.request_id == request_id).order_by(decisions.c.version)
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
    c = decisions.c
    wanted = conditions(decisions, scope, kind=filters.kind, outcome=filters.outcome, controller_id=filters.controller)
    if filters.opened_from is not None:
        wanted.append(c.opened_at >= filters.opened_from)
    if filters.opened_until is not None:
        wanted.append(c.opened_at < filters.opened_until)
    query = select(*_SHOWN).where(*wanted)
    return page_by_position(connection, query, kind="decisions", cursor=cursor, limit=limit, newest_first=True)


def proposal_list(
    connection: Connection,
    kinds: Collection[DecisionKind],
    *,
    cursor: str | None = None,
    limit: int = 50,
    scope: frozenset[str] | None = None,
) -> Page:
    """One page of the proposals of these kinds that nobody has decided, the oldest first. Raises CursorInvalid."""
    c = decisions.c
    wanted = conditions(decisions, scope, outcome=DecisionOutcome.PROPOSED)
    query = select(*_SHOWN).where(c.kind.in_(sorted(kinds)), *wanted)
    return page_by_position(connection, query, kind="proposals", cursor=cursor, limit=limit)
