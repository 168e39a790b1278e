"""The record of processing (GDPR Art. 30): read, and adopted as a new version."""

from typing import Any

import msgspec
from flask import Response, request
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import desk
from dsr.api.errors import MediaTypeUnsupported
from dsr.api.fields import Instant, View
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.roles import STAFF
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role
from dsr.domain.ropa import RecordOfProcessing, RopaMissing

bp = Resource("record-of-processing", "/ropa", "The record of processing, by version.")


class RopaView(View):
    """A version of the record of processing; /api/v1/schemas/ropa.json describes the document."""

    version = fields.Integer(metadata={"description": "Counted from 1."})
    sha256 = fields.String(metadata={"description": "Of the file as it was adopted; hex."})
    adopted_at = Instant()
    announcement_due = fields.Boolean(
        metadata={"description": "It changed the list of controllers, which is not announced yet."}
    )
    document = fields.Dict(
        keys=fields.String(), metadata={"description": "The record of processing, as it was adopted."}
    )


class AdoptedView(View):
    """The adopted version."""

    version = fields.Integer(metadata={"description": "Counted from 1."})
    sha256 = fields.String(metadata={"description": "Of the file as it was adopted; hex."})
    name = fields.String(metadata={"description": "Name of the record, as the document gives it."})
    controllers = fields.Integer(metadata={"description": "How many controllers it has."})
    activities = fields.Integer(metadata={"description": "How many processing activities it has."})
    systems = fields.Integer(metadata={"description": "How many systems it has."})
    announcement_due = fields.Boolean(metadata={"description": "The list of controllers changed."})
    adopted_at = Instant()


@bp.get("")
@allow(*STAFF)
@bp.shows(RopaView, versioned=True)
@bp.may_fail(409)
def show_ropa() -> Response:
    """Show the version in force, which new requests pin."""
    return _show(_record(), None)


@bp.get("/<int:version>")
@allow(*STAFF)
@bp.shows(RopaView, versioned=True)
@bp.may_fail(409)
def show_ropa_version(version: int) -> Response:
    """Show a version as it was adopted."""
    return _show(_record(), version)


@bp.post("")
@allow(Role.OPERATOR)
@bp.sends("application/yaml", "The document, as /api/v1/schemas/ropa.json describes it.")
@bp.command(AdoptedView, if_match=False, key_required=True, made="record-of-processing.show_ropa_version")
def adopt_ropa() -> Answer:
    """Put a document in force as the next version; open requests keep the one they pinned. All errors are reported at
    once.
    """
    if request.mimetype not in ("application/yaml", "text/yaml", "application/x-yaml"):
        raise MediaTypeUnsupported("Send the document as application/yaml.")
    return desk().ropa.adopt(request.get_data(cache=True), this_call())


def _record() -> RecordOfProcessing:
    record = desk().repository.ropa.record()
    if record is None:
        raise RopaMissing()
    return record


def _show(record: RecordOfProcessing, number: int | None) -> Response:
    version = record.current if number is None else record.at_version(number)
    announcement = record.announcements.get(version.number)
    shown: dict[str, Any] = {
        "version": version.number,
        "sha256": version.sha256,
        "adopted_at": version.adopted_at,
        "announcement_due": announcement is not None and announcement.is_open,
        "document": msgspec.to_builtins(version.document),
    }
    return show(shown, version=version.number)
