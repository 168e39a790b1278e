"""The quarantine: messages that could not be read or placed, with their arrival, from which the clock runs.

A message of an unknown controller may be anybody's: it is visible to those whose scope is every controller.
"""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import require_purpose
from dsr.api.fields import Body, Choice, Instant, Text, Truth, Unscanned, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.preconditions import etag
from dsr.api.resource import Resource
from dsr.api.scanning import NotScanned, not_scanned, original_mail, with_scanning
from dsr.desk.errors import QuarantineUnknown
from dsr.desk.idempotency import Answer
from dsr.domain.quarantine import QuarantineStatus
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.roles import Role
from dsr.projections import Page
from dsr.projections.quarantine import quarantined_message, quarantined_messages
from dsr.projections.rows import Row

bp = Resource("quarantine", "/intake/quarantine", "Messages that could not be read or placed.")

_READERS = (Role.INTAKE, Role.HANDLER, Role.APPROVER, Role.DPO, Role.AUDITOR)


class QuarantinedView(View):
    """A message in quarantine; its original is opened by a disclosure."""

    quarantine_id = fields.UUID()
    status = Choice(QuarantineStatus)
    received_at = Instant()
    error = fields.String(metadata={"description": "Code of the error that prevented a request."})
    controller_id = fields.String(
        allow_none=True, metadata={"description": "The controller whose mailbox it reached; null if unknown."}
    )
    size = fields.Integer(metadata={"description": "Bytes."})
    version = fields.Integer()
    request_id = fields.UUID(allow_none=True, metadata={"description": "The request that it was entered as."})
    settled_at = Instant(allow_none=True)
    settled_by = fields.String(allow_none=True)
    discarding_proposed_by = fields.String(
        allow_none=True,
        metadata={
            "description": "Who proposed to discard it, so that somebody else has to decide; null if nobody did."
        },
    )
    claimed_request = fields.UUID(
        allow_none=True,
        metadata={"description": "The request whose thread it claims by its header, which waits until it is settled."},
    )
    not_scanned = NotScanned()


class SettledView(View):
    """The outcome of a message."""

    quarantine_id = fields.UUID()
    status = Choice(QuarantineStatus)
    received_at = Instant()
    discarding_proposed_by = fields.String(
        allow_none=True, metadata={"description": "Who proposed to discard it; null once that was decided."}
    )


class QuarantineQuery(PageQuery):
    """Filter of messages."""

    status = Choice(QuarantineStatus, load_default=QuarantineStatus.WAITING)


class PurposeBody(Body):
    """Why it is opened."""

    purpose = Choice(DisclosurePurpose, required=True)


class OpeningBody(PurposeBody):
    """Why it is opened, and whether unscanned."""

    unscanned = Unscanned()


class DiscardingBody(Body):
    """Why it is not a request."""

    reason = Text(required=True, meaning="Sealed.")


class DiscardingDecisionBody(Body):
    """Agree, or decline with a reason."""

    approve = Truth(required=True, metadata={"description": "False declines the proposal: the message waits."})
    reason = Text(load_default="", meaning="Needed to decline; sealed.")


@bp.get("")
@allow(*_READERS)
@bp.asks(QuarantineQuery)
@bp.shows(page_of(QuarantinedView))
def list_quarantined_messages(query: dict[str, Any]) -> Response:
    """List the messages in scope, in order of arrival."""
    with service().database.reading() as connection:
        page = quarantined_messages(connection, **query, scope=caller().scope)
    return show_page(Page(with_scanning(page.rows), page.next))


@bp.get("/<uuid:quarantine_id>")
@allow(*_READERS)
@bp.shows(QuarantinedView, versioned=True)
def show_quarantined_message(quarantine_id: UUID) -> Response:
    """Show a message: its arrival, the error, and its outcome."""
    row = message_in_scope(quarantine_id)
    return show(row | not_scanned(), version=row["version"])


@bp.post("/<uuid:quarantine_id>/disclosure")
@allow(Role.INTAKE, Role.HANDLER, Role.APPROVER)
@bp.takes(OpeningBody)
@bp.hands_out(("message/rfc822",), "The message as it arrived.", versioned=True, scanned=True)
def open_quarantined_message(body: dict[str, Any], quarantine_id: UUID) -> Response:
    """Open the original; recorded before it is shown. Every call is a new opening, so it takes no idempotency key."""
    require_purpose(body["purpose"])
    message_in_scope(quarantine_id)
    response = original_mail(desk().quarantine.open(quarantine_id, this_call(), **body), quarantine_id, body)
    response.headers["ETag"] = etag(message_in_scope(quarantine_id)["version"])
    return response


@bp.post("/<uuid:quarantine_id>/discarding")
@allow(Role.HANDLER)
@bp.takes(DiscardingBody)
@bp.command(SettledView)
def discard_quarantined_message(body: dict[str, Any], quarantine_id: UUID) -> Answer:
    """Propose to discard a message that is not a request, with the reason; somebody else decides."""
    message_in_scope(quarantine_id)
    return desk().quarantine.propose_discarding(quarantine_id, this_call(), **body)


@bp.post("/<uuid:quarantine_id>/discarding/decision")
@allow(Role.APPROVER)
@bp.takes(DiscardingDecisionBody)
@bp.command(SettledView)
def decide_discarding(body: dict[str, Any], quarantine_id: UUID) -> Answer:
    """Discard the message, or let it wait with a reason; the person who proposed it can do neither."""
    message_in_scope(quarantine_id)
    return desk().quarantine.decide_discarding(quarantine_id, this_call(), **body)


def message_in_scope(quarantine_id: UUID) -> Row:
    """The row of a message that the caller sees. Raises QuarantineUnknown."""
    with service().database.reading() as connection:
        row = quarantined_message(connection, quarantine_id)
    if row is None or not caller().sees(quarantine_id, *filter(None, [row["controller_id"]])):
        raise QuarantineUnknown()
    return row
