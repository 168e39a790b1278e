"""The register of decisions: who decided what, when, on which ground, and what was late (GDPR Art. 5(2))."""

from typing import Any

from flask import Response
from marshmallow import fields

from dsr.api.context import caller, service
from dsr.api.fields import Choice, Code, Day, Instant, View
from dsr.api.operation import allow
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.projections import DecisionFilter, DecisionKind, DecisionOutcome, decision_list

bp = Resource("decisions", "/decisions", "Who decided what.")


class DecisionView(View):
    """A decision, open or taken."""

    request_id = fields.UUID()
    version = fields.Integer(metadata={"description": "Version of the event that opened it."})
    position = fields.Integer()
    controller_id = Code()
    kind = Choice(DecisionKind)
    item_id = fields.String(
        allow_none=True, metadata={"description": "The item that it is about; null: the whole request."}
    )
    outcome = Choice(DecisionOutcome)
    opened_at = Instant()
    opened_by = fields.String(metadata={"description": "Who proposed it, or took it."})
    decided_at = Instant(allow_none=True)
    decided_by = fields.String(allow_none=True)
    effective_at = Instant(
        allow_none=True, meaning="When it took effect; null until then, and where it has no date of its own."
    )
    ground = fields.String(allow_none=True, metadata={"description": "Code of the ground; null: it needs none."})
    provision = fields.String(
        allow_none=True, metadata={"description": "The provision that it rests on; null: it names none."}
    )
    extent = fields.List(
        fields.String(), allow_none=True, metadata={"description": "The part concerned, if not the whole."}
    )
    method = fields.String(
        allow_none=True,
        metadata={
            "description": "Code of how it was done: of identification, representation or transfer; null for others."
        },
    )
    assurance = fields.String(
        allow_none=True, metadata={"description": "How sure an identification is; null for other decisions."}
    )
    new_due = Day(allow_none=True, meaning="The due date that follows; null: it moves none.")
    late = fields.Boolean(metadata={"description": "It came after the statutory date."})
    about_id = fields.UUID(allow_none=True, metadata={"description": "The fee, restriction or hold."})
    item_ids = fields.List(fields.String(), allow_none=True, metadata={"description": "Of a fee."})
    amount = fields.Integer(allow_none=True, metadata={"description": "In the smallest unit of the currency."})
    currency = fields.String(allow_none=True)
    offer_ends_on = Day(
        allow_none=True, meaning="The last local date on which a fee may be accepted; null for other decisions."
    )


class DecisionQuery(PageQuery):
    """Filter of decisions."""

    kind = Choice(DecisionKind, load_default=None)
    outcome = Choice(DecisionOutcome, load_default=None)
    controller = Code(load_default=None)
    opened_from = Instant(load_default=None, meaning="Opened at this instant or later.")
    opened_until = Instant(load_default=None, meaning="Opened before this instant.")


@bp.get("")
@allow(*READERS)
@bp.asks(DecisionQuery)
@bp.shows(page_of(DecisionView))
def list_decisions(query: dict[str, Any]) -> Response:
    """List the decisions in scope, the newest first."""
    limit, cursor = query.pop("limit"), query.pop("cursor")
    with service().database.reading() as connection:
        return show_page(
            decision_list(connection, DecisionFilter(**query), cursor=cursor, limit=limit, scope=caller().scope)
        )
