"""propose, approve and decline the end of a registered case (GDPR Art. 12(4), recital 27; docs/law §3)."""

import pytest

from dsr.domain.request.closing import ItemEffected, PasswordUndelivered
from dsr.domain.request.errors import (
    AbsoluteRight,
    EvidenceNotPurged,
    FourEyes,
    ItemNotOpen,
    LetterIncomplete,
    LetterKindWrong,
    MessageUnexamined,
    NothingProposed,
    NotRegistered,
    ReasonRequired,
    RequestIsClosed,
    ResponseNotSent,
    SubjectDeceased,
)
from dsr.domain.request.identity import RequestEnded
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.restriction import NoticeBeforeLift
from dsr.domain.request.values import End, IdentityStatus, ItemStatus, Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import OpenCase

BY_LETTER = (End.MOOT, End.NOT_A_REQUEST)


def test_a_case_ends_by_two_people_and_with_reasons(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ReasonRequired):
        case.propose_end(reasons=None)
    with case.refuses(NothingProposed):
        case.approve_end()
    case.propose_end(actor="ann")
    with case.refuses(FourEyes):
        case.approve_end(actor="ann")
    case.approve_end(actor="bob")
    assert case.status("access") is ItemStatus.ENDED


def test_an_end_that_an_approver_declines_changes_nothing(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_end()
    with case.refuses(ReasonRequired):
        case.decline_end(reason=None)
    case.decline_end()
    assert case.status("access") is ItemStatus.OPEN
    with case.refuses(NothingProposed):
        case.approve_end()


def test_only_a_registered_case_ends_so(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(NotRegistered):
        case.propose_end()


@pytest.mark.parametrize("end", BY_LETTER)
def test_a_moot_case_is_closed_once_the_person_was_told_why(a_case: OpenCase, end: End) -> None:
    case = a_case(Right.ACCESS)
    case.propose_end(end=end)
    case.approve_end()
    with case.refuses(ResponseNotSent):
        case.close()
    with case.refuses(LetterKindWrong):
        case.record_answer("access", kind=LetterKind.ACCESS)
    case.record_answer("access", kind=LetterKind.ENDING)
    case.close()
    assert case.request.outcome is end.outcome


@pytest.mark.parametrize("missing", ["why", "authority", "judicial-remedy"])
def test_the_letter_of_an_end_names_reasons_and_remedies(a_case: OpenCase, missing: str) -> None:
    case = a_case(Right.ACCESS)
    case.propose_end()
    case.approve_end()
    with case.refuses(LetterIncomplete):
        case.record_answer("access", kind=LetterKind.ENDING, without=missing)


def test_an_end_told_after_a_month_is_late_even_if_the_answer_was_extended(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.bring_to("not-needed", extended=True)
    case.propose_end(at="2026-04-20")
    case.approve_end()
    case.record_answer("access", kind=LetterKind.ENDING)
    assert case.request.late


def test_a_case_in_which_something_was_decided_was_a_request(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_end(end=End.NOT_A_REQUEST)
    case.grant("access")
    with case.refuses(ItemNotOpen):
        case.approve_end()
    with case.refuses(ItemNotOpen):
        case.propose_end(end=End.NOT_A_REQUEST)
    case.propose_end(end=End.MOOT)


def test_where_all_is_decided_only_a_death_ends_the_case(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.record_done("access")
    with case.refuses(ItemNotOpen):
        case.propose_end(end=End.MOOT)
    case.propose_end(end=End.DECEASED)
    case.approve_end()
    assert case.request.outcome is Outcome.DECEASED
    assert case.status("access") is ItemStatus.DONE


@pytest.mark.parametrize("end", [End.DECEASED, End.MOOT])
def test_what_a_person_stopped_is_stopped_before_the_case_ends(a_case: OpenCase, end: End) -> None:
    case = a_case(Right.CONSENT_WITHDRAWAL)
    with case.refuses(AbsoluteRight):
        case.propose_end(end=end)


def test_what_effect_was_given_to_is_recorded_as_done(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict("restriction")
    with case.refuses(ItemEffected):
        case.propose_end(end=End.DECEASED)


def test_a_death_closes_the_case_without_a_letter(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    case.propose_end(end=End.DECEASED)
    case.approve_end()
    assert case.request.outcome is Outcome.DECEASED
    assert case.request.identity.status is IdentityStatus.LAPSED
    assert not list(case.request.coming(case.calendar, case.now)), "nothing waits any more"
    for command in (case.send_sign_in_code, case.sign_in):
        with case.refuses(SubjectDeceased):
            command()


def test_no_link_works_after_a_death(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.record_done("access")
    case.offer_package("access")
    case.propose_end(end=End.DECEASED)
    case.approve_end()
    assert case.request.items["access"].offer is None
    with case.refuses(SubjectDeceased):
        case.offer_package("access")
    with case.refuses(SubjectDeceased):
        case.ask_for_link("access")


def test_a_restriction_of_the_dead_is_lifted_without_a_notice_to_them(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.restrict("restriction")
    case.record_done("restriction")
    with case.refuses(NoticeBeforeLift):
        case.lift_restriction(case.restriction_id)
    case.propose_end(end=End.DECEASED)
    case.approve_end()
    with case.refuses(SubjectDeceased):
        case.tell_of_lifting(case.restriction_id)
    case.lift_restriction(case.restriction_id)
    assert not case.request.holds


def test_an_end_waits_for_messages_and_destroys_evidence(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    case.propose_end()
    case.take_evidence()
    with case.refuses(EvidenceNotPurged):
        case.approve_end()
    case.attach_follow_up()
    with case.refuses(MessageUnexamined):
        case.approve_end(evidence_destroyed=case.evidence)


def test_a_death_reported_by_mistake_opens_the_case_again(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_end(end=End.DECEASED)
    case.approve_end()
    with case.refuses(RequestIsClosed):
        case.propose_end()
    case.reopen()
    assert {item.status for item in case.request.items.values()} == {ItemStatus.OPEN}
    case.send_sign_in_code()


def test_a_later_message_about_a_dead_person_is_still_examined(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_end(end=End.DECEASED)
    case.approve_end()
    case.attach_follow_up()
    assert case.request.messages_waiting
    case.examine_messages((case.message_id,))
    assert not case.request.messages_waiting


def test_the_end_of_one_item_leaves_no_package_without_its_password(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.RECTIFICATION)
    case.grant("access")
    case.record_done("access")
    case.offer_package("access")
    case.record_answer("access")
    case.propose_end()
    case.approve_end()
    case.record_answer("rectification", kind=LetterKind.ENDING)
    with case.refuses(PasswordUndelivered):
        case.close()
    case.tell_password("access")
    case.close()
    assert case.request.outcome is Outcome.FULFILLED
    case.reopen()
    assert case.status("rectification") is ItemStatus.OPEN, "what two people ended is decided after all"
    assert case.status("access") is ItemStatus.DONE


@pytest.mark.parametrize("end", BY_LETTER)
def test_nobody_is_asked_who_they_are_once_two_people_ended_the_case(a_case: OpenCase, end: End) -> None:
    case = a_case(Right.ACCESS)
    case.propose_end(end=end)
    case.approve_end()
    with case.refuses(RequestEnded):
        case.ask_identity()
    case.record_answer("access", kind=LetterKind.ENDING)
    case.close()
    case.reopen()
    case.ask_identity()


def test_beside_an_ended_item_a_person_whose_copy_goes_out_may_still_be_doubted(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.RECTIFICATION)
    case.grant("access")
    case.record_done("access")
    case.propose_end()
    case.approve_end()
    case.ask_identity()
    assert case.request.identity.status is IdentityStatus.ASKED


@pytest.mark.parametrize("end", BY_LETTER)
def test_nothing_is_extended_once_only_the_letter_about_the_end_is_owed(a_case: OpenCase, end: End) -> None:
    case = a_case(Right.ACCESS)
    case.propose_end(end=end)
    case.approve_end()
    with case.refuses(ItemNotOpen):
        case.propose_extension()
