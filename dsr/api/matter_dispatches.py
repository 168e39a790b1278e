"""Letters that the service sends for matters: drafted, released, sent or posted (docs/law §13)."""

from typing import Any, Final
from uuid import UUID

from flask import Response
from marshmallow import fields, post_load, validate

from dsr.api.answering import show
from dsr.api.context import desk, service
from dsr.api.disclosures import PURPOSES, require_purpose
from dsr.api.dispatches import AddressBody, LetterDiscardingBody, LetterPostingBody, LetterReleaseBody
from dsr.api.fields import Choice, Instant, View
from dsr.api.matter_letters import MatterLetterBody
from dsr.api.matters import matter_in_scope
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.quarantine import PurposeBody
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.idempotency import Answer
from dsr.domain.dispatch import DispatchState
from dsr.domain.matter import MatterLetterKind
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.projections.matter_letters import matter_letters_of

bp = Resource(
    "matter-dispatches", "/matters/<uuid:matter_id>/dispatches", "Letters of a matter that the service sends."
)

_WAYS: Final = (Channel.EMAIL, Channel.POST)
_TEXTS: Final = ("reasons", "remedies", "reply", "file_number", "what_happened", "consequences", "measures")


class MatterDraftBody(MatterLetterBody):
    """The kind of the letter, the texts that only the team can write, and where it goes."""

    channel = Choice(
        Channel,
        offered=_WAYS,
        required=True,
        meaning="`email` or `post`.",
        validate=validate.OneOf(_WAYS, error="A letter leaves by `email` or by `post`."),
    )
    address = fields.Nested(
        AddressBody, required=True, metadata={"description": "Where it goes; sealed with the letter."}
    )

    @post_load
    def command(self, given: dict[str, Any], **_: object) -> dict[str, Any]:
        """Convert to the values that the desk takes."""
        texts = {name: given.pop(name) for name in _TEXTS}
        return given | {"texts": texts}


class MatterDispatchView(View):
    """A letter of a matter. Its content is sealed: open it with a disclosure of the matter, or print it."""

    letter_id = fields.UUID(metadata={"description": "Id of the letter."})
    matter_id = fields.UUID(metadata={"description": "Id of the matter."})
    version = fields.Integer(metadata={"description": "Of the matter, at the last event of this letter."})
    position = fields.Integer()
    kind = Choice(MatterLetterKind)
    channel = Choice(Channel)
    language = fields.String(
        metadata={"description": "ISO 639-1; a letter to a person in another language has its English text below."}
    )
    message_id = fields.String(metadata={"description": "Message-ID of the mail that carries it."})
    state = Choice(DispatchState)
    written_at = Instant(meaning="When it was written.")
    written_by = fields.String(metadata={"description": "Who wrote it."})
    released_at = Instant(allow_none=True)
    released_by = fields.String(allow_none=True)
    not_before = Instant(allow_none=True, meaning="It leaves no earlier; null until it is released.")
    sent_at = Instant(allow_none=True, meaning="When it left; null until then.")
    transport = fields.String(allow_none=True, metadata={"description": "How it left, such as `smtp` or `post`."})
    failed_at = Instant(allow_none=True, meaning="When sending failed for good; null: it did not.")
    failure = fields.String(allow_none=True, metadata={"description": "A stable code."})
    returned_at = Instant(allow_none=True, meaning="When it came back; null: it did not.")
    return_status = fields.String(allow_none=True, metadata={"description": "RFC 3463; null: it did not come back."})
    discarded_at = Instant(allow_none=True, meaning="When it was discarded; null: it was not.")
    discarded_by = fields.String(allow_none=True, metadata={"description": "Who discarded it; null: nobody."})
    notice_id = fields.UUID(
        allow_none=True, metadata={"description": "The notice to many people that it is part of; null: none."}
    )


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(MatterDraftBody)
@bp.command(MatterDispatchView)
def write_matter_letter(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Write a letter of the matter as a draft, in the language in which the matter came, or in one of the
    controller. To change it, discard it and write another one.
    """
    return desk().matter_letters.prepare(matter_id, this_call(), **body)


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(MatterDispatchView))
def list_matter_letters(matter_id: UUID) -> Response:
    """List the letters of a matter, oldest first. Always one page."""
    matter_in_scope(matter_id)
    with service().database.reading() as connection:
        return show({"items": matter_letters_of(connection, matter_id), "next": None})


@bp.post("/<uuid:letter_id>/release")
@allow(Role.HANDLER, Role.APPROVER)
@bp.takes(LetterReleaseBody)
@bp.command(MatterDispatchView)
def release_matter_letter(body: dict[str, Any], matter_id: UUID, letter_id: UUID) -> Answer:
    """Release a draft. An answer, a reply or a notice is released by somebody other than its writer.

    The service sends a mail within seconds, and records that the complaint was acknowledged or the matter answered. A
    paper letter waits until somebody posts it.
    """
    return desk().matter_letters.release(matter_id, this_call(), letter_id=letter_id, **body)


@bp.post("/<uuid:letter_id>/discarding")
@allow(Role.HANDLER)
@bp.takes(LetterDiscardingBody)
@bp.command(MatterDispatchView)
def discard_matter_letter(body: dict[str, Any], matter_id: UUID, letter_id: UUID) -> Answer:
    """Discard a letter that has not left."""
    return desk().matter_letters.discard(matter_id, this_call(), letter_id=letter_id, **body)


@bp.post("/<uuid:letter_id>/posting")
@allow(Role.HANDLER)
@bp.takes(LetterPostingBody)
@bp.command(MatterDispatchView)
def post_matter_letter(body: dict[str, Any], matter_id: UUID, letter_id: UUID) -> Answer:
    """Record that a released paper letter was posted, with its effects on the matter."""
    return desk().matter_letters.mark_posted(matter_id, this_call(), letter_id=letter_id, **body)


@bp.post("/<uuid:letter_id>/paper")
@allow(*PURPOSES)
@bp.takes(PurposeBody)
@bp.hands_out(("application/pdf",), "The letter, to be printed and posted.")
def print_matter_letter(body: dict[str, Any], matter_id: UUID, letter_id: UUID) -> Response:
    """Read a letter as PDF. The opening and its purpose are recorded first, so this is a POST."""
    require_purpose(body["purpose"])
    pdf = desk().matter_letters.paper(matter_id, this_call(), letter_id=letter_id, purpose=body["purpose"])
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{letter_id}.pdf"'
    return response
