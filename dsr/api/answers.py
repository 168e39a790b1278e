"""Answers: letters sent; closing, withdrawing and reopening a request."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response

from dsr.api.context import desk, is_subject
from dsr.api.deadlines import DecisionBody
from dsr.api.fields import Body, Choice, Code, Text, Truth, Tuple
from dsr.api.letters import LetterBody, draft
from dsr.api.operation import allow, respond, this_call
from dsr.api.resource import Resource, either
from dsr.api.views import RequestView, SubjectRequestView, for_subject
from dsr.desk.idempotency import Answer
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import End
from dsr.domain.roles import Role

bp = Resource("answers", "/requests/<uuid:request_id>", "Answering, closing, withdrawing and reopening a request.")


class AnswerBody(LetterBody):
    """A letter that was sent, and the items it answers."""

    kind = Choice(LetterKind, required=True)
    item_ids = Tuple(Code(), load_default=(), meaning="Questions and acknowledgements answer none.")


class ClosingBody(Body):
    """The end of the request."""

    unidentified = Truth(
        load_default=False, metadata={"description": "The person could not be identified, and a full refusal was sent."}
    )
    unexamined_reason = Text(
        load_default="",
        meaning="Why closing does not wait for messages that nobody has examined; sealed. From the last working day "
        "before the statutory date without extension.",
    )


class EndBody(Body):
    """Why a registered request ends before everything in it was decided."""

    end = Choice(End, required=True)
    reasons = Text(required=True, meaning="Sealed; the letter tells them, unless the person died.")


class WithdrawalBody(Body):
    """The items to withdraw."""

    confirmed = Truth(required=True, metadata={"description": "It is clear that the person withdraws the request."})
    statement = Text(load_default="", meaning="The person's own words; sealed.")
    item_ids = Tuple(Code(), load_default=None, allow_none=True, meaning="Null: the whole request.")


class ReopeningBody(Body):
    """Why the request is reopened."""

    reason = Text(required=True, meaning="Sealed.")
    item_ids = Tuple(Code(), load_default=(), meaning="The items to decide again; their systems are searched again.")


@bp.post("/answers")
@allow(Role.HANDLER)
@bp.takes(AnswerBody)
@bp.command(RequestView)
def record_answer(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record that a complete letter was sent, by which channel and when."""
    letter = draft(body["kind"], body)
    return desk().answers.record_answer(request_id, this_call(), draft=letter, item_ids=body["item_ids"])


@bp.post("/closing")
@allow(Role.HANDLER)
@bp.takes(ClosingBody)
@bp.command(RequestView)
def close_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Close an answered request; the outcome follows from its items."""
    return desk().answers.close(request_id, this_call(), **body)


@bp.post("/end")
@allow(Role.HANDLER)
@bp.takes(EndBody)
@bp.command(RequestView)
def propose_end(body: dict[str, Any], request_id: UUID) -> Answer:
    """Propose to end a registered request: the person died, it became pointless, or it turned out to be no request."""
    return desk().answers.propose_end(request_id, this_call(), **body)


@bp.post("/end/decision")
@allow(Role.APPROVER)
@bp.takes(DecisionBody)
@bp.command(RequestView)
def decide_end(body: dict[str, Any], request_id: UUID) -> Answer:
    """End the request as proposed, or decline with a reason; the person who proposed it can do neither.

    If the person died, it closes at once. Otherwise close it once the letter `ending` has left.
    """
    return desk().answers.decide_end(request_id, this_call(), **body)


@bp.post("/withdrawal")
@allow(Role.DATA_SUBJECT, Role.HANDLER)
@bp.takes(WithdrawalBody)
@bp.command(either(RequestView, SubjectRequestView))
def withdraw_request(body: dict[str, Any], request_id: UUID) -> Answer | Response:
    """Withdraw the request or some of its items; by the person, or by a handler for them."""
    answer = desk().answers.withdraw(request_id, this_call(), **body)
    if is_subject():
        shown = msgspec.json.encode(for_subject(msgspec.json.decode(answer.body)))
        return respond(Answer(shown, answer.version, answer.resource_id))
    return answer


@bp.post("/reopening")
@allow(Role.HANDLER, Role.APPROVER)
@bp.takes(ReopeningBody)
@bp.command(RequestView)
def reopen_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Reopen a closed request; no date moves."""
    return desk().answers.reopen(request_id, this_call(), **body)
