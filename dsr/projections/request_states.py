"""How each case stood between two moments, so that statistics can be asked as of any time and stay what they were.

One row for each state: it held from `since` on and before `until`, both by the time of the log (`recorded_at`); the row
without `until` holds still. A new row begins only where a column that statistics read changes, and what changes in one
instant is one state. Nothing depends on now: what is missed or due soon is a question (see `statistics.py`).
"""

from collections.abc import Collection
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table, Uuid

from dsr.database.metadata import main
from dsr.domain.deadlines import Deadline
from dsr.domain.recorded import Recorded
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.clock import ClockResumed, ClockSuspended, QuestionDelayed
from dsr.domain.request.closing import RequestClosed, RequestReopened, RequestWithdrawn
from dsr.domain.request.consent import ObjectionTreatedAsWithdrawal
from dsr.domain.request.duplicates import DuplicateLinked
from dsr.domain.request.execution import ItemDone, ItemGranted, NothingHeld
from dsr.domain.request.extension import DeadlineExtended
from dsr.domain.request.identity import IdentityConfirmed
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart
from dsr.domain.request.triage import ItemOpened, RequestDismissed
from dsr.domain.request.values import ItemStatus, Outcome
from dsr.domain.rights import Right
from dsr.projections.columns import Instant, Json
from dsr.projections.projection import Projection
from dsr.projections.requests import CLOSED, OPEN
from dsr.projections.rows import Row, Rows

request_states: Final = Table(
    "request_states",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("from_position", BigInteger, primary_key=True, autoincrement=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("controller_id", String, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("rights", Json, nullable=False),
    Column("status", String, nullable=False),
    Column("outcome", String),
    Column("owed", Boolean, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("effective_due", Date, nullable=False),
    Column("effective_ends_at", Instant, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("answered_on", Date),
    Column("refused", Integer, nullable=False),
    Column("late", Boolean, nullable=False),
    # What the next event needs to know, on the last row of a case only.
    Column("carried", Json),
    Index(None, "received_on"),
)
"""`owed`: an answer is still to leave. `answered_on`: local date of the letter by which every item that was not
withdrawn was answered; null while one is not. `refused`: items refused, whole or in part. `late`: a refusal or a letter
came after the statutory date. The due columns are those without a question that is open, as in the queue.
"""

states: Final = Projection(request_states, stream="request_id", version=2)

_EMPTY: Final[Row] = dict.fromkeys(request_states.columns.keys())

Items = dict[str, dict[str, Any]]
"""By id: `right`, `status`, `refused_in_part`, and `answered_on`, the local date of the first letter that answered the
item as it was decided last, None while no letter has."""


@states.on(RequestReceived)
def received(event: RequestReceived, recorded: Recorded, rows: Rows) -> None:
    row = _EMPTY | {
        "request_id": recorded.stream_id,
        "from_position": recorded.position,
        "since": recorded.recorded_at,
        "controller_id": event.controller_id,
        "received_on": event.received_on,
        "rights": [],
        "status": OPEN,
        "owed": True,
        "suspended": False,
        "refused": 0,
        "late": False,
        "carried": {"zone": event.zone, "items": {}, "suspensions": [], "refused_on": None},
    }
    rows.add(row | _dates(event.deadline))


# Items ---------------------------------------------------------------------------------------------------------


@states.on(ItemOpened)
def item_opened(event: ItemOpened, recorded: Recorded, rows: Rows) -> None:
    last = _last(rows, recorded)
    item = {
        "right": event.right.value,
        "status": ItemStatus.OPEN.value,
        "refused_in_part": False,
        "answered_on": None,
    }
    _go_on(rows, recorded, _with_items(last, last["carried"]["items"] | {event.item_id: item}))


@states.on(ItemGranted)
def item_granted(event: ItemGranted, recorded: Recorded, rows: Rows) -> None:
    _decide(rows, recorded, (event.item_id,), ItemStatus.GRANTED)


@states.on(ItemDone)
def item_done(event: ItemDone, recorded: Recorded, rows: Rows) -> None:
    _decide(rows, recorded, (event.item_id,), ItemStatus.DONE)


@states.on(NothingHeld)
def nothing_held(event: NothingHeld, recorded: Recorded, rows: Rows) -> None:
    _decide(rows, recorded, (event.item_id,), ItemStatus.NOTHING_HELD)


@states.on(ItemRefused)
def item_refused(event: ItemRefused, recorded: Recorded, rows: Rows) -> None:
    _decide(rows, recorded, (event.item_id,), ItemStatus.REFUSED, late=_last(rows, recorded)["late"] or event.late)


@states.on(ItemRefusedInPart)
def item_refused_in_part(event: ItemRefusedInPart, recorded: Recorded, rows: Rows) -> None:
    last = _last(rows, recorded)
    items = _changed(last["carried"]["items"], (event.item_id,), refused_in_part=True, answered_on=None)
    _go_on(rows, recorded, _with_items(last, items, late=last["late"] or event.late))


@states.on(ObjectionTreatedAsWithdrawal)
def treated_as_withdrawal(event: ObjectionTreatedAsWithdrawal, recorded: Recorded, rows: Rows) -> None:
    last = _last(rows, recorded)
    items = _changed(last["carried"]["items"], (event.item_id,), right=Right.CONSENT_WITHDRAWAL.value)
    _go_on(rows, recorded, _with_items(last, items))


@states.on(RequestWithdrawn)
def withdrawn(event: RequestWithdrawn, recorded: Recorded, rows: Rows) -> None:
    _decide(rows, recorded, event.item_ids, ItemStatus.WITHDRAWN)


@states.on(AnswerSent)
def answer_sent(event: AnswerSent, recorded: Recorded, rows: Rows) -> None:
    last = _last(rows, recorded)
    carried = last["carried"]
    left_on = event.letter.dispatched_at.astimezone(ZoneInfo(carried["zone"])).date().isoformat()
    if event.letter.kind is LetterKind.REFUSAL and not event.item_ids:
        carried = carried | {"refused_on": left_on}
    unanswered = [each for each in event.item_ids if carried["items"][each]["answered_on"] is None]
    items = _changed(carried["items"], unanswered, answered_on=left_on)
    _go_on(rows, recorded, _with_items(last | {"carried": carried}, items, late=last["late"] or event.late))


# Lifecycle -----------------------------------------------------------------------------------------------------


@states.on(RequestDismissed)
def dismissed(_: RequestDismissed, recorded: Recorded, rows: Rows) -> None:
    _close(rows, recorded, Outcome.NOT_A_REQUEST)


@states.on(DuplicateLinked)
def duplicate_linked(_: DuplicateLinked, recorded: Recorded, rows: Rows) -> None:
    _close(rows, recorded, Outcome.DUPLICATE, ItemStatus.WITHDRAWN)


@states.on(RequestClosed)
def closed(event: RequestClosed, recorded: Recorded, rows: Rows) -> None:
    _close(rows, recorded, event.outcome, ItemStatus.REFUSED if event.outcome is Outcome.UNIDENTIFIED else None)


@states.on(RequestReopened)
def reopened(event: RequestReopened, recorded: Recorded, rows: Rows) -> None:
    last = _last(rows, recorded)
    forgotten = last | {"carried": last["carried"] | {"refused_on": None}}
    items = _opened_again(forgotten["carried"]["items"], event.item_ids)
    _go_on(rows, recorded, _with_items(forgotten, items, status=OPEN, outcome=None))


@states.on(IdentityConfirmed)
def identity_confirmed(event: IdentityConfirmed, recorded: Recorded, rows: Rows) -> None:
    last = _last(rows, recorded)
    _go_on(rows, recorded, _with_items(last, _opened_again(last["carried"]["items"], event.item_ids)))


@states.on(RequestReassigned)
def reassigned(event: RequestReassigned, recorded: Recorded, rows: Rows) -> None:
    _go_on(rows, recorded, {"controller_id": event.controller_id} | _dates(event.deadline))


# Clock ---------------------------------------------------------------------------------------------------------


@states.on(ClockSuspended)
def clock_suspended(event: ClockSuspended, recorded: Recorded, rows: Rows) -> None:
    carried = _last(rows, recorded)["carried"]
    _suspend(rows, recorded, event.deadline, [*carried["suspensions"], event.kind.value])


@states.on(ClockResumed)
def clock_resumed(event: ClockResumed, recorded: Recorded, rows: Rows) -> None:
    carried = _last(rows, recorded)["carried"]
    _suspend(rows, recorded, event.deadline, [each for each in carried["suspensions"] if each != event.kind.value])


@states.on(QuestionDelayed)
def question_delayed(event: QuestionDelayed, recorded: Recorded, rows: Rows) -> None:
    others = [each for each in _last(rows, recorded)["carried"]["suspensions"] if each != event.kind.value]
    _suspend(rows, recorded, event.deadline, [*others, event.kind.value] if event.suspends else others)


@states.on(DeadlineExtended)
def deadline_extended(event: DeadlineExtended, recorded: Recorded, rows: Rows) -> None:
    _go_on(rows, recorded, _dates(event.deadline))


# What handlers share -------------------------------------------------------------------------------------------


def _last(rows: Rows, recorded: Recorded) -> Row:
    """The row that holds still."""
    return rows.of(recorded.stream_id)[-1]


def _go_on(rows: Rows, recorded: Recorded, changes: Row) -> None:
    """Let a new state begin where something changes that statistics read; else carry on in the row that holds."""
    last = _last(rows, recorded)
    carried = changes.get("carried", last["carried"])
    if all(last[name] == value for name, value in changes.items() if name != "carried"):
        last["carried"] = carried
    elif last["since"] == recorded.recorded_at:  # no moment lies between: it is one state
        last.update(changes)
    else:
        begun = {"from_position": recorded.position, "since": recorded.recorded_at, "carried": carried}
        rows.add(last | changes | begun)
        last["until"] = recorded.recorded_at
        last["carried"] = None


def _decide(rows: Rows, recorded: Recorded, item_ids: tuple[str, ...], status: ItemStatus, **changes: Any) -> None:
    """What is decided anew has to be answered anew."""
    last = _last(rows, recorded)
    items = _changed(last["carried"]["items"], item_ids, status=status.value, answered_on=None)
    _go_on(rows, recorded, _with_items(last, items, **changes))


def _close(rows: Rows, recorded: Recorded, outcome: Outcome, pending_become: ItemStatus | None = None) -> None:
    last = _last(rows, recorded)
    items: Items = last["carried"]["items"]
    if pending_become is not None:
        pending = [item_id for item_id, item in items.items() if ItemStatus(item["status"]).is_pending]
        items = _changed(items, pending, status=pending_become.value, answered_on=last["carried"]["refused_on"])
    _go_on(rows, recorded, _with_items(last, items, status=CLOSED, outcome=outcome.value))


def _changed(items: Items, item_ids: Collection[str], **changes: Any) -> Items:
    return {item_id: item | changes if item_id in item_ids else item for item_id, item in items.items()}


def _opened_again(items: Items, item_ids: Collection[str]) -> Items:
    return _changed(items, item_ids, status=ItemStatus.OPEN.value, refused_in_part=False, answered_on=None)


def _with_items(last: Row, items: Items, **changes: Any) -> Row:
    """The columns that follow from the items."""
    answers = [item["answered_on"] for item in items.values() if item["status"] != ItemStatus.WITHDRAWN]
    unanswered = not items or None in answers
    is_open = changes.get("status", last["status"]) == OPEN
    return {
        "rights": list(dict.fromkeys(item["right"] for item in items.values())),
        "refused": sum(item["status"] == ItemStatus.REFUSED or item["refused_in_part"] for item in items.values()),
        "owed": is_open and unanswered,
        "answered_on": None if unanswered or not answers else date.fromisoformat(max(answers)),
        "carried": last["carried"] | {"items": items},
        **changes,
    }


def _suspend(rows: Rows, recorded: Recorded, deadline: Deadline, suspensions: list[str]) -> None:
    carried = _last(rows, recorded)["carried"]
    changes = {"suspended": bool(suspensions), "carried": carried | {"suspensions": suspensions}}
    _go_on(rows, recorded, _dates(deadline) | changes)


def _dates(deadline: Deadline) -> Row:
    """Without a question that is open, as in the queue."""
    return {
        "effective_due": deadline.certain_effective_due,
        "effective_ends_at": deadline.certain_effective_ends_at,
        "extended": deadline.extended,
    }
