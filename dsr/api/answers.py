"""Answers: letters that left; closing, withdrawing, reopening."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response

from dsr.api.context import desk, is_subject
from dsr.api.fields import Body, Choice, Code, Text, Truth, Tuple
from dsr.api.letters import LetterBody, draft
from dsr.api.operation import allow, respond, this_call
from dsr.api.resource import Resource, either
from dsr.api.views import RequestView, SubjectRequestView, for_subject
from dsr.desk.idempotency import Answer
from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role

bp = Resource("answers", "/requests/<uuid:request_id>", "How a request is answered, ends, and goes on.")


class AnswerBody(LetterBody):
    """A letter that left, and the items that it answers."""

    kind = Choice(LetterKind, required=True)
    item_ids = Tuple(Code(), load_default=(), meaning="Questions and acknowledgements answer none.")


class ClosingBody(Body):
    """How the request ends."""

    unidentified = Truth(
        load_default=False, metadata={"description": "Nobody could be identified, and a full refusal letter left."}
    )


class WithdrawalBody(Body):
    """What is taken back."""

    confirmed = Truth(required=True, metadata={"description": "It is clearly meant."})
    statement = Text(load_default="", meaning="The person's own words; sealed.")
    item_ids = Tuple(Code(), load_default=None, allow_none=True, meaning="Null: the whole request.")


class ReopeningBody(Body):
    """Why the request goes on."""

    reason = Text(required=True, meaning="Sealed.")
    item_ids = Tuple(Code(), load_default=(), meaning="The items that are to be decided again.")


@bp.post("/answers")
@allow(Role.HANDLER)
@bp.takes(AnswerBody)
@bp.command(RequestView)
def record_answer(body: dict[str, Any], request_id: UUID) -> Answer:
    """Record that a letter left: complete, by this channel, at this time."""
    letter = draft(body["kind"], body)
    return desk().answers.record_answer(request_id, this_call(), draft=letter, item_ids=body["item_ids"])


@bp.post("/closing")
@allow(Role.HANDLER)
@bp.takes(ClosingBody)
@bp.command(RequestView)
def close_request(body: dict[str, Any], request_id: UUID) -> Answer:
    """Close an answered request; the outcome follows from its items."""
    return desk().answers.close(request_id, this_call(), **body)


@bp.post("/withdrawal")
@allow(Role.DATA_SUBJECT, Role.HANDLER)
@bp.takes(WithdrawalBody)
@bp.command(either(RequestView, SubjectRequestView))
def withdraw_request(body: dict[str, Any], request_id: UUID) -> Answer | Response:
    """Take the request back, or some of its items: the person, or a handler for the person."""
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
    """Go on with a closed request; no date moves."""
    return desk().answers.reopen(request_id, this_call(), **body)
