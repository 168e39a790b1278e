"""Exports: packages for data subjects, behind a link and a second secret that work once (GDPR Art. 15(3), 20)."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response, make_response, request
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.fields import Body, Choice, Instant, NoBody, View
from dsr.api.operation import allow, public, respond, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.idempotency import Answer
from dsr.domain.export import ExportKind, RevocationReason
from dsr.domain.roles import Role
from dsr.projections.exports import exports_of

bp = Resource("exports", "", "Packages for data subjects, and the links that lead to them.")


class LinkView(View):
    """The latest link: never its token or second secret."""

    token_id = fields.UUID()
    expires_at = Instant()
    redeemed_at = Instant(allow_none=True)
    revoked = Choice(RevocationReason, allow_none=True)
    wrong_secrets = fields.Integer()


class ExportView(View):
    """A package."""

    export_id = fields.UUID()
    request_id = fields.UUID()
    item_id = fields.String()
    kind = Choice(ExportKind)
    files = fields.Integer(metadata={"description": "Data files, the manifest left out."})
    size = fields.Integer(metadata={"description": "Bytes of the zip."})
    ciphertext_sha256 = fields.String(metadata={"description": "Of the stored file; hex."})
    link = fields.Nested(LinkView, allow_none=True)


class OfferedExportView(ExportView):
    """A package with its new link: token and second secret are shown here only; send them on two channels."""

    token = fields.String()
    second_secret = fields.String()


class ExportLineView(View):
    """A package in the list of a request, with its latest link."""

    export_id = fields.UUID()
    request_id = fields.UUID()
    item_id = fields.String()
    controller_id = fields.String()
    kind = Choice(ExportKind)
    files = fields.Integer()
    size = fields.Integer()
    ciphertext_sha256 = fields.String()
    version = fields.Integer()
    prepared_at = Instant()
    prepared_by = fields.String()
    expires_at = Instant(allow_none=True)
    redeemed_at = Instant(allow_none=True)
    network = fields.String(allow_none=True, metadata={"description": "That it went to; never the address."})
    revoked = Choice(RevocationReason, allow_none=True)
    wrong_secrets = fields.Integer()
    downloads = fields.Integer()


class RevocationBody(Body):
    """Why the link ends."""

    reason = Choice(RevocationReason, required=True)


class RedemptionBody(Body):
    """What the data subject was sent, on two channels."""

    token = fields.String(required=True, validate=validate.Length(1, 200))
    second_secret = fields.String(required=True, validate=validate.Length(1, 200))


@bp.post("/requests/<uuid:request_id>/items/<item_id>/export")
@allow(Role.HANDLER)
@bp.takes(NoBody)
@bp.command(ExportView, key_required=True, made="exports.show_export")
def prepare_export(_: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Build the package of an item from what was collected for it, and seal it."""
    return desk().exports.prepare(request_id, item_id, this_call())


@bp.get("/requests/<uuid:request_id>/exports")
@allow(*READERS)
@bp.shows(page_of(ExportLineView))
def list_exports(request_id: UUID) -> Response:
    """List the packages of a request, the first prepared first. Always one page."""
    desk().history.require(request_id, caller())
    with service().database.reading() as connection:
        return show({"items": exports_of(connection, request_id), "next": None})


@bp.get("/exports/<uuid:export_id>")
@allow(*READERS)
@bp.shows(ExportView, versioned=True)
def show_export(export_id: UUID) -> Response:
    """Show a package and its latest link."""
    return respond(desk().exports.view(export_id, caller()))


@bp.post("/exports/<uuid:export_id>/link")
@allow(Role.HANDLER)
@bp.takes(NoBody)
@bp.issues(OfferedExportView, if_match=True)
def offer_export(_: dict[str, Any], export_id: UUID) -> Response:
    """Make a link that expires; it takes the place of an earlier one that nobody used."""
    answer = desk().exports.offer(export_id, this_call())
    link = desk().exports.link(answer)
    body = msgspec.json.decode(answer.body) | {"token": link.token, "second_secret": link.second_secret}
    return respond(Answer(msgspec.json.encode(body), answer.version), 201)


@bp.post("/exports/<uuid:export_id>/revocation")
@allow(Role.HANDLER)
@bp.takes(RevocationBody)
@bp.command(ExportView)
def revoke_export(body: dict[str, Any], export_id: UUID) -> Answer:
    """End the latest link."""
    return desk().exports.revoke(export_id, this_call(), **body)


@bp.post("/exports/redemption")
@public
@bp.takes(RedemptionBody)
@bp.may_fail(403, 412)
@bp.hands_out(("application/zip",), "The package, once.")
def redeem_export(body: dict[str, Any]) -> Response:
    """Download the package, once: whoever redeems the link first. It takes no key, since the link itself works once.

    After five wrong second secrets the link ends. The network that it went to is recorded, never the address.
    """
    content = desk().exports.redeem(body["token"], body["second_secret"], network=request.remote_addr or "")
    response = make_response(content)
    response.mimetype = "application/zip"
    response.headers["Content-Disposition"] = 'attachment; filename="export.zip"'
    return response
