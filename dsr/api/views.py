"""Views of requests, for staff and for the data subject."""

from typing import Any

from marshmallow import fields

from dsr.api.fields import Choice, Code, Day, Instant, View
from dsr.api.suggestion_view import suggestion
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.standing import RepresentativeKind
from dsr.domain.request.values import AccuracyFinding, Channel, IdentityStatus, ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.projections import ClockState, Row
from dsr.projections.requests import CLOSED, OPEN, DueSource


class ItemSummaryView(View):
    """One right of a request, in short."""

    item_id = Code()
    right = Choice(Right)
    controller_id = Code()
    direct_marketing = fields.Boolean()
    status = Choice(ItemStatus)
    answered = fields.Boolean()
    undelivered = fields.Boolean(metadata={"description": "Its answer came back, and no further attempt is on record."})
    refused_in_part = fields.List(fields.String())
    systems_unsearched = fields.List(
        Code(), metadata={"description": "Systems on its search list that are still to account for themselves."}
    )


class RequestView(View):
    """A request as the team sees it. The due dates are those without a question that is still open."""

    request_id = fields.UUID()
    version = fields.Integer()
    reference = fields.String()
    controller_id = Code()
    held_by = fields.List(Code(), metadata={"description": "The controllers that had it, in order."})
    ropa_version = fields.Integer(
        metadata={"description": "The version of the record of processing that it arrived under, and keeps."}
    )
    channel = Choice(Channel)
    language = fields.String(metadata={"description": "ISO 639-1, empty if unknown."})
    authenticated = fields.Boolean(metadata={"description": "The channel itself proved the person's identity."})
    suggested_rights = fields.List(
        Choice(Right), metadata={"description": "Rights suggested by the letter; not confirmed."}
    )
    suggestion = suggestion("What the reader made of its first message; null until it was read.")
    status = fields.String(metadata={"enum": [OPEN, CLOSED], "description": "Whether it is open or closed."})
    needs_attention = fields.Boolean(
        metadata={
            "description": "Somebody has to act: it is open, or it is closed and a message waits, or an answer that "
            "came back has to be sent again, or the letter that passed the request on came back."
        }
    )
    sender_doubtful = fields.Boolean(
        metadata={
            "description": "Our own mail server found that it did not come from the address that it names (DMARC), or "
            "the address was typed into the form and is not confirmed. No mail leaves to that address until somebody "
            "confirms the sender with `POST /requests/{request_id}/sender/confirmation`."
        }
    )
    lifecycle = Choice(Lifecycle)
    outcome = Choice(Outcome, allow_none=True)
    assignee = fields.String(
        allow_none=True, metadata={"description": "The member of staff who has taken it; null: nobody."}
    )
    linked_to = fields.UUID(
        allow_none=True,
        metadata={"description": "The earlier request that it duplicates, joined or came out of; null: none."},
    )
    link_reason = fields.String(
        metadata={"description": "Why it is linked, such as `new-request`; empty if it is not."}
    )
    closed_at = Instant(allow_none=True, meaning="When it was closed; null while it is open.")
    zone = fields.String(metadata={"description": "IANA time zone of the controller's mailbox."})
    received_at = Instant()
    received_on = Day()
    acknowledge_by = Day(meaning="The last day to acknowledge it.")
    acknowledged_at = Instant(allow_none=True)
    clock = Choice(ClockState)
    suspensions = fields.Dict(
        keys=fields.String(),
        values=Day(),
        metadata={"description": "Open questions that suspend the clock: kind → local date of asking."},
    )
    suspended_since = Day(
        allow_none=True,
        meaning="The day on which the open question left; null while the clock runs.",
    )
    suspended_days = fields.Integer()
    extended = fields.Boolean()
    extension_pending = fields.Boolean(
        metadata={"description": "An extension is proposed, and its notice has not left."}
    )
    statutory_due = Day()
    promise_due = Day(allow_none=True)
    effective_due = Day()
    operational_due = Day()
    effective_ends_at = Instant()
    order_due = Day(
        allow_none=True,
        meaning="The earliest date that an order of an authority sets for it; null: no order waits for an answer. "
        "`GET /matters?request_id=` lists the orders.",
    )
    due_on = Day(meaning="The date that holds: the earlier of `effective_due` and `order_due`. The list sorts by it.")
    due_source = Choice(DueSource, meaning="What sets `due_on`.")
    identity = Choice(IdentityStatus)
    represented_by = Choice(
        RepresentativeKind,
        allow_none=True,
        meaning="Kind of the representative accepted last, of those whose authority nobody ended; "
        "`GET /requests/{request_id}/representation` lists all of them.",
    )
    representation_ends_on = Day(
        allow_none=True, meaning="The last local date of the authority of the one in `represented_by`."
    )
    items = fields.List(fields.Nested(ItemSummaryView))
    items_open = fields.Integer(metadata={"description": "Items that nobody has decided or carried out yet."})
    items_unanswered = fields.Integer(metadata={"description": "Items whose answer has not left yet."})
    undelivered = fields.Boolean(
        metadata={"description": "An answer came back, and no further attempt is on record; on a closed request too."}
    )
    messages_waiting = fields.Integer(
        metadata={"description": "Messages after the first that nobody has examined, on a closed request too."}
    )
    reply_by = Day(allow_none=True, meaning="Date of the reply to a message that opened the request again.")
    questions_open = fields.Integer(
        metadata={"description": "Questions to the person that wait for an answer and stop no clock."}
    )
    answered_at = Instant(allow_none=True, meaning="When the latest answer left; null until one has.")
    late = fields.Boolean(metadata={"description": "A refusal or a letter came after the statutory date."})
    promise_missed = fields.Boolean(metadata={"description": "An answer left after the promise."})
    last_event_at = Instant(meaning="When its last event was recorded.")
    last_position = fields.Integer(metadata={"description": "Of its last event in the log."})


class SubjectItemView(View):
    """One right, for the person who exercises it."""

    item_id = Code()
    right = Choice(Right)
    state = fields.String(
        metadata={
            "enum": ["in-progress", *(s.value for s in ItemStatus if not s.is_pending)],
            "description": "What was decided is told by the letter, with its reasons and remedies: until it left, the "
            "item is `in-progress`.",
        }
    )


class SubjectRequestView(View):
    """A request for the data subject: its state, the due date, and what is awaited."""

    request_id = fields.UUID()
    version = fields.Integer()
    reference = fields.String()
    controller_id = Code()
    status = fields.String(metadata={"enum": [OPEN, CLOSED], "description": "Whether it is open or closed."})
    outcome = Choice(Outcome, allow_none=True)
    received_at = Instant()
    received_on = Day()
    acknowledged_at = Instant(allow_none=True)
    waiting_for = fields.List(fields.String(), metadata={"description": "Open questions to you, by kind."})
    waiting_since = Day(allow_none=True, meaning="Since when we wait for your answer; null: we do not.")
    extended = fields.Boolean()
    due = Day(meaning="The day by which the answer is due.")
    answered_at = Instant(allow_none=True, meaning="When the latest answer left; null until one has.")
    items = fields.List(fields.Nested(SubjectItemView))


def for_subject(row: Row) -> Row:
    """The public view of a request."""
    return {
        **{
            name: row[name]
            for name in ("request_id", "version", "reference", "controller_id", "status", "received_at", "received_on")
        },
        "outcome": row["outcome"],
        "acknowledged_at": row["acknowledged_at"],
        "waiting_for": sorted(row["suspensions"]),
        "waiting_since": row["suspended_since"],
        "extended": row["extended"],
        "due": row["effective_due"],
        "answered_at": row["answered_at"],
        "items": [item_for_subject(item) for item in row["items"]],
    }


def item_for_subject(item: dict[str, Any]) -> Row:
    """The public view of an item."""
    told = item["answered"] or item["status"] == ItemStatus.WITHDRAWN
    return {
        "item_id": item["item_id"],
        "right": item["right"],
        "state": item["status"] if told else "in-progress",
    }


class ItemView(View):
    """One right of a request, with its status."""

    request_id = fields.UUID()
    item_id = Code()
    number = fields.Integer(metadata={"description": "1 for the item that was opened first."})
    right = Choice(Right)
    controller_id = Code()
    direct_marketing = fields.Boolean()
    status = Choice(ItemStatus)
    opened_at = Instant()
    decided_at = Instant(allow_none=True)
    decided_by = fields.String(allow_none=True)
    refusal_proposed_by = fields.String(
        allow_none=True, metadata={"description": "Who proposed to refuse it; null: nobody."}
    )
    refusal_ground = fields.String(
        allow_none=True,
        metadata={"description": "Code of the ground of the refusal; null: none is proposed or decided."},
    )
    refusal_provision = fields.String(
        allow_none=True, metadata={"description": "The provision that the refusal rests on; null: none."}
    )
    refusal_extent = fields.List(
        fields.String(), allow_none=True, metadata={"description": "What is to be refused; null: all of it."}
    )
    refusal_late = fields.Boolean(
        allow_none=True, metadata={"description": "The refusal came after the statutory date; null: there is none."}
    )
    refused_in_part = fields.List(fields.String())
    erasure_ground = Choice(ErasureGround, allow_none=True)
    accuracy = Choice(AccuracyFinding, allow_none=True, meaning="Result of the assessment of accuracy, if any.")
    effected = fields.Boolean(
        metadata={"description": "The act that gives effect to the right is on record, where the right has one."}
    )
    done_at = Instant(allow_none=True, meaning="When it was carried out; null until then.")
    systems = fields.List(fields.String(), metadata={"description": "Ids of the systems in which it was carried out."})
    answered = fields.Boolean()
    answered_at = Instant(allow_none=True, meaning="When the letter with its outcome left; null until then.")


class TimelineEntryView(View):
    """One event of a request. Sealed parts are named, never shown: open them with a disclosure."""

    request_id = fields.UUID()
    version = fields.Integer(metadata={"description": "Version of the request after the event."})
    position = fields.Integer()
    name = fields.String(metadata={"description": "Name of the event; never changes its meaning."})
    recorded_at = Instant()
    happened_at = Instant(meaning="When it happened; earlier than `recorded_at` if it was recorded later.")
    actor = fields.String()
    credential = fields.String(allow_none=True)
    facts = fields.Dict(keys=fields.String())
    sealed = fields.List(fields.String())
