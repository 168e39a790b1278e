"""Handlers of the register of decisions for procedural events; `decisions.py` describes the register."""

from typing import Final

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.automated_decision import DecisionReviewed, ReviewFinding
from dsr.domain.request.closing import RequestClosed, RequestWithdrawn
from dsr.domain.request.consent import ObjectionTreatedAsWithdrawal
from dsr.domain.request.duplicates import DuplicateLinked
from dsr.domain.request.ending import EndApproved, EndDeclined, EndProposed
from dsr.domain.request.execution import NothingHeld
from dsr.domain.request.extension import DeadlineExtended, ExtensionApproved, ExtensionDeclined, ExtensionProposed
from dsr.domain.request.fee_outcomes import FeeAccepted, FeeDeclined, FeeExpired, FeePaid, FeeWaived
from dsr.domain.request.fees import FeeEvent, FeeProposed, FeeQuoted
from dsr.domain.request.forgetting import (
    ForgettingDeclined,
    ForgettingOrdered,
    ForgettingProposed,
    ForgettingRestored,
)
from dsr.domain.request.forwarding import RequestForwarded
from dsr.domain.request.identity import IdentityConfirmed, IdentityFailed, IdentityInsufficient, IdentityRequested
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joining import RequestJoined
from dsr.domain.request.objection import InterestsBalanced
from dsr.domain.request.rectification import AccuracyAssessed
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart, RefusalDeclined, RefusalProposed
from dsr.domain.request.splitting import RequestSplit
from dsr.domain.request.triage import ItemOpened, RequestDismissed, RequestRegistered
from dsr.domain.request.values import AccuracyFinding, BalanceFinding
from dsr.projections.decisions import (
    CASE,
    READ_MODEL,
    DecisionKind,
    DecisionOutcome,
    decide,
    last_decision,
    open_decision,
)
from dsr.projections.rows import Row, Rows

_FEE_OUTSTANDING: Final = (DecisionOutcome.PROPOSED, DecisionOutcome.QUOTED, DecisionOutcome.ACCEPTED)

_UNDECIDED: Final = (
    DecisionOutcome.OPEN,
    DecisionOutcome.ASKED,
    DecisionOutcome.INSUFFICIENT,
    DecisionOutcome.PROPOSED,
    *_FEE_OUTSTANDING,
)

_OUTLIVING: Final = (DecisionKind.REPRESENTATION, DecisionKind.RESTRICTION_EXCEPTION, DecisionKind.FORGETTING)
"""Decisions that stay open when the case closes."""


@READ_MODEL.on(RequestReceived)
def received(event: RequestReceived, recorded: Recorded, rows: Rows) -> None:
    known = {"controller_id": event.controller_id, "answering": {CASE: event.controller_id}}
    open_decision(event, recorded, rows, DecisionKind.ADMISSION, DecisionOutcome.OPEN, **known)


@READ_MODEL.on(ItemOpened)
def item_opened(event: ItemOpened, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row["answering"] = row["answering"] | {event.item_id: event.controller_id}


@READ_MODEL.on(RequestRegistered)
def registered(event: RequestRegistered, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.ADMISSION), DecisionOutcome.REGISTERED, event)


@READ_MODEL.on(RequestDismissed)
def dismissed(event: RequestDismissed, recorded: Recorded, rows: Rows) -> None:
    row = last_decision(rows, recorded, DecisionKind.ADMISSION)
    decide(row, DecisionOutcome.DISMISSED, event)
    row["ground"] = event.kind.value
    _drop_undecided(rows, recorded, event)


@READ_MODEL.on(DuplicateLinked)
def duplicate_linked(event: DuplicateLinked, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.ADMISSION), DecisionOutcome.DUPLICATE, event)
    _drop_undecided(rows, recorded, event)


@READ_MODEL.on(RequestJoined)
def joined(event: RequestJoined, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.ADMISSION), DecisionOutcome.JOINED, event)
    _drop_undecided(rows, recorded, event)


@READ_MODEL.on(RequestSplit)
def split(event: RequestSplit, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.ADMISSION), DecisionOutcome.SPLIT, event)
    _drop_undecided(rows, recorded, event)


@READ_MODEL.on(RequestForwarded)
def forwarded(event: RequestForwarded, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.ADMISSION), DecisionOutcome.FORWARDED, event)
    _drop_undecided(rows, recorded, event)


@READ_MODEL.on(IdentityRequested)
def identity_requested(event: IdentityRequested, recorded: Recorded, rows: Rows) -> None:
    open_decision(event, recorded, rows, DecisionKind.IDENTITY, DecisionOutcome.ASKED, method=event.method.value)


@READ_MODEL.on(IdentityInsufficient)
def identity_insufficient(event: IdentityInsufficient, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.IDENTITY), DecisionOutcome.INSUFFICIENT, event)


@READ_MODEL.on(IdentityConfirmed)
def identity_confirmed(event: IdentityConfirmed, recorded: Recorded, rows: Rows) -> None:
    row = last_decision(rows, recorded, DecisionKind.IDENTITY)
    decide(row, DecisionOutcome.CONFIRMED, event)
    row |= {"method": event.method.value, "assurance": event.assurance.value}


@READ_MODEL.on(IdentityFailed)
def identity_failed(event: IdentityFailed, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.IDENTITY), DecisionOutcome.FAILED, event)


@READ_MODEL.on(RefusalProposed)
def refusal_proposed(event: RefusalProposed, recorded: Recorded, rows: Rows) -> None:
    _drop_refusal(rows, recorded, event, event.item_id)  # a new proposal replaces an undecided one
    open_decision(
        event,
        recorded,
        rows,
        DecisionKind.REFUSAL,
        DecisionOutcome.PROPOSED,
        item_id=event.item_id,
        ground=event.ground.value,
        provision=event.provision,
        extent=list(event.extent) if event.in_part else None,
    )


@READ_MODEL.on(RefusalDeclined)
def refusal_declined(event: RefusalDeclined, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.REFUSAL, event.item_id), DecisionOutcome.DECLINED, event)


@READ_MODEL.on(ItemRefused)
def item_refused(event: ItemRefused, recorded: Recorded, rows: Rows) -> None:
    row = last_decision(rows, recorded, DecisionKind.REFUSAL, event.item_id)
    decide(row, DecisionOutcome.APPROVED, event)
    row["late"] = event.late
    _drop_fees(rows, recorded, event, event.item_id)


@READ_MODEL.on(ItemRefusedInPart)
def item_refused_in_part(event: ItemRefusedInPart, recorded: Recorded, rows: Rows) -> None:
    row = last_decision(rows, recorded, DecisionKind.REFUSAL, event.item_id)
    decide(row, DecisionOutcome.APPROVED, event)
    row["late"] = event.late


@READ_MODEL.on(NothingHeld)
def nothing_held(event: NothingHeld, recorded: Recorded, rows: Rows) -> None:
    _drop_refusal(rows, recorded, event, event.item_id)


@READ_MODEL.on(RequestWithdrawn)
def withdrawn(event: RequestWithdrawn, recorded: Recorded, rows: Rows) -> None:
    for item_id in event.item_ids:
        _drop_refusal(rows, recorded, event, item_id)
        _drop_fees(rows, recorded, event, item_id)


@READ_MODEL.on(EndProposed)
def end_proposed(event: EndProposed, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):  # a new proposal replaces an undecided one
        if row["kind"] == DecisionKind.END and row["outcome"] == DecisionOutcome.PROPOSED:
            decide(row, DecisionOutcome.DROPPED, event)
    open_decision(event, recorded, rows, DecisionKind.END, DecisionOutcome.PROPOSED, ground=event.end.value)


@READ_MODEL.on(EndApproved)
def end_approved(event: EndApproved, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.END), DecisionOutcome.APPROVED, event)
    _drop_undecided(rows, recorded, event)


@READ_MODEL.on(EndDeclined)
def end_declined(event: EndDeclined, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.END), DecisionOutcome.DECLINED, event)


@READ_MODEL.on(RequestClosed)
def closed(event: RequestClosed, recorded: Recorded, rows: Rows) -> None:
    _drop_undecided(rows, recorded, event)


@READ_MODEL.on(ExtensionProposed)
def extension_proposed(event: ExtensionProposed, recorded: Recorded, rows: Rows) -> None:
    open_decision(
        event,
        recorded,
        rows,
        DecisionKind.EXTENSION,
        DecisionOutcome.PROPOSED,
        ground=event.ground.value,
        new_due=event.new_due,
    )


@READ_MODEL.on(ExtensionApproved)
def extension_approved(event: ExtensionApproved, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.EXTENSION), DecisionOutcome.APPROVED, event)


@READ_MODEL.on(ExtensionDeclined)
def extension_declined(event: ExtensionDeclined, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.EXTENSION), DecisionOutcome.DECLINED, event)


@READ_MODEL.on(DeadlineExtended)
def deadline_extended(event: DeadlineExtended, recorded: Recorded, rows: Rows) -> None:
    last_decision(rows, recorded, DecisionKind.EXTENSION).update(
        outcome=DecisionOutcome.EFFECTIVE.value,
        effective_at=event.notice.dispatched_at,
        new_due=event.deadline.effective_due,
    )


@READ_MODEL.on(ForgettingProposed)
def forgetting_proposed(event: ForgettingProposed, recorded: Recorded, rows: Rows) -> None:
    for row in _forgetting_undecided(rows, recorded):  # a new proposal replaces an undecided one
        decide(row, DecisionOutcome.DROPPED, event)
    open_decision(event, recorded, rows, DecisionKind.FORGETTING, DecisionOutcome.PROPOSED, ground=event.ground.value)


@READ_MODEL.on(ForgettingOrdered)
def forgetting_ordered(event: ForgettingOrdered, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.FORGETTING), DecisionOutcome.APPROVED, event)


@READ_MODEL.on(ForgettingDeclined)
def forgetting_declined(event: ForgettingDeclined, recorded: Recorded, rows: Rows) -> None:
    decide(last_decision(rows, recorded, DecisionKind.FORGETTING), DecisionOutcome.DECLINED, event)


@READ_MODEL.on(ForgettingRestored)
def forgetting_restored(event: ForgettingRestored, recorded: Recorded, rows: Rows) -> None:
    for row in _forgetting_undecided(rows, recorded):  # the backup lacks what was decided since
        decide(row, DecisionOutcome.DROPPED, event)
    known = {
        "ground": event.ground.value,
        "opened_by": event.proposed_by,
        "decided_at": event.ordered_at,
        "decided_by": event.ordered_by,
    }
    open_decision(event, recorded, rows, DecisionKind.FORGETTING, DecisionOutcome.APPROVED, **known)


def _forgetting_undecided(rows: Rows, recorded: Recorded) -> list[Row]:
    return [
        row
        for row in rows.of(recorded.stream_id)
        if row["kind"] == DecisionKind.FORGETTING and row["outcome"] == DecisionOutcome.PROPOSED
    ]


@READ_MODEL.on(AccuracyAssessed)
def accuracy_assessed(event: AccuracyAssessed, recorded: Recorded, rows: Rows) -> None:
    _find(event, recorded, rows, DecisionKind.ACCURACY, event.finding, by=event.actor, item_id=event.item_id)


@READ_MODEL.on(InterestsBalanced)
def interests_balanced(event: InterestsBalanced, recorded: Recorded, rows: Rows) -> None:
    _find(event, recorded, rows, DecisionKind.BALANCE, event.finding, by=event.actor, item_id=event.item_id)
    if event.extent:
        last_decision(rows, recorded, DecisionKind.BALANCE)["extent"] = list(event.extent)


@READ_MODEL.on(ObjectionTreatedAsWithdrawal)
def treated_as_withdrawal(event: ObjectionTreatedAsWithdrawal, recorded: Recorded, rows: Rows) -> None:
    _drop_refusal(rows, recorded, event, event.item_id)
    _drop_fees(rows, recorded, event, event.item_id)


@READ_MODEL.on(DecisionReviewed)
def decision_reviewed(event: DecisionReviewed, recorded: Recorded, rows: Rows) -> None:
    by = event.reviewer or event.actor
    _find(event, recorded, rows, DecisionKind.DECISION_REVIEW, event.finding, by=by, item_id=event.item_id)


@READ_MODEL.on(FeeProposed)
def fee_proposed(event: FeeProposed, recorded: Recorded, rows: Rows) -> None:
    open_decision(
        event,
        recorded,
        rows,
        DecisionKind.FEE,
        DecisionOutcome.PROPOSED,
        ground=event.ground.value,
        about_id=event.fee_id,
        item_ids=list(event.item_ids),
        amount=event.amount,
        currency=event.currency,
        offer_ends_on=event.offer_ends_on,
    )


@READ_MODEL.on(FeeQuoted)
def fee_quoted(event: FeeQuoted, recorded: Recorded, rows: Rows) -> None:
    _fee(rows, recorded, event).update(outcome=DecisionOutcome.QUOTED.value, effective_at=event.notice.dispatched_at)


@READ_MODEL.on(FeeAccepted)
def fee_accepted(event: FeeAccepted, recorded: Recorded, rows: Rows) -> None:
    decide(_fee(rows, recorded, event), DecisionOutcome.ACCEPTED, event)


@READ_MODEL.on(FeeDeclined)
def fee_declined(event: FeeDeclined, recorded: Recorded, rows: Rows) -> None:
    decide(_fee(rows, recorded, event), DecisionOutcome.DECLINED, event)


@READ_MODEL.on(FeePaid)
def fee_paid(event: FeePaid, recorded: Recorded, rows: Rows) -> None:
    decide(_fee(rows, recorded, event), DecisionOutcome.PAID, event)


@READ_MODEL.on(FeeWaived)
def fee_waived(event: FeeWaived, recorded: Recorded, rows: Rows) -> None:
    decide(_fee(rows, recorded, event), DecisionOutcome.WAIVED, event)


@READ_MODEL.on(FeeExpired)
def fee_expired(event: FeeExpired, recorded: Recorded, rows: Rows) -> None:
    decide(_fee(rows, recorded, event), DecisionOutcome.EXPIRED, event)


def _fee(rows: Rows, recorded: Recorded, event: FeeEvent) -> Row:
    return next(row for row in rows.of(recorded.stream_id) if row["about_id"] == event.fee_id)


def _drop_fees(rows: Rows, recorded: Recorded, event: Event, item_id: str) -> None:
    for row in rows.of(recorded.stream_id):
        if item_id in (row["item_ids"] or ()) and row["outcome"] in _FEE_OUTSTANDING:
            decide(row, DecisionOutcome.DROPPED, event)


def _find(
    event: Event,
    recorded: Recorded,
    rows: Rows,
    kind: DecisionKind,
    finding: AccuracyFinding | BalanceFinding | ReviewFinding,
    *,
    by: str,
    item_id: str,
) -> None:
    """A decision that one person takes at once, with the finding as outcome."""
    decided = {"decided_at": event.timestamp, "decided_by": by, "item_id": item_id}
    open_decision(event, recorded, rows, kind, DecisionOutcome(finding.value), **decided)


def _drop_undecided(rows: Rows, recorded: Recorded, event: Event) -> None:
    for row in rows.of(recorded.stream_id):
        if row["outcome"] in _UNDECIDED and row["kind"] not in _OUTLIVING:
            decide(row, DecisionOutcome.DROPPED, event)


def _drop_refusal(rows: Rows, recorded: Recorded, event: Event, item_id: str) -> None:
    for row in rows.of(recorded.stream_id):
        if row["item_id"] == item_id and row["outcome"] == DecisionOutcome.PROPOSED:
            decide(row, DecisionOutcome.DROPPED, event)
