"""ask a question; send it; take its answer (GDPR Art. 12(2); docs/law §10)."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    LetterIncomplete,
    ReasonRequired,
    RequestIsClosed,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.messages import MessageExaminedBefore
from dsr.domain.request.questions import QuestionNotOpen, QuestionUnknown
from dsr.domain.request.representation import AuthorityMissing
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase


def asked(case: ACase, **changes: Any) -> UUID:
    """Ask something; the id of the question."""
    question_id = uuid4()
    case.ask_question(question_id=question_id, **changes)
    return question_id


def reminders(case: ACase) -> list[date]:
    """The days on which the person is reminded of a question."""
    coming = case.request.coming(case.calendar, case.now)
    return [each.occasion.about for each in coming if each.occasion.kind == "question-reminder-due"]


@pytest.mark.parametrize("rights", [(), *((right,) for right in Right)])
def test_a_person_may_be_asked_about_any_right_before_and_after_registration(
    a_case: OpenCase, rights: tuple[Right, ...]
) -> None:
    case = a_case(*rights)
    asked(case, put_by=None)
    assert case.happened() == ["question-asked"]


def test_a_question_never_stops_the_clock(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    before = case.deadline
    question_id = asked(case, put_by=None, at="2026-03-03")
    case.send_question(question_id, at="2026-03-04")
    assert case.deadline == before
    assert case.request.clock.suspensions == ()
    case.answer_question(question_id, at="2026-03-20")
    assert case.deadline == before


def test_a_question_asks_something(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(ReasonRequired):
        case.ask_question(question=None)


def test_nobody_is_asked_about_a_closed_case(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.withdraw()
    with case.refuses(RequestIsClosed):
        case.ask_question()


@pytest.mark.parametrize("asked_at", ["2026-03-01", "2026-03-11"])
def test_a_question_was_asked_between_the_arrival_and_now(a_case: OpenCase, asked_at: str) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(AnswerDatesInvalid):
        case.ask_question(asked_at=asked_at, at="2026-03-10")


def test_a_letter_that_is_still_to_come_asked_nobody_on_an_earlier_day(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(AnswerDatesInvalid):
        case.ask_question(put_by=None, asked_at="2026-03-04", at="2026-03-05")
    case.ask_question(put_by=Channel.POST, asked_at="2026-03-04", at="2026-03-05")
    assert case.request.earlier_facts == {}, "it moves no date later, and makes nothing punctual"


def test_a_person_is_reminded_a_week_after_they_were_asked(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    asked(case, put_by=Channel.TELEPHONE, at="2026-03-03")
    assert reminders(case) == [date(2026, 3, 10)]


def test_the_week_begins_when_the_letter_leaves(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id = asked(case, put_by=None, at="2026-03-03")
    assert reminders(case) == []
    case.send_question(question_id, at="2026-03-05")
    assert case.happened() == ["question-sent"]
    assert reminders(case) == [date(2026, 3, 12)]


def test_who_has_answered_or_has_written_is_not_reminded(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id = asked(case, at="2026-03-03")
    case.attach_follow_up()
    assert reminders(case) == [], "the answer may be in the message"
    case.examine_messages(kind=MessageKind.REMINDER)
    assert reminders(case) == [date(2026, 3, 10)]
    case.answer_question(question_id)
    assert reminders(case) == []


def test_nobody_is_reminded_of_a_letter_that_came_back(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id, dispatch_id = asked(case, put_by=None), uuid4()
    letter = case.letter(LetterKind.QUESTION)
    case.send_question(question_id, letter=replace(letter, dispatch_id=dispatch_id))
    case.note_returned_letter(dispatch_id=dispatch_id, kind=LetterKind.QUESTION)
    assert reminders(case) == []
    assert case.request.questions[question_id].is_open


def test_a_question_that_was_answered_or_lapsed_is_neither_sent_nor_answered(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    answered, lapsed = asked(case), asked(case)
    case.answer_question(answered)
    case.withdraw()
    assert not case.request.questions[lapsed].is_open
    for question_id in (answered, lapsed):
        with case.refuses(QuestionNotOpen):
            case.send_question(question_id)
        with case.refuses(QuestionNotOpen):
            case.answer_question(question_id)
    with case.refuses(QuestionUnknown):
        case.send_question(uuid4())
    with case.refuses(QuestionUnknown):
        case.answer_question(uuid4())


def test_a_letter_with_a_question_says_it(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id = asked(case, put_by=None)
    with case.refuses(LetterIncomplete):
        case.send_question(question_id, letter=case.letter(LetterKind.QUESTION, without="question"))


def test_no_letter_left_before_it_was_decided_to_ask(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id = asked(case, put_by=None, at="2026-03-05")
    with case.refuses(AnswerDatesInvalid):
        case.send_question(question_id, letter=case.letter(LetterKind.QUESTION, left="2026-03-04"), at="2026-03-06")


def test_a_representative_gets_a_question_only_with_the_authority_for_it(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id = asked(case, put_by=None)
    letter = replace(case.letter(LetterKind.QUESTION), addressee=AnswerTo.REPRESENTATIVE)
    with case.refuses(AuthorityMissing):
        case.send_question(question_id, letter=letter)


def test_nobody_is_reminded_by_hand_of_what_was_answered(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id = asked(case)
    case.record_answer(kind=LetterKind.QUESTION_REMINDER)
    case.answer_question(question_id)
    with case.refuses(QuestionNotOpen):
        case.record_answer(kind=LetterKind.QUESTION_REMINDER)


def test_an_answer_is_written_down(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id = asked(case)
    with case.refuses(ReasonRequired):
        case.answer_question(question_id, answer=None)


def test_an_answer_comes_after_its_question(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    question_id = asked(case, at="2026-03-05")
    with case.refuses(AnswerDatesInvalid):
        case.answer_question(question_id, answered_at="2026-03-04", at="2026-03-06")


def test_a_message_examined_as_an_answer_names_the_open_question(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.attach_follow_up()
    case.examine_messages(kind=MessageKind.ANSWER)
    question_id = asked(case)
    case.attach_follow_up()
    message_id = case.message_id
    with case.refuses(QuestionUnknown):
        case.examine_messages((message_id,), kind=MessageKind.ANSWER)
    case.examine_messages((message_id,), kind=MessageKind.ANSWER, question_id=question_id)
    assert case.happened() == ["message-examined", "question-answered"]
    assert case.request.questions[question_id].message_id == message_id
    with case.refuses(MessageExaminedBefore):
        case.examine_messages((message_id,), kind=MessageKind.REMINDER)


def test_a_message_that_came_before_the_question_does_not_answer_it(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.attach_follow_up(at="2026-03-03")
    question_id = asked(case, at="2026-03-04")
    with case.refuses(AnswerDatesInvalid):
        case.examine_messages(kind=MessageKind.ANSWER, question_id=question_id)
