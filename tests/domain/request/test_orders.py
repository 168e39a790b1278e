"""note the date of an order: it stands beside the dates of the case, and the earlier one holds (docs/law §13)."""

from datetime import date
from uuid import uuid4

from dsr.domain.rights import Right
from dsr.projections.requests import show
from tests.domain.request.a_case import ACase

FIRST, SECOND = uuid4(), uuid4()


def holding(case: ACase) -> tuple[date | None, date, str]:
    """The date of the earliest order, and the date that holds, by what sets it."""
    (row,) = show(case.request)
    return row["order_due"], row["due_on"], row["due_source"]


def test_the_earlier_of_the_date_of_an_order_and_those_of_the_case_holds_and_none_of_them_moves() -> None:
    # given
    case = ACase(received_at="2026-03-05")
    case.register(Right.ACCESS)
    deadline = case.deadline
    assert holding(case) == (None, date(2026, 4, 4), "promise")
    # when: a later order, then an earlier one
    case.note_order_date(matter_id=FIRST, due_on=date(2026, 5, 1))
    assert holding(case) == (date(2026, 5, 1), date(2026, 4, 4), "promise")
    case.note_order_date(matter_id=SECOND, due_on=date(2026, 3, 20))
    # then
    assert holding(case) == (date(2026, 3, 20), date(2026, 3, 20), "order")
    assert case.deadline == deadline
    # when: the earlier one is answered
    case.note_order_date(matter_id=SECOND, due_on=None)
    # then
    assert holding(case) == (date(2026, 5, 1), date(2026, 4, 4), "promise")


def test_a_date_that_is_known_is_not_noted_again() -> None:
    case = ACase(received_at="2026-03-05")
    case.note_order_date(matter_id=FIRST, due_on=None)
    case.note_order_date(matter_id=FIRST, due_on=date(2026, 5, 1))
    version = case.request.version
    case.note_order_date(matter_id=FIRST, due_on=date(2026, 5, 1))
    assert case.request.version == version == 2
