"""Suggestions of duplicates: other requests that may ask the same."""

from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Choice, Code, Day, View
from dsr.api.operation import allow
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.desk.duplicates import Strength
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.projections.requests import CLOSED, OPEN
from dsr.vault import IndexPurpose

bp = Resource("duplicates", "/requests/<uuid:request_id>", "Requests that may ask the same.")


class DuplicateSuggestionView(View):
    """A request that may come from the same person and ask the same. A hint: a person reads both, and links."""

    request_id = fields.UUID()
    reference = fields.String()
    controller_id = Code()
    marks = fields.List(Choice(IndexPurpose), metadata={"description": "Kinds of matching identifiers, never values."})
    strength = Choice(Strength, meaning="`weak`: a name alone, which many people share.")
    rights = fields.List(Choice(Right), metadata={"description": "Exercised by both."})
    received_on = Day()
    status = fields.String(metadata={"enum": [OPEN, CLOSED], "description": "Whether it is open or closed."})
    outcome = Choice(Outcome, allow_none=True)
    linkable = fields.Boolean(metadata={"description": "`duplicate-link` to this one would succeed."})
    link_code = fields.String(
        allow_none=True, metadata={"description": "The code with which `duplicate-link` would be refused."}
    )


@bp.get("/duplicate-suggestions")
@allow(Role.HANDLER, Role.APPROVER, Role.DPO)
@bp.shows(page_of(DuplicateSuggestionView))
def suggest_duplicates(request_id: UUID) -> Response:
    """Suggest requests in scope that share an identifier and a right and arrived within ninety days of this one.

    Earlier arrivals come first. Always one page of fifty at most.
    """
    return show({"items": desk().duplicates.suggestions(request_id, caller()), "next": None})
