"""Rectification and completion: assessed first, then done field by field (GDPR Art. 5(1)(d), 16)."""

from typing import Any
from uuid import UUID

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Text
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.values import AccuracyFinding
from dsr.domain.roles import Role

bp = Resource("rectification", "/requests/<uuid:request_id>/items/<item_id>", "Accuracy of data, and its correction.")


class AccuracyBody(Body):
    """Whether the data is accurate and complete."""

    finding = Choice(AccuracyFinding, required=True)
    assessment = Text(required=True, meaning="What was compared with what, and the result; sealed.")


class RectificationBody(Body):
    """The old and the new content of one field."""

    operation = Choice(RectificationOperation, required=True)
    field = Code(required=True, meaning="The name of the field in the system, never its value.")
    system = Code(required=True, meaning="Id of the record of processing.")
    before = Text(load_default="", meaning="Required for a correction; sealed.")
    after = Text(required=True, meaning="The value, or the statement that was added; sealed.")


@bp.post("/accuracy")
@allow(Role.HANDLER)
@bp.takes(AccuracyBody)
@bp.command(RequestView)
def assess_accuracy(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record whether the data is accurate and complete, before it is rectified or the request refused."""
    return desk().rectification.assess(request_id, item_id, this_call(), **body)


@bp.post("/rectification")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(RectificationBody)
@bp.command(RequestView)
def rectify_data(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record what was corrected, completed or added in one field of one system; repeat it for each field."""
    return desk().rectification.rectify(request_id, item_id, this_call(), **body)
