"""Erasures on own initiative: data erased without a request (GDPR Art. 5(1)(c), (e), 8, 17(1))."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import PURPOSES, OpeningView, require_purpose
from dsr.api.fields import Body, Choice, Code, Email, Instant, Text, Tuple, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.quarantine import PurposeBody
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.errors import OwnErasureUnknown
from dsr.desk.idempotency import Answer
from dsr.domain.own_erasure import OwnErasureKind, OwnErasureStatus
from dsr.domain.roles import Role
from dsr.projections.own_erasures import own_erasure_list, own_erasure_row
from dsr.projections.rows import Row

bp = Resource("own-erasures", "/own-initiative-erasures", "Data to erase without a request.")


class OwnErasureView(View):
    """A report of data to erase, with its status. Sealed parts are opened by a disclosure."""

    own_erasure_id = fields.UUID(metadata={"description": "Id of the report."})
    version = fields.Integer()
    position = fields.Integer()
    status = Choice(OwnErasureStatus)
    kind = Choice(OwnErasureKind)
    controller_id = Code()
    system = Code(meaning="Where it was found.")
    request_id = fields.UUID(allow_none=True, metadata={"description": "The request that led to it."})
    found_at = Instant(meaning="When the data was found.")
    reported_at = Instant(meaning="When it was reported.")
    reported_by = fields.String(metadata={"description": "Who reported it."})
    deleted_at = Instant(allow_none=True, meaning="When the data was deleted; null until then.")
    systems = fields.List(fields.String(), metadata={"description": "Every system that it was deleted from."})
    recipients_told = fields.List(fields.String(), metadata={"description": "The recipients who were told of it."})
    person_unknown = fields.Boolean(
        allow_none=True, metadata={"description": "The person is unknown; null until the data is deleted."}
    )
    settled_at = Instant(allow_none=True)
    settled_by = fields.String(allow_none=True, metadata={"description": "Who deleted it, or cancelled the report."})


class ReportBody(Body):
    """A report of data to erase."""

    kind = Choice(OwnErasureKind, required=True)
    controller_id = Code(required=True, meaning="The controller whose data is erased.")
    system = Code(required=True, meaning="Where it was found, by the record of processing.")
    found_at = Instant(required=True, meaning="When the data was found.")
    description = Text(required=True, meaning="How its administrator finds it again; sealed.")
    reported_by = Code(load_default=None, meaning="Identifier of the member of staff who found it; default: you.")
    request_id = fields.UUID(load_default=None, metadata={"description": "The request that led to it."})


class DeletionBody(Body):
    """The deletion."""

    deleted_at = Instant(load_default=None, meaning="Now unless given.")
    systems = Tuple(Code(), required=True, meaning="Every system that it was deleted from.")
    recipients_told = Tuple(Code(), load_default=(), meaning="Recipients that were told (GDPR Art. 19).")
    account = Text(required=True, meaning="What was deleted, and how; sealed.")
    email = Email(load_default="", meaning="Of the person; looked up for holds, and not stored.")
    phone = Text(longest=60, load_default="", meaning="As `email`.")
    identifiers = Tuple(Text(longest=100), load_default=(), meaning="Customer, contract or staff numbers; as `email`.")
    person_unknown = fields.Boolean(
        load_default=False,
        metadata={"description": "The person is unknown, and no request led to the report."},
    )


class CancellationBody(Body):
    """Why the data may stay."""

    reason = Text(required=True, meaning="Sealed.")


class OwnErasureQuery(PageQuery):
    """Filter of reports."""

    status = Choice(OwnErasureStatus, load_default=None)
    kind = Choice(OwnErasureKind, load_default=None)
    controller = Code(load_default=None)


@bp.post("")
@allow(Role.INTAKE, Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(ReportBody)
@bp.command(OwnErasureView, if_match=False, key_required=True, made="own-erasures.show_own_erasure")
def report_own_erasure(body: dict[str, Any]) -> Answer:
    """Report data to erase: of a child, of a refused recording, without a legal basis."""
    return desk().own_erasures.report(this_call(), **body)


@bp.get("")
@allow(*READERS)
@bp.asks(OwnErasureQuery)
@bp.shows(page_of(OwnErasureView))
def list_own_erasures(query: dict[str, Any]) -> Response:
    """List reports in scope, oldest first."""
    with service().database.reading() as connection:
        return show_page(own_erasure_list(connection, **query, scope=caller().scope))


@bp.get("/<uuid:own_erasure_id>")
@allow(*READERS)
@bp.shows(OwnErasureView, versioned=True)
def show_own_erasure(own_erasure_id: UUID) -> Response:
    """Show a report and its status."""
    row = _row(own_erasure_id)
    return show(row, version=row["version"])


@bp.post("/<uuid:own_erasure_id>/completion")
@allow(Role.SYSTEM_OWNER)
@bp.takes(DeletionBody)
@bp.command(OwnErasureView)
def complete_own_erasure(body: dict[str, Any], own_erasure_id: UUID) -> Answer:
    """Record that you, the administrator of the system, deleted the data."""
    return desk().own_erasures.carry_out(own_erasure_id, this_call(), **body)


@bp.post("/<uuid:own_erasure_id>/cancellation")
@allow(Role.HANDLER)
@bp.takes(CancellationBody)
@bp.command(OwnErasureView)
def cancel_own_erasure(body: dict[str, Any], own_erasure_id: UUID) -> Answer:
    """Cancel a wrong report, with the reason why the data may stay."""
    return desk().own_erasures.cancel(own_erasure_id, this_call(), **body)


@bp.post("/<uuid:own_erasure_id>/disclosures")
@allow(*PURPOSES)
@bp.takes(PurposeBody)
@bp.shows(OpeningView, versioned=True)
def open_own_erasure(body: dict[str, Any], own_erasure_id: UUID) -> Response:
    """Open its sealed parts; recorded before they are shown. Every call is a new opening, so it takes no idempotency
    key.
    """
    require_purpose(body["purpose"])
    opening = desk().own_erasures.open(own_erasure_id, this_call(), purpose=body["purpose"])
    return show(opening, version=opening.version)


def _row(own_erasure_id: UUID) -> Row:
    with service().database.reading() as connection:
        row = own_erasure_row(connection, own_erasure_id)
    if row is None or not caller().sees(own_erasure_id, row["controller_id"]):
        raise OwnErasureUnknown()
    return row
