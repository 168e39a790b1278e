"""Notices of an incident to many people: drafted, released once, followed until they have arrived (docs/law §13)."""

from typing import Any, Final
from uuid import UUID

from flask import Response
from marshmallow import fields, post_load, validate

from dsr.api.answering import show
from dsr.api.context import desk, service
from dsr.api.dispatches import AddressBody, LetterDiscardingBody, LetterReleaseBody
from dsr.api.fields import Body, Instant, Text, View
from dsr.api.matters import matter_in_scope
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.dispatching.content import Address
from dsr.desk.idempotency import Answer
from dsr.desk.matter_notices import NoticeRecipient
from dsr.domain.matter.notices import NoticeWithoutRecipients
from dsr.domain.roles import Role
from dsr.letters import LANGUAGES
from dsr.projections.matter_letters import notice_rows

bp = Resource("matter-notices", "/matters/<uuid:matter_id>/notices", "Notices of an incident to many people.")

_MOST: Final = 1_000
"""Recipients of one notice; for more people, write several."""

_LANGUAGE: Final = validate.OneOf(LANGUAGES, error="Letters are written in these languages: {choices}.")


class NoticeTextsBody(Body):
    """What the team says in one language."""

    language = fields.String(
        required=True,
        validate=_LANGUAGE,
        metadata={"description": "ISO 639-1, of these texts; one in which letters are written."},
    )
    what_happened = Text(required=True, meaning="What happened to which data (GDPR Art. 34(2), 33(3)(a)); sealed.")
    consequences = Text(required=True, meaning="Its likely consequences (GDPR Art. 34(2), 33(3)(c)); sealed.")
    measures = Text(required=True, meaning="What was done, and what people can do (GDPR Art. 34(2), 33(3)(d)); sealed.")


class NoticeRecipientBody(AddressBody):
    """Somebody to tell: the person of a request, or an address."""

    request_id = fields.UUID(
        load_default=None, metadata={"description": "The request whose person is told; null: the address is stated."}
    )
    language = fields.String(
        load_default="", metadata={"description": "ISO 639-1; default: that of the request, else unknown."}
    )

    @post_load
    def address(self, given: dict[str, Any], **_: object) -> NoticeRecipient:
        """Convert to the value that the desk takes."""
        address = Address(given["name"], given["email"], given["postal"])
        if (given["request_id"] is None) is not bool(address.email or address.postal):
            raise NoticeWithoutRecipients(
                "Name of each recipient either the request (`request_id`) or an address (`email`, `postal`)."
            )
        return NoticeRecipient(given["request_id"], address, given["language"])


class NoticeBody(Body):
    """What is said, and to whom."""

    texts = fields.List(
        fields.Nested(NoticeTextsBody),
        required=True,
        validate=validate.Length(1, len(LANGUAGES)),
        metadata={
            "description": "The texts in each language that the team wrote. A letter is in the language of its reader, "
            "with the English texts below if there are any; who reads another language gets the English letter, or "
            "that in the first language."
        },
    )
    recipients = fields.List(
        fields.Nested(NoticeRecipientBody),
        required=True,
        validate=validate.Length(1, _MOST),
        metadata={"description": "Who is told; an address that is named twice gets one letter. Sealed."},
    )

    @post_load
    def command(self, given: dict[str, Any], **_: object) -> dict[str, Any]:
        """Convert to the values that the desk takes."""
        texts = {each.pop("language"): {code: text.strip() for code, text in each.items()} for each in given["texts"]}
        return {"texts": texts, "recipients": tuple(given["recipients"])}


class NoticeView(View):
    """A notice, and how far its letters have come. `GET /matters/{matter_id}/dispatches` lists each letter."""

    notice_id = fields.UUID(metadata={"description": "Id of the notice."})
    matter_id = fields.UUID(metadata={"description": "Id of the matter."})
    position = fields.Integer()
    written_at = Instant(meaning="When it was written.")
    written_by = fields.String(metadata={"description": "Who wrote it."})
    released_at = Instant(allow_none=True, meaning="When it was released; null until then.")
    released_by = fields.String(allow_none=True, metadata={"description": "Who released it; null until then."})
    last_leaves_at = Instant(allow_none=True, meaning="When its last letter may leave; null until it is released.")
    letters = fields.Integer(metadata={"description": "How many people it is for."})
    draft = fields.Integer(metadata={"description": "Letters that wait for the release."})
    queued = fields.Integer(metadata={"description": "Released letters that have not left."})
    sent = fields.Integer(metadata={"description": "Letters that left and did not come back."})
    bounced = fields.Integer(metadata={"description": "Letters that came back."})
    failed = fields.Integer(metadata={"description": "Letters that will not leave: the service gave up."})
    discarded = fields.Integer(metadata={"description": "Letters that a person decided not to send."})
    on_paper = fields.Integer(metadata={"description": "Letters among all these that a person prints and posts."})


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(NoticeBody)
@bp.command(NoticeView)
def write_notice(body: dict[str, Any], matter_id: UUID) -> Answer:
    """Write a notice of an incident to many people (GDPR Art. 34), one letter each, as drafts."""
    return desk().matter_notices.prepare(matter_id, this_call(), **body)


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(NoticeView))
def list_notices(matter_id: UUID) -> Response:
    """List the notices of a matter with the progress of their letters, oldest first. Always one page."""
    matter_in_scope(matter_id)
    with service().database.reading() as connection:
        return show({"items": notice_rows(connection, matter_id), "next": None})


@bp.post("/<uuid:notice_id>/release")
@allow(Role.HANDLER, Role.APPROVER)
@bp.takes(LetterReleaseBody)
@bp.command(NoticeView)
def release_notice(body: dict[str, Any], matter_id: UUID, notice_id: UUID) -> Answer:
    """Release all letters of a notice at once; somebody other than its writer does. One leaves each second, so that no
    other letter waits. Once they have left, record that the people were told (`POST /matters/{matter_id}/people`).
    """
    return desk().matter_notices.release(matter_id, this_call(), notice_id=notice_id, **body)


@bp.post("/<uuid:notice_id>/discarding")
@allow(Role.HANDLER)
@bp.takes(LetterDiscardingBody)
@bp.command(NoticeView)
def discard_notice(body: dict[str, Any], matter_id: UUID, notice_id: UUID) -> Answer:
    """Discard all letters of a notice that was not released."""
    return desk().matter_notices.discard(matter_id, this_call(), notice_id=notice_id, **body)
