"""Disclosures to authorities: express request, review by a second person, what was given (GDPR Art. 5(2), 6, 48)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.disclosures import PURPOSES, OpeningView, require_purpose
from dsr.api.fields import Body, Choice, Code, Instant, Text, Tuple, View, Whole
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.quarantine import PurposeBody
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.errors import AuthorityDisclosureUnknown
from dsr.desk.idempotency import Answer
from dsr.domain.authority_disclosure import AuthorityDisclosureStatus, DisclosureFinding
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.projections.authority_disclosures import authority_disclosure_list, authority_disclosure_row
from dsr.projections.rows import Row

bp = Resource("authority-disclosures", "/authority-disclosures", "Requests of authorities, and data given to them.")


class AuthorityDisclosureView(View):
    """The request of an authority and its outcome. Sealed parts are opened by a disclosure."""

    authority_disclosure_id = fields.UUID(metadata={"description": "Id of the disclosure to an authority."})
    version = fields.Integer()
    position = fields.Integer()
    status = Choice(AuthorityDisclosureStatus)
    controller_id = Code()
    authority = fields.String(metadata={"description": "Name of the authority."})
    country = fields.String(metadata={"description": "ISO 3166-1 alpha-2; where the authority is."})
    third_country = fields.Boolean(metadata={"description": "GDPR Art. 48 applies."})
    received_at = Instant()
    channel = Choice(Channel)
    provision_cited = fields.String(metadata={"description": "The provision cited by the authority; may be empty."})
    request_id = fields.UUID(
        allow_none=True, metadata={"description": "The request as which its letter was first registered."}
    )
    recorded_at = Instant()
    recorded_by = fields.String()
    finding = Choice(DisclosureFinding, allow_none=True)
    provision = fields.String(allow_none=True, metadata={"description": "The provision that obliges or permits us."})
    agreement = fields.String(allow_none=True, metadata={"description": "International agreement (GDPR Art. 48)."})
    extent = fields.List(fields.String(), metadata={"description": "Categories of data that may be given."})
    reviewed_at = Instant(allow_none=True, meaning="When it was reviewed; null until then.")
    reviewed_by = fields.String(allow_none=True, metadata={"description": "Who reviewed it; null until then."})
    given_at = Instant(allow_none=True, meaning="When the data was given; null until then.")
    given_by = fields.String(allow_none=True, metadata={"description": "Who gave it; null until then."})
    given_channel = Choice(Channel, allow_none=True)
    systems = fields.List(fields.String(), metadata={"description": "Source systems."})
    categories = fields.List(fields.String(), metadata={"description": "Categories of data that were given."})
    matter_id = fields.UUID(
        allow_none=True, metadata={"description": "The matter in which the authority asks; null: none."}
    )


class AuthorityRequestBody(Body):
    """A written request of an authority."""

    controller_id = Code(required=True, meaning="Whom it asks.")
    authority = Text(longest=300, required=True, meaning="Name of the authority, never of a person.")
    country = fields.String(
        required=True,
        validate=Whole(r"^[A-Z]{2}$", error="Two capital letters."),
        metadata={"description": "ISO 3166-1 alpha-2, of the authority."},
    )
    received_at = Instant(required=True, meaning="When it arrived.")
    channel = Choice(Channel, required=True, meaning="Channel of the letter; an oral request is not enough.")
    text = Text(required=True, meaning="Content of the letter; sealed.")
    reference = Text(longest=300, load_default="", meaning="File number of the letter; sealed.")
    provision = Text(longest=500, load_default="", meaning="The provision that the authority cites, if any.")
    request_id = fields.UUID(
        load_default=None, metadata={"description": "The request as which its letter was first registered."}
    )
    matter_id = fields.UUID(
        load_default=None,
        metadata={"description": "The inquiry, order or claim in which the authority asks, of `/matters`."},
    )


class AuthorityReviewBody(Body):
    """What may be given, and why."""

    finding = Choice(DisclosureFinding, required=True)
    provision = Text(
        longest=500, load_default="", meaning="The provision that obliges or permits us (GDPR Art. 6(1)(c), (3))."
    )
    agreement = Text(longest=500, load_default="", meaning="International agreement in force (GDPR Art. 48).")
    extent = Tuple(Code(), load_default=(), meaning="Categories of data by the record of processing; none if refused.")
    reasons = Text(required=True, meaning="Sealed.")


class DeliveryBody(Body):
    """What was given, and to whom."""

    given_at = Instant(load_default=None, meaning="Now unless given.")
    channel = Choice(Channel, required=True)
    systems = Tuple(Code(), required=True, meaning="Source systems.")
    categories = Tuple(Code(), required=True, meaning="Categories of data; no more than the review allowed.")
    content = Text(required=True, meaning="Which data was given, and whose; sealed.")
    contact = Text(required=True, meaning="Who received it at the authority; sealed.")


class AuthorityDisclosureQuery(PageQuery):
    """Filter of authorities' requests."""

    status = Choice(AuthorityDisclosureStatus, load_default=None)
    controller = Code(load_default=None)
    matter_id = fields.UUID(load_default=None, metadata={"description": "Only what was asked for in this matter."})


@bp.post("")
@allow(Role.INTAKE, Role.HANDLER)
@bp.takes(AuthorityRequestBody)
@bp.command(
    AuthorityDisclosureView,
    if_match=False,
    key_required=True,
    made="authority-disclosures.show_authority_disclosure",
)
def record_authority_request(body: dict[str, Any]) -> Answer:
    """Record the express request of an authority. Nothing is given yet."""
    return desk().authority_disclosures.record_request(this_call(), **body)


@bp.get("")
@allow(*READERS)
@bp.asks(AuthorityDisclosureQuery)
@bp.shows(page_of(AuthorityDisclosureView))
def list_authority_disclosures(query: dict[str, Any]) -> Response:
    """List the requests of authorities in scope, oldest first."""
    with service().database.reading() as connection:
        return show_page(authority_disclosure_list(connection, **query, scope=caller().scope))


@bp.get("/<uuid:authority_disclosure_id>")
@allow(*READERS)
@bp.shows(AuthorityDisclosureView, versioned=True)
def show_authority_disclosure(authority_disclosure_id: UUID) -> Response:
    """Show a request of an authority, its decision, and the data given."""
    row = _row(authority_disclosure_id)
    return show(row, version=row["version"])


@bp.post("/<uuid:authority_disclosure_id>/review")
@allow(Role.APPROVER)
@bp.takes(AuthorityReviewBody)
@bp.command(AuthorityDisclosureView)
def review_authority_request(body: dict[str, Any], authority_disclosure_id: UUID) -> Answer:
    """Decide what may be given, on which provision; never the person who recorded the request."""
    return desk().authority_disclosures.review(authority_disclosure_id, this_call(), **body)


@bp.post("/<uuid:authority_disclosure_id>/delivery")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(DeliveryBody)
@bp.command(AuthorityDisclosureView)
def deliver_authority_disclosure(body: dict[str, Any], authority_disclosure_id: UUID) -> Answer:
    """Record what was given, from which systems, and to whom."""
    return desk().authority_disclosures.give(authority_disclosure_id, this_call(), **body)


@bp.post("/<uuid:authority_disclosure_id>/disclosures")
@allow(*PURPOSES)
@bp.takes(PurposeBody)
@bp.shows(OpeningView, versioned=True)
def open_authority_disclosure(body: dict[str, Any], authority_disclosure_id: UUID) -> Response:
    """Open its sealed parts; recorded before they are shown. Every call is a new opening, so it takes no idempotency
    key.
    """
    require_purpose(body["purpose"])
    opening = desk().authority_disclosures.open(authority_disclosure_id, this_call(), purpose=body["purpose"])
    return show(opening, version=opening.version)


def _row(authority_disclosure_id: UUID) -> Row:
    with service().database.reading() as connection:
        row = authority_disclosure_row(connection, authority_disclosure_id)
    if row is None or not caller().sees(authority_disclosure_id, row["controller_id"]):
        raise AuthorityDisclosureUnknown()
    return row
