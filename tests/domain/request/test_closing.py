"""close, withdraw, reopen (GDPR Art. 12(2)-(4))."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from dsr.domain.request.closing import ItemEffected, outcome_of
from dsr.domain.request.errors import (
    AbsoluteRight,
    AnswerDatesInvalid,
    ConfirmationRequired,
    EvidenceNotPurged,
    ExtensionNotApproved,
    IdentityNotAsked,
    IdentityUnresolved,
    ItemNotOpen,
    ItemsOpen,
    ItemUnknown,
    NoReasonableDoubt,
    NotRegistered,
    ReasonRequired,
    RequestIsOpen,
    ResponseNotSent,
)
from dsr.domain.request.holds import Retained
from dsr.domain.request.item import Item
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import End, IdentityStatus, ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase

S = ItemStatus


# Outcomes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((S.DONE,), Outcome.FULFILLED),
        ((S.NOTHING_HELD,), Outcome.FULFILLED),
        ((S.DONE, S.NOTHING_HELD), Outcome.FULFILLED),
        ((S.DONE, S.REFUSED), Outcome.PARTLY_FULFILLED),
        ((S.NOTHING_HELD, S.REFUSED), Outcome.PARTLY_FULFILLED),
        ((S.REFUSED,), Outcome.REFUSED),
        ((S.REFUSED, S.REFUSED), Outcome.REFUSED),
        ((S.WITHDRAWN, S.DONE), Outcome.FULFILLED),
        ((S.WITHDRAWN, S.REFUSED), Outcome.REFUSED),
        ((S.WITHDRAWN, S.WITHDRAWN), Outcome.WITHDRAWN),
        ((S.WITHDRAWN, S.DONE, S.REFUSED), Outcome.PARTLY_FULFILLED),
        ((S.ENDED, S.WITHDRAWN), Outcome.MOOT),
        ((S.ENDED, S.DONE), Outcome.FULFILLED),
        ((S.ENDED, S.REFUSED), Outcome.REFUSED),
        ((S.ENDED, S.DONE, S.REFUSED), Outcome.PARTLY_FULFILLED),
    ],
)
def test_the_outcome_follows_from_the_items(statuses: tuple[S, ...], outcome: Outcome) -> None:
    made = partial(Item, right=Right.ACCESS, controller_id="acme-de", answered=True)
    items = [made(str(n), status=s, end=End.MOOT if s is S.ENDED else None) for n, s in enumerate(statuses)]
    assert outcome_of(items) is outcome


@pytest.mark.parametrize("status", [S.DONE, S.NOTHING_HELD, S.REFUSED])
def test_every_decided_item_is_answered_before_closing(status: S) -> None:
    silent = Item("access", Right.ACCESS, "acme-de", status=status)
    with pytest.raises(ResponseNotSent):
        outcome_of([silent])


@pytest.mark.parametrize("status", [S.OPEN, S.GRANTED])
def test_no_case_closes_with_open_items(status: S) -> None:
    answered = Item("access", Right.ACCESS, "acme-de", status=S.DONE, answered=True)
    with pytest.raises(ItemsOpen):
        outcome_of([answered, Item("erasure", Right.ERASURE, "acme-de", status=status)])


def test_a_case_is_partly_fulfilled_with_one_letter_for_each_part(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    with case.refuses(ItemsOpen):
        case.close()
    case.grant("access")
    case.record_done("access")
    case.propose_refusal("erasure")
    case.approve_refusal("erasure")
    case.record_answer("access")
    with case.refuses(ResponseNotSent):
        case.close()
    case.record_answer("erasure")
    case.close()
    assert case.request.outcome is Outcome.PARTLY_FULFILLED


def test_a_missed_deadline_blocks_no_closing(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access", at="2026-09-01")
    case.record_answer("access")
    case.close()
    assert case.request.outcome is Outcome.FULFILLED


def test_a_letter_that_nobody_registered_is_not_closed_in_silence(a_case: OpenCase) -> None:
    case = a_case()
    for unidentified in (False, True):
        with case.refuses(NotRegistered):
            case.close(unidentified=unidentified)


# Unidentified ------------------------------------------------------------------------------------------------------


def given_up(a_case: OpenCase, *rights: Right) -> ACase:
    """A case whose sender could not be identified."""
    case = a_case(*rights)
    case.ask_identity(at="2026-03-03")
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.give_up_identity(at="2026-03-24")
    return case


def test_who_stays_unidentified_gets_the_full_letter_and_the_case_closes_all_its_items(a_case: OpenCase) -> None:
    case = given_up(a_case, Right.ACCESS, Right.ERASURE)
    with case.refuses(ResponseNotSent):
        case.close(unidentified=True)
    case.record_answer()
    case.close(unidentified=True)
    assert case.request.outcome is Outcome.UNIDENTIFIED
    assert {item.status for item in case.request.items.values()} == {S.REFUSED}


@pytest.mark.parametrize("confirmed", [False, True])
def test_nobody_is_unidentified_who_was_never_asked_or_was_identified(a_case: OpenCase, confirmed: bool) -> None:
    case = a_case(Right.ACCESS)
    if confirmed:
        case.ask_identity()
        case.confirm_identity()
    with case.refuses(NoReasonableDoubt):
        case.close(unidentified=True)


@pytest.mark.parametrize("insufficient", [False, True])
def test_identification_is_given_up_before_closing_as_unidentified(a_case: OpenCase, insufficient: bool) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    if insufficient:
        case.ask_identity_again()
    with case.refuses(IdentityUnresolved):
        case.close(unidentified=True)


def test_an_absolute_right_is_carried_out_before_closing_as_unidentified(a_case: OpenCase) -> None:
    case = given_up(a_case, Right.ACCESS, Right.CONSENT_WITHDRAWAL)
    case.record_answer()
    with case.refuses(AbsoluteRight):
        case.close(unidentified=True)
    case.grant("consent-withdrawal")
    case.record_done("consent-withdrawal")
    with case.refuses(ResponseNotSent):
        case.close(unidentified=True)
    case.record_answer("consent-withdrawal")
    case.close(unidentified=True)


def test_a_letter_from_before_a_new_question_is_not_the_answer_to_it(a_case: OpenCase) -> None:
    case = given_up(a_case, Right.ACCESS)
    case.record_answer()
    case.ask_identity()
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.give_up_identity()
    with case.refuses(ResponseNotSent):
        case.close(unidentified=True)
    case.record_answer()
    case.close(unidentified=True)


@pytest.mark.parametrize("asked_before", [False, True])
def test_nobody_is_unidentified_whom_no_question_reached(a_case: OpenCase, asked_before: bool) -> None:
    case = given_up(a_case, Right.ACCESS) if asked_before else a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-25")
    case.give_up_identity(at="2026-04-01")
    case.record_answer()
    with case.refuses(ResponseNotSent) as told:
        case.close(unidentified=True)
    assert told.code == "response-not-sent"
    case.ask_identity()
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.give_up_identity()
    case.record_answer()
    case.close(unidentified=True)


def test_a_right_that_was_opened_after_the_letter_was_not_answered_by_it(a_case: OpenCase) -> None:
    case = given_up(a_case, Right.ACCESS)
    case.record_answer()
    case.open_items(Right.ERASURE, at="2026-03-25")
    with case.refuses(ResponseNotSent):
        case.close(unidentified=True)
    with case.refuses(AnswerDatesInvalid):
        case.record_answer(left="2026-03-24T12:00", at="2026-03-26")
    case.record_answer()
    case.close(unidentified=True)


def test_what_was_given_effect_is_not_refused_because_nobody_knows_who_asked(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION, Right.ACCESS)
    case.grant("restriction")
    case.restrict()
    case.ask_identity()
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.give_up_identity()
    case.record_answer()
    with case.refuses(ItemsOpen) as told:
        case.close(unidentified=True)
    assert told.facts["item_ids"] == ["restriction"]
    case.record_done("restriction")
    with case.refuses(ResponseNotSent):
        case.close(unidentified=True)
    case.record_answer("restriction")
    case.close(unidentified=True)
    assert {item_id: item.status for item_id, item in case.request.items.items()} == {
        "restriction": S.DONE,
        "access": S.REFUSED,
    }


def test_a_reopened_case_needs_a_new_letter_to_close_as_unidentified(a_case: OpenCase) -> None:
    case = given_up(a_case, Right.ACCESS)
    case.record_answer()
    case.close(unidentified=True)
    case.reopen("access")
    with case.refuses(ResponseNotSent):
        case.close(unidentified=True)


def test_no_refusal_proposed_before_lives_on_in_a_reopened_case(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.ask_identity()
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    case.give_up_identity()
    case.record_answer()
    case.close(unidentified=True)
    case.reopen("access")
    assert not any(item.proposal for item in case.request.items.values())


def test_closing_leaves_no_identity_evidence_behind(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.approve_refusal("access")
    case.record_answer("access")
    case.ask_identity()
    evidence = case.take_evidence()
    with case.refuses(EvidenceNotPurged):
        case.close()
    case.close(evidence_destroyed={evidence})
    assert case.news[0].evidence_destroyed == (evidence,)
    assert case.request.identity.evidence_keys == ()


# Withdrawal --------------------------------------------------------------------------------------------------------


def test_an_ambiguous_withdrawal_is_confirmed_first(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ConfirmationRequired):
        case.withdraw(confirmed=False)
    with case.refuses(ConfirmationRequired):
        case.withdraw(item_ids=())


def test_withdrawing_everything_closes_the_case(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.grant("access")
    case.withdraw()
    assert case.happened() == ["withdrawn", "closed"]
    assert case.request.outcome is Outcome.WITHDRAWN


def test_a_letter_is_withdrawn_before_anybody_registered_it(a_case: OpenCase) -> None:
    case = a_case()
    case.withdraw()
    assert case.request.outcome is Outcome.WITHDRAWN


def test_withdrawing_a_part_leaves_the_rest(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_refusal("access")
    case.withdraw(item_ids=("access", "access"))
    assert case.happened() == ["withdrawn"]
    assert case.events[-1].item_ids == ("access",)
    assert case.request.items["access"].status is S.WITHDRAWN
    assert case.request.items["erasure"].status is S.OPEN
    assert not any(item.proposal for item in case.request.items.values())


def test_withdrawing_the_last_part_closes_the_case(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.withdraw(item_ids=("access",))
    case.withdraw(item_ids=("erasure",))
    assert case.request.outcome is Outcome.WITHDRAWN


def test_what_was_decided_before_a_withdrawal_is_still_answered(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.record_nothing_held("access")
    case.withdraw()
    assert not case.request.is_closed
    with case.refuses(ResponseNotSent):
        case.close()
    case.record_answer("access")
    case.close()
    assert case.request.outcome is Outcome.FULFILLED


def test_only_pending_items_of_the_case_are_withdrawn(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.record_nothing_held("access")
    with case.refuses(ItemNotOpen):
        case.withdraw(item_ids=("erasure", "access"))
    with case.refuses(ItemUnknown):
        case.withdraw(item_ids=("portability",))


EFFECTED = {
    Right.RECTIFICATION: ("assess_accuracy", "rectify"),
    Right.RESTRICTION: ("restrict",),
    Right.OBJECTION: ("stop_processing",),
    Right.CONSENT_WITHDRAWAL: ("withdraw_consent",),
    Right.AUTOMATED_DECISION: ("review_decision",),
    Right.INFORMATION: ("send_copy",),
    Right.PORTABILITY: ("collect_data", "assess_feasibility", "verify_target", "transmit"),
}


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("right", EFFECTED)
def test_what_was_done_is_not_taken_back(a_case: OpenCase, right: Any, named: bool) -> None:
    case = a_case(Right.ERASURE, right)
    case.grant(right.value)
    for command in EFFECTED[right]:
        getattr(case, command)(right.value)
    with case.refuses(ItemEffected) as told:
        case.withdraw(item_ids=(right.value,) if named else None)
    assert (told.code, told.facts) == ("item-effected", {"item_ids": [right.value]})
    case.withdraw(item_ids=("erasure",))
    assert case.request.items[right.value].status is ItemStatus.GRANTED


def test_a_withdrawal_that_closes_leaves_no_identity_evidence_behind(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.ask_identity()
    evidence = case.take_evidence()
    case.withdraw(item_ids=("access",))  # the question is still open for the rest
    with case.refuses(EvidenceNotPurged):
        case.withdraw()
    case.withdraw(evidence_destroyed={evidence})
    assert case.request.identity.evidence_keys == ()


# Questions that are out --------------------------------------------------------------------------------------------


def reopened_dates(case: ACase, on: str) -> tuple[date, date | None]:
    """Statutory date and promise of a case that is reopened on a day."""
    case.reopen(at=on)
    deadline = case.request.deadline_as_of(date.fromisoformat(on), case.calendar)
    assert not deadline.provisional
    return deadline.statutory_due, deadline.promise_due


def test_a_question_that_is_out_when_a_case_closes_moves_no_date_any_more(a_case: OpenCase) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    case.grant("consent-withdrawal")
    case.record_done("consent-withdrawal")
    case.record_answer("consent-withdrawal")
    case.close(at="2026-03-06")
    assert case.happened() == ["closed", "clock-resumed"]
    assert not case.deadline.provisional
    assert reopened_dates(case, "2026-09-01") == (date(2026, 4, 7), date(2026, 4, 4))


@pytest.mark.parametrize("insufficient", [False, True])
def test_an_identity_question_ends_unresolved_with_its_case_and_is_asked_anew(
    a_case: OpenCase, insufficient: bool
) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity(at="2026-03-03")
    if insufficient:
        case.ask_identity_again()
    case.withdraw()
    assert case.happened() == ["withdrawn", "closed", "clock-resumed"]
    assert case.request.identity.status is IdentityStatus.LAPSED
    case.reopen("access", at="2026-03-20")
    with case.refuses(IdentityNotAsked):
        case.confirm_identity()
    with case.refuses(IdentityUnresolved):
        case.grant("access")
    with case.refuses(IdentityUnresolved):
        case.close(unidentified=True)
    case.ask_identity()
    case.confirm_identity()
    case.grant("access")


def test_withdrawing_everything_ends_every_wait_for_an_answer(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    case.put(LetterKind.CLARIFICATION, at="2026-03-04")
    case.withdraw(at="2026-03-06")
    assert case.happened() == ["withdrawn", "clock-resumed", "closed", "clock-resumed"]
    assert reopened_dates(case, "2026-12-01") == (date(2026, 4, 7), date(2026, 4, 4))


def test_an_extension_that_was_proposed_ends_with_its_case(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_extension()
    case.approve_extension()
    case.withdraw()
    case.reopen("access")
    with case.refuses(ExtensionNotApproved):
        case.send_extension_notice()
    case.propose_extension()


# Reopening ---------------------------------------------------------------------------------------------------------


def test_reopening_needs_a_reason(answered: ACase) -> None:
    with answered.refuses(ReasonRequired):
        answered.reopen(reason=None)


def test_only_a_closed_case_is_reopened(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(RequestIsOpen):
        case.reopen()


def test_only_items_of_the_case_are_reopened(answered: ACase) -> None:
    with answered.refuses(ItemUnknown):
        answered.reopen("access", "erasure")


def test_reopening_moves_no_date(answered: ACase) -> None:
    before = answered.request.clock.deadline
    answered.reopen("access", at="2026-06-01")
    assert answered.request.clock.deadline == before
    assert answered.request.deadline_as_of(date(2026, 6, 1), answered.calendar) == before
    assert answered.request.received_on == date(2026, 3, 2)


def test_a_reopened_item_is_decided_and_answered_anew(answered: ACase) -> None:
    answered.reopen("access", at="2026-06-01")
    assert (answered.request.lifecycle, answered.request.outcome) == (Lifecycle.ASSESSING, None)
    assert answered.request.items["access"].status is S.OPEN
    with answered.refuses(ItemsOpen):
        answered.close()
    answered.record_nothing_held("access")
    with answered.refuses(ResponseNotSent):
        answered.close()
    answered.record_answer("access")
    assert answered.events[-1].late
    answered.close()


def test_a_case_reopened_without_items_keeps_its_decisions(answered: ACase) -> None:
    answered.reopen()
    assert answered.request.lifecycle is Lifecycle.EXECUTING
    answered.close()
    assert answered.request.outcome is Outcome.FULFILLED


@pytest.mark.parametrize("end", ["dismiss", "withdraw", "link_duplicate"])
def test_a_letter_reopened_before_registration_goes_back_to_triage(a_case: OpenCase, end: str) -> None:
    case = a_case()
    getattr(case, end)()
    case.reopen()
    assert case.request.lifecycle is Lifecycle.RECEIVED
    case.register(Right.ACCESS)


def test_who_was_unidentified_may_identify_after_reopening(a_case: OpenCase) -> None:
    case = given_up(a_case, Right.ACCESS)
    case.record_answer()
    case.close(unidentified=True)
    case.reopen("access")
    case.ask_identity()
    case.confirm_identity()
    assert case.request.identity.status is IdentityStatus.CONFIRMED
    case.grant("access")


def test_reopening_an_unidentified_case_opens_all_that_nobody_decided(a_case: OpenCase) -> None:
    case = given_up(a_case, Right.ACCESS, Right.ERASURE, Right.PORTABILITY)
    case.withdraw(item_ids=("erasure",))
    case.record_answer()
    case.close(unidentified=True)
    case.reopen()
    assert case.events[-1].item_ids == ("access", "portability")
    assert case.request.items["access"].status is S.OPEN
    with case.refuses(ItemsOpen):
        case.close()


def test_who_identifies_later_is_not_left_refused_without_a_decision(a_case: OpenCase) -> None:
    case = given_up(a_case, Right.ACCESS, Right.ERASURE)
    case.record_answer()
    case.close(unidentified=True)
    case.reopen("access", at="2026-04-01")
    assert case.request.items["erasure"].status is S.REFUSED
    case.ask_identity()
    case.confirm_identity()
    assert case.news[0].item_ids == ("erasure",)
    case.record_nothing_held("access")
    case.record_answer("access")
    with case.refuses(ItemsOpen):
        case.close()
    case.propose_refusal("erasure")
    case.approve_refusal("erasure")
    case.record_answer("erasure")
    case.close()
    case.reopen(at="2026-05-01")
    assert case.events[-1].item_ids == (), "decided by people since"


def test_a_copy_that_is_owed_again_once_who_asks_is_known_holds_what_would_be_deleted(a_case: OpenCase) -> None:
    recordings = Retained("acme-de", "recordings", ("telephony",), "P30D")
    case = given_up(a_case, Right.ACCESS, Right.ERASURE)
    case.record_answer()
    case.close(unidentified=True)
    case.reopen("erasure", retained=(recordings,))
    assert not case.request.holds
    case.ask_identity()
    case.confirm_identity(retained=(recordings,))
    assert [hold.activities for hold in case.request.holds.values()] == [("recordings",)]
