"""Disclosures: personal data is opened for a purpose, on record, by roles that need it (GDPR Art. 5(1)(c), 5(2),
32).

Purposes by role:

- intake looks into what arrived to route it: `triage`;
- a handler does the whole work on a case: everything but `audit`;
- an approver judges a proposal, an answer or a complaint;
- the DPO advises and monitors (Art. 39): every purpose;
- a system owner has to know for whom to search: `assessment`;
- an auditor opens what the audit needs, and nothing else: `audit`.

Nobody else opens anything: the operator does not, and the data subject gets an answer instead.
"""

from typing import Any, Final
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Choice, Instant, Tuple, Unscanned, View, WholeNumber
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.scanning import NotScanned, not_scanned
from dsr.blobs import ENDINGS
from dsr.desk.errors import Forbidden
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.roles import Role

bp = Resource("disclosures", "/requests/<uuid:request_id>", "Opening personal data, on record.")

_P = DisclosurePurpose

PURPOSES: Final[dict[Role, frozenset[DisclosurePurpose]]] = {
    Role.INTAKE: frozenset({_P.TRIAGE}),
    Role.HANDLER: frozenset(_P) - {_P.AUDIT},
    Role.APPROVER: frozenset({_P.IDENTITY_CHECK, _P.ASSESSMENT, _P.ANSWERING, _P.COMPLAINT}),
    Role.DPO: frozenset(_P),
    Role.SYSTEM_OWNER: frozenset({_P.ASSESSMENT}),
    Role.AUDITOR: frozenset({_P.AUDIT}),
}


def require_purpose(purpose: DisclosurePurpose) -> None:
    """Raise Forbidden unless a role of the caller needs this purpose."""
    if not any(purpose in PURPOSES.get(role, ()) for role in caller().roles):
        raise Forbidden(f"Your roles don't open personal data for '{purpose}'.")


class DisclosureBody(Body):
    """The parts to open, and the purpose."""

    purpose = Choice(DisclosurePurpose, required=True)
    versions = Tuple(
        WholeNumber(validate=validate.Range(1, 2**31 - 1)),
        load_default=None,
        allow_none=True,
        meaning="Versions of the events to open, as the timeline shows them; null: all.",
    )


class OriginalBody(Body):
    """The file to open, by the version of its event, and the purpose."""

    purpose = Choice(DisclosurePurpose, required=True)
    version = WholeNumber(
        required=True,
        validate=validate.Range(1, 2**31 - 1),
        metadata={"description": "The event, by its place in the history of the request, as `timeline` shows it."},
    )
    part = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 10_000),
        metadata={"description": "Of a mail: only the attachment with this index, from 0; null: all."},
    )
    unscanned = Unscanned()


class OpenedView(View):
    """The opened parts of one event."""

    version = fields.Integer(metadata={"description": "Version of the event that holds them, as in the timeline."})
    name = fields.String(metadata={"description": "Name of that event."})
    recorded_at = Instant()
    fields_ = fields.Dict(
        keys=fields.String(), data_key="fields", metadata={"description": "The opened parts, by name."}
    )
    forgotten = fields.List(fields.String(), metadata={"description": "Parts whose key was destroyed."})


class DisclosureView(View):
    """The opened parts, and the version of the request afterwards."""

    request_id = fields.UUID()
    version = fields.Integer(metadata={"description": "Of the request, after the opening."})
    opened = fields.List(fields.Nested(OpenedView))
    not_scanned = NotScanned()


class OpeningView(View):
    """The opened parts of another resource, and its version afterwards."""

    version = fields.Integer(metadata={"description": "Of the resource, after the opening."})
    opened = fields.List(fields.Nested(OpenedView))


@bp.post("/disclosures")
@allow(*PURPOSES)
@bp.takes(DisclosureBody)
@bp.command(DisclosureView)
def open_request(body: dict[str, Any], request_id: UUID) -> Response:
    """Open sealed parts of events; recorded before they are shown. One command records one opening."""
    require_purpose(body["purpose"])
    disclosure = desk().disclosures.open(request_id, this_call(), **body)
    return show(msgspec.to_builtins(disclosure) | not_scanned(), version=disclosure.version)


@bp.post("/originals")
@allow(*PURPOSES)
@bp.takes(OriginalBody)
@bp.command(None, versioned=False)
@bp.hands_out(("message/rfc822", "application/octet-stream", *ENDINGS), "The file, byte for byte.", scanned=True)
def open_original(body: dict[str, Any], request_id: UUID) -> Response:
    """Read an original message or a part of it, a proof of identity, or an attachment; recorded before it is shown."""
    require_purpose(body["purpose"])
    file = desk().disclosures.original(request_id, this_call(), **body)
    ending = "bin" if file.media_type == "application/octet-stream" else ENDINGS.get(file.media_type, "eml")
    name = file.name or f"{request_id}.{ending}"
    response = Response(file.chunks)
    response.headers["Content-Type"] = file.media_type
    response.headers["Content-Length"] = str(file.size)
    response.headers["DSR-Scanned"] = "yes" if file.is_scanned else "no"
    response.headers.set("Content-Disposition", "attachment", filename=name)  # never shown inline, whatever its type
    return response
