"""A question stops the clock from the day on which its letter leaves, and never before that (docs/law §2)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from dsr.domain.deadlines import SuspensionKind
from dsr.domain.request.due import Due
from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase

ASK = {
    LetterKind.IDENTITY_QUESTION: ("ask_identity", "confirm_identity"),
    LetterKind.CLARIFICATION: ("ask_clarification", "receive_clarification"),
}
KIND = {
    LetterKind.IDENTITY_QUESTION: SuspensionKind.IDENTITY,
    LetterKind.CLARIFICATION: SuspensionKind.CLARIFICATION,
}
both = pytest.mark.parametrize("kind", ASK)


def asked(a_case: OpenCase, kind: LetterKind, *, on: str = "2026-03-03") -> ACase:
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(at=on)
    return case


@both
def test_the_clock_stands_still_from_the_day_on_which_the_question_left(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    case.record_answer(kind=kind, at="2026-03-09")  # the fifth working day
    assert case.happened() == ["answer-sent", "question-delayed"]
    getattr(case, ASK[kind][1])(at="2026-03-16")
    assert case.deadline.suspended_days == 7, "9 to 16 March, not 3 to 16 March"


@both
def test_a_question_that_left_too_late_never_stopped_the_clock(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    assert case.deadline.provisional
    case.record_answer(kind=kind, at="2026-03-10")
    assert case.happened() == ["answer-sent", "question-delayed"]
    assert not case.events[-1].suspends
    assert (case.deadline.provisional, case.request.clock.suspensions) == (False, ())
    getattr(case, ASK[kind][1])(at="2026-03-16")
    assert case.deadline.statutory_due == date(2026, 4, 2)


@both
def test_a_question_that_left_on_its_day_moves_nothing(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    case.record_answer(kind=kind, at="2026-03-03T23:59")
    assert case.happened() == ["answer-sent"]


@both
def test_the_same_question_put_once_more_moves_nothing(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    case.record_answer(kind=kind, at="2026-03-03")
    case.record_answer(kind=kind, at="2026-03-09")
    assert case.happened() == ["answer-sent"]


def test_who_sent_a_proof_before_was_asked_some_other_way(a_case: OpenCase) -> None:
    case = asked(a_case, LetterKind.IDENTITY_QUESTION)
    case.take_identity_evidence(at="2026-03-05")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-03-09")
    assert case.happened() == ["answer-sent"]


def test_the_reminder_is_counted_from_the_day_on_which_the_question_left(a_case: OpenCase) -> None:
    case = asked(a_case, LetterKind.IDENTITY_QUESTION)
    waited = case.request.identity.remind_on - date(2026, 3, 3)
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-03-09")
    assert case.request.identity.asked_on == date(2026, 3, 9)
    assert case.request.identity.remind_on - date(2026, 3, 9) == waited


def test_in_the_united_kingdom_a_clarification_counts_from_the_day_on_which_it_left(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, country="GB")
    case.ask_clarification(at="2026-03-03")
    case.record_answer(kind=LetterKind.CLARIFICATION, at="2026-03-05")
    case.receive_clarification(at="2026-03-09")
    assert case.deadline.suspended_days == 5, "5 to 9 March, both counted"


# While no letter has left ------------------------------------------------------------------------------------------


@both
def test_a_question_that_has_not_left_is_reckoned_as_if_nobody_was_asked(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    later = case.request.deadline_as_of(date(2026, 3, 4), case.calendar)
    assert (later.suspended_days, later.provisional) == (0, False)
    assert [each.kind for each in case.request.not_asked_by(date(2026, 3, 4))] == [KIND[kind]]


@both
def test_who_records_it_later_states_that_the_person_was_asked_before(a_case: OpenCase, kind: Any) -> None:
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(asked_at="2026-03-03", at="2026-03-09")
    case.confirm_earlier_fact()
    later = case.request.deadline_as_of(date(2026, 3, 20), case.calendar)
    assert (later.suspended_days, later.provisional) == (17, True)
    case.record_answer(kind=kind, at="2026-03-10")
    assert case.happened() == ["answer-sent"]


def reckoned_meanwhile(a_case: OpenCase, kind: LetterKind) -> ACase:
    """Asked on 3 March; on the 16th, too late to ask, the dates were computed while no letter was on file."""
    case = asked(a_case, kind)
    case.reassign("FR", at="2026-03-16")
    assert not case.deadline.provisional
    return case


@both
def test_dates_that_did_not_know_of_the_letter_are_computed_anew(a_case: OpenCase, kind: Any) -> None:
    case = reckoned_meanwhile(a_case, kind)
    case.record_answer(kind=kind, left="2026-03-03T18:00", at="2026-03-17", actor="service:outbox")
    assert case.happened() == ["answer-sent", "question-delayed"]
    assert (case.events[-1].suspends, case.deadline.provisional) == (True, True)
    assert case.deadline.suspended_days == 14
    rings = {each.occasion.kind for each in case.request.coming(case.calendar, case.now)}
    assert Due.STATUTORY_DATE_MISSED not in rings


def test_dates_that_did_not_know_of_the_proof_are_computed_anew(a_case: OpenCase) -> None:
    case = reckoned_meanwhile(a_case, LetterKind.IDENTITY_QUESTION)
    case.take_identity_evidence(at="2026-03-17")
    assert case.happened()[-1] == "question-delayed"
    assert case.deadline.suspended_days == 14
    assert case.request.identity.asked_on == date(2026, 3, 3)


@both
def test_who_was_not_asked_is_answered_late_after_the_month(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    case.confirm_identity(at="2026-03-04") if kind is LetterKind.IDENTITY_QUESTION else None
    case.record_nothing_held("access", at="2026-05-04")
    case.record_answer("access", at="2026-05-04")
    assert case.events[-1].late


@both
def test_dates_ring_while_nobody_was_asked(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    rings = {each.occasion.kind: each.occasion.about for each in case.request.coming(case.calendar, case.now)}
    assert rings[Due.STATUTORY_DATE_MISSED] == date(2026, 4, 2)
    assert rings[Due.DEADLINE_APPROACHING] == rings[Due.PROMISE_MISSED] == date(2026, 4, 1)
    assert not rings.keys() & {Due.IDENTITY_REMINDER_DUE, Due.IDENTITY_UNANSWERED}, "nobody owes us an answer"
    case.record_answer(kind=kind, at="2026-03-03")
    swept = {each.occasion.kind for each in case.request.coming(case.calendar, case.now)}
    assert not swept & {Due.STATUTORY_DATE_MISSED, Due.DEADLINE_APPROACHING, Due.PROMISE_MISSED}


def test_who_answers_was_asked_some_other_way(a_case: OpenCase) -> None:
    case = asked(a_case, LetterKind.IDENTITY_QUESTION)
    case.take_identity_evidence(at="2026-03-09")
    assert case.request.deadline_as_of(date(2026, 3, 10), case.calendar).suspended_days == 7
    assert case.request.deadline_as_of(date(2026, 3, 10), case.calendar).provisional


def test_a_proof_that_came_before_the_question_shows_nothing(a_case: OpenCase) -> None:
    case = asked(a_case, LetterKind.IDENTITY_QUESTION)
    case.take_identity_evidence(received_at="2026-03-02T18:00", at="2026-03-09")
    case.ask_identity_again(at="2026-03-09")
    assert case.request.deadline_as_of(date(2026, 3, 20), case.calendar).suspended_days == 0
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-03-09T12:00")
    assert case.request.deadline_as_of(date(2026, 3, 20), case.calendar).suspended_days == 11


@both
def test_who_records_it_on_the_same_day_waits_for_the_letter(a_case: OpenCase, kind: Any) -> None:
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(asked_at="2026-03-03T09:00", at="2026-03-03T09:01")
    assert case.request.deadline_as_of(date(2026, 3, 20), case.calendar).suspended_days == 0


@both
def test_an_answer_without_a_letter_on_file_counts_from_the_day_of_asking(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    getattr(case, ASK[kind][1])(at="2026-03-10")
    assert case.deadline.suspended_days == 7


@pytest.mark.parametrize("country", ["DE", "GB"])
@pytest.mark.parametrize(
    ("kind", "end"),
    [
        (LetterKind.IDENTITY_QUESTION, "give_up_identity"),
        (LetterKind.IDENTITY_QUESTION, "withdraw"),
        (LetterKind.CLARIFICATION, "withdraw"),
        (LetterKind.CLARIFICATION, "record_nothing_held"),
    ],
)
def test_a_question_that_never_left_stopped_nothing(a_case: OpenCase, kind: LetterKind, end: str, country: str) -> None:
    case = a_case(Right.ACCESS, country=country)
    before = case.deadline.statutory_due
    getattr(case, ASK[kind][0])(at="2026-03-03")
    getattr(case, end)(*(["access"] if end == "record_nothing_held" else []), at="2026-03-09")
    assert "clock-resumed" in case.happened()
    assert (case.request.clock.suspensions, case.deadline.statutory_due) == ((), before)


@both
def test_a_letter_tells_whether_the_clock_stands_still_once_it_leaves(a_case: OpenCase, kind: Any) -> Any:
    case = asked(a_case, kind)

    def stands_still(day: str) -> bool:
        return case.request.stands_still_for(KIND[kind], left_on=date.fromisoformat(day), calendar=case.calendar)

    assert stands_still("2026-03-09")
    assert not stands_still("2026-03-10")
    case.record_answer(kind=kind, at="2026-03-04")
    assert stands_still("2026-03-10"), "the same question, put once more"


def in_the_way_of_a_short_month(a_case: OpenCase) -> ACase:
    """In the United Kingdom a proof starts the month anew, and clarification before it then counts no more: while both
    are open on one day, the month that a proof would start can end earlier than the one that runs."""
    case = a_case(Right.ACCESS, country="GB", received_at="2026-01-02")
    case.ask_clarification(at="2026-01-02T13:00")
    case.ask_identity(at="2026-01-03")
    case.receive_clarification(at="2026-01-03")
    return case


def rings_on(case: ACase, day: str) -> set[date]:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return {each.occasion.about for each in case.request.coming(case.calendar, at)} - {
        case.request.clock.acknowledge_by
    }


def test_what_rings_does_not_wait_for_a_question_that_may_never_be_put(a_case: OpenCase) -> None:
    case = in_the_way_of_a_short_month(a_case)
    assert case.deadline.certain_statutory_due == date(2026, 2, 4)
    assert rings_on(case, "2026-01-03T14:00") == rings_on(case, "2026-01-04T14:00") >= {date(2026, 2, 4)}


def test_a_question_put_on_its_own_day_is_recorded_where_that_moves_a_date(a_case: OpenCase) -> None:
    case = in_the_way_of_a_short_month(a_case)
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-01-03T18:00")
    assert case.happened() == ["answer-sent", "question-delayed"]
    assert case.deadline.certain_statutory_due == date(2026, 2, 3)
