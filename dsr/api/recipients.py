"""Notices to recipients of a rectification, erasure or restriction: who was told, or why not (GDPR Art. 19)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.fields import Body, Choice, Code, Day, Instant, Text, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import LARGEST, USUAL, page_of
from dsr.api.representation import ContactBody
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.projections.recipients import recipients_of, untold

bp = Resource("recipients", "/requests/<uuid:request_id>", "Notices to recipients (GDPR Art. 19).")
report = Resource("untold-recipients", "/reports/untold-recipients", "Recipients not told yet.")


class AdditionBody(Body):
    """A recipient that the record of processing does not name."""

    contact = fields.Nested(
        ContactBody, required=True, metadata={"description": "Its name, and an e-mail or postal address; sealed."}
    )
    reason = Text(required=True, meaning="What it got, and how that is known; sealed.")


class TellingBody(Body):
    """Who was told, when and how. The letter to the recipient holds the text and the least identifier."""

    recipient = Code(required=True, meaning="Id of the record of processing, or of a recipient added to the request.")
    told_at = Instant(load_default=None, meaning="Now unless given.")
    channel = Choice(Channel, required=True)


class ExcuseBody(Body):
    """Why a recipient is not told."""

    recipient = Code(required=True, meaning="Id of the record of processing, or of a recipient added to the request.")
    obstacle = Choice(Obstacle, required=True)
    explanation = Text(required=True, meaning="Sealed.")


class UntoldQuery(Body):
    """The period in days, and the maximum number."""

    days = fields.Integer(load_default=7, validate=validate.Range(0, 366))
    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, LARGEST))


class RecipientView(View):
    """The notice of one recipient for one item."""

    request_id = fields.UUID()
    item_id = Code()
    recipient = Code(meaning="Id of the recipient in the record of processing, or of one that was added.")
    done_at = Instant(
        allow_none=True, meaning="When the item was done, which the recipient has to hear of; null until then."
    )
    tell_by = Day(allow_none=True, meaning="The last day to tell.")
    settled = fields.Boolean(metadata={"description": "Told, or excused with a reason."})
    settled_by = fields.String(allow_none=True)
    told_at = Instant(allow_none=True, meaning="When the recipient was told; null until then.")
    channel = Choice(Channel, allow_none=True)
    late = fields.Boolean(metadata={"description": "They were told after `tell_by`."})
    earlier_fact = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Number of the earlier fact (`list_earlier_facts`) while the stated day is not confirmed."
        },
    )
    obstacle = Choice(Obstacle, allow_none=True)


@bp.get("/recipients")
@allow(*READERS)
@bp.shows(page_of(RecipientView))
def list_recipients(request_id: UUID) -> Response:
    """List all recipients of an item: told, excused with a reason, or not told yet. Always one page."""
    desk().history.require(request_id, caller())
    with service().database.reading() as connection:
        return show({"items": recipients_of(connection, request_id), "next": None})


@bp.post("/items/<item_id>/recipients/addition")
@allow(Role.HANDLER)
@bp.takes(AdditionBody)
@bp.command(RequestView, key_required=True)
def add_recipient(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Add a recipient that the record of processing does not name, such as a court or an insurer: it is told too."""
    return desk().recipients.add(request_id, item_id, this_call(), **body)


@bp.post("/items/<item_id>/recipients")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(TellingBody)
@bp.command(RequestView)
def tell_recipient(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that a recipient was told."""
    return desk().recipients.tell(request_id, item_id, this_call(), **body)


@bp.post("/items/<item_id>/recipients/excuse")
@allow(Role.HANDLER)
@bp.takes(ExcuseBody)
@bp.command(RequestView)
def excuse_recipient(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record why a recipient is not told: impossible, or disproportionate effort."""
    return desk().recipients.excuse(request_id, item_id, this_call(), **body)


@report.get("")
@allow(*READERS)
@report.asks(UntoldQuery)
@report.shows(page_of(RecipientView))
def list_untold_recipients(query: dict[str, Any]) -> Response:
    """List recipients that have to be told within some days, the longest due first. One page; `limit` says how many."""
    by = service().clock.now().date() + timedelta(days=query["days"])
    with service().database.reading() as connection:
        rows = untold(connection, by, limit=query["limit"], scope=caller().scope)
    return show({"items": rows, "next": None})
