"""Messages on requests: what waits to be examined, and what a message is (docs/law §9)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.fields import Body, Choice, Code, Day, Instant, Text, Truth, Tuple, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import READABLE, RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.message import MessageKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.roles import Role
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
    message_id = fields.UUID()
    reference = fields.String(metadata={"description": READABLE})
    controller_id = Code()
    assignee = fields.String(allow_none=True)
    channel = Choice(Channel)
    language = fields.String(metadata={"description": "ISO 639-1, empty if unknown."})
    received_at = Instant()
    received_on = Day(allow_none=True, meaning="Local date of arrival; null before version 0.3, as the dates below.")
    automatic = fields.Boolean(metadata={"description": "Sent automatically: nobody has to examine it."})
    suggested_rights = fields.List(
        Choice(Right), metadata={"description": "Rights suggested by its text; none is opened by that."}
    )
    due = Day(allow_none=True, meaning="The date that would hold if it were a new request.")
    examine_by = Day(allow_none=True, meaning="One working day after its arrival.")
    examine_ends_at = Instant(allow_none=True, meaning="24:00 local on that day.")
    unexamined = fields.Boolean(metadata={"description": "Waits for a handler."})
    kind = Choice(MessageKind, allow_none=True, meaning="What it turned out to be; null until it is examined.")
    examined_at = Instant(allow_none=True)
    examined_by = fields.String(allow_none=True)


class MessageView(CaseMessageView):
    """A message of any request."""

    overdue = fields.Boolean(metadata={"description": "Not examined in time."})


class MessageOfRequestView(CaseMessageView):
    """A message of one request."""

    opens_case = fields.Boolean(
        metadata={"description": "The first message, which registration or dismissal examines."}
    )


class ExaminationBody(Body):
    """What messages are, and what follows from it needs."""

    message_ids = Tuple(fields.UUID(), required=True, shortest=1, longest=100)
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
    return show_page(page)


@of_request.get("")
@allow(*READERS)
@of_request.shows(page_of(MessageOfRequestView))
def list_messages_of_request(request_id: UUID) -> Response:
    """List the messages of a request, its first included. Always one page."""
    return show({"items": desk().messages.of_case(request_id, caller()), "next": None})


@of_request.post("/examination")
@allow(Role.HANDLER)
@of_request.takes(ExaminationBody)
@of_request.command(RequestView)
def examine_messages(body: dict[str, Any], request_id: UUID) -> Answer:
    """Say what messages are; what follows is recorded in the same step.

    A `new-request` opens a linked request whose R is the arrival of the message. An `identity-answer` becomes evidence
    that the decision destroys; a suspension ends on the arrival of the answer. A `dispute`, or a proof of identity that
    came late, opens a closed request again.
    """
    return desk().messages.examine(request_id, this_call(), **body)
