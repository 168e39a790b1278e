"""Messages on matters: replies to their letters, which a person examines (docs/law §13)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import desk, service
from dsr.api.disclosures import PURPOSES, require_purpose
from dsr.api.fields import Body, Choice, Instant, Text, View
from dsr.api.matters import matter_in_scope
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.quarantine import OpeningBody
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.scanning import original_mail
from dsr.desk.idempotency import Answer
from dsr.domain.matter import MatterSender
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.projections.matter_messages import matter_messages_of

bp = Resource("matter-messages", "/matters/<uuid:matter_id>/messages", "Messages that reply to letters of a matter.")


class MatterMessageView(View):
    """A message on a matter. A disclosure of the matter opens its text; its original is opened on its own."""

    message_id = fields.UUID(metadata={"description": "Id of the message."})
    matter_id = fields.UUID(metadata={"description": "Id of the matter."})
    version = fields.Integer(metadata={"description": "Of the matter, at the last event of this message."})
    position = fields.Integer()
    channel = Choice(Channel)
    received_at = Instant()
    recorded_at = Instant(meaning="When it was put on record.")
    language = fields.String(metadata={"description": "ISO 639-1, as recognised; empty if unknown."})
    sender = Choice(MatterSender, meaning="Who it comes from, as far as the service can tell.")
    automatic = fields.Boolean(metadata={"description": "It was sent automatically: nobody has to examine it."})
    suggested_rights = fields.List(
        Choice(Right),
        metadata={"description": "Rights suggested by its text. It opens no request: whoever examines it does."},
    )
    examined_at = Instant(allow_none=True, meaning="When somebody examined it; null until then.")
    examined_by = fields.String(allow_none=True, metadata={"description": "Who examined it; null until then."})


class MatterExaminationBody(Body):
    """What somebody found who read the message."""

    finding = Text(required=True, meaning="What it says, and what follows from it; sealed.")


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(MatterMessageView))
def list_matter_messages(matter_id: UUID) -> Response:
    """List the messages on a matter, oldest first. Always one page."""
    matter_in_scope(matter_id)
    with service().database.reading() as connection:
        return show({"items": matter_messages_of(connection, matter_id), "next": None})


@bp.post("/<uuid:message_id>/examination")
@allow(Role.HANDLER)
@bp.takes(MatterExaminationBody)
@bp.command(MatterMessageView)
def examine_matter_message(body: dict[str, Any], matter_id: UUID, message_id: UUID) -> Answer:
    """Record what the message says and what follows from it; the matter closes only after that. If the sender asks for
    something under the law, open a request with the arrival of the message (`POST /requests`).
    """
    return desk().matter_messages.examine(matter_id, this_call(), message_id=message_id, **body)


@bp.post("/<uuid:message_id>/original")
@allow(*PURPOSES)
@bp.takes(OpeningBody)
@bp.hands_out(("message/rfc822",), "The message as it arrived.", scanned=True)
def open_matter_message(body: dict[str, Any], matter_id: UUID, message_id: UUID) -> Response:
    """Open the message as it arrived, with its attachments. The opening is recorded first, so this is a POST."""
    require_purpose(body["purpose"])
    raw = desk().matter_messages.original(matter_id, this_call(), message_id=message_id, **body)
    return original_mail(raw, message_id, body)
