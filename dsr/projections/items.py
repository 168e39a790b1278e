"""One row for each right that a case exercises, with what became of it."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Index, Integer, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.automated_decision import DecisionReviewed
from dsr.domain.request.closing import RequestClosed, RequestReopened, RequestWithdrawn
from dsr.domain.request.consent import ConsentWithdrawn, ObjectionTreatedAsWithdrawal
from dsr.domain.request.duplicates import DuplicateLinked
from dsr.domain.request.execution import ItemDone, ItemGranted, NothingHeld
from dsr.domain.request.identity import IdentityConfirmed
from dsr.domain.request.information import CopySent
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.objection import ProcessingStopped
from dsr.domain.request.rectification import AccuracyAssessed, Rectified
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart, RefusalDeclined, RefusalProposed
from dsr.domain.request.restriction import ProcessingRestricted
from dsr.domain.request.transfer import DataTransmitted
from dsr.domain.request.triage import ItemOpened
from dsr.domain.request.values import ItemStatus, Outcome
from dsr.domain.rights import Right
from dsr.projections.columns import Instant, Json
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

items: Final = Table(
    "items",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("right", String, nullable=False),
    Column("controller_id", String, nullable=False),
    Column("direct_marketing", Boolean, nullable=False),
    Column("status", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String),
    # a refusal, proposed or decided
    Column("refusal_proposed_by", String),
    Column("refusal_ground", String),
    Column("refusal_provision", String),
    Column("refusal_extent", Json),
    Column("refusal_late", Boolean),
    Column("refused_in_part", Json, nullable=False),
    # GDPR Art. 17(1), for a granted erasure
    Column("erasure_ground", String),
    # carrying out
    Column("accuracy", String),
    Column("effected", Boolean, nullable=False),
    Column("done_at", Instant),
    Column("systems", Json, nullable=False),
    # the answer
    Column("answered", Boolean, nullable=False),
    Column("answered_at", Instant),
    Index(None, "right", "status", "request_id"),
    # What waits for one controller: see `queue.py`.
    Index(None, "controller_id", "answered", "status", "request_id"),
)

item_rows: Final = Projection(items, stream="request_id", version=3)

_EMPTY: Final[Row] = dict.fromkeys(items.columns.keys())

_NO_REFUSAL: Final[Row] = {
    "refusal_proposed_by": None,
    "refusal_ground": None,
    "refusal_provision": None,
    "refusal_extent": None,
    "refusal_late": None,
}


@item_rows.on(ItemOpened)
def opened(event: ItemOpened, recorded: Recorded, rows: Rows) -> None:
    row = _EMPTY | {
        "request_id": recorded.stream_id,
        "item_id": event.item_id,
        "number": len(rows.of(recorded.stream_id)) + 1,
        "right": event.right.value,
        "controller_id": event.controller_id,
        "direct_marketing": event.direct_marketing,
        "status": ItemStatus.OPEN.value,
        "opened_at": event.timestamp,
        "effected": False,
        "systems": [],
        "answered": False,
        "refused_in_part": [],
    }
    rows.add(row)


@item_rows.on(ObjectionTreatedAsWithdrawal)
def treated_as_withdrawal(event: ObjectionTreatedAsWithdrawal, recorded: Recorded, rows: Rows) -> None:
    _item(rows, recorded, event.item_id).update(_NO_REFUSAL, right=Right.CONSENT_WITHDRAWAL.value, refused_in_part=[])


@item_rows.on(Rectified)
def rectified(event: Rectified, recorded: Recorded, rows: Rows) -> None:
    _give_effect(rows, recorded, event.item_id)


@item_rows.on(DecisionReviewed)
def decision_reviewed(event: DecisionReviewed, recorded: Recorded, rows: Rows) -> None:
    _give_effect(rows, recorded, event.item_id)


@item_rows.on(CopySent)
def copy_sent(event: CopySent, recorded: Recorded, rows: Rows) -> None:
    _give_effect(rows, recorded, event.item_id)


@item_rows.on(DataTransmitted)
def transmitted(event: DataTransmitted, recorded: Recorded, rows: Rows) -> None:
    _give_effect(rows, recorded, event.item_id)


@item_rows.on(ProcessingStopped)
def stopped(event: ProcessingStopped, recorded: Recorded, rows: Rows) -> None:
    _give_effect(rows, recorded, event.item_id)


@item_rows.on(ConsentWithdrawn)
def consent_withdrawn(event: ConsentWithdrawn, recorded: Recorded, rows: Rows) -> None:
    _give_effect(rows, recorded, event.item_id)


@item_rows.on(ProcessingRestricted)
def restricted(event: ProcessingRestricted, recorded: Recorded, rows: Rows) -> None:
    # What restricts until an objection is balanced gives no effect to the objection.
    if _item(rows, recorded, event.item_id)["right"] == Right.RESTRICTION:
        _give_effect(rows, recorded, event.item_id)


@item_rows.on(RefusalProposed)
def refusal_proposed(event: RefusalProposed, recorded: Recorded, rows: Rows) -> None:
    _item(rows, recorded, event.item_id).update(
        refusal_proposed_by=event.actor,
        refusal_ground=event.ground.value,
        refusal_provision=event.provision,
        refusal_extent=list(event.extent) if event.in_part else None,
    )


@item_rows.on(RefusalDeclined)
def refusal_declined(event: RefusalDeclined, recorded: Recorded, rows: Rows) -> None:
    _item(rows, recorded, event.item_id).update(_NO_REFUSAL)


@item_rows.on(ItemRefused)
def refused(event: ItemRefused, recorded: Recorded, rows: Rows) -> None:
    row = _item(rows, recorded, event.item_id)
    _decide(row, ItemStatus.REFUSED, event)
    row["refusal_late"] = event.late


@item_rows.on(ItemRefusedInPart)
def refused_in_part(event: ItemRefusedInPart, recorded: Recorded, rows: Rows) -> None:
    row = _item(rows, recorded, event.item_id)
    row["refused_in_part"] = [*row["refused_in_part"], *event.extent]
    row["refusal_late"] = event.late
    row["answered"] = False


@item_rows.on(RequestReassigned)
def reassigned(event: RequestReassigned, recorded: Recorded, rows: Rows) -> None:
    for item_id in event.item_ids:
        _item(rows, recorded, item_id)["controller_id"] = event.controller_id


@item_rows.on(ItemGranted)
def granted(event: ItemGranted, recorded: Recorded, rows: Rows) -> None:
    row = _item(rows, recorded, event.item_id)
    _decide(row, ItemStatus.GRANTED, event)
    row["erasure_ground"] = None if event.erasure_ground is None else event.erasure_ground.value
    if not row["refused_in_part"] and row["refusal_extent"] is None:  # a part stays proposed: the rest is granted
        row |= _NO_REFUSAL


@item_rows.on(AccuracyAssessed)
def accuracy_assessed(event: AccuracyAssessed, recorded: Recorded, rows: Rows) -> None:
    _item(rows, recorded, event.item_id)["accuracy"] = event.finding.value


@item_rows.on(ItemDone)
def done(event: ItemDone, recorded: Recorded, rows: Rows) -> None:
    _item(rows, recorded, event.item_id).update(
        status=ItemStatus.DONE.value, done_at=event.done_at, systems=list(event.systems), answered=False
    )


@item_rows.on(NothingHeld)
def nothing_held(event: NothingHeld, recorded: Recorded, rows: Rows) -> None:
    row = _item(rows, recorded, event.item_id)
    _decide(row, ItemStatus.NOTHING_HELD, event)
    row |= {"systems": list(event.systems)} | _NO_REFUSAL


@item_rows.on(RequestWithdrawn)
def withdrawn(event: RequestWithdrawn, recorded: Recorded, rows: Rows) -> None:
    for item_id in event.item_ids:
        row = _item(rows, recorded, item_id)
        _decide(row, ItemStatus.WITHDRAWN, event)
        row |= _NO_REFUSAL


@item_rows.on(DuplicateLinked)
def duplicate_linked(event: DuplicateLinked, recorded: Recorded, rows: Rows) -> None:
    for row in _pending(rows, recorded):
        _decide(row, ItemStatus.WITHDRAWN, event)
        row.update(_NO_REFUSAL)


@item_rows.on(RequestClosed)
def closed(event: RequestClosed, recorded: Recorded, rows: Rows) -> None:
    if event.outcome is Outcome.UNIDENTIFIED:
        for row in _pending(rows, recorded):
            _decide(row, ItemStatus.REFUSED, event)
            row.update(_NO_REFUSAL, answered=True)


@item_rows.on(RequestReopened)
def reopened(event: RequestReopened, recorded: Recorded, rows: Rows) -> None:
    _open_again(rows, recorded, event.item_ids)


@item_rows.on(IdentityConfirmed)
def identity_confirmed(event: IdentityConfirmed, recorded: Recorded, rows: Rows) -> None:
    _open_again(rows, recorded, event.item_ids)


@item_rows.on(AnswerSent)
def answer_sent(event: AnswerSent, recorded: Recorded, rows: Rows) -> None:
    for item_id in event.item_ids:
        _item(rows, recorded, item_id).update(answered=True, answered_at=event.letter.dispatched_at)


def _open_again(rows: Rows, recorded: Recorded, item_ids: tuple[str, ...]) -> None:
    for item_id in item_ids:
        _item(rows, recorded, item_id).update(
            _NO_REFUSAL,
            status=ItemStatus.OPEN.value,
            decided_at=None,
            decided_by=None,
            accuracy=None,
            effected=False,
            done_at=None,
            systems=[],
            answered=False,
            answered_at=None,
            refused_in_part=[],
            erasure_ground=None,
        )


def _item(rows: Rows, recorded: Recorded, item_id: str) -> Row:
    return next(row for row in rows.of(recorded.stream_id) if row["item_id"] == item_id)


def _give_effect(rows: Rows, recorded: Recorded, item_id: str) -> None:
    _item(rows, recorded, item_id)["effected"] = True


def _pending(rows: Rows, recorded: Recorded) -> list[Row]:
    return [row for row in rows.of(recorded.stream_id) if ItemStatus(row["status"]).is_pending]


def _decide(row: Row, status: ItemStatus, event: Event) -> None:
    """A decision that changes has to be answered anew."""
    row |= {"status": status.value, "decided_at": event.timestamp, "decided_by": event.actor, "answered": False}


# Queries -------------------------------------------------------------------------------------------------------


def items_of(connection: Connection, request_id: UUID) -> Sequence[Row]:
    """The items of a case, in the order in which they were opened; empty for a case without, or unknown."""
    query = select(items).where(items.c.request_id == request_id).order_by(items.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def is_copy_pending(connection: Connection, request_ids: Collection[UUID], *, controller_id: str) -> bool:
    """Whether this controller still has to give a copy in one of these cases. Costs the cases."""
    if not request_ids:
        return False
    query = select(items.c.item_id).where(
        items.c.request_id.in_(request_ids),
        items.c.controller_id == controller_id,
        items.c.right.in_([Right.ACCESS.value, Right.PORTABILITY.value]),
        items.c.status.in_([each.value for each in ItemStatus if each.is_pending]),
    )
    return connection.execute(query.limit(1)).first() is not None
