"""Objecting to processing: restrict at once, then balance; direct marketing stops at once (GDPR Art. 21)."""

from typing import Any
from uuid import UUID

from dsr.api.context import desk
from dsr.api.fields import Body, Choice, Code, Text, Tuple
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.values import BalanceFinding
from dsr.domain.roles import Role

bp = Resource("objection", "/requests/<uuid:request_id>/items/<item_id>", "Objections, and the balance of interests.")


class ObjectionBody(Body):
    """The processing objected to, and the reasons."""

    activities = Tuple(
        Code(),
        load_default=(),
        meaning="Ids of the record of processing; none: all of the controller. Consent that any of it rests on is "
        "withdrawn.",
    )
    grounds = Text(
        load_default="",
        meaning="The person's particular situation, where they told it; sealed. Against direct marketing none is "
        "needed, and none is kept.",
    )


class BalanceBody(Body):
    """The result of the balance, and its reasons."""

    finding = Choice(BalanceFinding, required=True)
    assessment = Text(required=True, meaning="The demonstration; sealed.")
    extent = Tuple(
        Text(longest=200),
        load_default=(),
        meaning="If in part: the fields or categories whose processing may continue.",
    )


class StopBody(Body):
    """The systems in which it was stopped."""

    systems = Tuple(Code(), required=True, meaning="Ids of the record of processing.")


@bp.post("/objection")
@allow(Role.HANDLER)
@bp.takes(ObjectionBody)
@bp.command(RequestView, key_required=True)
def raise_objection(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record an objection and restrict the processing at once; direct marketing is stopped and suppressed for good
    instead.

    Consent to any named processing is withdrawn at once, on an item of that right.
    """
    return desk().objection.object(request_id, item_id, this_call(), **body)


@bp.post("/balance")
@allow(Role.HANDLER)
@bp.takes(BalanceBody)
@bp.command(RequestView)
def balance_interests(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record whose grounds prevail; processing without demonstrated grounds has to stop."""
    return desk().objection.balance(request_id, item_id, this_call(), **body)


@bp.post("/stop")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(StopBody)
@bp.command(RequestView)
def stop_processing(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Record that the processing of a granted objection was stopped, and in which systems.

    The restrictions that waited for it end, unless a part of the processing continues.
    """
    return desk().objection.stop(request_id, item_id, this_call(), **body)
