"""Exports: packages for data subjects, by a link and a password (GDPR Art. 15(3), 20; docs/law §12)."""

import errno
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

import msgspec
from flask import Response, request
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.attempts import count_attempt
from dsr.api.context import caller, client_address, desk, downloads, goes_over_https, service
from dsr.api.downloads import drop_who_stands_still
from dsr.api.fields import Body, Choice, Instant, NoBody, View
from dsr.api.operation import allow, opened_by, public, respond, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.exports import SessionPackage
from dsr.desk.idempotency import Answer
from dsr.domain.errors import DomainError
from dsr.domain.export import ByteRangeInvalid, ExportKind, ExportSessionEnded, PurgeReason, RevocationReason
from dsr.domain.roles import Role

SESSION_PATH: Final = "/api/v1/exports/session"
"""Path of the session cookie."""

_COOKIE: Final = "dsr_export"

_ONE_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,30})-([0-9]{0,30})[ \t]*", re.IGNORECASE)

log = logging.getLogger("dsr.api")

bp = Resource("exports", "", "Packages for data subjects, and their links.")


_OUTDATED: Final = (
    "The item has changed since: what was collected, what is told or left out, or who answers. "
    "No link leads to it any more; prepare a new one."
)


_DOWNLOADED: Final = "When the last byte of the package had left, which uses up the link."

_PASSWORD: Final = "The password of the package."  # noqa: S105 - a description


class LinkView(View):
    """The latest link: never its token or password."""

    token_id = fields.UUID()
    expires_at = Instant()
    redeemed_at = Instant(allow_none=True)
    session_ends_at = Instant(allow_none=True)
    downloaded_at = Instant(allow_none=True, meaning=_DOWNLOADED)
    revoked = Choice(RevocationReason, allow_none=True)
    wrong_secrets = fields.Integer()


class ExportView(View):
    """A package."""

    export_id = fields.UUID()
    request_id = fields.UUID()
    item_id = fields.String()
    kind = Choice(ExportKind)
    files = fields.Integer()
    size = fields.Integer(metadata={"description": "Bytes of the zip."})
    ciphertext_sha256 = fields.String()
    kept_until = Instant()
    purged_at = Instant(allow_none=True)
    outdated = fields.Boolean(metadata={"description": _OUTDATED})
    other_languages = fields.List(
        fields.String(),
        metadata={
            "description": "A warning: texts of the record of processing that it quotes in another language than its "
            "reader's, for want of a translation (`dsr ropa check` lists them all)."
        },
    )
    link = fields.Nested(
        LinkView, allow_none=True, metadata={"description": "The latest link; null while none was offered."}
    )


class OfferedExportView(ExportView):
    """A package with its new link. Link and password are shown only here: send them on two channels."""

    url = fields.String(
        metadata={"description": "The link to send; its token is behind `#`, so that no server logs it."}
    )
    token = fields.String()
    password = fields.String(metadata={"description": _PASSWORD})


class ExportLineView(View):
    """A package in the list of a request, with its latest link."""

    export_id = fields.UUID()
    request_id = fields.UUID()
    request_version = fields.Integer(metadata={"description": "Version of the request in the package."})
    item_id = fields.String()
    controller_id = fields.String()
    kind = Choice(ExportKind)
    files = fields.Integer()
    size = fields.Integer(metadata={"description": "Bytes of the zip."})
    ciphertext_sha256 = fields.String()
    version = fields.Integer(metadata={"description": "Of the package; the ETag, without quotes."})
    prepared_at = Instant()
    prepared_by = fields.String()
    kept_until = Instant(allow_none=True)
    purged_at = Instant(allow_none=True)
    purge_reason = Choice(PurgeReason, allow_none=True)
    outdated = fields.Boolean(metadata={"description": _OUTDATED})
    other_languages = fields.List(
        fields.String(),
        metadata={
            "description": "A warning: texts of the record of processing that it quotes in another language than its "
            "reader's, for want of a translation (`dsr ropa check` lists them all)."
        },
    )
    offered_at = Instant(allow_none=True, meaning="When the latest link was made; null: none was.")
    expires_at = Instant(allow_none=True, meaning="When the latest link stops working; null: none was offered.")
    redeemed_at = Instant(allow_none=True)
    session_ends_at = Instant(allow_none=True)
    network = fields.String(allow_none=True, metadata={"description": "Network it was sent to; never the address."})
    downloaded_at = Instant(allow_none=True, meaning=_DOWNLOADED)
    revoked = Choice(RevocationReason, allow_none=True)
    wrong_secrets = fields.Integer()
    downloads = fields.Integer(metadata={"description": "How often a download began, whole or in part."})


class RevocationBody(Body):
    """Why the link ends."""

    reason = Choice(RevocationReason, required=True)


class RedemptionBody(Body):
    """The data subject's credentials, received on two channels."""

    token = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"description": "From the link, after the `#`."}
    )
    password = fields.String(required=True, validate=validate.Length(1, 200), metadata={"description": _PASSWORD})


class SessionView(View):
    """A download session of an hour; a weak connection can load the package in parts."""

    session = fields.String(metadata={"description": "Send it as `Authorization: Bearer …`, or keep the cookie."})
    ends_at = Instant(meaning="When the session ends.")
    kind = Choice(ExportKind)
    size = fields.Integer(metadata={"description": "Bytes of the package."})
    package = fields.String(metadata={"description": "Where the package is."})


@bp.post("/requests/<uuid:request_id>/items/<item_id>/export")
@allow(Role.HANDLER)
@bp.takes(NoBody)
@bp.command(ExportView, key_required=True, made="exports.show_export")
def prepare_export(_: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Build the package of an item from its collected data, and seal it."""
    return desk().exports.prepare(request_id, item_id, this_call())


@bp.get("/requests/<uuid:request_id>/exports")
@allow(*READERS)
@bp.shows(page_of(ExportLineView))
def list_exports(request_id: UUID) -> Response:
    """List the packages of a request, oldest first. Always one page."""
    return show({"items": desk().exports.of_case(request_id, caller()), "next": None})


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
    """Create a link that expires; it replaces an earlier unused one.

    The password travels by another channel: as the letter of kind `password`, or told and recorded with
    `tell_password`. Until its delivery is on record, the request can't be closed as fulfilled.
    """
    answer = desk().exports.offer(export_id, this_call())
    link = desk().exports.link(answer)
    body = msgspec.json.decode(answer.body) | {
        "url": link_to(link.token),
        "token": link.token,
        "password": link.password,
    }
    return respond(Answer(msgspec.json.encode(body), answer.version), 201)


@bp.post("/exports/<uuid:export_id>/link/renewal")
@allow(Role.HANDLER)
@bp.takes(NoBody)
@bp.command(ExportView)
def renew_link(_: dict[str, Any], export_id: UUID) -> Answer:
    """Open the latest link again after it was used up or expired: link and password stay as the person knows them."""
    return desk().exports.renew(export_id, this_call())


@bp.post("/exports/<uuid:export_id>/revocation")
@allow(Role.HANDLER)
@bp.takes(RevocationBody)
@bp.command(ExportView)
def revoke_export(body: dict[str, Any], export_id: UUID) -> Answer:
    """Revoke the latest link and its session; if the content is wrong, the package is deleted for good."""
    return desk().exports.revoke(export_id, this_call(), **body)


@bp.post("/exports/redemption")
@public
@bp.takes(RedemptionBody)
@bp.may_fail(403, 412)
@bp.shows(
    SessionView,
    headers={"Set-Cookie": {"description": "The session.", "schema": {"type": "string"}}},
    description="The session.",
)
def redeem_export(body: dict[str, Any]) -> Response:
    """Start the one-hour download session, or return to it. It takes no idempotency key: it may be repeated.

    A completed download uses up the link, or the end of its hour. After five wrong passwords the link is revoked.
    The network is recorded, never the address; it has 20 attempts a minute, here and on the pages together.
    """
    count_attempt()
    begun = desk().exports.redeem(body["token"], body["password"], network=client_address())
    shown = {
        "session": begun.secret,
        "ends_at": begun.ends_at,
        "kind": begun.kind,
        "size": begun.size,
        "package": f"{SESSION_PATH}/package",
    }
    response = Response(msgspec.json.encode(shown), mimetype="application/json")
    response.set_cookie(  # out of reach of scripts and of other sites
        _COOKIE, begun.secret, path=SESSION_PATH, secure=goes_over_https(), httponly=True, samesite="Strict"
    )
    return response


@bp.get("/exports/session/package")
@public
@opened_by("session", "session-cookie")
@bp.hands_out_parts("application/zip", "The package, or the part that was asked for.")
@bp.may_fail(409, 410, 412, 416)
def download_export() -> Response:
    """Download the package, or with `Range: bytes=…` a part of it, during the session.

    Send the secret of the session as the cookie or as `Authorization: Bearer …`. Every download is recorded before its
    first byte leaves, with its range and the network it was sent to, never the address.
    """
    return send_package(_session())


def send_package(session: str) -> Response:
    """The package of a session, or the requested part.

    Raises ExportSessionEnded, ExportIsRevoked, ExportIsPurged, ExportWithheld, ByteRangeInvalid, DownloadUnderWay,
    DownloadsFull.
    """
    found = desk().exports.package(session)
    size, etag = found.ref.size, f'"{found.etag}"'
    if request.method == "HEAD":
        wanted, response = None, Response(mimetype="application/zip")
    else:
        wanted = _range(size, etag)
        response = _leaving(found, session, *(wanted or (0, size)))
    start, stop = wanted or (0, size)
    response.status_code = 200 if wanted is None else 206
    response.headers["Content-Length"] = str(stop - start)
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = 'attachment; filename="export.zip"'
    if wanted is not None:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


def link_to(token: str) -> str:
    """The link to send; nothing behind `#` reaches a server or its log. Relative if no base URL is set."""
    return f"{service().settings.public_url}/x#{token}"


def _session() -> str:
    """The session's secret in the request. Raises ExportSessionEnded if there is none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    session = secret.strip() if scheme.lower() == "bearer" else request.cookies.get(_COOKIE, "")
    if not session:
        raise ExportSessionEnded()
    return session


def _leaving(package: SessionPackage, session: str, start: int, stop: int) -> Response:
    """The bytes, counted as a running download until the last one left or the connection ended."""
    end = downloads().begin(package.token_id)
    try:
        chunks = desk().exports.download(session, first_byte=start, last_byte=stop - 1, network=client_address())
    except BaseException:
        end()
        raise
    drop_who_stands_still()
    response = Response(_or_broken(chunks, package.export_id, end), mimetype="application/zip")
    response.call_on_close(end)  # even if no byte was read
    return response


def _or_broken(chunks: Iterator[bytes], export_id: UUID, end: Callable[[], None]) -> Iterator[bytes]:
    """The chunks; if they may not continue, the connection is broken, so that a part is not taken for the whole."""
    try:
        yield from chunks
    except DomainError as refusal:
        log.warning("export %s: a download was cut off: %s", export_id, refusal.code)
        raise ConnectionResetError(errno.ECONNRESET, refusal.code) from None
    finally:
        end()


def _range(size: int, etag: str) -> tuple[int, int] | None:
    """Start and stop of the requested part; None for the whole.

    The whole is also sent if `If-Range` does not match, or for several or unreadable ranges (RFC 9110 14.2). A suffix
    range longer than the file means the whole file (14.1.2). Raises ByteRangeInvalid.
    """
    asked = _ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or ((unchanged := request.headers.get("If-Range")) is not None and unchanged.strip() != etag):
        return None
    first, last = (int(each) if each else None for each in asked.groups())
    if first is None:
        if last is None:
            return None
        start, stop = max(0, size - last), size
    else:
        if last is not None and last < first:
            return None
        start, stop = first, size if last is None else min(last + 1, size)
    if start >= size:
        raise ByteRangeInvalid(size=size)
    return start, stop
