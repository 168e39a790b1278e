"""Restriction of processing, permitted uses, reviews, and lifting after notice (GDPR Art. 18)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.fields import Body, Choice, Code, Day, Ground, Instant, Text, Tuple, View
from dsr.api.letters import LetterBody, draft
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.reports import ReportQuery
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.restriction import RestrictedUse
from dsr.domain.request.standing import RestrictionGround
from dsr.domain.roles import Role
from dsr.projections.restrictions import restrictions_of, restrictions_to_review

bp = Resource("restriction", "", "Data that may only be stored.")

_ONE = "/requests/<uuid:request_id>/restrictions/<uuid:restriction_id>"


class RestrictionBody(Body):
    """A restriction: ground, activities, and date of review."""

    ground = Ground(RestrictionGround, required=True)
    facts = Text(required=True, meaning="The facts of the ground; sealed.")
    activities = Tuple(
        Code(), required=True, shortest=1, meaning="Ids of the record of processing: what is restricted, and no more."
    )
    review_on = Day(required=True, meaning="When it has to be reviewed.")


class RestrictedUseBody(Body):
    """A use of restricted data."""

    use = Ground(RestrictedUse, required=True)
    account = Text(required=True, meaning="What is used, by whom, for what; sealed.")


class ReviewBody(Body):
    """Why the restriction stays, and the next review."""

    review_on = Day(required=True, meaning="When somebody looks again whether the restriction still holds.")
    reason = Text(required=True, meaning="Sealed.")


class LiftingBody(Body):
    """Why the restriction is lifted."""

    reason = Text(required=True, meaning="Sealed.")


class RestrictionView(View):
    """Data that may only be stored, except for the uses of GDPR Art. 18(2)."""

    request_id = fields.UUID()
    restriction_id = fields.UUID(metadata={"description": "Id of the restriction."})
    controller_id = Code()
    item_id = Code()
    ground = Choice(RestrictionGround)
    awaits = fields.String(
        allow_none=True, metadata={"description": "The item of the objection whose balance it waits for."}
    )
    activities = fields.List(fields.String())
    since = Instant(meaning="When it began.")
    review_on = Day(meaning="When somebody looks again whether it still holds.")
    told_at = Instant(allow_none=True, meaning="When the notice before lifting was sent.")
    lifted_at = Instant(allow_none=True, meaning="When it ended.")
    stopped = fields.Boolean(metadata={"description": "It ended with the processing, since an objection prevailed."})


@bp.get("/requests/<uuid:request_id>/restrictions")
@allow(*READERS)
@bp.shows(page_of(RestrictionView))
def list_restrictions(request_id: UUID) -> Response:
    """List the restrictions of a request, oldest first, including lifted ones. Always one page."""
    desk().repository.request(request_id, caller())
    with service().database.reading() as connection:
        return show({"items": restrictions_of(connection, request_id), "next": None})


@bp.get("/reports/restrictions-to-review")
@allow(*READERS)
@bp.asks(ReportQuery)
@bp.shows(page_of(RestrictionView))
def list_restrictions_to_review(query: dict[str, Any]) -> Response:
    """List restrictions whose review is due, the longest due first. One page; `limit` says how many."""
    with service().database.reading() as connection:
        today = service().clock.now().date()
        rows = restrictions_to_review(connection, today, limit=query["limit"], scope=caller().scope)
    return show({"items": rows, "next": None})


@bp.post("/requests/<uuid:request_id>/items/<item_id>/restriction")
@allow(Role.HANDLER)
@bp.takes(RestrictionBody)
@bp.command(RequestView, key_required=True)
def restrict_processing(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Restrict the processing that a granted item asks for, on a ground of GDPR Art. 18(1)."""
    return desk().restriction.restrict(request_id, item_id, this_call(), **body)


@bp.post(f"{_ONE}/use")
@allow(Role.HANDLER)
@bp.takes(RestrictedUseBody)
@bp.command(RequestView)
def use_restricted_data(body: dict[str, Any], request_id: UUID, restriction_id: UUID) -> Answer:
    """Record a use of restricted data: with consent, for legal claims, to protect another, for public interest."""
    return desk().restriction.use(request_id, restriction_id, this_call(), **body)


@bp.post(f"{_ONE}/review")
@allow(Role.HANDLER)
@bp.takes(ReviewBody)
@bp.command(RequestView)
def set_restriction_review(body: dict[str, Any], request_id: UUID, restriction_id: UUID) -> Answer:
    """Keep the restriction until the next review, with the reason."""
    return desk().restriction.set_review(request_id, restriction_id, this_call(), **body)


@bp.post(f"{_ONE}/lifting-notice")
@allow(Role.HANDLER)
@bp.takes(LetterBody)
@bp.command(RequestView)
def announce_lifting(body: dict[str, Any], request_id: UUID, restriction_id: UUID) -> Answer:
    """Record that the notice before lifting was sent; the case may be closed.

    After a review that keeps the restriction, or after the objection is reopened, another notice is needed.
    """
    letter = draft(LetterKind.LIFTING, body)
    return desk().restriction.tell_of_lifting(request_id, restriction_id, this_call(), draft=letter)


@bp.post(f"{_ONE}/lifting")
@allow(Role.HANDLER)
@bp.takes(LiftingBody)
@bp.command(RequestView)
def lift_restriction(body: dict[str, Any], request_id: UUID, restriction_id: UUID) -> Answer:
    """Lift the restriction, after the person was told; the case may be closed."""
    return desk().restriction.lift(request_id, restriction_id, this_call(), **body)
