"""Holds: data that may not be deleted, and the query of a retention job (docs/law §3, §6)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk, service
from dsr.api.deadlines import DecisionBody
from dsr.api.fields import Body, Choice, Code, Email, Ground, Instant, Text, Tuple, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.standing import ExceptionGround, HoldKind
from dsr.domain.roles import Role
from dsr.projections.holds import HoldFilter, hold_list

bp = Resource("holds", "/holds", "Data that may not be deleted while it is needed.")
of_request = Resource("request-holds", "/requests/<uuid:request_id>/holds", "Holds of a request.")


class HoldQuery(PageQuery):
    """Filter of holds; default: those in force."""

    kind = Choice(HoldKind, load_default=None)
    controller = Code(load_default=None)
    system = Code(load_default=None, meaning="Id of the record of processing.")
    activity = Code(load_default=None, meaning="Id of the record of processing.")
    released = fields.Boolean(load_default=False, metadata={"description": "Released holds instead."})


class HoldView(View):
    """A hold with its case and start."""

    request_id = fields.UUID()
    hold_id = fields.UUID(metadata={"description": "Id of the hold, or of the message that holds."})
    position = fields.Integer(
        allow_none=True, metadata={"description": "In the log; null where a message holds, whose id is `hold_id`."}
    )
    kind = Choice(HoldKind)
    controller_id = Code()
    activities = fields.List(fields.String(), metadata={"description": "Empty where a message holds."})
    systems = fields.List(
        fields.String(), metadata={"description": "Empty: every system of the controller, as where a message holds."}
    )
    placed_at = Instant(meaning="Where a message holds: its arrival.")
    placed_by = fields.String(allow_none=True, metadata={"description": "Null where a message holds."})
    released_at = Instant(allow_none=True)
    released_by = fields.String(allow_none=True)


class HoldBody(Body):
    """The data to hold, and the reason."""

    kind = Choice(HoldKind, load_default=HoldKind.LEGAL)
    controller_id = Code(load_default=None, meaning="The controller that has the request, unless named.")
    activities = Tuple(Code(), load_default=(), meaning="Ids of the record of processing.")
    systems = Tuple(Code(), load_default=(), meaning="Ids of the record of processing.")
    reason = Text(required=True, meaning="Sealed.")


class ReleaseBody(Body):
    """Why the hold is no longer needed."""

    reason = Text(required=True, meaning="Sealed.")


class ExceptionBody(Body):
    """Why restricted data is deleted, and where."""

    ground = Ground(ExceptionGround, required=True)
    systems = Tuple(Code(), load_default=(), meaning="Ids of the record of processing; default: all that it holds.")
    reason = Text(required=True, meaning="Sealed.")


class RetentionBody(Body):
    """The person and system of a planned deletion. Nothing of it is stored or logged."""

    controller_id = Code(required=True, meaning="The controller whose data would be deleted.")
    system = Code(required=True, meaning="Id of the record of processing.")
    email = Email(load_default="", meaning="Of the person whose data would be deleted.")
    phone = Text(longest=60, load_default="", meaning="Of the person whose data would be deleted.")
    identifiers = Tuple(Text(longest=100), load_default=(), meaning="Customer, contract or staff numbers.")


class HoldInWayView(View):
    """A hold that prevents deletion."""

    hold_id = fields.UUID(metadata={"description": "Where a message holds, its id; of a request's first, the request."})
    kind = Choice(HoldKind)
    controller_id = Code()
    activities = fields.List(fields.String())
    systems = fields.List(fields.String(), metadata={"description": "Empty: every system of the controller."})


class RetentionView(View):
    """Whether it may be deleted now."""

    may_delete = fields.Boolean(metadata={"description": "True: nothing on record forbids it now."})
    holds = fields.List(
        fields.Nested(HoldInWayView), metadata={"description": "The holds that forbid it; empty: none."}
    )


@bp.get("")
@allow(*READERS)
@bp.asks(HoldQuery)
@bp.shows(page_of(HoldView))
def list_holds(query: dict[str, Any]) -> Response:
    """List holds in the order in which they were placed.

    A message that suggests access, portability, restriction or objection holds from its arrival until somebody examines
    it, or registers or dismisses the request that it opens.
    """
    limit, cursor = query.pop("limit"), query.pop("cursor")
    with service().database.reading() as connection:
        page = hold_list(connection, HoldFilter(**query), cursor=cursor, limit=limit, scope=caller().scope)
    return show_page(page)


@bp.post("/check")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(RetentionBody)
@bp.shows(RetentionView)
def check_holds(body: dict[str, Any]) -> Response:
    """Ask whether data of a person may be deleted from a system now."""
    answer = desk().holds.may_delete(caller(), **body)
    holds = [{name: getattr(hold, name) for name in HoldInWayView().fields} for hold in answer.holds]
    return show({"may_delete": answer.may_delete, "holds": holds})


@of_request.post("")
@allow(Role.HANDLER)
@of_request.takes(HoldBody)
@of_request.command(RequestView)
def place_hold(body: dict[str, Any], request_id: UUID) -> Answer:
    """Place a hold, with a reason; access, portability, restriction and objection place holds automatically."""
    return desk().holds.place(request_id, this_call(), **body)


@of_request.post("/<uuid:hold_id>/exception")
@allow(Role.HANDLER)
@of_request.takes(ExceptionBody)
@of_request.command(RequestView)
def propose_exception(body: dict[str, Any], request_id: UUID, hold_id: UUID) -> Answer:
    """Propose to delete restricted data after all, with the reason; somebody else decides."""
    return desk().holds.propose_exception(request_id, hold_id, this_call(), **body)


@of_request.post("/<uuid:hold_id>/exception/decision")
@allow(Role.APPROVER)
@of_request.takes(DecisionBody)
@of_request.command(RequestView)
def decide_exception(body: dict[str, Any], request_id: UUID, hold_id: UUID) -> Answer:
    """Agree to delete restricted data, or decline with a reason; the person who proposed it can do neither."""
    return desk().holds.decide_exception(request_id, hold_id, this_call(), **body)


@of_request.post("/<uuid:hold_id>/release")
@allow(Role.HANDLER)
@of_request.takes(ReleaseBody)
@of_request.command(RequestView)
def release_hold(body: dict[str, Any], request_id: UUID, hold_id: UUID) -> Answer:
    """Release a hold, with a reason; closing a request releases the holds for its answer."""
    return desk().holds.release(request_id, hold_id, this_call(), **body)
