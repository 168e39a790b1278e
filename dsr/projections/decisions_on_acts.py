"""Handlers of the register of decisions for acts that give effect to rights, and for restrictions, holds and the
like.

One person decides each at once, except an exception to a restriction, which a second person decides. Decisions that may
end later (a restriction, a hold, a representation) are closed then.
"""

from uuid import UUID

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.closing import RequestReopened
from dsr.domain.request.consent import ConsentWithdrawn
from dsr.domain.request.execution import ItemGranted
from dsr.domain.request.hand_over import HandOverFailed, HandOverStarted
from dsr.domain.request.holds import HoldPlaced, HoldReleased
from dsr.domain.request.information import CopySent
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.objection import ProcessingStopped
from dsr.domain.request.recipients import RecipientExcused
from dsr.domain.request.redaction import Redacted, RedactionConfirmed, RedactionWithdrawn
from dsr.domain.request.representation import RepresentationAccepted, RepresentationEnded
from dsr.domain.request.restriction import (
    LiftingAnnounced,
    ProcessingRestricted,
    RestrictedDataUsed,
    RestrictionLifted,
    RestrictionReviewed,
)
from dsr.domain.request.restriction_exception import ExceptionApproved, ExceptionDeclined, ExceptionProposed
from dsr.domain.request.standing import RestrictionGround
from dsr.domain.request.transfer import DataTransmitted, TransferAssessed
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


@READ_MODEL.on(ItemGranted)
def granted(event: ItemGranted, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):  # a proposal to refuse the whole is obsolete, one of a part is not
        whole = row["item_id"] == event.item_id and not row["extent"]
        if whole and row["kind"] == DecisionKind.REFUSAL and row["outcome"] == DecisionOutcome.PROPOSED:
            decide(row, DecisionOutcome.DROPPED, event)
    ground = None if event.erasure_ground is None else event.erasure_ground.value
    _at_once(
        event,
        recorded,
        rows,
        DecisionKind.GRANT,
        DecisionOutcome.GRANTED,
        item_id=event.item_id,
        ground=ground,
        provision=event.provision or None,
    )


@READ_MODEL.on(ConsentWithdrawn)
def consent_withdrawn(event: ConsentWithdrawn, recorded: Recorded, rows: Rows) -> None:
    known = {"item_id": event.item_id, "extent": list(event.activities), "effective_at": event.stopped_at}
    _at_once(event, recorded, rows, DecisionKind.PROCESSING_STOP, DecisionOutcome.STOPPED, **known)


@READ_MODEL.on(ProcessingStopped)
def processing_stopped(event: ProcessingStopped, recorded: Recorded, rows: Rows) -> None:
    known = {"item_id": event.item_id, "extent": list(event.activities)}
    _at_once(event, recorded, rows, DecisionKind.PROCESSING_STOP, DecisionOutcome.STOPPED, **known)
    for restriction_id in event.restrictions_ended:
        decide(_about(rows, recorded, restriction_id), DecisionOutcome.ENDED, event)
        _drop_exceptions(rows, recorded, event, restriction_id)


@READ_MODEL.on(ProcessingRestricted)
def restricted(event: ProcessingRestricted, recorded: Recorded, rows: Rows) -> None:
    _at_once(
        event,
        recorded,
        rows,
        DecisionKind.RESTRICTION,
        DecisionOutcome.RESTRICTED,
        item_id=event.item_id,
        ground=event.ground.value,
        about_id=event.restriction_id,
        extent=list(event.activities),
    )


@READ_MODEL.on(RestrictionReviewed)
def restriction_reviewed(event: RestrictionReviewed, recorded: Recorded, rows: Rows) -> None:
    _stands_longer(_about(rows, recorded, event.restriction_id))


@READ_MODEL.on(RequestReopened)
def reopened(event: RequestReopened, recorded: Recorded, rows: Rows) -> None:
    for row in rows.of(recorded.stream_id):
        pending = row["ground"] == RestrictionGround.OBJECTION_PENDING
        if pending and row["kind"] == DecisionKind.RESTRICTION and row["item_id"] in event.item_ids:
            _stands_longer(row)


@READ_MODEL.on(LiftingAnnounced)
def lifting_announced(event: LiftingAnnounced, recorded: Recorded, rows: Rows) -> None:
    _about(rows, recorded, event.restriction_id).update(
        outcome=DecisionOutcome.ANNOUNCED.value, effective_at=event.notice.dispatched_at
    )


@READ_MODEL.on(RestrictionLifted)
def restriction_lifted(event: RestrictionLifted, recorded: Recorded, rows: Rows) -> None:
    decide(_about(rows, recorded, event.restriction_id), DecisionOutcome.LIFTED, event)
    _drop_exceptions(rows, recorded, event, event.restriction_id)


@READ_MODEL.on(ExceptionProposed)
def exception_proposed(event: ExceptionProposed, recorded: Recorded, rows: Rows) -> None:
    _drop_exceptions(rows, recorded, event, event.hold_id)
    known = {"ground": event.ground.value, "about_id": event.hold_id, "extent": list(event.systems)}
    open_decision(event, recorded, rows, DecisionKind.RESTRICTION_EXCEPTION, DecisionOutcome.PROPOSED, **known)


@READ_MODEL.on(ExceptionApproved)
def exception_approved(event: ExceptionApproved, recorded: Recorded, rows: Rows) -> None:
    for row in _open_exceptions(rows, recorded, event.hold_id):
        decide(row, DecisionOutcome.APPROVED, event)


@READ_MODEL.on(ExceptionDeclined)
def exception_declined(event: ExceptionDeclined, recorded: Recorded, rows: Rows) -> None:
    for row in _open_exceptions(rows, recorded, event.hold_id):
        decide(row, DecisionOutcome.DECLINED, event)


@READ_MODEL.on(RestrictedDataUsed)
def restricted_data_used(event: RestrictedDataUsed, recorded: Recorded, rows: Rows) -> None:
    _at_once(event, recorded, rows, DecisionKind.RESTRICTED_USE, DecisionOutcome.USED, ground=event.use.value)


@READ_MODEL.on(CopySent)
def copy_sent(event: CopySent, recorded: Recorded, rows: Rows) -> None:
    known = {"item_id": event.item_id, "method": event.kind.value, "effective_at": event.sent_at}
    _at_once(event, recorded, rows, DecisionKind.COPY, DecisionOutcome.SENT, **known)


@READ_MODEL.on(TransferAssessed)
def transfer_assessed(event: TransferAssessed, recorded: Recorded, rows: Rows) -> None:
    outcome = DecisionOutcome.FEASIBLE if event.feasible else DecisionOutcome.INFEASIBLE
    _at_once(event, recorded, rows, DecisionKind.TRANSFER, outcome, item_id=event.item_id)


@READ_MODEL.on(DataTransmitted)
def data_transmitted(event: DataTransmitted, recorded: Recorded, rows: Rows) -> None:
    row = last_decision(rows, recorded, DecisionKind.TRANSFER, event.item_id)
    decide(row, DecisionOutcome.TRANSMITTED, event)
    row["effective_at"] = event.sent_at


@READ_MODEL.on(HandOverStarted)
def hand_over_started(event: HandOverStarted, recorded: Recorded, rows: Rows) -> None:
    _hand_over(event, recorded, rows, DecisionOutcome.HANDING_OVER)


@READ_MODEL.on(HandOverFailed)
def hand_over_failed(event: HandOverFailed, recorded: Recorded, rows: Rows) -> None:
    _hand_over(event, recorded, rows, DecisionOutcome.NOT_CONFIRMED)


@READ_MODEL.on(RepresentationAccepted)
def representation_accepted(event: RepresentationAccepted, recorded: Recorded, rows: Rows) -> None:
    for number in event.replaces:
        decide(_representation(rows, recorded, number), DecisionOutcome.ENDED, event)
    known = {"method": event.kind.value, "extent": [right.value for right in event.rights]}
    _at_once(event, recorded, rows, DecisionKind.REPRESENTATION, DecisionOutcome.ACCEPTED, **known)


@READ_MODEL.on(RepresentationEnded)
def representation_ended(event: RepresentationEnded, recorded: Recorded, rows: Rows) -> None:
    decide(_representation(rows, recorded, event.number), DecisionOutcome.ENDED, event)


def _representation(rows: Rows, recorded: Recorded, number: int | None) -> Row:
    """The row of the representation with this number, or of the last one."""
    accepted = [row for row in rows.of(recorded.stream_id) if row["kind"] == DecisionKind.REPRESENTATION]
    return accepted[-1 if number is None else number - 1]


@READ_MODEL.on(RequestReassigned)
def reassigned(event: RequestReassigned, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)  # earlier decisions stay with the controller that took them
    row["answering"] = row["answering"] | dict.fromkeys((CASE, *event.item_ids), event.controller_id)
    known = {"extent": [event.from_controller, event.controller_id], "new_due": event.deadline.certain_effective_due}
    _at_once(event, recorded, rows, DecisionKind.REASSIGNMENT, DecisionOutcome.REASSIGNED, **known)


@READ_MODEL.on(HoldPlaced)
def hold_placed(event: HoldPlaced, recorded: Recorded, rows: Rows) -> None:
    known = {"ground": event.kind.value, "about_id": event.hold_id, "extent": list(event.systems)}
    _at_once(event, recorded, rows, DecisionKind.HOLD, DecisionOutcome.PLACED, **known)


@READ_MODEL.on(HoldReleased)
def hold_released(event: HoldReleased, recorded: Recorded, rows: Rows) -> None:
    decide(_about(rows, recorded, event.hold_id), DecisionOutcome.RELEASED, event)
    _drop_exceptions(rows, recorded, event, event.hold_id)


@READ_MODEL.on(RecipientExcused)
def recipient_excused(event: RecipientExcused, recorded: Recorded, rows: Rows) -> None:
    known = {"item_id": event.item_id, "ground": event.obstacle.value, "extent": [event.recipient]}
    _at_once(event, recorded, rows, DecisionKind.RECIPIENT_EXCUSE, DecisionOutcome.EXCUSED, **known)


@READ_MODEL.on(Redacted)
def redacted(event: Redacted, recorded: Recorded, rows: Rows) -> None:
    _at_once(
        event,
        recorded,
        rows,
        DecisionKind.REDACTION,
        DecisionOutcome.REDACTED,
        item_id=event.item_id,
        ground=event.right.value,
        method=event.kind.value,
        about_id=event.redaction_id,
        extent=[str(event.target_id), *([event.place] if event.place else [])],
    )


@READ_MODEL.on(RedactionConfirmed)
def redaction_confirmed(event: RedactionConfirmed, recorded: Recorded, rows: Rows) -> None:
    for redaction_id in event.redaction_ids:
        decide(_about(rows, recorded, redaction_id), DecisionOutcome.CONFIRMED, event)


@READ_MODEL.on(RedactionWithdrawn)
def redaction_withdrawn(event: RedactionWithdrawn, recorded: Recorded, rows: Rows) -> None:
    decide(_about(rows, recorded, event.redaction_id), DecisionOutcome.WITHDRAWN, event)


def _at_once(
    event: Event, recorded: Recorded, rows: Rows, kind: DecisionKind, outcome: DecisionOutcome, **known: object
) -> None:
    open_decision(event, recorded, rows, kind, outcome, decided_at=event.timestamp, decided_by=event.actor, **known)


def _stands_longer(row: Row) -> None:
    """The notice of lifting a restriction no longer counts."""
    if row["outcome"] == DecisionOutcome.ANNOUNCED:
        row |= {"outcome": DecisionOutcome.RESTRICTED.value, "effective_at": None}


def _hand_over(
    event: HandOverStarted | HandOverFailed, recorded: Recorded, rows: Rows, outcome: DecisionOutcome
) -> None:
    """A successful transmission stays on record, whatever happens to a second one."""
    row = last_decision(rows, recorded, DecisionKind.TRANSFER, event.item_id)
    if row["outcome"] != DecisionOutcome.TRANSMITTED:
        decide(row, outcome, event)


def _open_exceptions(rows: Rows, recorded: Recorded, hold_id: UUID) -> list[Row]:
    """The undecided proposal to delete what this restriction holds, if any."""
    return [
        row
        for row in rows.of(recorded.stream_id)
        if row["kind"] == DecisionKind.RESTRICTION_EXCEPTION
        and row["about_id"] == hold_id
        and row["outcome"] == DecisionOutcome.PROPOSED
    ]


def _drop_exceptions(rows: Rows, recorded: Recorded, event: Event, hold_id: UUID) -> None:
    """Another proposal replaces it, or nothing is held any more."""
    for row in _open_exceptions(rows, recorded, hold_id):
        decide(row, DecisionOutcome.DROPPED, event)


def _about(rows: Rows, recorded: Recorded, about_id: UUID) -> Row:
    return next(row for row in rows.of(recorded.stream_id) if row["about_id"] == about_id)
