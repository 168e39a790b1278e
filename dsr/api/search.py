"""Search for a person's requests by identifiers."""

from typing import Any

from flask import Response
from marshmallow import ValidationError, validate, validates_schema

from dsr.api.context import caller, desk
from dsr.api.fields import Email, Reference, Text, WholeNumber
from dsr.api.operation import allow
from dsr.api.pages import LARGEST, USUAL, PageQuery, page_of, show_page
from dsr.api.requests import by_reference
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.errors import Forbidden
from dsr.domain.roles import Role
from dsr.vault import IndexPurpose

bp = Resource("search", "/requests/search", "Search for a person's requests by identifiers.")

_KINDS = ("email", "phone", "name", "identifier", "reference")


class SearchBody(PageQuery):
    """One identifier of the person or the reference of the request, and the page. Nothing of it is stored or logged."""

    limit = WholeNumber(
        load_default=USUAL,
        validate=validate.Range(1, LARGEST),
        metadata={"description": "Requests on a page, at most 200."},
    )
    email = Email(meaning="Of the person or the representative.")
    phone = Text(longest=60, meaning="In its international form, as +49 30 1234567.")
    name = Text(longest=300, meaning="The order of its words, accents and case do not matter.")
    identifier = Text(longest=100, meaning="A customer, contract or staff number.")
    reference = Reference()

    @validates_schema
    def one_kind(self, given: dict[str, Any], **_: object) -> None:
        """Exactly one kind, so that the meaning of a hit is clear."""
        if len(given.keys() & set(_KINDS)) != 1:
            raise ValidationError(f"Give one of {', '.join(_KINDS)}.")


@bp.post("")
@allow(Role.INTAKE, Role.HANDLER, Role.APPROVER, Role.DPO, Role.AUDITOR)
@bp.reads
@bp.takes(SearchBody)
@bp.shows(page_of(RequestView))
def search_requests(body: dict[str, Any]) -> Response:
    """Find the requests of a person in scope, open and closed, latest arrival first; nothing sealed is opened."""
    limit, cursor = body.pop("limit"), body.pop("cursor")
    ((kind, value),) = body.items()
    if caller().is_auditor and kind != "reference":
        raise Forbidden("An auditor finds a request by its reference, and not by the person.")
    if kind == "reference":
        return show_page(by_reference(value))
    return show_page(
        desk().search.by_person(caller(), kind=IndexPurpose(kind), value=value, cursor=cursor, limit=limit)
    )
