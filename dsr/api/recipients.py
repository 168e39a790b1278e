"""The ledger of recipients: who was told of a rectification, erasure or restriction, or why not (GDPR Art. 19)."""

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
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.projections.recipients import recipients_of, untold

bp = Resource("recipients", "/requests/<uuid:request_id>", "Who was told of what was done (GDPR Art. 19).")
report = Resource("untold-recipients", "/reports/untold-recipients", "Recipients that are still to be told.")


class TellingBody(Body):
    """Who was told, when, how. What was written stands in the letter to the recipient, with the least identifier."""

    recipient = Code(required=True, meaning="Id of the record of processing.")
    told_at = Instant(load_default=None, meaning="Now unless given.")
    channel = Choice(Channel, required=True)


class ExcuseBody(Body):
    """Why a recipient is not told."""

    recipient = Code(required=True, meaning="Id of the record of processing.")
    obstacle = Choice(Obstacle, required=True)
    explanation = Text(required=True, meaning="Sealed.")


class UntoldQuery(Body):
    """Within how many days, and how many."""

    days = fields.Integer(load_default=7, validate=validate.Range(0, 366))
    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, LARGEST))


class RecipientView(View):
    """What became of telling one recipient of one item."""

    request_id = fields.UUID()
    item_id = Code()
    recipient = Code()
    done_at = Instant(allow_none=True)
    tell_by = Day(allow_none=True, meaning="The last day to tell.")
    settled = fields.Boolean(metadata={"description": "Told, or excused with a reason."})
    settled_by = fields.String(allow_none=True)
    told_at = Instant(allow_none=True)
    channel = Choice(Channel, allow_none=True)
    late = fields.Boolean()
    obstacle = Choice(Obstacle, allow_none=True)


@bp.get("/recipients")
@allow(*READERS)
@bp.shows(page_of(RecipientView))
def list_recipients(request_id: UUID) -> Response:
    """Show who had to be told, who was, who was not and why. Always one page."""
    desk().history.require(request_id, caller())
    with service().database.reading() as connection:
        return show({"items": recipients_of(connection, request_id), "next": None})


@bp.post("/items/<item_id>/recipients")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(TellingBody)
@bp.command(RequestView)
def tell_recipient(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that a recipient was told of what was done."""
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
