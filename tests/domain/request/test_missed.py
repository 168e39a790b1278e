"""A missed date stays missed, whatever moves it later, and whether or not the scheduler ran (docs/law §10)."""

from datetime import date

from dsr.domain.request.due import Due
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.missed import MissedKind
from dsr.domain.request.standing import Occasion
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase

PROMISE, STATUTORY = (MissedKind.PROMISE, date(2026, 4, 1)), (MissedKind.STATUTORY_DATE, date(2026, 4, 2))


def missed(case: ACase) -> list[tuple[MissedKind, date]]:
    return [(each.kind, each.due) for each in case.request.clock.missed]


def moved_by(case: ACase) -> list[tuple[str, str]]:
    """Who moved each missed date later, and who confirmed that."""
    return [(each.moved_by, each.confirmed_by) for each in case.request.clock.missed]


def test_what_a_confirmed_question_moves_later_stays_missed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(asked_at="2026-03-03", at="2026-05-01")
    assert case.request.missed_by(case.now)
    case.confirm_earlier_fact(at="2026-05-04")
    assert missed(case) == [PROMISE, STATUTORY]
    assert moved_by(case) == [("ann", "bob"), ("ann", "bob")]
    assert {each.stated_at for each in case.request.clock.missed} == {case.instant("2026-05-01")}


def test_what_a_confirmed_answer_makes_punctual_stays_missed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.record_done("access")
    case.record_answer("access", left="2026-03-20", at="2026-05-01")
    case.confirm_earlier_fact(at="2026-05-04")
    assert not case.request.late
    assert missed(case) == [PROMISE, STATUTORY]
    assert moved_by(case) == [("ann", "bob"), ("ann", "bob")]


def test_what_the_scheduler_recorded_is_missed_once(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_due(occasion=Occasion(Due.PROMISE_MISSED, "", date(2026, 4, 1)), at="2026-04-02")
    case.withdraw(at="2026-05-01")
    assert missed(case) == [PROMISE, STATUTORY]
    assert moved_by(case) == [("", ""), ("", "")]


def test_a_late_answer_notes_what_it_missed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    case.record_answer("access", at="2026-04-02")
    assert missed(case) == [PROMISE]


def test_an_answer_that_left_in_time_and_was_recorded_later_missed_nothing(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    case.record_answer("access", left="2026-04-01", at="2026-05-01", actor="service:outbox")
    assert missed(case) == []


def test_an_extension_moves_a_promise_that_was_missed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension(at="2026-04-02")
    case.approve_extension()
    case.send_extension_notice()
    assert missed(case) == [PROMISE]
    assert moved_by(case) == [("ann", "")]


def test_no_date_is_missed_while_a_question_that_was_put_is_open(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    case.confirm_identity(at="2026-05-01")
    assert missed(case) == []


def test_dates_count_while_no_letter_has_asked(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION, at="2026-05-01")
    assert missed(case) == [PROMISE, STATUTORY]


def test_nothing_was_due_to_spam(a_case: OpenCase) -> None:
    case = a_case()
    case.dismiss(at="2026-05-01")
    assert missed(case) == []


def test_what_was_missed_before_a_case_was_answered_and_reopened_counts_as_met(answered: ACase) -> None:
    answered.reopen("access", at="2026-05-01")
    answered.withdraw(at="2026-05-02")
    assert missed(answered) == []
