"""A question that leaves on a later day than it was asked stops the clock from that day on (law.md §2)."""

from datetime import date

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right

ASK = {
    LetterKind.IDENTITY_QUESTION: ("ask_identity", "confirm_identity"),
    LetterKind.CLARIFICATION: ("ask_clarification", "receive_clarification"),
}
both = pytest.mark.parametrize("kind", ASK)


def asked(a_case, kind: LetterKind, *, on: str = "2026-03-03"):
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(at=on)
    return case


@both
def test_the_clock_stands_still_from_the_day_on_which_the_question_left(a_case, kind):
    case = asked(a_case, kind)
    case.record_answer(kind=kind, at="2026-03-09")  # the fifth working day
    assert case.happened() == ["answer-sent", "question-delayed"]
    getattr(case, ASK[kind][1])(at="2026-03-16")
    assert case.request.deadline.suspended_days == 7, "9 to 16 March, not 3 to 16 March"


@both
def test_a_question_that_left_too_late_never_stopped_the_clock(a_case, kind):
    case = asked(a_case, kind)
    assert case.request.deadline.provisional
    case.record_answer(kind=kind, at="2026-03-10")
    assert case.happened() == ["answer-sent", "question-delayed"]
    assert not case.events[-1].suspends
    assert (case.request.deadline.provisional, case.request.suspensions) == (False, ())
    getattr(case, ASK[kind][1])(at="2026-03-16")
    assert case.request.deadline.statutory_due == date(2026, 4, 2)


@both
def test_a_question_that_left_on_its_day_moves_nothing(a_case, kind):
    case = asked(a_case, kind)
    case.record_answer(kind=kind, at="2026-03-03T23:59")
    assert case.happened() == ["answer-sent"]


@both
def test_the_same_question_put_once_more_moves_nothing(a_case, kind):
    case = asked(a_case, kind)
    case.record_answer(kind=kind, at="2026-03-03")
    case.record_answer(kind=kind, at="2026-03-09")
    assert case.happened() == ["answer-sent"]


def test_who_sent_a_proof_before_was_asked_some_other_way(a_case):
    case = asked(a_case, LetterKind.IDENTITY_QUESTION)
    case.take_identity_evidence(at="2026-03-05")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-03-09")
    assert case.happened() == ["answer-sent"]


def test_the_reminder_is_counted_from_the_day_on_which_the_question_left(a_case):
    case = asked(a_case, LetterKind.IDENTITY_QUESTION)
    waited = case.request.identity_remind_on - date(2026, 3, 3)
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-03-09")
    assert case.request.identity_asked_on == date(2026, 3, 9)
    assert case.request.identity_remind_on - date(2026, 3, 9) == waited


def test_in_the_united_kingdom_a_clarification_counts_from_the_day_on_which_it_left(a_case):
    case = a_case(Right.ACCESS, country="GB")
    case.ask_clarification(at="2026-03-03")
    case.record_answer(kind=LetterKind.CLARIFICATION, at="2026-03-05")
    case.receive_clarification(at="2026-03-09")
    assert case.request.deadline.suspended_days == 5, "5 to 9 March, both counted"
