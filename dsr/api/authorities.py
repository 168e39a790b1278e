"""Supervisory authorities, which receive complaints of data subjects (GDPR Art. 77)."""

from dataclasses import asdict

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.fields import Body, View
from dsr.api.operation import allow
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import STAFF
from dsr.domain.roles import Role
from dsr.ropa import AUTHORITIES, authorities_of

bp = Resource("authorities", "/authorities", "Supervisory authorities of the EEA and the United Kingdom.")


class AuthorityView(View):
    """A supervisory authority; public facts."""

    id = fields.String(metadata={"description": "Its id here, such as `de-bfdi`."})
    country = fields.String(metadata={"description": "ISO 3166-1 alpha-2"})
    name = fields.String(metadata={"description": "Its name, in the languages of its country."})
    name_en = fields.String(metadata={"description": "Its name in English."})
    address = fields.List(fields.String(), metadata={"description": "Postal address, one line each."})
    phone = fields.String(metadata={"description": "With the code of the country."})
    web = fields.String(metadata={"description": "Its web site."})
    languages = fields.List(fields.String(), metadata={"description": "ISO 639-1; the languages in which it works."})
    email = fields.String(allow_none=True, metadata={"description": "Null: it names none."})
    complaint_url = fields.String(
        allow_none=True, metadata={"description": "Its form for complaints; null: it has none."}
    )
    region = fields.String(
        allow_none=True, metadata={"description": "The region that it supervises; null: the whole country."}
    )


class AuthorityQuery(Body):
    """Filter by country."""

    country = fields.String(
        load_default=None, validate=validate.Regexp(r"^[A-Z]{2}$"), metadata={"description": "ISO 3166-1 alpha-2"}
    )


@bp.get("")
@allow(*STAFF, Role.DATA_SUBJECT)
@bp.asks(AuthorityQuery)
@bp.shows(page_of(AuthorityView))
def list_authorities(query: dict[str, str | None]) -> Response:
    """List the supervisory authorities, of one country or of all. Always one page."""
    country = query["country"]
    found = authorities_of(country) if country else tuple(AUTHORITIES.values())
    return show({"items": [asdict(each) for each in found], "next": None})
