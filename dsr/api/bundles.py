"""Audit bundles over HTTP: written while they leave, so that no opened copy is ever at rest (GDPR Art. 31, 58(1))."""

import errno
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, downloads
from dsr.api.downloads import drop_who_stands_still
from dsr.api.fields import Body, Choice, Instant, Text, Tuple, View
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.desk.bundles import BundleState, parse_scope
from dsr.domain.audit import trail_id
from dsr.domain.errors import DomainError
from dsr.domain.roles import Role

bp = Resource("bundles", "/audit/bundles", "Files that prove a part of the history without this service.")

log = logging.getLogger("dsr.bundles")


class BundleBody(Body):
    """What the bundle is about."""

    scope = Tuple(
        Text(longest=100),
        required=True,
        longest=1_000,
        meaning="One or more of `all`, `case:ID`, `matter:ID` (with its cases), `controller:ID`, `period:FROM..UNTIL` "
        "(days of arrival); the bundle holds all of them. What you may not see is left out, and only counted.",
    )


class BundleProgressView(View):
    """A bundle that is written, or was."""

    bundle_id = fields.UUID(metadata={"description": "Its id."})
    scope = fields.List(fields.String(), metadata={"description": "What it is about, as it was asked for."})
    state = Choice(BundleState)
    cases = fields.Integer(metadata={"description": "Requests in the bundle."})
    cases_done = fields.Integer(metadata={"description": "Requests whose report is written; they come last."})
    matters = fields.Integer(metadata={"description": "Matters in the bundle."})
    bytes_written = fields.Integer(metadata={"description": "Bytes that have left so far."})
    started_at = Instant(meaning="When its openings were on record, and the first byte left.")
    noted_at = Instant(meaning="When this was last noted: every second, while it is written.")


@bp.post("")
@allow(Role.AUDITOR)
@bp.records_reading
@bp.takes(BundleBody)
@bp.hands_out(("application/zip",), "The bundle; `guide.html` in it says what each file is.", located=True)
@bp.may_fail(409, 503)
def prepare_bundle(body: dict[str, Any]) -> Response:
    """Write everything on record about a scope, opened, with its proof. The opening is recorded on each case first.

    `Location` names the bundle: see there how far it is, or cancel it. Closing the connection cancels it too. If the
    connection breaks, the file is not a bundle: the verifier refuses it.
    """
    return bundle_leaving(body["scope"], request.path)


def bundle_leaving(asked: Sequence[str], place: str) -> Response:
    """The answer with which a bundle leaves; `Location` names it below `place`.

    Raises BundleScopeInvalid, and what preparing it raises.
    """
    scope = parse_scope(asked)
    end = downloads().begin(trail_id(caller().actor))
    try:
        prepared = desk().bundles.prepare(scope, this_call())
        bundle_id = desk().bundle_progress.begin(prepared, scope, caller())
    except BaseException:
        end()
        raise
    drop_who_stands_still()
    chunks = desk().bundle_progress.followed(bundle_id, prepared)
    response = Response(_or_broken(chunks, end), mimetype="application/zip")
    response.headers["Location"] = f"{place}/{bundle_id}"
    response.headers["Content-Disposition"] = 'attachment; filename="audit-bundle.zip"'
    response.call_on_close(end)
    return response


@bp.get("/<uuid:bundle_id>")
@allow(Role.AUDITOR)
@bp.shows(BundleProgressView)
def show_bundle(bundle_id: UUID) -> Response:
    """Show how far a bundle is that you asked for in the last week, or what became of it."""
    return show(asdict(desk().bundle_progress.of(bundle_id, caller())))


@bp.delete("/<uuid:bundle_id>")
@allow(Role.AUDITOR)
@bp.shows(BundleProgressView, description="The cancelled bundle.")
@bp.may_fail(409)
def cancel_bundle(bundle_id: UUID) -> Response:
    """Have a bundle written no further; its connection breaks within a second or two. The openings stay on record."""
    return show(asdict(desk().bundle_progress.cancel(bundle_id, caller())))


def _or_broken(chunks: Iterator[bytes], end: Callable[[], None]) -> Iterator[bytes]:
    """The chunks; if one can't be made, the connection is broken, so that a part is not taken for the whole."""
    try:
        yield from chunks
    except DomainError as refusal:
        log.warning("a bundle was cut off: %s", refusal.code)
        raise ConnectionResetError(errno.ECONNRESET, refusal.code) from None
    finally:
        end()
