"""What comes due when: on which case, about which date, from which instant (law.md §2).

The clock reads this in the order of `at`, so a sweep costs what is due and not what exists. A row has its instant while
the case waits for it: not once it is recorded, answered or settled, and not while a question is open that moves the
date. `Case.coming` says the same of one case; tests compare the two.
"""

from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Date, Index, String, Table, Uuid, select

from dsr.database.metadata import main
from dsr.domain.deadlines import SuspensionKind
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.clarification import ClarificationRequested
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
from dsr.projections.case_agenda import DECIDED, PENDING, TOLD, WITHDRAWN, CaseAgenda
from dsr.projections.columns import Instant, Json
from dsr.projections.projection import Projection
from dsr.projections.rows import Rows

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

dates: Final = Projection(agenda, stream="request_id", version=2)

E = TypeVar("E", bound=Event)


def _on(*events: type[E]) -> Callable[[Callable[[E, CaseAgenda], None]], None]:
    """What such an event changes in the rows of its case; afterwards each row has its instant."""

    def register(change: Callable[[E, CaseAgenda], None]) -> None:
        def handle(event: E, recorded: Recorded, rows: Rows) -> None:
            case = CaseAgenda(rows, recorded.stream_id)
            change(event, case)
            case.settle()

        dates.on(*events)(handle)

    return register


# The case, and its dates ---------------------------------------------------------------------------------------


@_on(RequestReceived)
def received(event: RequestReceived, case: CaseAgenda) -> None:
    case.begin(event.received_on)
    case.put(Occasion(Due.ACKNOWLEDGEMENT_OVERDUE, "", event.acknowledge_by), event.acknowledge_ends_at)
    case.show(event.deadline)


@_on(ClockSuspended)
def suspended(event: ClockSuspended, case: CaseAgenda) -> None:
    case.suspend(event.kind, stands=True)
    case.show(event.deadline)


@_on(ClockResumed)
def resumed(event: ClockResumed, case: CaseAgenda) -> None:
    case.suspend(event.kind, stands=False)
    case.show(event.deadline)


@_on(QuestionDelayed)
def question_delayed(event: QuestionDelayed, case: CaseAgenda) -> None:
    if event.remind_on is not None and event.remind_at is not None:
        case.remember_question(event.left_on, event.remind_on, event.remind_at)
    case.suspend(event.kind, stands=event.suspends)
    case.show(event.deadline)


@_on(DeadlineExtended)
def extended(event: DeadlineExtended, case: CaseAgenda) -> None:
    case.show(event.deadline)


@_on(RequestReassigned)
def reassigned(event: RequestReassigned, case: CaseAgenda) -> None:
    case.show(event.deadline)


@_on(CameDue)
def came_due(event: CameDue, case: CaseAgenda) -> None:
    row = case.find(event.occasion())
    if row is not None:
        row["recorded"] = True


# Whether an answer is owed -------------------------------------------------------------------------------------


@_on(RequestClosed)
def closed(event: RequestClosed, case: CaseAgenda) -> None:
    """What closing `unidentified` refuses was answered by the letter before it; elsewhere nothing is pending."""
    case.remember(answered=event.outcome in ANSWERED)
    case.end(TOLD)


@_on(RequestDismissed)
def dismissed(_: RequestDismissed, case: CaseAgenda) -> None:
    case.remember(answered=False)
    case.end(PENDING)


@_on(DuplicateLinked)
def duplicate_linked(_: DuplicateLinked, case: CaseAgenda) -> None:
    case.remember(answered=False)
    case.end(WITHDRAWN)


@_on(RequestReopened)
def reopened(event: RequestReopened, case: CaseAgenda) -> None:
    """What passed while an answer was given was met."""
    if case.memory["answered"]:
        case.remember(met_until=event.timestamp.isoformat())
    case.remember(closed=False, told_unidentified=False)
    case.remember_items(event.item_ids, PENDING)


@_on(ItemOpened)
def item_opened(event: ItemOpened, case: CaseAgenda) -> None:
    """A letter to somebody who stays unidentified did not speak of it."""
    case.remember(told_unidentified=False)
    case.remember_items((event.item_id,), PENDING)


@_on(ItemGranted)
def granted(event: ItemGranted, case: CaseAgenda) -> None:
    case.remember_items((event.item_id,), PENDING)


@_on(ItemRefused)
def refused(event: ItemRefused, case: CaseAgenda) -> None:
    case.drop_fees((event.item_id,))
    case.remember_items((event.item_id,), DECIDED)


@_on(ItemRefusedInPart)
def refused_in_part(event: ItemRefusedInPart, case: CaseAgenda) -> None:
    """The rest of the item is as it was, and the part has to be answered."""
    if case.memory["items"][event.item_id] == TOLD:
        case.remember_items((event.item_id,), DECIDED)


@_on(NothingHeld)
def nothing_held(event: NothingHeld, case: CaseAgenda) -> None:
    case.remember_items((event.item_id,), DECIDED)


@_on(ObjectionTreatedAsWithdrawal)
def treated_as_withdrawal(event: ObjectionTreatedAsWithdrawal, case: CaseAgenda) -> None:
    case.drop_fees((event.item_id,))


@_on(ItemDone)
def done(event: ItemDone, case: CaseAgenda) -> None:
    case.remember_items((event.item_id,), DECIDED)
    if event.tell_by is not None and event.tell_ends_at is not None:
        untold = case.memory["untold"]
        recipients = sorted({*untold.get(event.item_id, ()), *event.recipients})
        case.remember(untold=untold | {event.item_id: recipients})
        case.let_go(Due.RECIPIENTS_UNTOLD, event.item_id)
        case.put(Occasion(Due.RECIPIENTS_UNTOLD, event.item_id, event.tell_by), event.tell_ends_at)


@_on(RequestWithdrawn)
def withdrawn(event: RequestWithdrawn, case: CaseAgenda) -> None:
    case.drop_fees(event.item_ids)
    case.remember_items(event.item_ids, WITHDRAWN)


@_on(AnswerSent)
def answer_sent(event: AnswerSent, case: CaseAgenda) -> None:
    match event.letter.kind:
        case LetterKind.ACKNOWLEDGEMENT:
            case.let_go(Due.ACKNOWLEDGEMENT_OVERDUE)
        case LetterKind.IDENTITY_QUESTION:
            case.ask(SuspensionKind.IDENTITY, put=True)
        case LetterKind.CLARIFICATION:
            case.ask(SuspensionKind.CLARIFICATION, put=True)
        case LetterKind.REFUSAL if not event.item_ids:
            case.remember(told_unidentified=True)
        case _:
            pass
    case.remember_items(event.item_ids, TOLD)


# Questions -----------------------------------------------------------------------------------------------------


@_on(ClarificationRequested)
def clarification_requested(event: ClarificationRequested, case: CaseAgenda) -> None:
    case.ask(SuspensionKind.CLARIFICATION, put=event.asked_otherwise)


@_on(IdentityRequested)
def identity_requested(event: IdentityRequested, case: CaseAgenda) -> None:
    case.ask(SuspensionKind.IDENTITY, put=event.asked_otherwise)
    case.remember(evidence=False, told_unidentified=False)
    case.remember_question(event.asked_on, event.remind_on, event.remind_at)
    case.show_question()


@_on(IdentityEvidenceReceived)
def evidence_received(event: IdentityEvidenceReceived, case: CaseAgenda) -> None:
    if event.knew_of_question:
        case.ask(SuspensionKind.IDENTITY, put=True)
    case.remember(evidence=True)


@_on(IdentityInsufficient)
def identity_insufficient(event: IdentityInsufficient, case: CaseAgenda) -> None:
    case.remember(evidence=False, remind_on=event.remind_on.isoformat(), remind_at=event.remind_at.isoformat())
    case.show_question()


@_on(IdentityConfirmed)
def identity_confirmed(event: IdentityConfirmed, case: CaseAgenda) -> None:
    case.forget_question()
    case.remember_items(event.item_ids, PENDING)


@_on(IdentityFailed)
def identity_failed(_: IdentityFailed, case: CaseAgenda) -> None:
    case.forget_question()


# Restrictions, recipients, fees --------------------------------------------------------------------------------


@_on(ProcessingRestricted)
def restricted(event: ProcessingRestricted, case: CaseAgenda) -> None:
    case.put(_review_of(event.restriction_id, event.review_on), event.review_at)


@_on(RestrictionReviewed)
def reviewed(event: RestrictionReviewed, case: CaseAgenda) -> None:
    case.let_go(Due.RESTRICTION_REVIEW_DUE, str(event.restriction_id))
    case.put(_review_of(event.restriction_id, event.review_on), event.review_at)


@_on(RestrictionLifted)
def lifted(event: RestrictionLifted, case: CaseAgenda) -> None:
    case.let_go(Due.RESTRICTION_REVIEW_DUE, str(event.restriction_id))


@_on(ProcessingStopped)
def stopped(event: ProcessingStopped, case: CaseAgenda) -> None:
    for restriction_id in event.restrictions_ended:
        case.let_go(Due.RESTRICTION_REVIEW_DUE, str(restriction_id))


@_on(RecipientTold)
def told(event: RecipientTold, case: CaseAgenda) -> None:
    case.settle_recipient(event.item_id, event.recipient)


@_on(RecipientExcused)
def excused(event: RecipientExcused, case: CaseAgenda) -> None:
    case.settle_recipient(event.item_id, event.recipient)


@_on(FeeProposed)
def fee_proposed(event: FeeProposed, case: CaseAgenda) -> None:
    fee = {"item_ids": list(event.item_ids), "ends_on": event.offer_ends_on.isoformat()}
    case.remember(fees=case.memory["fees"] | {str(event.fee_id): fee})


@_on(FeeQuoted)
def fee_quoted(event: FeeQuoted, case: CaseAgenda) -> None:
    fee_id = str(event.fee_id)
    ends_on = date.fromisoformat(case.memory["fees"][fee_id]["ends_on"])
    case.put(Occasion(Due.FEE_OFFER_ENDED, fee_id, ends_on), event.offer_ends_at)


@_on(FeeDeclined, FeePaid, FeeWaived, FeeExpired)
def fee_settled(event: FeeEvent, case: CaseAgenda) -> None:
    case.let_go(Due.FEE_OFFER_ENDED, str(event.fee_id))


def _review_of(restriction_id: UUID, review_on: date) -> Occasion:
    return Occasion(Due.RESTRICTION_REVIEW_DUE.value, str(restriction_id), review_on)


# Queries -------------------------------------------------------------------------------------------------------


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
