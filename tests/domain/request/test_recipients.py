"""Telling recipients what was rectified, erased or restricted (GDPR Art. 19)."""

from datetime import date
from typing import Any

import pytest

from dsr.domain.request.errors import AnswerDatesInvalid, ItemUnknown, ReasonRequired
from dsr.domain.request.recipients import NothingToTell, RecipientSettled
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

TO_TELL = [Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION]


def done(a_case: OpenCase, right: Right) -> ACase:
    """An item that was carried out on Thursday 5 March, with two recipients."""
    case = a_case(right)
    case.grant(right.value, at="2026-03-05")
    case.record_done(right.value, recipients=("dialler", "payroll"))
    return case


@pytest.mark.parametrize("right", TO_TELL)
def test_recipients_have_to_hear_of_it_within_five_working_days(a_case: OpenCase, right: Any) -> None:
    case = done(a_case, right)
    assert case.events[-1].recipients == ("dialler", "payroll")
    assert case.events[-1].tell_by == date(2026, 3, 12)


@pytest.mark.parametrize("right", sorted(set(Right) - set(TO_TELL)))
def test_of_other_rights_they_hear_nothing(a_case: OpenCase, right: Any) -> None:
    case = done(a_case, right)
    assert (case.events[-1].recipients, case.events[-1].tell_by) == ((), None)
    with case.refuses(NothingToTell):
        case.tell_recipient(right.value)
    with case.refuses(NothingToTell):
        case.excuse_recipient(right.value)


@pytest.mark.parametrize("right", TO_TELL)
def test_what_was_done_has_to_be_told_though_it_is_decided_anew(a_case: OpenCase, right: Any) -> None:
    case = done(a_case, right)
    case.record_answer(right.value)
    case.close()
    case.reopen(right.value)
    case.tell_recipient(right.value)
    case.withdraw(item_ids=(right.value,))
    case.excuse_recipient(right.value, recipient="payroll")
    with case.refuses(RecipientSettled):
        case.tell_recipient(right.value)


@pytest.mark.parametrize("right", [Right.RECTIFICATION, Right.RESTRICTION])
def test_what_was_rectified_or_restricted_is_told_before_all_of_it_is_done(a_case: OpenCase, right: Right) -> None:
    case = a_case(right)
    case.grant(right.value)
    with case.refuses(NothingToTell):
        case.tell_recipient(right.value)
    if right is Right.RECTIFICATION:
        case.assess_accuracy()
        case.rectify()
    else:
        case.restrict()
    case.tell_recipient(right.value)
    assert not case.events[-1].late


def test_what_an_objection_restricts_is_told_too(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.OBJECTION)
    with case.refuses(NothingToTell):
        case.tell_recipient("objection")
    case.object("objection")
    case.tell_recipient("objection")
    case.withdraw()
    case.excuse_recipient("objection", recipient="payroll")


def test_an_objection_to_marketing_restricts_nothing_to_be_told(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, direct_marketing=True)
    case.object("objection")
    with case.refuses(NothingToTell):
        case.tell_recipient("objection")


def test_there_is_nothing_to_tell_before_it_is_done(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    with case.refuses(NothingToTell):
        case.tell_recipient("erasure")
    with case.refuses(ItemUnknown):
        case.tell_recipient("restriction")


@pytest.mark.parametrize(("at", "late"), [("2026-03-12T23:59", False), ("2026-03-13T00:00", True)])
def test_a_recipient_told_after_the_fifth_working_day_is_told_late(a_case: OpenCase, at: str, late: bool) -> None:
    case = done(a_case, Right.ERASURE)
    case.tell_recipient("erasure", at=at)
    assert case.events[-1].late is late


def test_each_recipient_is_told_or_excused_once(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    case.tell_recipient("erasure")
    case.excuse_recipient("erasure", recipient="payroll")
    for recipient in ("dialler", "payroll"):
        with case.refuses(RecipientSettled):
            case.tell_recipient("erasure", recipient=recipient)
        with case.refuses(RecipientSettled):
            case.excuse_recipient("erasure", recipient=recipient)


def test_who_is_not_told_is_excused_with_an_explanation(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    with case.refuses(ReasonRequired):
        case.excuse_recipient("erasure", explanation=None)


def test_nobody_was_told_in_the_future_or_before_the_request(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    for told_at in ("2026-03-01", "2026-03-06"):
        with case.refuses(AnswerDatesInvalid):
            case.tell_recipient("erasure", told_at=case.instant(told_at))


def test_a_recipient_that_turned_up_later_can_be_told_too(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    case.tell_recipient("erasure", recipient="insurer")


def test_the_duty_to_tell_outlives_the_answer(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    case.record_answer("erasure")
    case.close()
    case.tell_recipient("erasure")
    case.excuse_recipient("erasure", recipient="payroll")


def test_what_is_done_again_is_told_again(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    case.tell_recipient("erasure")
    case.record_answer("erasure")
    case.close()
    case.reopen("erasure")
    case.grant("erasure")
    case.record_done("erasure", recipients=("dialler",))
    case.tell_recipient("erasure")


# Recipients that the record does not name


def test_a_recipient_that_the_record_does_not_name_is_added_and_told(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    case.add_recipient("erasure", at="2026-03-10")
    [added] = case.news
    assert (added.recipient, added.tell_by) == ("other-1", date(2026, 3, 17))
    assert case.request.items["erasure"].untold == ("dialler", "other-1", "payroll")
    case.tell_recipient("erasure", recipient="other-1", at="2026-03-17")
    assert not case.news[0].late, "its own day counts"
    case.tell_recipient("erasure", recipient="payroll", at="2026-03-17")
    assert case.news[0].late, "and that of the others stays"


def test_each_added_recipient_has_a_name_of_its_own_in_the_case(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    for name in ("other-1", "other-2"):
        case.add_recipient("erasure")
        assert case.news[0].recipient == name


def test_where_all_were_told_the_day_of_the_added_one_comes_due(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    for recipient in ("dialler", "payroll"):
        case.tell_recipient("erasure", recipient=recipient)
    case.add_recipient("erasure", at="2026-04-01")
    assert case.request.items["erasure"].tell_by == date(2026, 4, 10)  # Good Friday and Easter Monday lie between


def test_an_added_recipient_has_a_name_an_address_and_a_reason(a_case: OpenCase) -> None:
    case = done(a_case, Right.ERASURE)
    for missing in ("contact", "reason"):
        with case.refuses(ReasonRequired):
            case.add_recipient("erasure", **{missing: None})
    untouched = a_case(Right.ERASURE)
    with untouched.refuses(NothingToTell):
        untouched.add_recipient("erasure")


# A restriction until an objection is balanced


def test_recipients_hear_of_a_restriction_until_an_objection_is_balanced(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object("objection", disclosed={"quality": ("dialler",), "recorded-calls": ("payroll",)})
    item = case.request.items["objection"]
    assert item.untold == ("dialler",), "of what is restricted only; consent was withdrawn"
    assert item.tell_by == date(2026, 3, 9)
    case.excuse_recipient("objection")
    assert not case.request.items["objection"].untold


def test_an_objection_whose_data_nobody_got_tells_nobody(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    case.object("objection")
    assert not case.request.items["objection"].recipients
