"""Facts that a person recorded by hand on a later day, and their confirmation (GDPR Art. 5(2))."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Choice, Day, Instant, NoBody, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.earlier_fact import EarlierFact, EarlierFactKind
from dsr.domain.roles import Role

bp = Resource(
    "earlier-facts",
    "/requests/<uuid:request_id>/earlier-facts",
    "What a person recorded by hand on a later day, and who confirmed it.",
)


class EarlierFactView(View):
    """A fact about an earlier day; until it is confirmed, it counts from the day of its entry."""

    fact = fields.Integer(metadata={"description": "Its number: the version of the request that recorded it."})
    kind = Choice(EarlierFactKind)
    happened_on = Day(meaning="The stated local date.")
    recorded_at = Instant()
    recorded_by = fields.String()
    confirmed_at = Instant(allow_none=True, meaning="Null while it waits for confirmation.")
    confirmed_by = fields.String(allow_none=True, metadata={"description": "Who confirmed it; null while it waits."})


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(EarlierFactView), versioned=True)
def list_earlier_facts(request_id: UUID) -> Response:
    """List what was recorded by hand on a later day and would move a date later or make something punctual, oldest
    entry first. Always one page.
    """
    facts, version = desk().deadlines.earlier_facts(request_id, caller())
    return show({"items": [_shown(fact) for fact in facts], "next": None}, version=version)


@bp.post("/<int:fact>/confirmation")
@allow(Role.APPROVER)
@bp.takes(NoBody)
@bp.command(RequestView)
def confirm_earlier_fact(_: dict[str, Any], request_id: UUID, fact: int) -> Answer:
    """Confirm what another person recorded by hand on a later day; it counts from the stated day now."""
    return desk().deadlines.confirm_earlier_fact(request_id, this_call(), fact=fact)


def _shown(fact: EarlierFact) -> dict[str, object]:
    return {
        "fact": fact.version,
        "kind": fact.kind,
        "happened_on": fact.happened_on,
        "recorded_at": fact.recorded_at,
        "recorded_by": fact.recorded_by,
        "confirmed_at": fact.confirmed_at,
        "confirmed_by": fact.confirmed_by or None,
    }
