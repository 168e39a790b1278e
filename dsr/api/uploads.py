"""Attachments: recordings and documents from systems, sent in resumable parts (GDPR Art. 15(3), 20(1)).

Start an upload with its metadata, send its bytes in parts, query its progress after a broken connection, and complete
it.
"""

import re
from typing import Any
from uuid import UUID

import msgspec
from flask import Response, request
from marshmallow import fields, post_load

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.errors import InputInvalid, MediaTypeUnsupported
from dsr.api.fields import Body, Choice, Code, Instant, NoBody, Text, View, Whole, WholeNumber
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.scanning import NotScanned, with_scanning
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.desk.upload_store import Upload, UploadDetails
from dsr.domain.request.attachments import AttachmentUnknown
from dsr.domain.request.values import Provenance
from dsr.domain.roles import Role

bp = Resource("uploads", "", "Recordings and documents from systems, sent in parts.")

PART = "application/octet-stream"

_OFFSET = {
    "Upload-Offset": {"description": "Bytes received; the next part starts there.", "schema": {"type": "string"}}
}


class UploadBody(Body):
    """Metadata of the file to upload."""

    name = Text(longest=60, required=True, meaning="File name in the export without ending: small letters, digits, -.")
    size = WholeNumber(required=True, metadata={"description": "Bytes of the whole file."})
    media_type = Text(longest=100, load_default="", meaning="A hint; the content decides.")
    system = Code(required=True, meaning="Id of the record of processing.")
    purpose = Text(longest=500, required=True, meaning="Why the system processes this file, in words for the person.")
    provenance = Choice(Provenance, required=True, meaning="Portability leaves out what is inferred.")
    description = Text(longest=2000, required=True, meaning="What it is, in words for the data subject.")
    collected_at = Instant(load_default=None, meaning="When the system returned it; default: time of completion.")

    @post_load
    def described(self, given: dict[str, Any], **_: object) -> dict[str, Any]:
        """Convert to the value that the desk takes."""
        size = given.pop("size")
        return {"size": size, "details": UploadDetails(**given)}


class UploadCompletionBody(Body):
    """The sender's checksum of the file."""

    sha256 = fields.String(
        load_default=None,
        allow_none=True,
        validate=Whole(r"^[0-9A-Fa-f]{64}$", error="Use 64 hexadecimal digits."),
        metadata={"description": "Of the whole file, hex; what arrived is compared with it and it is not kept."},
    )


class UploadView(View):
    """Progress of an upload."""

    upload_id = fields.UUID(metadata={"description": "Id of the upload."})
    request_id = fields.UUID()
    item_id = fields.String()
    size = fields.Integer(metadata={"description": "Bytes of the whole file."})
    offset = fields.Integer(metadata={"description": "Bytes received; the next part starts there."})
    name = fields.String(metadata={"description": "File name in the export."})
    media_type = fields.String(metadata={"description": "As announced; the content decides at completion."})
    system = fields.String()
    purpose = fields.String()
    provenance = Choice(Provenance)
    description = fields.String(metadata={"description": "What the file shows, as the person reads it."})
    collected_at = Instant(allow_none=True, meaning="When the system returned it; null: its completion counts.")
    expires_at = Instant(meaning="When it is discarded unless another part arrives.")
    not_scanned = NotScanned()


class AttachmentView(View):
    """A file of an item: its origin, never its content."""

    attachment_id = fields.UUID(metadata={"description": "Id of the file."})
    item_id = fields.String()
    name = fields.String(metadata={"description": "File name in the export."})
    media_type = fields.String(metadata={"description": "By its content."})
    size = fields.Integer(metadata={"description": "Bytes."})
    system = fields.String()
    controller_id = fields.String()
    purpose = fields.String()
    provenance = Choice(Provenance)
    description = fields.String(metadata={"description": "What the file shows, as the person reads it."})
    collected_at = Instant()
    not_scanned = NotScanned()


@bp.post("/requests/<uuid:request_id>/items/<item_id>/uploads")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(UploadBody)
@bp.command(UploadView, if_match=False, key_required=True, made="uploads.show_upload", versioned=False)
def begin_upload(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Start an upload for an item; its parts follow."""
    return desk().uploads.begin(request_id, item_id, this_call(), **body)


@bp.get("/uploads/<uuid:upload_id>")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.shows(UploadView, headers=_OFFSET)
def show_upload(upload_id: UUID) -> Response:
    """Show the progress of an upload; HEAD answers with `Upload-Offset` only."""
    return _shown(desk().uploads.show(upload_id, caller()))


@bp.patch("/uploads/<uuid:upload_id>")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.sends(
    PART,
    "The next bytes of the file.",
    largest=lambda settings: settings.max_upload_part_bytes,
    headers={
        "Upload-Offset": {
            "required": True,
            "description": "Start of the part in the file: the number of bytes received.",
            "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"},
        }
    },
)
@bp.shows(UploadView, headers=_OFFSET, description="Kept.")
def append_upload_part(upload_id: UUID) -> Response:
    """Send the next part. A part that does not continue the upload, or repeats one, is refused with the offset."""
    if request.mimetype != PART:
        raise MediaTypeUnsupported(f"Send a part as {PART}.")
    given = request.headers.get("Upload-Offset", "")
    if not re.fullmatch(r"[0-9]{1,15}", given, re.ASCII):
        raise InputInvalid([{"header": "Upload-Offset", "detail": "State the start of the part, in bytes."}])
    content = request.get_data(cache=False)
    return _shown(desk().uploads.append(upload_id, caller(), offset=int(given), content=content))


@bp.post("/uploads/<uuid:upload_id>/completion")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(UploadCompletionBody)
@bp.command(RequestView, key_required=True)
def complete_upload(body: dict[str, Any], upload_id: UUID) -> Answer:
    """Attach the file to its item, with the media type found in its content; `If-Match` is that of the request."""
    return desk().uploads.complete(upload_id, this_call(), **body)


@bp.delete("/uploads/<uuid:upload_id>")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.shows(UploadView, description="The discarded upload with its progress.")
def discard_upload(upload_id: UUID) -> Response:
    """Discard an upload with all its parts."""
    return show(desk().uploads.shown(desk().uploads.discard(upload_id, caller())))


@bp.get("/requests/<uuid:request_id>/items/<item_id>/attachments")
@allow(*READERS)
@bp.shows(page_of(AttachmentView), versioned=True)
def list_attachments(request_id: UUID, item_id: str) -> Response:
    """List the files of an item. Always one page."""
    case = desk().repository.request(request_id, caller())
    case.item(item_id)
    shown = [msgspec.to_builtins(each) for each in case.copies.attachments.values() if each.item_id == item_id]
    for line in shown:
        del line["content"]
    return show({"items": with_scanning(shown), "next": None}, version=case.version)


@bp.post("/requests/<uuid:request_id>/items/<item_id>/attachments/<uuid:attachment_id>/discarding")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(NoBody)
@bp.command(RequestView)
def discard_attachment(_: dict[str, Any], request_id: UUID, item_id: str, attachment_id: UUID) -> Answer:
    """Take a file out again before it is handed over; its key is destroyed and the file deleted."""
    call = this_call()
    held = desk().repository.request(request_id, caller()).copies.attachments.get(attachment_id)
    if held is not None and held.item_id != item_id:
        raise AttachmentUnknown()
    return desk().uploads.discard_attachment(request_id, attachment_id, call)


def _shown(upload: Upload) -> Response:
    response = show(desk().uploads.shown(upload))
    response.headers["Upload-Offset"] = str(upload.offset)
    return response
