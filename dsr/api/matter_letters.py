"""The text of letters of matters, before one is drafted (docs/law §5, §13)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Choice, Text, View
from dsr.api.operation import allow
from dsr.api.resource import Resource
from dsr.domain.matter import MatterLetterKind
from dsr.domain.roles import Role

bp = Resource(
    "matter-letters",
    "/matters/<uuid:matter_id>/letters",
    "Letters to those who complain, to authorities, and to the people whom an incident concerns.",
)


class MatterLetterBody(Body):
    """The kind of the letter, and what only the team can write in it."""

    kind = Choice(MatterLetterKind, required=True, meaning="Which letter.")
    reasons = Text(load_default="", meaning="In an answer: what was examined, and what was found.")
    remedies = Text(load_default="", meaning="In an answer: what is put right.")
    reply = Text(load_default="", meaning="In a reply to an authority: the reply.")
    file_number = Text(longest=300, load_default="", meaning="In a reply to an authority: its file number, if any.")
    what_happened = Text(
        load_default="", meaning="In a notice of an incident: what happened to which data (GDPR Art. 34(2), 33(3)(a))."
    )
    consequences = Text(
        load_default="", meaning="In a notice of an incident: its likely consequences (GDPR Art. 34(2), 33(3)(c))."
    )
    measures = Text(
        load_default="",
        meaning="In a notice of an incident: what was done, and what people can do (GDPR Art. 34(2), 33(3)(d)).",
    )


class MatterLetterView(View):
    """The letter, ready to be sent."""

    language = fields.String(
        metadata={"description": "ISO 639-1. A letter to a person has its English text below, if it is in another one."}
    )
    subject = fields.String(metadata={"description": "Its subject line."})
    text = fields.String(metadata={"description": "Its whole text."})


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(MatterLetterBody)
@bp.shows(MatterLetterView)
def prepare_matter_letter(body: dict[str, Any], matter_id: UUID) -> Response:
    """Show how a letter would read, in the language of the sender. Nothing is sent or stored, so it takes no key:
    `POST /matters/{matter_id}/dispatches` drafts one that the service sends.
    """
    kind = body.pop("kind")
    return show(desk().matter_letters.write(matter_id, caller(), kind=kind, texts=body))
