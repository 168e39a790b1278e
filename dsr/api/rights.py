"""Rights that exist for the processing of a person's data, with the article (docs/law §4)."""

from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Choice, Code, View
from dsr.api.operation import allow
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.domain.request.basis import Existence
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis

bp = Resource("rights", "/requests/<uuid:request_id>/rights", "Which rights exist, and why.")


class RightView(View):
    """One right, for one activity."""

    controller_id = Code()
    activity = Code(meaning="Id of the processing activity in the record of processing.")
    basis = Choice(LegalBasis)
    right = Choice(Right)
    direct_marketing = fields.Boolean()
    existence = Choice(Existence)
    provision = fields.String()
    why = fields.String(metadata={"description": "Why it exists or not, in a sentence."})


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(RightView))
def list_rights(request_id: UUID) -> Response:
    """Show the rights that exist on each legal basis, by the request's pinned record of processing. One page."""
    lines = [
        {
            "controller_id": each.controller_id,
            "activity": each.activity,
            "basis": each.basis.value,
            "right": each.right.value,
            "direct_marketing": each.direct_marketing,
            "existence": each.verdict.existence.value,
            "provision": each.verdict.provision,
            "why": each.verdict.why,
        }
        for each in desk().rights.of_case(request_id, caller())
    ]
    return show({"items": lines, "next": None})
