"""Audit bundles over HTTP: written while they leave, so that no opened copy is ever at rest (GDPR Art. 31, 58(1))."""

import errno
import logging
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response

from dsr.api.context import caller, desk, downloads
from dsr.api.downloads import drop_who_stands_still
from dsr.api.fields import Body, Text, Tuple
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.desk.bundles import parse_scope
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


@bp.post("")
@allow(Role.AUDITOR)
@bp.records_reading
@bp.takes(BundleBody)
@bp.hands_out(("application/zip",), "The bundle; `guide.html` in it says what each file is.")
@bp.may_fail(409, 503)
def prepare_bundle(body: dict[str, Any]) -> Response:
    """Write everything on record about a scope, opened, with its proof. The opening is recorded on each case first.

    Close the connection to cancel. If the connection breaks, the file is not a bundle: the verifier refuses it.
    """
    scope = parse_scope(body["scope"])
    end = downloads().begin(trail_id(caller().actor))
    try:
        prepared = desk().bundles.prepare(scope, this_call())
    except BaseException:
        end()
        raise
    drop_who_stands_still()
    response = Response(_or_broken(prepared.chunks(lambda _what, _number: None), end), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="audit-bundle.zip"'
    response.call_on_close(end)
    return response


def _or_broken(chunks: Iterator[bytes], end: Callable[[], None]) -> Iterator[bytes]:
    """The chunks; if one can't be made, the connection is broken, so that a part is not taken for the whole."""
    try:
        yield from chunks
    except DomainError as refusal:
        log.warning("a bundle was cut off: %s", refusal.code)
        raise ConnectionResetError(errno.ECONNRESET, refusal.code) from None
    finally:
        end()
