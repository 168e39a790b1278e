"""What comes due is recorded once for each date, when it is due, as long as the case waits for it."""

from datetime import date

import pytest

from dsr.domain.request.due import Due, DueNoMore, DueNotYet, DueRecorded
from dsr.domain.request.standing import Occasion
from dsr.domain.rights import Right

PROMISE = Occasion(Due.PROMISE_MISSED, "", date(2026, 4, 1))  # 30 days after 2 March


def test_nothing_is_recorded_before_its_instant(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(DueNotYet):
        case.record_due(occasion=PROMISE, at="2026-04-01T23:59:59")
    case.record_due(occasion=PROMISE, at="2026-04-02T00:00:00")
    [recorded] = case.news
    assert (recorded.TOPIC, recorded.due) == ("dsr.request.promise-missed", date(2026, 4, 1))


def test_a_date_is_recorded_once(a_case):
    case = a_case(Right.ACCESS)
    case.record_due(occasion=PROMISE, at="2026-04-02")
    with case.refuses(DueRecorded):
        case.record_due(occasion=PROMISE, at="2026-04-03")


@pytest.mark.parametrize("about", [date(2026, 3, 31), date(2026, 4, 2)])
def test_another_date_than_the_one_that_holds_is_not_recorded(a_case, about):
    case = a_case(Right.ACCESS)
    with case.refuses(DueNoMore):
        case.record_due(occasion=Occasion(Due.PROMISE_MISSED, "", about), at="2026-04-20")


def test_a_case_that_was_withdrawn_is_late_no_more(a_case):
    case = a_case(Right.ACCESS)
    case.withdraw()
    with case.refuses(DueNoMore):
        case.record_due(occasion=PROMISE, at="2026-04-02")


def test_the_end_of_an_offer_is_recorded_by_the_fee(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(DueNoMore):
        case.record_due(occasion=Occasion(Due.FEE_OFFER_ENDED, "any", date(2026, 4, 1)), at="2026-04-20")
