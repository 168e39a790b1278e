"""Messages on requests: what waits to be examined, and what a message is (docs/law §9)."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response, request
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.errors import MediaTypeUnsupported
from dsr.api.fields import Body, Choice, Code, Day, Instant, Language, Text, Truth, Tuple, View
from dsr.api.multipart import MULTIPART, load, read_multipart
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.parsing import parse_json
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.scanning import NotScanned, with_scanning
from dsr.api.suggestion_view import suggestion
from dsr.api.views import RequestView
from dsr.blobs import ENDINGS
from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.messages import Entered, Finding
from dsr.domain.request.message import MessageKind, StandsIn
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.projections import Page
from dsr.projections.messages import MessageFilter, message_list

bp = Resource("messages", "/messages", "Messages of all requests in scope.")
of_request = Resource("request-messages", "/requests/<uuid:request_id>/messages", "Messages of a request.")


class MessageListQuery(PageQuery):
    """Filter of messages."""

    unexamined = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Only those that nobody has examined, or only others."},
    )
    overdue = fields.Boolean(
        load_default=False, metadata={"description": "Not examined within one working day after their arrival."}
    )
    kind = Choice(MessageKind, load_default=None)
    controller = Code(load_default=None, meaning="The controller of the request.")
    assignee = Code(load_default=None)


class CaseMessageView(View):
    """A message on a request. Its content is opened by a disclosure."""

    request_id = fields.UUID()
    message_id = fields.UUID(metadata={"description": "Id of the message."})
    reference = fields.String()
    controller_id = Code()
    assignee = fields.String(
        allow_none=True, metadata={"description": "The member of staff who has taken the request; null: nobody."}
    )
    channel = Choice(Channel)
    language = fields.String(metadata={"description": "ISO 639-1, empty if unknown."})
    received_at = Instant()
    received_on = Day(allow_none=True, meaning="Local date of arrival; null before version 0.3, as the dates below.")
    automatic = fields.Boolean(metadata={"description": "Sent automatically: nobody has to examine it."})
    sender_doubtful = fields.Boolean(
        metadata={
            "description": "Our own mail server found that it did not come from the address that it names (DMARC)."
        }
    )
    suggested_rights = fields.List(
        Choice(Right), metadata={"description": "Rights suggested by its text; none is opened by that."}
    )
    suggestion = suggestion("What the reader made of it; null until it was read.")
    due = Day(allow_none=True, meaning="The date that would hold if it were a new request.")
    examine_by = Day(allow_none=True, meaning="One working day after its arrival.")
    examine_ends_at = Instant(allow_none=True, meaning="24:00 local on that day.")
    unexamined = fields.Boolean(metadata={"description": "Waits for a handler."})
    kind = Choice(MessageKind, allow_none=True, meaning="What it turned out to be; null until it is examined.")
    examined_at = Instant(allow_none=True, meaning="When it was examined last; null until then.")
    examined_by = fields.String(allow_none=True, metadata={"description": "Who examined it last; null until then."})
    recorded_at = Instant(allow_none=True, meaning="When it was put on record.")
    first_examined_at = Instant(allow_none=True, meaning="When somebody examined it for the first time.")
    stands_in = Choice(
        StandsIn,
        allow_none=True,
        meaning="For a message elsewhere that claims the thread of this request, where it is kept and looked at: "
        "`message_id` is the request that it became, or the quarantined message. Null for a message of the request.",
    )

    not_scanned = NotScanned()


class MessageView(CaseMessageView):
    """A message of any request."""

    overdue = fields.Boolean(metadata={"description": "Not examined in time."})


class MessageOfRequestView(CaseMessageView):
    """A message of one request."""

    opens_case = fields.Boolean(
        metadata={"description": "The first message, which registration or dismissal examines."}
    )
    read_attachment = fields.Boolean(
        metadata={
            "description": "It has an attachment and hardly a word beside it, so the request may be in the attachment: "
            "`POST /requests/{request_id}/disclosures` names the attachments."
        }
    )


class FindingBody(Body):
    """What a message is, with the details that this kind needs."""

    kind = Choice(MessageKind, required=True)
    reason = Text(
        load_default="",
        meaning="Sealed. Required for `nothing-to-do`, and where a closed request is opened again.",
    )
    rights = Tuple(Choice(Right), load_default=(), meaning="Required for `new-request`.")
    direct_marketing = Truth(
        load_default=False, metadata={"description": "The objection is one to direct marketing (GDPR Art. 21(2))."}
    )
    item_ids = Tuple(
        Code(),
        load_default=None,
        allow_none=True,
        meaning="The items that are withdrawn (null: all), or that a dispute is about.",
    )
    question_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "The open question that an `answer` answers; null only where none is open."},
    )


class ExaminationBody(FindingBody):
    """What some messages are, with the details that this kind needs."""

    message_ids = Tuple(
        fields.UUID(),
        required=True,
        shortest=1,
        longest=100,
        meaning="Messages of this request that nobody has examined.",
    )


class EnteredFileBody(Body):
    """A message that came as a file, such as the scan of a letter."""

    channel = Choice(Channel, required=True)
    received_at = Instant(required=True, meaning="The true time of arrival, never a future one.")
    language = Language(required=True)
    text = Text(load_default="", meaning="What was said or written besides; sealed.")
    quarantine_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "The quarantined message from which this was entered."},
    )


class EnteredMessageBody(EnteredFileBody):
    """A message that came by telephone, on paper or in person."""

    text = Text(required=True, meaning="What was said or written; sealed.")


class ExaminedFileBody(EnteredFileBody, FindingBody):
    """A message that came as a file, and what it is."""


class ExaminedMessageBody(EnteredMessageBody, FindingBody):
    """A message that came by telephone, on paper or in person, and what it is."""


@bp.get("")
@allow(*READERS)
@bp.asks(MessageListQuery)
@bp.shows(page_of(MessageView))
def list_messages(query: dict[str, Any]) -> Response:
    """List messages of the requests in scope, closed ones included, the earliest arrival first.

    The first message of a request is not among them: the queue shows the request until it is registered or dismissed.
    """
    limit, cursor = query.pop("limit"), query.pop("cursor")
    at = service().clock.now()
    with service().database.reading() as connection:
        page = message_list(connection, MessageFilter(**query), at=at, cursor=cursor, limit=limit, scope=caller().scope)
    return show_page(Page(with_scanning(page.rows), page.next))


@of_request.get("")
@allow(*READERS)
@of_request.shows(page_of(MessageOfRequestView))
def list_messages_of_request(request_id: UUID) -> Response:
    """List the messages of a request, its first included. Always one page."""
    return show({"items": with_scanning(desk().messages.of_case(request_id, caller())), "next": None})


@of_request.post("")
@allow(Role.INTAKE, Role.HANDLER)
@of_request.uploads(metadata=EnteredFileBody, records=EnteredMessageBody, media_types=tuple(ENDINGS))
@of_request.command(RequestView)
def enter_message(request_id: UUID) -> Answer:
    """Enter a telephone call, a letter or a visit on its request, open or closed; it waits to be examined.

    `multipart/form-data` has two parts: `metadata` (JSON) and `file`, an open format by its content.
    """
    entered, _, call = _entered(EnteredFileBody(), EnteredMessageBody())
    return desk().messages.enter(request_id, call, entered=entered)


@of_request.post("/examined")
@allow(Role.HANDLER)
@of_request.uploads(metadata=ExaminedFileBody, records=ExaminedMessageBody, media_types=tuple(ENDINGS))
@of_request.command(RequestView)
def enter_examined_message(request_id: UUID) -> Answer:
    """Enter a telephone call, a letter or a visit on its request, and say what it is in the same step.

    `multipart/form-data` has two parts: `metadata` (JSON) and `file`, an open format by its content.
    """
    entered, found, call = _entered(ExaminedFileBody(), ExaminedMessageBody())
    return desk().messages.enter_examined(request_id, call, entered=entered, finding=Finding(**found))


@of_request.post("/examination")
@allow(Role.HANDLER)
@of_request.takes(ExaminationBody)
@of_request.command(RequestView)
def examine_messages(body: dict[str, Any], request_id: UUID) -> Answer:
    """Say what messages are; what follows is recorded in the same step.

    A `new-request` opens a linked request, registered, whose dates count from the arrival of the message: the timeline
    of this request names it as `linked_request`, and its own `linked_to` names this one. An `identity-answer` becomes
    evidence that the decision destroys; a suspension ends on the arrival of the answer. A `dispute`, or a proof of
    identity that came late, opens a closed request again.
    """
    return desk().messages.examine(request_id, this_call(), **body)


def _entered(file_schema: Body, text_schema: Body) -> tuple[Entered, dict[str, Any], Call]:
    """The message in the body, what else the body says, and the call."""
    if request.mimetype == MULTIPART:
        body, content, media_type = read_multipart(file_schema)
        call = this_call(b"\x00".join((msgspec.json.encode(body), media_type.encode(), content)))
        file: dict[str, Any] = {"content": content, "media_type": media_type}
    elif request.mimetype == "application/json":
        body, call, file = load(text_schema, parse_json(request.get_data(cache=True))), this_call(), {}
    else:
        raise MediaTypeUnsupported("Send multipart/form-data with `metadata` and `file`, or JSON with `text`.")
    entered = {name: body.pop(name) for name in ("channel", "received_at", "language", "text", "quarantine_id")}
    return Entered(**entered, **file), body, call
