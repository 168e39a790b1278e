"""Contested decisions by automated means alone: the review by a person, or that none is made (GDPR Art. 22(3))."""

from typing import Any
from uuid import UUID

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Text, Truth, Tuple
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.roles import Role

bp = Resource("automated-decision", "/requests/<uuid:request_id>/items/<item_id>", "Contested automated decisions.")


class DecisionReviewBody(Body):
    """The review of the decision."""

    finding = Choice(ReviewFinding, required=True)
    activities = Tuple(
        Code(),
        load_default=(),
        meaning="The processing contested, by ids of the record of processing; without any, all that the controller "
        "does with data of the people that the request names. That none is made is said of all of it.",
    )
    reviewer = Code(
        load_default=None, allow_none=True, meaning="Member of staff; not needed if no such decision is made."
    )
    competent = Truth(
        load_default=False,
        metadata={"description": "The reviewer has the authority and competence to change the decision."},
    )
    result = Text(load_default="", meaning="What the person is told; sealed. Not needed if no such decision is made.")


@bp.post("/decision-review")
@allow(Role.HANDLER)
@bp.takes(DecisionReviewBody)
@bp.command(RequestView)
def review_decision(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that a person reviewed the decision, or that none is made; the item is then granted."""
    return desk().automated_decision.review(request_id, item_id, this_call(), **body)
