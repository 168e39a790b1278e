"""A fact that a person records on a later day counts from its entry until another confirms it (docs/law §10)."""

import json
from datetime import date
from typing import Any

import pytest

from dsr.domain.deadlines import ExtensionTooLate
from dsr.domain.request.earlier_fact import EarlierFactKind
from dsr.domain.request.earlier_facts import NothingToConfirm
from dsr.domain.request.errors import FourEyes
from dsr.domain.request.extension import ExtensionNoticeUnconfirmed
from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from dsr.eventstore.mapper import EventMapper
from tests.catalogue.catalogue import ACTS
from tests.domain.request.a_case import ACase, Made, OpenCase
from tests.domain.request.test_question_delayed import ASK, asked, both

DAY_60 = "2026-05-01"


def due(case: ACase, on: str = DAY_60) -> tuple[date, bool]:
    """The statutory date on a day, and whether it is provisional."""
    deadline = case.request.deadline_as_of(date.fromisoformat(on), case.calendar)
    return deadline.statutory_due, deadline.provisional


def telephoned(a_case: OpenCase, kind: LetterKind) -> ACase:
    """On 1 May somebody records that they asked on 3 March."""
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(asked_at="2026-03-03", at=DAY_60)
    return case


def carried_out(a_case: OpenCase) -> ACase:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.record_done("access")
    return case


# Who confirms ---------------------------------------------------------------------------------------------------


def test_nobody_confirms_what_they_recorded(a_case: OpenCase) -> None:
    case = telephoned(a_case, LetterKind.IDENTITY_QUESTION)
    with case.refuses(FourEyes):
        case.confirm_earlier_fact(actor=case.events[-1].actor)


def test_the_dpo_who_was_consulted_confirms_nothing(a_case: OpenCase) -> None:
    case = telephoned(a_case, LetterKind.IDENTITY_QUESTION)
    case.give_dpo_opinion()
    with case.refuses(FourEyes):
        case.confirm_earlier_fact(actor=case.events[-1].actor)


def test_a_fact_is_confirmed_once(a_case: OpenCase) -> None:
    case = telephoned(a_case, LetterKind.IDENTITY_QUESTION)
    case.confirm_earlier_fact()
    with case.refuses(NothingToConfirm):
        case.confirm_earlier_fact()


def test_what_waits_for_no_confirmation_is_not_confirmed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(NothingToConfirm):
        case.run(ACTS["confirm_earlier_fact"], (), {"fact": case.request.version})


# A question asked in another way --------------------------------------------------------------------------------


@both
def test_one_handler_makes_no_case_punctual_on_day_60_by_a_question_asked_59_days_ago(
    a_case: OpenCase, kind: Any
) -> None:
    case = telephoned(a_case, kind)
    assert due(case) == (date(2026, 4, 2), False)
    getattr(case, ASK[kind][1])(at=DAY_60)
    assert (case.deadline.suspended_days, case.deadline.statutory_due) == (0, date(2026, 4, 2))
    with case.refuses(ExtensionTooLate):
        case.propose_extension()


@both
def test_a_question_counts_from_its_day_once_a_second_person_confirms_it(a_case: OpenCase, kind: Any) -> None:
    case = telephoned(a_case, kind)
    case.confirm_earlier_fact()
    assert case.deadline.provisional
    getattr(case, ASK[kind][1])(answered_at="2026-03-10", at=DAY_60)
    assert (case.deadline.suspended_days, case.deadline.statutory_due) == (7, date(2026, 4, 9))


@both
def test_a_question_may_be_confirmed_after_it_was_answered(a_case: OpenCase, kind: Any) -> None:
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(asked_at="2026-03-03", at="2026-03-06")
    getattr(case, ASK[kind][1])(answered_at="2026-03-05", at="2026-03-06")
    assert case.deadline.suspended_days == 0
    case.confirm_earlier_fact(at="2026-03-09")
    assert case.deadline.suspended_days == 2, "3 and 4 March"


@both
def test_of_two_questions_entered_on_one_day_the_open_one_is_confirmed_as_open(a_case: OpenCase, kind: Any) -> None:
    """And not the one that was answered: the answer to the second would leave one open for ever."""
    case, (ask, answer) = a_case(Right.ACCESS), ASK[kind]
    getattr(case, ask)(at="2026-03-06")
    getattr(case, answer)(at="2026-03-06T10:00Z")
    again = {"new_fact": case.sealed()} if ask == "ask_identity" else {}
    getattr(case, ask)(asked_at="2026-03-04", at="2026-03-06T11:00Z", **again)
    case.confirm_earlier_fact()
    getattr(case, answer)(at="2026-03-06T12:00Z")
    assert not case.deadline.provisional
    assert case.deadline.suspended_days == 2


@both
def test_a_question_recorded_within_five_working_days_counts_from_its_entry(a_case: OpenCase, kind: Any) -> None:
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(asked_at="2026-03-03", at="2026-03-06")
    assert case.request.clock.suspensions[0].asked == date(2026, 3, 6)
    getattr(case, ASK[kind][1])(at="2026-03-10")
    assert case.deadline.suspended_days == 4
    case.confirm_earlier_fact()
    assert case.deadline.suspended_days == 7


@both
def test_a_question_that_was_asked_too_late_waits_for_no_confirmation(a_case: OpenCase, kind: Any) -> None:
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(asked_at="2026-03-24", at=DAY_60)
    assert case.request.earlier_facts == {}


@both
def test_a_question_of_the_same_day_waits_for_no_confirmation(a_case: OpenCase, kind: Any) -> None:
    case = a_case(Right.ACCESS)
    getattr(case, ASK[kind][0])(asked_at="2026-03-03T09:00", at="2026-03-03T18:00")
    assert case.request.earlier_facts == {}


@pytest.mark.parametrize("end", ["withdraw", "record_nothing_held"])
def test_a_question_ended_with_the_access_that_it_was_about(a_case: OpenCase, end: str) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.ask_clarification(asked_at="2026-03-03", at="2026-03-05")
    named = {"item_ids": ("access",)} if end == "withdraw" else {}
    getattr(case, end)(*(["access"] if end == "record_nothing_held" else []), at="2026-03-09", **named)
    case.confirm_earlier_fact(at="2026-03-12")
    assert case.deadline.suspended_days == 6


@both
def test_nobody_makes_a_case_punctual_by_an_answer_to_a_question_that_no_letter_asked(
    a_case: OpenCase, kind: Any
) -> None:
    case = asked(a_case, kind)
    getattr(case, ASK[kind][1])(at=DAY_60)
    assert (case.deadline.suspended_days, case.deadline.statutory_due) == (0, date(2026, 4, 2))
    case.confirm_earlier_fact()
    assert case.deadline.suspended_days == 59


def test_nobody_makes_a_case_punctual_by_a_proof_for_which_no_letter_asked(a_case: OpenCase) -> None:
    case = asked(a_case, LetterKind.IDENTITY_QUESTION)
    case.take_identity_evidence(at=DAY_60)
    assert due(case) == (date(2026, 4, 2), False)
    case.confirm_earlier_fact()
    assert case.deadline.provisional


# A question in a letter that left by hand -----------------------------------------------------------------------


@both
def test_a_letter_sent_by_hand_stops_the_clock_from_its_entry_until_it_is_confirmed(
    a_case: OpenCase, kind: Any
) -> None:
    case = asked(a_case, kind)
    case.record_answer(kind=kind, left="2026-03-03T18:00", at=DAY_60)
    assert (case.deadline.suspended_days, case.deadline.statutory_due) == (0, date(2026, 4, 2))
    case.confirm_earlier_fact()
    assert case.deadline.suspended_days == 59
    getattr(case, ASK[kind][1])(answered_at="2026-03-10", at=DAY_60)
    assert case.deadline.suspended_days == 7


@both
def test_what_our_own_dispatch_recorded_waits_for_no_confirmation(a_case: OpenCase, kind: Any) -> None:
    case = asked(a_case, kind)
    case.record_answer(kind=kind, left="2026-03-03T18:00", at="2026-03-04", actor="service:outbox")
    assert case.request.earlier_facts == {}
    assert case.request.clock.suspensions[0].asked == date(2026, 3, 3)


# An answer ------------------------------------------------------------------------------------------------------


def test_an_answer_recorded_by_hand_is_as_late_as_its_entry_until_it_is_confirmed(a_case: OpenCase) -> None:
    case = carried_out(a_case)
    case.record_answer("access", left="2026-03-20", at=DAY_60)
    assert (case.request.late, case.request.promise_missed) == (True, True)
    assert case.request.items["access"].answered_since == case.now
    case.close()
    case.confirm_earlier_fact(at="2026-05-04")
    assert (case.request.late, case.request.promise_missed) == (False, False)
    assert case.request.items["access"].answered_since == case.instant("2026-03-20")
    assert case.request.answered_at == case.instant("2026-03-20")


def test_a_refusal_recorded_by_hand_is_as_late_as_its_entry_until_it_is_confirmed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.approve_refusal("access", at="2026-03-10")
    case.record_answer("access", left="2026-03-20", at=DAY_60)
    assert case.request.late
    case.confirm_earlier_fact()
    assert not case.request.late


def test_an_answer_that_is_punctual_either_way_waits_for_no_confirmation(a_case: OpenCase) -> None:
    case = carried_out(a_case)
    case.record_answer("access", left="2026-03-20", at="2026-03-23")
    assert case.request.earlier_facts == {}
    assert case.request.answered_at == case.instant("2026-03-20")


def test_an_acknowledgement_recorded_by_hand_is_punctual_once_it_is_confirmed(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_answer(kind=LetterKind.ACKNOWLEDGEMENT, left="2026-03-03", at="2026-03-20")
    assert case.request.acknowledged_at == case.now
    case.confirm_earlier_fact(at="2026-03-21")
    assert case.request.acknowledged_at == case.instant("2026-03-03")


# A notice of extension ------------------------------------------------------------------------------------------


def noticed_late(a_case: OpenCase) -> ACase:
    """On 1 May somebody records that the notice left on 20 March."""
    case = a_case(Right.ACCESS)
    case.propose_extension(at="2026-03-19")
    case.approve_extension()
    case.send_extension_notice(notice=case.letter(LetterKind.EXTENSION, left="2026-03-20"), at=DAY_60)
    return case


def test_no_handler_makes_an_extension_possible_that_is_too_late(a_case: OpenCase) -> None:
    case = noticed_late(a_case)
    assert case.happened() == ["extension-notice-stated"]
    assert (case.deadline.extended, case.deadline.statutory_due) == (False, date(2026, 4, 2))
    with case.refuses(ExtensionNoticeUnconfirmed):
        case.send_extension_notice()


def test_a_notice_recorded_by_hand_extends_once_it_is_confirmed(a_case: OpenCase) -> None:
    case = noticed_late(a_case)
    case.confirm_earlier_fact()
    assert case.happened() == ["earlier-fact-confirmed", "deadline-extended"]
    assert (case.deadline.extended, case.deadline.statutory_due) == (True, date(2026, 6, 2))


def test_a_notice_that_is_in_time_either_way_extends_at_once(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension(at="2026-03-19")
    case.approve_extension()
    case.send_extension_notice(notice=case.letter(LetterKind.EXTENSION, left="2026-03-20"), at="2026-03-23")
    assert case.happened() == ["deadline-extended"]


def test_a_closed_case_is_not_extended(a_case: OpenCase) -> None:
    case = noticed_late(a_case)
    case.withdraw()
    with case.refuses(NothingToConfirm):
        case.confirm_earlier_fact()


# A fee in the United Kingdom, where the month waits for it --------------------------------------------------------


def fee_proposed(a_case: OpenCase) -> ACase:
    case = a_case(Right.ACCESS, country="GB")
    case.propose_fee("access", at="2026-03-02")
    return case


def test_a_notice_of_a_fee_recorded_by_hand_stops_the_clock_from_its_entry(a_case: OpenCase) -> None:
    case = fee_proposed(a_case)
    case.send_fee_notice(notice=case.letter(LetterKind.FEE, left="2026-03-03"), at="2026-03-20")
    assert not case.request.clock.suspensions
    case.confirm_earlier_fact()
    assert case.request.clock.suspensions[0].asked == date(2026, 3, 3)
    case.record_fee_paid(at="2026-03-23")
    assert case.deadline.statutory_due == date(2026, 4, 23)


def test_a_late_payment_recorded_by_hand_moves_no_date_until_it_is_confirmed(a_case: OpenCase) -> None:
    case = fee_proposed(a_case)
    case.send_fee_notice(at="2026-03-03")
    case.record_fee_paid(paid_at="2026-04-20", at=DAY_60)  # the offer ended on 31 March
    assert case.deadline.statutory_due == date(2026, 4, 30)
    case.confirm_earlier_fact()
    assert case.deadline.statutory_due == date(2026, 5, 20)


def test_a_payment_within_its_offer_brings_the_date_forward_at_once(a_case: OpenCase) -> None:
    case = fee_proposed(a_case)
    case.send_fee_notice(at="2026-03-03")
    case.record_fee_paid(paid_at="2026-03-10", at="2026-03-20")
    assert case.request.earlier_facts == {}
    assert case.deadline.statutory_due == date(2026, 4, 10)


# A notice to a recipient --------------------------------------------------------------------------------------------


def told_by_hand(a_case: OpenCase, *, told_at: str, at: str) -> ACase:
    """An erasure of 5 March, of which a recipient has to hear by 12 March."""
    case = a_case(Right.ERASURE)
    case.grant("erasure", at="2026-03-05")
    case.record_done("erasure", recipients=("dialler",))
    case.tell_recipient("erasure", told_at=told_at, at=at)
    return case


def test_a_notice_that_is_entered_too_late_is_late_until_a_second_person_confirms_its_day(a_case: OpenCase) -> None:
    case = told_by_hand(a_case, told_at="2026-03-10", at="2026-03-20")
    assert case.events[-1].late
    (fact,) = case.request.earlier_facts.values()
    assert (fact.kind, fact.happened_on) == (EarlierFactKind.RECIPIENT_NOTICE, date(2026, 3, 10))
    before = case.deadline
    case.confirm_earlier_fact()
    assert case.deadline == before
    assert not case.events[-1].late


@pytest.mark.parametrize(
    ("told_at", "at", "late"),
    [("2026-03-10", "2026-03-12", False), ("2026-03-13", "2026-03-20", True), ("2026-03-20", "2026-03-20", True)],
)
def test_a_notice_whose_day_changes_nothing_waits_for_no_confirmation(
    a_case: OpenCase, told_at: str, at: str, late: bool
) -> None:
    case = told_by_hand(a_case, told_at=told_at, at=at)
    assert case.events[-1].late is late
    assert case.request.earlier_facts == {}


# Before this rule ---------------------------------------------------------------------------------------------------


def test_what_was_recorded_before_this_rule_counts_as_it_was_stated_in_an_audit_too(
    a_case: OpenCase, made: Made
) -> None:
    case = told_by_hand(a_case, told_at="2026-03-10", at="2026-03-20")
    mapper = EventMapper()
    stored = mapper.to_stored_event(case.events[-1])
    state = json.loads(stored.state)
    del state["unconfirmed"], state["class_version"]
    old = mapper.read(stored.topic, str(case.request.id), case.request.version, json.dumps(state | {"late": False}))
    assert made.discrepancies([*case.events[:-1], old], case.calendar) == []
    assert made.replayed([*case.events[:-1], old]).earlier_facts == {}
