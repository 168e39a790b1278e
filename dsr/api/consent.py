"""Withdrawing consent: at any time, at once, without a proof of identity; never refused (GDPR Art. 7(3))."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields

from dsr.api.context import desk, is_subject
from dsr.api.fields import Body, Code, Text, Tuple
from dsr.api.operation import allow, respond, this_call
from dsr.api.resource import Resource, either
from dsr.api.views import RequestView, SubjectRequestView, for_subject
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role

bp = Resource("consent", "/requests/<uuid:request_id>", "Withdrawal of consent.")


class ConsentWithdrawalBody(Body):
    """The consent to withdraw."""

    item_id = Code(load_default=None, allow_none=True, meaning="Null: the pending item, or a new one.")
    activities = Tuple(
        Code(), load_default=(), meaning="Ids of the record of processing; empty: all that rests on consent."
    )
    statement = Text(
        load_default="", meaning="An account of the person's own words, where no message holds them; sealed."
    )
    message_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "The message on this request with the person's own words. Null: the words came in another "
            "way, as `statement` says; without it, they stand in the message that opened the request."
        },
    )


class TreatmentBody(Body):
    """The processing objected to, all of it on consent."""

    activities = Tuple(
        Code(),
        load_default=(),
        meaning="Ids of the record of processing; none: all of the controller, which must then all rest on consent.",
    )


@bp.post("/consent-withdrawal")
@allow(Role.DATA_SUBJECT, Role.HANDLER)
@bp.takes(ConsentWithdrawalBody)
@bp.command(either(RequestView, SubjectRequestView))
def withdraw_consent(body: dict[str, Any], request_id: UUID) -> Answer | Response:
    """Withdraw consent: it takes effect at once, and earlier processing stays lawful.

    For the person, or a handler for them. Neither proof of identity nor registration is required.
    """
    answer = desk().consent.withdraw(request_id, this_call(), **body)
    if is_subject():
        shown = msgspec.json.encode(for_subject(msgspec.json.decode(answer.body)))
        return respond(Answer(shown, answer.version, answer.resource_id))
    return answer


@bp.post("/items/<item_id>/consent-treatment")
@allow(Role.HANDLER)
@bp.takes(TreatmentBody)
@bp.command(RequestView)
def treat_item_as_withdrawal(body: dict[str, Any], request_id: UUID, item_id: str) -> Answer:
    """Treat an objection to processing on consent as a withdrawal of that consent, at once."""
    return desk().consent.treat_as_withdrawal(request_id, item_id, this_call(), **body)
