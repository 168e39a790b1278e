"""Letters that came back: what the person was not told (docs/law §9)."""

from datetime import date
from uuid import uuid4

import pytest

from dsr.domain.request.errors import RequestIsClosed
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.recipients import to_hear_of_lifting
from dsr.domain.request.returned_letters import LetterReturnedBefore
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase


def came_back(case: ACase, kind: LetterKind, *, letter: int | None = None, **facts: object) -> None:
    """The letter that was recorded last, or that of this version, comes back."""
    found = letter or max(each.originator_version for each in case.events if each.TOPIC.endswith(".answer-sent"))
    case.note_returned_letter(letter_version=found, kind=kind, dispatch_id=uuid4(), **facts)


def undelivered(case: ACase) -> list[str]:
    return [item_id for item_id, item in case.request.items.items() if item.undelivered]


@pytest.fixture
def closed(a_case: OpenCase) -> ACase:
    """A copy was sent on 9 March, and the case was closed."""
    case = a_case(Right.ACCESS)
    case.grant("access", at="2026-03-09")
    case.record_done("access")
    case.record_answer("access")
    case.close()
    return case


def test_an_answer_that_came_back_leaves_its_items_undelivered_and_the_outcome_as_it_was(closed: ACase) -> None:
    """A closed case looked answered although its letter had come back."""
    before = closed.request.answered_at
    came_back(closed, LetterKind.ACCESS, at="2026-03-12")
    assert undelivered(closed) == ["access"]
    assert (closed.request.outcome, closed.request.answered_at) == (Outcome.FULFILLED, before)
    assert closed.request.items["access"].answered, "that it left stays true"


def test_a_further_attempt_after_the_end_is_on_record_and_makes_nothing_late(closed: ACase) -> None:
    # given
    first = closed.request.items["access"].answered_since
    came_back(closed, LetterKind.ACCESS, at="2026-05-12")
    # when: after the statutory date
    closed.record_answer("access", at="2026-05-13")
    # then
    assert undelivered(closed) == []
    item = closed.request.items["access"]
    assert (item.answered_since, item.answered_at) == (first, closed.now)
    assert not closed.request.late
    assert not closed.request.promise_missed
    # when: another one is no attempt
    with closed.refuses(RequestIsClosed):
        closed.record_answer("access")
    came_back(closed, LetterKind.ACCESS)
    assert undelivered(closed) == ["access"], "the second one came back too"


def test_an_earlier_letter_that_comes_back_after_a_later_one_left_changes_nothing(closed: ACase) -> None:
    first = max(each.originator_version for each in closed.events if each.TOPIC.endswith(".answer-sent"))
    came_back(closed, LetterKind.ACCESS, at="2026-03-12")
    closed.record_answer("access")
    with closed.refuses(LetterReturnedBefore):
        came_back(closed, LetterKind.ACCESS, letter=first)
    assert undelivered(closed) == []


def test_an_answer_that_came_back_while_the_case_is_open_is_sent_again(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.grant("access")
    case.record_done("access")
    case.record_answer("access")
    came_back(case, LetterKind.ACCESS)
    assert undelivered(case) == ["access"]
    case.record_answer("access", at="2026-06-01")
    assert undelivered(case) == []
    assert not case.request.late, "the first one left in time"


def test_the_refusal_of_an_unidentified_person_that_came_back_is_undelivered_until_it_is_sent_again(
    a_case: OpenCase,
) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.give_up_identity(at="2026-03-20")
    case.record_answer(kind=LetterKind.REFUSAL)
    came_back(case, LetterKind.REFUSAL)
    case.close(unidentified=True)
    assert undelivered(case) == ["access"]
    assert case.request.outcome is Outcome.UNIDENTIFIED
    case.record_answer(kind=LetterKind.REFUSAL, at="2026-06-01")
    assert undelivered(case) == []
    assert not case.request.late


def test_a_question_that_came_back_has_never_stopped_the_clock(a_case: OpenCase) -> None:
    # given
    case = a_case(Right.ACCESS)
    without = case.deadline
    case.ask_identity(at="2026-03-03")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    # when
    came_back(case, LetterKind.IDENTITY_QUESTION, at="2026-03-05")
    # then
    assert case.deadline.effective_due == without.effective_due
    assert not case.request.identity.question_sent
    # when: it is asked again, in time
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-03-06")
    case.confirm_identity(at="2026-03-16")
    # then
    (suspension,) = case.request.clock.suspensions
    assert (suspension.asked, suspension.sufficient) == (date(2026, 3, 6), date(2026, 3, 16))


def test_a_question_that_is_asked_again_too_late_stops_no_clock(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    came_back(case, LetterKind.IDENTITY_QUESTION, at="2026-03-16")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-03-17")
    assert case.request.clock.suspensions == ()


def test_a_question_that_the_person_answered_all_the_same_has_stopped_the_clock(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.take_identity_evidence(at="2026-03-04")
    came_back(case, LetterKind.IDENTITY_QUESTION, at="2026-03-05")
    assert case.request.identity.question_sent
    case.confirm_identity(answered_at="2026-03-04", at="2026-03-10", evidence_destroyed=case.evidence)
    assert case.deadline.suspended_days == 1


def test_a_question_about_what_is_meant_that_came_back_has_never_stopped_the_clock(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    without = case.deadline
    case.ask_clarification(at="2026-03-03")
    case.record_answer(kind=LetterKind.CLARIFICATION)
    came_back(case, LetterKind.CLARIFICATION, at="2026-03-20")
    assert case.deadline.effective_due == without.effective_due
    case.receive_clarification(at="2026-03-25")
    assert case.deadline.suspended_days == 0


def test_a_notice_of_extension_that_came_back_stays_valid(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.bring_to("not-needed", extended=True)
    extended = case.deadline
    notice = max(each.originator_version for each in case.events if each.TOPIC.endswith(".deadline-extended"))
    came_back(case, LetterKind.EXTENSION, letter=notice)
    assert case.deadline == extended
    assert case.request.clock.extended_at is not None


def test_the_same_letter_comes_back_once(closed: ACase) -> None:
    came_back(closed, LetterKind.ACCESS)
    with closed.refuses(LetterReturnedBefore):
        came_back(closed, LetterKind.ACCESS)


def test_a_recipient_whose_notice_of_a_restriction_came_back_hears_nothing_of_its_end(a_case: OpenCase) -> None:
    """It never restricted anything on our account."""
    # given: two recipients were told
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict()
    case.record_done("restriction", effect=False, recipients=("dialler", "payroll"))
    for recipient in ("dialler", "payroll"):
        case.tell_recipient("restriction", recipient=recipient)
    # when: the notice to one comes back
    case.note_returned_letter(
        letter_version=case.events[-1].originator_version,
        dispatch_id=uuid4(),
        kind=LetterKind.RECIPIENT_NOTICE,
        recipient="payroll",
        told_of=("restriction",),
    )
    # then
    assert case.request.items["restriction"].untold == ("payroll",)
    case.tell_of_lifting(at="2026-05-02")
    case.lift_restriction(at="2026-05-10")
    assert to_hear_of_lifting(case.request, case.events, case.restriction_id) == ("dialler",)
