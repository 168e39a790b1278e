"""The bundle of a matter: everything on record about the requests that it concerns (GDPR Art. 31, 58(1))."""

from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.audit import AuditedRequestView
from dsr.api.context import caller, desk
from dsr.api.fields import View
from dsr.api.matters import MatterView, matter_in_scope
from dsr.api.operation import allow
from dsr.api.resource import Resource
from dsr.api.roles import READERS

bp = Resource(
    "matter-bundles", "/matters/<uuid:matter_id>/bundle", "What an authority asks to see of the requests of a matter."
)


class MatterBundleView(View):
    """A matter with its requests, each rebuilt from its events. Sealed parts are opened by a disclosure."""

    matter = fields.Nested(MatterView, metadata={"description": "The matter."})
    requests = fields.List(
        fields.Nested(AuditedRequestView),
        metadata={"description": "The requests that it concerns, as they were linked."},
    )
    withheld = fields.List(
        fields.UUID(), metadata={"description": "Ids of its requests that lie outside the caller's scope."}
    )


@bp.get("")
@allow(*READERS)
@bp.shows(MatterBundleView, versioned=True)
def show_matter_bundle(matter_id: UUID) -> Response:
    """Show the requests that a matter concerns as one bundle: decisions, dates step by step, and every event."""
    row = matter_in_scope(matter_id)
    requests, withheld = desk().audits.bundle(tuple(map(UUID, row["request_ids"])), caller())
    shown = [
        {
            "request": each.request,
            "items": each.items,
            "decisions": each.decisions,
            "deadline": msgspec.to_builtins(each.deadline.deadline) | {"steps": each.deadline.steps},
            "timeline": each.timeline,
        }
        for each in requests
    ]
    return show({"matter": row, "requests": shown, "withheld": withheld}, version=row["version"])
