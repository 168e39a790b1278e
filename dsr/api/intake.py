"""Intake of mail: a message becomes a request, joins a request or a matter, is known already, or goes to the quarantine
(docs/law §2, §3, §13).
"""

from typing import Any

from flask import Response, request, url_for
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.errors import MediaTypeUnsupported
from dsr.api.fields import Body, Choice, Code, Instant, View
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.domain.rights import Right
from dsr.domain.roles import Role

bp = Resource("intake", "/intake", "Mail as it arrived.")


class MessageQuery(Body):
    """Facts that the message itself does not hold."""

    received_at = Instant(
        load_default=None,
        meaning="Time of arrival, such as IMAP INTERNALDATE; the stamp of our own mail server takes precedence.",
    )
    controller = Code(load_default=None, meaning="Controller of the mailbox, if its address does not show it.")


class MessageOutcomeView(View):
    """Outcome of a message."""

    outcome = fields.String(
        metadata={
            "enum": ["received", "follow-up", "automatic", "duplicate", "quarantined"],
            "description": "What became of the message.",
        }
    )
    request_id = fields.UUID(
        allow_none=True, metadata={"description": "The request that it opened or joined; null: none."}
    )
    reference = fields.String(allow_none=True, metadata={"description": "Of that request or matter; null: none."})
    language = fields.String(
        allow_none=True, metadata={"description": "ISO 639-1, as recognised; empty if unknown; null without a request."}
    )
    suggested_rights = fields.List(
        Choice(Right), metadata={"description": "Rights suggested by its text; none is opened by that."}
    )
    error = fields.String(allow_none=True, metadata={"description": "Code of the error that prevented a request."})
    quarantine_id = fields.UUID(allow_none=True, metadata={"description": "Id in quarantine; null: it is not there."})
    matter_id = fields.UUID(
        allow_none=True, metadata={"description": "The matter to whose letter it replies; null: none."}
    )


@bp.post("/messages")
@allow(Role.INTAKE, Role.HANDLER)
@bp.asks(MessageQuery)
@bp.sends("message/rfc822", "The message, byte for byte.")
@bp.outcomes(
    {
        200: ("It joined a request or matter, or is known already.", MessageOutcomeView),
        201: ("It made a request.", MessageOutcomeView),
        202: ("It could not be read or placed and waits in the quarantine.", MessageOutcomeView),
    }
)
def receive_message(query: dict[str, Any]) -> Response:
    """Take in one mail. A repeated mail makes nothing new: its Message-ID is its key."""
    if request.mimetype != "message/rfc822":
        raise MediaTypeUnsupported("Send the message as message/rfc822.")
    raw = request.get_data(cache=True)
    call = this_call()
    if query["controller"] is not None:
        caller().require_controller(query["controller"])
    outcome = desk().mail.receive_message(
        raw, call, stated_arrival=query["received_at"], controller_id=query["controller"]
    )
    response = show(outcome)
    if outcome.outcome == "received":
        response.status_code = 201
        response.headers["Location"] = url_for("requests.show_request", request_id=outcome.request_id)
    elif outcome.outcome == "quarantined":
        response.status_code = 202
        response.headers["Location"] = url_for(
            "quarantine.show_quarantined_message", quarantine_id=outcome.quarantine_id
        )
    return response
