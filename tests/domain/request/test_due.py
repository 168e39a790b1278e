"""What comes due is recorded once for each date, when it is due, as long as the case waits for it."""

from datetime import date, timedelta

import pytest

from dsr.domain.request.due import Due, DueNoMore, DueNotYet, DueRecorded
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import Occasion
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase

PROMISE = Occasion(Due.PROMISE_MISSED, "", date(2026, 4, 1))  # 30 days after 2 March


def test_nothing_is_recorded_before_its_instant(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DueNotYet):
        case.record_due(occasion=PROMISE, at="2026-04-01T23:59:59")
    case.record_due(occasion=PROMISE, at="2026-04-02T00:00:00")
    [recorded] = case.news
    assert (recorded.TOPIC, recorded.due) == ("dsr.request.promise-missed", date(2026, 4, 1))


def test_a_date_is_recorded_once(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_due(occasion=PROMISE, at="2026-04-02")
    with case.refuses(DueRecorded):
        case.record_due(occasion=PROMISE, at="2026-04-03")


@pytest.mark.parametrize("about", [date(2026, 3, 31), date(2026, 4, 2)])
def test_another_date_than_the_one_that_holds_is_not_recorded(a_case: OpenCase, about: date) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DueNoMore):
        case.record_due(occasion=Occasion(Due.PROMISE_MISSED, "", about), at="2026-04-20")


def test_a_case_that_was_withdrawn_is_late_no_more(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.withdraw()
    with case.refuses(DueNoMore):
        case.record_due(occasion=PROMISE, at="2026-04-02")


def test_the_end_of_an_offer_is_recorded_by_the_fee(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DueNoMore):
        case.record_due(occasion=Occasion(Due.FEE_OFFER_ENDED, "any", date(2026, 4, 1)), at="2026-04-20")


def coming(case: ACase, *kinds: Due) -> list[tuple[str, date]]:
    """What the case waits for now of these kinds, the first first, with the local day from which it is due."""
    calendar = case.calendar
    every = sorted(case.request.coming(calendar, case.now), key=lambda each: each.at)
    return [(each.occasion.kind, calendar.local_date(each.at)) for each in every if each.occasion.kind in kinds]


OF_IDENTITY = (Due.IDENTITY_REMINDER_DUE, Due.IDENTITY_UNANSWERED)


def test_who_is_asked_is_reminded_and_given_up_before_the_month_ends(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    assert coming(case, *OF_IDENTITY) == [
        ("identity-reminder-due", date(2026, 3, 10)),
        ("identity-unanswered", date(2026, 3, 26)),  # five working days before 2 April
    ]


@pytest.mark.parametrize("asked_on", ["2026-03-20", "2026-03-31", "2026-04-02"])
def test_nobody_is_given_up_before_they_had_the_time_in_which_others_are_reminded(
    a_case: OpenCase, asked_on: str
) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at=asked_on)
    week_later = date.fromisoformat(asked_on) + timedelta(days=7)
    assert coming(case, *OF_IDENTITY) == [("identity-unanswered", week_later)]


def test_who_is_asked_again_is_reminded_again(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    reminder = Occasion(Due.IDENTITY_REMINDER_DUE, "2026-03-03", date(2026, 3, 10))
    case.record_due(occasion=reminder, at="2026-03-10")
    case.take_identity_evidence(at="2026-03-12")
    assert coming(case, *OF_IDENTITY) == []
    case.ask_identity_again(at="2026-03-13")
    assert coming(case, *OF_IDENTITY)[0] == ("identity-reminder-due", date(2026, 3, 20))


OF_ANSWER = (Due.ACKNOWLEDGEMENT_OVERDUE, Due.DEADLINE_APPROACHING, Due.PROMISE_MISSED, Due.STATUTORY_DATE_MISSED)


def answered(a_case: OpenCase) -> ACase:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access", at="2026-03-10")
    case.record_answer("access", at="2026-03-10")
    case.close(at="2026-03-10")
    return case


def test_what_passed_while_an_answer_was_given_was_met(a_case: OpenCase) -> None:
    case = answered(a_case)
    case.reopen(item_ids=("access",), at="2026-05-20")
    assert case.request.owes_answer
    assert coming(case, *OF_ANSWER) == []
    with case.refuses(DueNoMore):
        case.record_due(occasion=PROMISE)


def test_a_case_that_is_reopened_in_time_is_awaited_by_the_same_dates(a_case: OpenCase) -> None:
    case = answered(a_case)
    case.reopen(item_ids=("access",), at="2026-03-27")
    assert coming(case, *OF_ANSWER) == [
        ("deadline-approaching", date(2026, 3, 31)),
        ("promise-missed", date(2026, 4, 2)),
        ("statutory-date-missed", date(2026, 4, 3)),
    ]


def test_a_request_that_was_dismissed_was_never_answered(a_case: OpenCase) -> None:
    case = a_case()
    case.dismiss(at="2026-03-03")
    case.reopen(at="2026-05-20")
    case.record_due(occasion=PROMISE, at="2026-05-20")
    assert case.happened() == ["promise-missed"]


def test_the_end_of_an_offer_is_recorded_with_its_own_date(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_fee("access")
    case.send_fee_notice()
    ends_on = case.request.fees[case.fee_id].offer_ends_on
    case.expire_fee(at=(ends_on + timedelta(days=10)).isoformat())
    assert next(each for each in case.news if each.TOPIC == "dsr.request.fee-expired").due == ends_on
