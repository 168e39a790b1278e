"""What comes due when: on which case, about which date, from which instant (law.md §2).

The clock reads this in the order of `at`, so a sweep costs what is due and not what exists. A row has its instant while
the case waits for it: not once it is recorded, answered or settled, and not while a question is open that moves the
date. `Case.coming` says the same of one case; tests compare the two.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Date, Index, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.deadlines import Deadline
from dsr.domain.recorded import Recorded
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.clock import ClockResumed, ClockSuspended, QuestionDelayed
from dsr.domain.request.closing import RequestClosed, RequestReopened, RequestWithdrawn
from dsr.domain.request.consent import ObjectionTreatedAsWithdrawal
from dsr.domain.request.due import CameDue, Due
from dsr.domain.request.duplicates import DuplicateLinked
from dsr.domain.request.execution import ItemDone, ItemGranted, NothingHeld
from dsr.domain.request.extension import DeadlineExtended
from dsr.domain.request.fee_outcomes import FeeDeclined, FeeExpired, FeePaid, FeeWaived
from dsr.domain.request.fees import FeeEvent, FeeProposed, FeeQuoted
from dsr.domain.request.identity import (
    IdentityConfirmed,
    IdentityEvidenceReceived,
    IdentityFailed,
    IdentityInsufficient,
    IdentityRequested,
)
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.objection import ProcessingStopped
from dsr.domain.request.recipients import RecipientExcused, RecipientTold
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart
from dsr.domain.request.restriction import ProcessingRestricted, RestrictionLifted, RestrictionReviewed
from dsr.domain.request.standing import Occasion
from dsr.domain.request.triage import ItemOpened, RequestDismissed
from dsr.domain.request.values import ANSWERED
from dsr.projections.columns import Instant, Json
from dsr.projections.projection import Projection
from dsr.projections.rows import Row, Rows

agenda: Final = Table(
    "agenda",
    main,
    Column("request_id", Uuid, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("subject", String, primary_key=True),
    Column("about", Date, primary_key=True),
    Column("due_at", Instant),
    Column("stands", Boolean, nullable=False),
    Column("recorded", Boolean, nullable=False),
    # while the case waits for it; what is due is found by its index
    Column("at", Instant),
    # on the row of the case only: what decides whether it still waits
    Column("memory", Json),
    Index(None, "at", "request_id"),
)
"""`stands`: its date holds, whether or not the case waits for it at the moment."""

dates: Final = Projection(agenda, stream="request_id", version=1)

_CASE: Final = "case"
"""The kind of the one row of each case that is not an occasion."""

_OF_ANSWER: Final = (Due.DEADLINE_APPROACHING, Due.PROMISE_MISSED, Due.STATUTORY_DATE_MISSED)
_OF_IDENTITY: Final = (Due.IDENTITY_REMINDER_DUE, Due.IDENTITY_UNANSWERED)
_AFTER_THE_END: Final = (Due.RESTRICTION_REVIEW_DUE, Due.RECIPIENTS_UNTOLD)
"""What outlives the answer."""

_PENDING, _DECIDED, _ANSWERED, _WITHDRAWN = "pending", "decided", "answered", "withdrawn"


# The case, and its dates ---------------------------------------------------------------------------------------


@dates.on(RequestReceived)
def received(event: RequestReceived, recorded: Recorded, rows: Rows) -> None:
    memory = {
        "closed": False,
        "items": {},
        "told_unidentified": False,
        "provisional": False,
        "unsuspended_due": None,
        "propose_unidentified_at": None,
        "asked_on": None,
        "remind_on": None,
        "remind_at": None,
        "evidence": False,
        "answered": False,
        "met_until": None,
        "fees": {},
        "untold": {},
    }
    case = _row(recorded, _CASE, "", event.received_on) | {"memory": memory}
    rows.add(case)
    _put(rows, recorded, Occasion(Due.ACKNOWLEDGEMENT_OVERDUE, "", event.acknowledge_by), event.acknowledge_ends_at)
    _show(rows, recorded, event.deadline)


@dates.on(ClockSuspended)
def suspended(event: ClockSuspended, recorded: Recorded, rows: Rows) -> None:
    _show(rows, recorded, event.deadline)


@dates.on(ClockResumed)
def resumed(event: ClockResumed, recorded: Recorded, rows: Rows) -> None:
    _show(rows, recorded, event.deadline)


@dates.on(QuestionDelayed)
def question_delayed(event: QuestionDelayed, recorded: Recorded, rows: Rows) -> None:
    if event.remind_on is not None and event.remind_at is not None:
        _remember_question(rows, recorded, event.left_on, event.remind_on, event.remind_at)
    _show(rows, recorded, event.deadline)


@dates.on(DeadlineExtended)
def extended(event: DeadlineExtended, recorded: Recorded, rows: Rows) -> None:
    _show(rows, recorded, event.deadline)


@dates.on(RequestReassigned)
def reassigned(event: RequestReassigned, recorded: Recorded, rows: Rows) -> None:
    _show(rows, recorded, event.deadline)


@dates.on(CameDue)
def came_due(event: CameDue, recorded: Recorded, rows: Rows) -> None:
    row = _find(rows, recorded, event.occasion())
    if row is not None:
        row["recorded"] = True
    _settle(rows, recorded)


# Whether an answer is owed -------------------------------------------------------------------------------------


@dates.on(RequestClosed)
def closed(event: RequestClosed, recorded: Recorded, rows: Rows) -> None:
    """What closing `unidentified` refuses was answered by the letter before it; elsewhere nothing is pending."""
    _remember(rows, recorded, answered=event.outcome in ANSWERED)
    _end(rows, recorded, _ANSWERED)


@dates.on(RequestDismissed)
def dismissed(_: RequestDismissed, recorded: Recorded, rows: Rows) -> None:
    _remember(rows, recorded, answered=False)
    _end(rows, recorded, _PENDING)


@dates.on(DuplicateLinked)
def duplicate_linked(_: DuplicateLinked, recorded: Recorded, rows: Rows) -> None:
    _remember(rows, recorded, answered=False)
    _end(rows, recorded, _WITHDRAWN)


@dates.on(RequestReopened)
def reopened(event: RequestReopened, recorded: Recorded, rows: Rows) -> None:
    """What passed while an answer was given was met."""
    if _memory(rows, recorded)["answered"]:
        _remember(rows, recorded, met_until=event.timestamp.isoformat())
    _items(rows, recorded, event.item_ids, _PENDING, closed=False, told_unidentified=False)


@dates.on(ItemOpened)
def item_opened(event: ItemOpened, recorded: Recorded, rows: Rows) -> None:
    """A letter to somebody who stays unidentified did not speak of it."""
    _items(rows, recorded, (event.item_id,), _PENDING, told_unidentified=False)


@dates.on(ItemGranted)
def granted(event: ItemGranted, recorded: Recorded, rows: Rows) -> None:
    _items(rows, recorded, (event.item_id,), _PENDING)


@dates.on(ItemRefused)
def refused(event: ItemRefused, recorded: Recorded, rows: Rows) -> None:
    _drop_fees(rows, recorded, (event.item_id,))
    _items(rows, recorded, (event.item_id,), _DECIDED)


@dates.on(ItemRefusedInPart)
def refused_in_part(event: ItemRefusedInPart, recorded: Recorded, rows: Rows) -> None:
    """The rest of the item is as it was, and the part has to be answered."""
    if _memory(rows, recorded)["items"][event.item_id] == _ANSWERED:
        _items(rows, recorded, (event.item_id,), _DECIDED)


@dates.on(NothingHeld)
def nothing_held(event: NothingHeld, recorded: Recorded, rows: Rows) -> None:
    _items(rows, recorded, (event.item_id,), _DECIDED)


@dates.on(ObjectionTreatedAsWithdrawal)
def treated_as_withdrawal(event: ObjectionTreatedAsWithdrawal, recorded: Recorded, rows: Rows) -> None:
    _drop_fees(rows, recorded, (event.item_id,))
    _settle(rows, recorded)


@dates.on(ItemDone)
def done(event: ItemDone, recorded: Recorded, rows: Rows) -> None:
    _items(rows, recorded, (event.item_id,), _DECIDED)
    if event.tell_by is None or event.tell_ends_at is None:
        return
    untold = _memory(rows, recorded)["untold"]
    recipients = sorted({*untold.get(event.item_id, ()), *event.recipients})
    _remember(rows, recorded, untold=untold | {event.item_id: recipients})
    _let_go(rows, recorded, Due.RECIPIENTS_UNTOLD, event.item_id)
    _put(rows, recorded, Occasion(Due.RECIPIENTS_UNTOLD, event.item_id, event.tell_by), event.tell_ends_at)
    _settle(rows, recorded)


@dates.on(RequestWithdrawn)
def withdrawn(event: RequestWithdrawn, recorded: Recorded, rows: Rows) -> None:
    _drop_fees(rows, recorded, event.item_ids)
    _items(rows, recorded, event.item_ids, _WITHDRAWN)


@dates.on(AnswerSent)
def answer_sent(event: AnswerSent, recorded: Recorded, rows: Rows) -> None:
    if event.letter.kind is LetterKind.ACKNOWLEDGEMENT:
        _let_go(rows, recorded, Due.ACKNOWLEDGEMENT_OVERDUE)
    if event.letter.kind is LetterKind.REFUSAL and not event.item_ids:
        _remember(rows, recorded, told_unidentified=True)
    _items(rows, recorded, event.item_ids, _ANSWERED)


# Identity ------------------------------------------------------------------------------------------------------


@dates.on(IdentityRequested)
def identity_requested(event: IdentityRequested, recorded: Recorded, rows: Rows) -> None:
    _remember(rows, recorded, evidence=False, told_unidentified=False)
    _remember_question(rows, recorded, event.asked_on, event.remind_on, event.remind_at)
    _show_question(rows, recorded)
    _settle(rows, recorded)


@dates.on(IdentityEvidenceReceived)
def evidence_received(_: IdentityEvidenceReceived, recorded: Recorded, rows: Rows) -> None:
    _remember(rows, recorded, evidence=True)
    _settle(rows, recorded)


@dates.on(IdentityInsufficient)
def identity_insufficient(event: IdentityInsufficient, recorded: Recorded, rows: Rows) -> None:
    remind_on, remind_at = event.remind_on.isoformat(), event.remind_at.isoformat()
    _remember(rows, recorded, evidence=False, remind_on=remind_on, remind_at=remind_at)
    _show_question(rows, recorded)
    _settle(rows, recorded)


@dates.on(IdentityConfirmed)
def identity_confirmed(event: IdentityConfirmed, recorded: Recorded, rows: Rows) -> None:
    _forget_question(rows, recorded)
    _items(rows, recorded, event.item_ids, _PENDING)


@dates.on(IdentityFailed)
def identity_failed(_: IdentityFailed, recorded: Recorded, rows: Rows) -> None:
    _forget_question(rows, recorded)
    _settle(rows, recorded)


# Restrictions, recipients, fees --------------------------------------------------------------------------------


@dates.on(ProcessingRestricted)
def restricted(event: ProcessingRestricted, recorded: Recorded, rows: Rows) -> None:
    _put(rows, recorded, _review_of(event.restriction_id, event.review_on), event.review_at)
    _settle(rows, recorded)


@dates.on(RestrictionReviewed)
def reviewed(event: RestrictionReviewed, recorded: Recorded, rows: Rows) -> None:
    _let_go(rows, recorded, Due.RESTRICTION_REVIEW_DUE, str(event.restriction_id))
    _put(rows, recorded, _review_of(event.restriction_id, event.review_on), event.review_at)
    _settle(rows, recorded)


@dates.on(RestrictionLifted)
def lifted(event: RestrictionLifted, recorded: Recorded, rows: Rows) -> None:
    _let_go(rows, recorded, Due.RESTRICTION_REVIEW_DUE, str(event.restriction_id))
    _settle(rows, recorded)


@dates.on(ProcessingStopped)
def stopped(event: ProcessingStopped, recorded: Recorded, rows: Rows) -> None:
    for restriction_id in event.restrictions_ended:
        _let_go(rows, recorded, Due.RESTRICTION_REVIEW_DUE, str(restriction_id))
    _settle(rows, recorded)


@dates.on(RecipientTold)
def told(event: RecipientTold, recorded: Recorded, rows: Rows) -> None:
    _settle_recipient(rows, recorded, event.item_id, event.recipient)


@dates.on(RecipientExcused)
def excused(event: RecipientExcused, recorded: Recorded, rows: Rows) -> None:
    _settle_recipient(rows, recorded, event.item_id, event.recipient)


@dates.on(FeeProposed)
def fee_proposed(event: FeeProposed, recorded: Recorded, rows: Rows) -> None:
    fee = {"item_ids": list(event.item_ids), "ends_on": event.offer_ends_on.isoformat()}
    _remember(rows, recorded, fees=_memory(rows, recorded)["fees"] | {str(event.fee_id): fee})


@dates.on(FeeQuoted)
def fee_quoted(event: FeeQuoted, recorded: Recorded, rows: Rows) -> None:
    fee_id = str(event.fee_id)
    ends_on = date.fromisoformat(_memory(rows, recorded)["fees"][fee_id]["ends_on"])
    _put(rows, recorded, Occasion(Due.FEE_OFFER_ENDED, fee_id, ends_on), event.offer_ends_at)
    _settle(rows, recorded)


@dates.on(FeeDeclined, FeePaid, FeeWaived, FeeExpired)
def fee_settled(event: FeeEvent, recorded: Recorded, rows: Rows) -> None:
    _let_go(rows, recorded, Due.FEE_OFFER_ENDED, str(event.fee_id))
    _settle(rows, recorded)


# What handlers share -------------------------------------------------------------------------------------------


def _row(recorded: Recorded, kind: str, subject: str, about: date) -> Row:
    row: Row = {"request_id": recorded.stream_id, "kind": kind, "subject": subject, "about": about}
    return row | {"due_at": None, "stands": False, "recorded": False, "at": None, "memory": None}


def _case(rows: Rows, recorded: Recorded) -> Row:
    return next(row for row in rows.of(recorded.stream_id) if row["kind"] == _CASE)


def _memory(rows: Rows, recorded: Recorded) -> dict[str, Any]:
    memory: dict[str, Any] = _case(rows, recorded)["memory"]
    return memory


def _remember(rows: Rows, recorded: Recorded, **facts: object) -> None:
    case = _case(rows, recorded)
    case["memory"] = case["memory"] | facts


def _put(rows: Rows, recorded: Recorded, occasion: Occasion, due_at: datetime) -> None:
    """The date holds now; where it held before, and came due then, it does not again."""
    row = _find(rows, recorded, occasion)
    if row is None:
        rows.add(_row(recorded, occasion.kind, occasion.subject, occasion.about) | {"due_at": due_at, "stands": True})
    else:
        row |= {"due_at": due_at, "stands": True}


def _find(rows: Rows, recorded: Recorded, occasion: Occasion) -> Row | None:
    return next((row for row in rows.of(recorded.stream_id) if occasion_of(row) == occasion), None)


def _review_of(restriction_id: UUID, review_on: date) -> Occasion:
    return Occasion(Due.RESTRICTION_REVIEW_DUE.value, str(restriction_id), review_on)


def _settle_recipient(rows: Rows, recorded: Recorded, item_id: str, recipient: str) -> None:
    untold = _memory(rows, recorded)["untold"]
    left = [each for each in untold.get(item_id, ()) if each != recipient]
    _remember(rows, recorded, untold=untold | {item_id: left})
    if not left:
        _let_go(rows, recorded, Due.RECIPIENTS_UNTOLD, item_id)
    _settle(rows, recorded)


def _let_go(rows: Rows, recorded: Recorded, kind: Due, subject: str | None = None) -> None:
    """Dates of this kind hold no longer."""
    for row in rows.of(recorded.stream_id):
        if row["kind"] == kind and subject in (None, row["subject"]):
            row["stands"] = False


def _show(rows: Rows, recorded: Recorded, deadline: Deadline) -> None:
    """The dates of an answer that hold now."""
    for kind in _OF_ANSWER:
        _let_go(rows, recorded, kind)
    _remember(
        rows,
        recorded,
        provisional=deadline.provisional,
        unsuspended_due=deadline.unsuspended_due.isoformat(),
        propose_unidentified_at=deadline.propose_unidentified_at.isoformat(),
    )
    effective = deadline.certain_effective_due
    for each in deadline.warnings:
        _put(rows, recorded, Occasion(Due.DEADLINE_APPROACHING, str(each.working_days), effective), each.begins_at)
    if deadline.promise_due is not None and deadline.promise_ends_at is not None:
        _put(rows, recorded, Occasion(Due.PROMISE_MISSED, "", deadline.promise_due), deadline.promise_ends_at)
    _put(
        rows,
        recorded,
        Occasion(Due.STATUTORY_DATE_MISSED, "", deadline.certain_statutory_due),
        deadline.statutory_ends_at,
    )
    _show_question(rows, recorded)
    _settle(rows, recorded)


def _remember_question(rows: Rows, recorded: Recorded, asked_on: date, remind_on: date, remind_at: datetime) -> None:
    dates = {"asked_on": asked_on.isoformat(), "remind_on": remind_on.isoformat(), "remind_at": remind_at.isoformat()}
    _remember(rows, recorded, **dates)


def _show_question(rows: Rows, recorded: Recorded) -> None:
    """Reminder, then proposal; where the month leaves no time for both, the proposal takes the reminder's place."""
    memory = _memory(rows, recorded)
    for kind in _OF_IDENTITY:
        _let_go(rows, recorded, kind)
    asked_on = memory["asked_on"]
    if asked_on is None:
        return
    remind_at = datetime.fromisoformat(memory["remind_at"])
    propose_at = datetime.fromisoformat(memory["propose_unidentified_at"])
    if remind_at < propose_at:
        remind_on = date.fromisoformat(memory["remind_on"])
        _put(rows, recorded, Occasion(Due.IDENTITY_REMINDER_DUE, asked_on, remind_on), remind_at)
    due = date.fromisoformat(memory["unsuspended_due"])
    _put(rows, recorded, Occasion(Due.IDENTITY_UNANSWERED, asked_on, due), max(propose_at, remind_at))


def _forget_question(rows: Rows, recorded: Recorded) -> None:
    _remember(rows, recorded, asked_on=None, evidence=False)
    _show_question(rows, recorded)


def _items(rows: Rows, recorded: Recorded, item_ids: Iterable[str], state: str, **facts: object) -> None:
    _remember(rows, recorded, items=_memory(rows, recorded)["items"] | dict.fromkeys(item_ids, state), **facts)
    _settle(rows, recorded)


def _end(rows: Rows, recorded: Recorded, undecided: str) -> None:
    """The case waits for nothing; an identity question that was out lapses with it."""
    _forget_question(rows, recorded)
    items = _memory(rows, recorded)["items"]
    pending = [item_id for item_id, state in items.items() if state == _PENDING]
    _items(rows, recorded, pending, undecided, closed=True)


def _drop_fees(rows: Rows, recorded: Recorded, item_ids: Iterable[str]) -> None:
    """A fee was quoted for all its items together: where one of them falls away, so does the whole."""
    gone = set(item_ids)
    for fee_id, fee in _memory(rows, recorded)["fees"].items():
        if gone & set(fee["item_ids"]):
            _let_go(rows, recorded, Due.FEE_OFFER_ENDED, fee_id)


def _settle(rows: Rows, recorded: Recorded) -> None:
    """Give each row its instant, while the case waits for it."""
    memory = _memory(rows, recorded)
    for row in rows.of(recorded.stream_id):
        if row["kind"] != _CASE:
            waits = row["stands"] and not row["recorded"] and _waits(row, memory)
            row["at"] = row["due_at"] if waits else None


def _waits(row: Row, memory: dict[str, Any]) -> bool:
    kind = row["kind"]
    if kind in _AFTER_THE_END:
        return True
    if memory["closed"]:
        return False
    if kind in _OF_IDENTITY:
        return not memory["evidence"]
    if kind == Due.FEE_OFFER_ENDED:
        return True
    items = memory["items"].values()
    if memory["met_until"] is not None and row["due_at"] <= datetime.fromisoformat(memory["met_until"]):
        return False
    owes = not memory["told_unidentified"] and (not items or any(each in (_PENDING, _DECIDED) for each in items))
    return owes and not (kind in _OF_ANSWER and memory["provisional"])


# Queries -------------------------------------------------------------------------------------------------------


def occasion_of(row: Row) -> Occasion:
    """What the row stands for."""
    return Occasion(row["kind"], row["subject"], row["about"])


def is_awaited(connection: Connection, request_id: UUID, occasion: Occasion) -> bool:
    """Whether the case still waits for this."""
    c = agenda.c
    query = select(c.at).where(
        c.request_id == request_id,
        c.kind == occasion.kind,
        c.subject == occasion.subject,
        c.about == occasion.about,
    )
    return connection.execute(query).scalar() is not None
