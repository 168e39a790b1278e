"""One letter for many people becomes a case for each of them (docs/law §9)."""

import pytest

from dsr.domain.request.errors import (
    AlreadyRegistered,
    EvidenceNotPurged,
    LetterKindWrong,
    LetterWasSplit,
    MessageUnexamined,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.splitting import SplitOfOne
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase


@pytest.fixture
def letter(made: Made) -> ACase:
    """A case that was not triaged yet."""
    return made.case()


def test_the_case_of_the_letter_closes_and_names_the_cases_for_which_it_keeps_the_original(letter: ACase) -> None:
    people = (letter.uuid(), letter.uuid(), letter.uuid())
    letter.split(request_ids=people)
    assert letter.request.split_into == people
    assert letter.request.outcome is Outcome.NOT_A_REQUEST


def test_a_letter_for_one_person_is_not_split(letter: ACase) -> None:
    one = letter.uuid()
    with letter.refuses(SplitOfOne):
        letter.split(request_ids=(one, one))


def test_a_registered_request_is_not_split(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AlreadyRegistered):
        case.split()


def test_later_messages_are_examined_before_the_letter_is_split(letter: ACase) -> None:
    letter.attach_follow_up()
    with letter.refuses(MessageUnexamined):
        letter.split()


def test_evidence_of_identity_is_destroyed_with_the_split(letter: ACase) -> None:
    letter.ask_identity(at="2026-03-03")
    letter.take_evidence()
    with letter.refuses(EvidenceNotPurged):
        letter.split(evidence_destroyed=())
    letter.split()


def test_a_letter_that_was_split_is_not_opened_again_to_be_answered_twice(letter: ACase) -> None:
    people = (letter.uuid(), letter.uuid())
    letter.split(request_ids=people)
    with letter.refuses(LetterWasSplit) as told:
        letter.reopen()
    assert (told.code, told.facts["request_ids"]) == ("letter-split", [str(each) for each in people])
    letter.attach_follow_up()
    with letter.refuses(LetterWasSplit):
        letter.examine_messages((letter.message_id,), kind=MessageKind.DISPUTE)


@pytest.mark.parametrize("command", ["split", "join"])
def test_no_letter_denies_a_request_that_another_case_answers(letter: ACase, command: str) -> None:
    getattr(letter, command)()
    with letter.refuses(LetterKindWrong):
        letter.record_answer(kind=LetterKind.DISMISSAL)
