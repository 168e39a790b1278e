"""What each event of a case changes in its row of the queue (`requests.py`)."""

from typing import Final

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.case import RequestCreated, RequestEvent
from dsr.domain.request.clock import ClockResumed, ClockSuspended, QuestionDelayed
from dsr.domain.request.closing import RequestClosed, RequestReopened, RequestWithdrawn
from dsr.domain.request.consent import ObjectionTreatedAsWithdrawal
from dsr.domain.request.duplicates import DuplicateLinked
from dsr.domain.request.execution import ItemDone, ItemGranted, NothingHeld
from dsr.domain.request.extension import DeadlineExtended, ExtensionDeclined, ExtensionProposed
from dsr.domain.request.identity import IdentityConfirmed, IdentityFailed, IdentityInsufficient, IdentityRequested
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart
from dsr.domain.request.representation import RepresentationAccepted, RepresentationEnded
from dsr.domain.request.triage import (
    ItemOpened,
    RequestAssigned,
    RequestDismissed,
    RequestRegistered,
)
from dsr.domain.request.values import IdentityStatus, ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.projections.projection import Projection
from dsr.projections.requests import (
    EMPTY,
    OPEN,
    RUNNING,
    close,
    count_items,
    open_again,
    requests,
    set_items,
    set_pending,
    show_deadline,
    show_suspensions,
)
from dsr.projections.rows import Row, Rows

cases: Final = Projection(requests, stream="request_id", version=4)


@cases.on(RequestReceived)
def received(event: RequestReceived, recorded: Recorded, rows: Rows) -> None:
    row = EMPTY | {
        "request_id": recorded.stream_id,
        "reference": event.reference,
        "controller_id": event.controller_id,
        "held_by": [event.controller_id],
        "channel": event.channel.value,
        "language": event.language,
        "authenticated": event.authenticated,
        "suggested_rights": [right.value for right in event.suggested_rights],
        "status": OPEN,
        "lifecycle": Lifecycle.RECEIVED.value,
        "linked_to": event.linked_to,
        "link_reason": event.link_reason,
        "zone": event.zone,
        "received_at": event.received_at,
        "received_on": event.received_on,
        "acknowledge_by": event.acknowledge_by,
        "clock": RUNNING,
        "suspensions": {},
        "extension_pending": False,
        "identity": IdentityStatus.NOT_NEEDED.value,
        "items": [],
        "items_open": 0,
        "items_unanswered": 0,
        "late": False,
        "promise_missed": False,
    }
    show_deadline(row, event.deadline)
    rows.add(row)


@cases.on(RequestCreated, RequestEvent)
def any_event(_: Event, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row["version"] = recorded.stream_version
    row["last_event_at"] = recorded.recorded_at
    row["last_position"] = recorded.position


# Lifecycle -----------------------------------------------------------------------------------------------------


@cases.on(RequestRegistered)
def registered(_: RequestRegistered, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["lifecycle"] = Lifecycle.REGISTERED.value


@cases.on(RequestAssigned)
def assigned(event: RequestAssigned, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["assignee"] = event.assignee


@cases.on(RequestDismissed)
def dismissed(event: RequestDismissed, recorded: Recorded, rows: Rows) -> None:
    close(rows.one(recorded.stream_id), Outcome.NOT_A_REQUEST, event)


@cases.on(DuplicateLinked)
def duplicate_linked(event: DuplicateLinked, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row["linked_to"] = event.original_id
    close(row, Outcome.DUPLICATE, event)
    set_pending(row, ItemStatus.WITHDRAWN, answered=False)


@cases.on(RequestClosed)
def closed(event: RequestClosed, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    close(row, event.outcome, event)
    if event.outcome is Outcome.UNIDENTIFIED:
        set_pending(row, ItemStatus.REFUSED, answered=True)


@cases.on(RequestReopened)
def reopened(event: RequestReopened, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    open_again(row, event.item_ids)
    statuses = {item["status"] for item in row["items"]}
    if not statuses:
        lifecycle = Lifecycle.RECEIVED
    elif statuses & {ItemStatus.GRANTED, ItemStatus.DONE}:
        lifecycle = Lifecycle.EXECUTING
    else:
        lifecycle = Lifecycle.ASSESSING
    row |= {"status": OPEN, "lifecycle": lifecycle.value, "outcome": None, "closed_at": None}


# Items ---------------------------------------------------------------------------------------------------------


@cases.on(ItemOpened)
def item_opened(event: ItemOpened, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    item: Row = {
        "item_id": event.item_id,
        "right": event.right.value,
        "controller_id": event.controller_id,
        "direct_marketing": event.direct_marketing,
        "status": ItemStatus.OPEN.value,
        "answered": False,
        "refused_in_part": [],
    }
    row["items"] = [*row["items"], item]
    count_items(row)
    if row["lifecycle"] == Lifecycle.REGISTERED:
        row["lifecycle"] = Lifecycle.ASSESSING.value


@cases.on(ObjectionTreatedAsWithdrawal)
def treated_as_withdrawal(event: ObjectionTreatedAsWithdrawal, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    right = Right.CONSENT_WITHDRAWAL.value
    set_items(row, (event.item_id,), answered=False, right=right, refused_in_part=[])


@cases.on(ItemGranted)
def item_granted(event: ItemGranted, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    set_items(row, (event.item_id,), status=ItemStatus.GRANTED, answered=False)
    if row["lifecycle"] == Lifecycle.ASSESSING:
        row["lifecycle"] = Lifecycle.EXECUTING.value


@cases.on(ItemDone)
def item_done(event: ItemDone, recorded: Recorded, rows: Rows) -> None:
    set_items(rows.one(recorded.stream_id), (event.item_id,), status=ItemStatus.DONE, answered=False)


@cases.on(NothingHeld)
def nothing_held(event: NothingHeld, recorded: Recorded, rows: Rows) -> None:
    set_items(rows.one(recorded.stream_id), (event.item_id,), status=ItemStatus.NOTHING_HELD, answered=False)


@cases.on(ItemRefused)
def item_refused(event: ItemRefused, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    set_items(row, (event.item_id,), status=ItemStatus.REFUSED, answered=False)
    row["late"] = row["late"] or event.late


@cases.on(ItemRefusedInPart)
def item_refused_in_part(event: ItemRefusedInPart, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    refused = next(item for item in row["items"] if item["item_id"] == event.item_id)["refused_in_part"]
    set_items(row, (event.item_id,), answered=False, refused_in_part=[*refused, *event.extent])
    row["late"] = row["late"] or event.late


@cases.on(RequestReassigned)
def reassigned(event: RequestReassigned, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"controller_id": event.controller_id, "assignee": None}
    row["held_by"] = [*row["held_by"], event.controller_id]
    row["items"] = [
        item | {"controller_id": event.controller_id} if item["item_id"] in event.item_ids else item
        for item in row["items"]
    ]
    show_deadline(row, event.deadline)


@cases.on(RequestWithdrawn)
def withdrawn(event: RequestWithdrawn, recorded: Recorded, rows: Rows) -> None:
    set_items(rows.one(recorded.stream_id), event.item_ids, status=ItemStatus.WITHDRAWN, answered=False)


@cases.on(AnswerSent)
def answer_sent(event: AnswerSent, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row["late"] = row["late"] or event.late
    row["promise_missed"] = row["promise_missed"] or event.promise_missed
    if event.letter.kind is LetterKind.ACKNOWLEDGEMENT and row["acknowledged_at"] is None:
        row["acknowledged_at"] = event.letter.dispatched_at
    if event.item_ids or event.letter.kind is LetterKind.REFUSAL:
        row["answered_at"] = event.letter.dispatched_at
    if event.item_ids:
        set_items(row, event.item_ids, answered=True)


# Identity ------------------------------------------------------------------------------------------------------


@cases.on(IdentityRequested)
def identity_requested(_: IdentityRequested, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["identity"] = IdentityStatus.ASKED.value


@cases.on(IdentityInsufficient)
def identity_insufficient(_: IdentityInsufficient, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["identity"] = IdentityStatus.INSUFFICIENT.value


@cases.on(IdentityConfirmed)
def identity_confirmed(event: IdentityConfirmed, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row["identity"] = IdentityStatus.CONFIRMED.value
    open_again(row, event.item_ids)


@cases.on(IdentityFailed)
def identity_failed(_: IdentityFailed, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["identity"] = IdentityStatus.FAILED.value


@cases.on(RepresentationAccepted)
def representation_accepted(event: RepresentationAccepted, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"represented_by": event.kind.value, "representation_ends_on": event.expires_on}


@cases.on(RepresentationEnded)
def representation_ended(_: RepresentationEnded, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row |= {"represented_by": None, "representation_ends_on": None}


# Clock ---------------------------------------------------------------------------------------------------------


@cases.on(ClockSuspended)
def clock_suspended(event: ClockSuspended, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    show_suspensions(row, row["suspensions"] | {event.kind.value: event.asked_on.isoformat()})
    show_deadline(row, event.deadline)


@cases.on(ClockResumed)
def clock_resumed(event: ClockResumed, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    left = {kind: asked for kind, asked in row["suspensions"].items() if kind != event.kind.value}
    show_suspensions(row, left)
    show_deadline(row, event.deadline)


@cases.on(QuestionDelayed)
def question_delayed(event: QuestionDelayed, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    others = {kind: asked for kind, asked in row["suspensions"].items() if kind != event.kind.value}
    show_suspensions(row, others | ({event.kind.value: event.left_on.isoformat()} if event.suspends else {}))
    show_deadline(row, event.deadline)


@cases.on(ExtensionProposed)
def extension_proposed(_: ExtensionProposed, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["extension_pending"] = True


@cases.on(ExtensionDeclined)
def extension_declined(_: ExtensionDeclined, recorded: Recorded, rows: Rows) -> None:
    rows.one(recorded.stream_id)["extension_pending"] = False


@cases.on(DeadlineExtended)
def deadline_extended(event: DeadlineExtended, recorded: Recorded, rows: Rows) -> None:
    row = rows.one(recorded.stream_id)
    row["extension_pending"] = False
    show_deadline(row, event.deadline)
