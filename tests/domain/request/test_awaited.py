"""Whom a case waits for, and for what: what the random machine gets to seldom (docs/law §3, §9, §10)."""

from uuid import uuid4

from dsr.domain.acting import CaseActing
from dsr.domain.request.awaited import Need, Party, awaited
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase


def waits(case: ACase) -> list[tuple[str, str]]:
    found = awaited(case.request, CaseActing("ann", case.now, case.calendar))
    return [(each.party.value, each.need.value) for each in found]


def test_a_letter_waits_for_triage(a_case: OpenCase) -> None:
    case = a_case()
    assert waits(case) == [(Party.HANDLER, Need.TRIAGE)]


def test_a_registered_case_waits_for_the_systems_and_for_its_decision(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    assert waits(case) == [(Party.SYSTEM_OWNER, Need.SEARCH), (Party.HANDLER, Need.DECISION)]


def test_a_question_waits_for_its_letter_and_then_for_the_person(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_clarification()
    assert (Party.HANDLER, Need.LETTER) in waits(case)
    case.record_answer(kind=LetterKind.CLARIFICATION)
    assert waits(case)[0] == (Party.PERSON, Need.CLARIFICATION)


def test_a_doubt_waits_for_the_person_and_no_item_waits_for_its_decision(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.ask_identity()
    case.record_answer(kind=LetterKind.IDENTITY_QUESTION)
    assert waits(case) == [(Party.PERSON, Need.PROOF), (Party.SYSTEM_OWNER, Need.SEARCH)]
    case.take_evidence()
    assert waits(case)[0] == (Party.HANDLER, Need.PROOF_DECISION)


def test_an_answered_case_waits_for_its_closing_alone(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    assert waits(case) == [(Party.HANDLER, Need.ANSWER)]
    case.record_answer("access")
    assert waits(case) == [(Party.HANDLER, Need.CLOSING)]
    case.close()
    assert waits(case) == []


def test_a_closed_case_waits_for_what_came_back_or_came_in_since(a_case: OpenCase) -> None:
    # given
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    case.record_answer("access")
    answer = case.events[-1].originator_version
    case.close()
    # when
    case.note_returned_letter(letter_version=answer, kind=LetterKind.ACCESS, dispatch_id=uuid4())
    # then
    assert waits(case) == [(Party.HANDLER, Need.RETURNED)]
    # when
    case.attach_follow_up(at="2026-03-30")
    # then
    assert waits(case)[0] == (Party.HANDLER, Need.EXAMINATION)
    # when
    case.examine_messages(kind=MessageKind.DISPUTE)
    # then
    assert (Party.HANDLER, Need.REPLY) in waits(case)


def test_a_doubtful_sender_waits_to_be_confirmed(a_case: OpenCase) -> None:
    case = a_case(Right.INFORMATION)
    case.doubt_sender()
    assert waits(case)[0] == (Party.HANDLER, Need.SENDER)
