"""Questions to the person that never stop the clock (docs/law §10)."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Choice, Day, Instant, Text, View
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role

bp = Resource("questions", "/requests/<uuid:request_id>/questions", "Questions to the person about any right.")


class QuestionBody(Body):
    """A question that helps to deal with the request."""

    question = Text(
        required=True, meaning="One plain sentence or more, in the language of the letter, which repeats it; sealed."
    )
    put_by = Choice(
        Channel,
        load_default=None,
        allow_none=True,
        meaning="How the person was asked already, such as `telephone` or `in-person`; null: the service sends a "
        "letter with the question.",
    )
    asked_at = Instant(load_default=None, meaning="When they were asked; now unless given. Only with `put_by`.")


class QuestionAnswerBody(Body):
    """What the person answered, if it was told and not written in a message."""

    answer = Text(required=True, meaning="Sealed.")
    answered_at = Instant(load_default=None, meaning="Now unless given.")


class QuestionView(View):
    """A question to the person. Its words are opened by a disclosure."""

    question_id = fields.UUID(metadata={"description": "Id of the question."})
    asked_at = Instant(meaning="When the person was asked, or when it was decided to write the letter.")
    put_by = Choice(
        Channel,
        allow_none=True,
        meaning="How the person was asked; null until the letter has left, or if it came back.",
    )
    remind_on = Day(allow_none=True, meaning="When the person is reminded, if no answer comes.")
    open = fields.Boolean(metadata={"description": "It waits for an answer."})
    answered_at = Instant(allow_none=True, meaning="When the person answered; null until then.")
    message_id = fields.UUID(allow_none=True, metadata={"description": "The message that answered it."})
    lapsed_at = Instant(allow_none=True, meaning="When the request was closed without an answer.")


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(QuestionView))
def list_questions(request_id: UUID) -> Response:
    """List the questions to the person, besides those about identity and scope. Always one page."""
    return show({"items": desk().questions.of_case(request_id, caller()), "next": None})


@bp.post("")
@allow(Role.HANDLER)
@bp.takes(QuestionBody)
@bp.command(RequestView)
def ask_question(body: dict[str, Any], request_id: UUID) -> Answer:
    """Ask the person anything that helps, about any right, before or after registration. It never stops the clock.

    The service sends the letter and, after a week without an answer, a reminder.
    """
    return desk().questions.ask(request_id, this_call(), **body)


@bp.post("/<uuid:question_id>/answer")
@allow(Role.HANDLER)
@bp.takes(QuestionAnswerBody)
@bp.command(RequestView)
def take_question_answer(body: dict[str, Any], request_id: UUID, question_id: UUID) -> Answer:
    """Record an answer that was told. An answer in a message is recorded by examining that message as `answer`."""
    return desk().questions.take_answer(request_id, question_id, this_call(), **body)
