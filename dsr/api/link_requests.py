"""New links to packages that people asked for (docs/law §12)."""

from typing import Any

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import caller, service
from dsr.api.fields import Body, Code, Instant, View
from dsr.api.operation import allow
from dsr.api.pages import LARGEST, USUAL, page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.projections.link_requests import waiting_link_requests

bp = Resource("link-requests", "/reports/link-requests", "New links that people asked for.")


class LinkRequestQuery(Body):
    """The maximum number."""

    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, LARGEST))


class LinkRequestView(View):
    """A person who waits for a new link to their package."""

    request_id = fields.UUID()
    item_id = Code()
    export_id = fields.UUID(metadata={"description": "The package, whose link was used up, expired or revoked."})
    requested_at = Instant(meaning="When the person asked for it.")
    granted_at = Instant(allow_none=True, meaning="When a new link was offered; null until then.")


@bp.get("")
@allow(*READERS)
@bp.asks(LinkRequestQuery)
@bp.shows(page_of(LinkRequestView))
def list_link_requests(query: dict[str, Any]) -> Response:
    """List people who wait for a new link, the longest wait first. `renew_link` or `offer_export` grants it."""
    with service().database.reading() as connection:
        rows = waiting_link_requests(connection, limit=query["limit"], scope=caller().scope)
    return show({"items": rows, "next": None})
