"""correct the arrival: to an earlier day by one person, to a later one by two (docs/law §10)."""

from datetime import date

import pytest

from dsr.domain.request.earlier_facts import NothingToConfirm
from dsr.domain.request.errors import AnswerDatesInvalid, FourEyes, ReasonRequired, ReceiptInFuture
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase


def entered_late(a_case: OpenCase) -> ACase:
    """Entered on 9 March; it came on the 2nd, says the entry."""
    return a_case(Right.ACCESS, at=ACase().instant("2026-03-09"))


def test_one_person_moves_an_arrival_to_an_earlier_day(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.correct_arrival(received_at="2026-02-27", at="2026-03-04")
    assert (case.request.received_on, case.deadline.received_on) == (date(2026, 2, 27), date(2026, 2, 27))
    assert case.deadline.statutory_due == date(2026, 3, 27)
    assert case.request.clock.acknowledge_by == date(2026, 3, 2)


def test_an_arrival_moves_to_a_later_day_once_a_second_person_confirms_it(a_case: OpenCase) -> None:
    case = entered_late(a_case)
    case.correct_arrival(received_at="2026-03-05", at="2026-05-01")
    assert (case.request.received_on, case.deadline.statutory_due) == (date(2026, 3, 2), date(2026, 4, 2))
    with case.refuses(FourEyes):
        case.confirm_earlier_fact(actor="ann")
    case.confirm_earlier_fact()
    assert case.happened() == ["earlier-fact-confirmed", "arrival-corrected"]
    assert (case.request.received_on, case.deadline.statutory_due) == (date(2026, 3, 5), date(2026, 4, 7))
    assert case.request.clock.missed, "what was missed by the arrival on record stays missed"


def test_an_arrival_later_on_the_same_day_moves_no_date(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, at=ACase().instant("2026-03-02T18:00"))
    case.correct_arrival(received_at="2026-03-02T17:00", at="2026-03-03")
    assert case.request.earlier_facts == {}
    assert case.request.received_at == case.instant("2026-03-02T17:00")


def test_no_request_arrived_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ReceiptInFuture):
        case.correct_arrival(received_at="2026-03-05", at="2026-03-04")


def test_no_request_arrived_after_it_was_recorded(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AnswerDatesInvalid):
        case.correct_arrival(received_at="2026-03-03", at="2026-03-04")


def test_no_request_arrived_after_a_question_about_it(a_case: OpenCase) -> None:
    case = entered_late(a_case)
    case.ask_identity(asked_at="2026-03-04", at="2026-03-09T11:00")
    with case.refuses(AnswerDatesInvalid):
        case.correct_arrival(received_at="2026-03-05", at="2026-03-10")


def test_nothing_done_meanwhile_precedes_an_arrival_that_is_confirmed(a_case: OpenCase) -> None:
    case = entered_late(a_case)
    case.correct_arrival(received_at="2026-03-05", at="2026-03-09T11:00")
    fact = max(case.request.earlier_facts)
    case.ask_identity(asked_at="2026-03-04", at="2026-03-09T12:00")
    with case.refuses(AnswerDatesInvalid):
        case.confirm_earlier_fact(fact=fact)


def test_a_correction_has_a_reason(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ReasonRequired):
        case.correct_arrival(received_at="2026-03-01", reason=None)


@pytest.mark.parametrize("end", ["withdraw", "correct_arrival"])
def test_nothing_is_left_to_confirm_once_that_moves_nothing(a_case: OpenCase, end: str) -> None:
    case = entered_late(a_case)
    case.correct_arrival(received_at="2026-03-05", at="2026-03-09T11:00")
    fact = max(case.request.earlier_facts)
    getattr(case, end)(at="2026-03-10") if end == "withdraw" else None
    if end == "correct_arrival":
        case.correct_arrival(received_at="2026-03-06", at="2026-03-10")
        case.confirm_earlier_fact()
    with case.refuses(NothingToConfirm):
        case.confirm_earlier_fact(fact=fact)
