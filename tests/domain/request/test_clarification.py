"""ask clarification; receive it (GDPR recital 63)."""

from datetime import date
from typing import Any

import pytest

from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    ClarificationAlreadyAsked,
    ClarificationNotAsked,
    ClarificationNotPermitted,
    NotRegistered,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase


@pytest.mark.parametrize("right", sorted(set(Right) - {Right.ACCESS}))
def test_clarification_is_asked_for_access_only(a_case: OpenCase, right: Any) -> None:
    case = a_case(right)
    with case.refuses(ClarificationNotPermitted):
        case.ask_clarification()


def test_clarification_is_asked_while_access_is_pending_only(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.record_nothing_held("access")
    with case.refuses(ClarificationNotPermitted):
        case.ask_clarification()


def test_clarification_is_asked_only_where_a_large_quantity_is_stated(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ClarificationNotPermitted):
        case.ask_clarification(quantity=None)


def test_clarification_is_asked_of_a_registered_request(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(NotRegistered):
        case.ask_clarification()


def test_one_clarification_is_open_at_a_time(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_clarification()
    with case.refuses(ClarificationAlreadyAsked):
        case.ask_clarification()


def test_a_clarification_neither_precedes_the_arrival_nor_lies_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    for asked_at in ("2026-03-02T09:59", "2026-03-02T10:01"):
        with case.refuses(AnswerDatesInvalid):
            case.ask_clarification(asked_at=asked_at)


def test_clarification_moves_the_statutory_date_and_not_the_promise(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_clarification(at="2026-03-06")
    assert case.happened() == ["clarification-requested", "clock-suspended"]
    assert case.deadline.provisional
    case.receive_clarification(at="2026-03-17")
    assert case.happened() == ["clarification-received", "clock-resumed"]
    deadline = case.deadline
    assert (deadline.statutory_due, deadline.promise_due) == (date(2026, 4, 13), date(2026, 4, 1))


def test_a_clarification_asked_late_stops_no_clock(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_clarification(at="2026-03-10")
    assert case.happened() == ["clarification-requested"]
    case.receive_clarification(at="2026-03-20")
    assert case.happened() == ["clarification-received"]
    assert case.deadline.statutory_due == date(2026, 4, 2)


def test_the_answer_may_be_that_everything_is_wanted(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_clarification()
    case.receive_clarification(answer=None)
    assert case.request.clock.clarification_asked_on is None


def decided(case: ACase, how: str) -> list[str]:
    """What ends the item of access on 10 March, and what is recorded by that."""
    match how:
        case "done":
            case.grant("access")
            case.record_done("access", at="2026-03-10")
        case "nothing held":
            case.record_nothing_held("access", at="2026-03-10")
        case "refused":
            case.propose_refusal("access")
            case.approve_refusal("access", at="2026-03-10")
        case "taken back":
            case.withdraw(item_ids=("access",), at="2026-03-10")
    return case.happened()


@pytest.mark.parametrize("how", ["done", "nothing held", "refused", "taken back"])
def test_nobody_waits_for_a_clarification_once_no_access_is_pending(a_case: OpenCase, how: str) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.put(LetterKind.CLARIFICATION, at="2026-03-06")
    assert decided(case, how)[-1] == "clock-resumed"
    assert case.request.clock.clarification_asked_on is None
    later = case.request.deadline_as_of(date(2026, 6, 1), case.calendar)
    assert (later.statutory_due, later.provisional) == (date(2026, 4, 7), False)  # 6 April is Easter Monday
    with case.refuses(ClarificationNotAsked):
        case.receive_clarification()


def test_the_clock_stands_still_until_the_last_access_is_decided(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, controllers=("acme-de", "acme-fr"))
    case.ask_clarification(at="2026-03-06")
    case.record_nothing_held("access", at="2026-03-09")
    assert case.happened() == ["nothing-held"]
    case.record_nothing_held("access-2", at="2026-03-10")
    assert case.happened() == ["nothing-held", "clock-resumed"]


@pytest.mark.parametrize(("done_at", "days"), [("2026-03-09", 3), ("2026-03-05", 0)])
def test_the_day_counts_on_which_access_was_carried_out_not_on_which_it_was_recorded(
    a_case: OpenCase, done_at: str, days: int
) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.grant("access")
    case.put(LetterKind.CLARIFICATION, at="2026-03-06")
    case.record_done("access", done_at=done_at, at="2026-03-20")
    assert case.deadline.suspended_days == days


def test_no_answer_without_a_question(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ClarificationNotAsked):
        case.receive_clarification()


def test_an_answer_to_a_clarification_neither_precedes_it_nor_lies_in_the_future(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_clarification(at="2026-03-04")
    for answered_at in ("2026-03-03T23:59", "2026-03-04T10:01"):
        with case.refuses(AnswerDatesInvalid):
            case.receive_clarification(answered_at=answered_at)
