"""A letter that became a case of its own joins the case that it belongs to (docs/law §9)."""

import pytest

from dsr.domain.request.errors import AlreadyRegistered, EvidenceNotPurged, MessageUnexamined
from dsr.domain.request.joining import NotJoinable, RequestJoined
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase


@pytest.fixture
def letter(made: Made) -> ACase:
    """A case that was not triaged yet."""
    return made.case()


def test_the_case_of_a_letter_that_joined_another_one_ends_as_no_request(letter: ACase) -> None:
    joined_to = letter.uuid()
    letter.join(joined_to=joined_to)
    assert letter.happened() == ["joined"]
    assert (letter.request.outcome, letter.request.linked_to) == (Outcome.NOT_A_REQUEST, joined_to)
    assert letter.request.has_joined


def test_a_request_that_was_registered_does_not_join_another_one(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AlreadyRegistered):
        case.join()


def test_a_letter_joins_another_case_and_none_that_has_joined_a_third_one(letter: ACase) -> None:
    with letter.refuses(NotJoinable):
        letter.join(joined_to=letter.request.id)
    with letter.refuses(NotJoinable):
        letter.join(has_joined=True)


def test_later_messages_are_examined_before_the_letter_joins_another_case(letter: ACase) -> None:
    letter.attach_follow_up()
    with letter.refuses(MessageUnexamined):
        letter.join()


def test_evidence_of_identity_goes_with_the_case(letter: ACase) -> None:
    letter.ask_identity(at="2026-03-03")
    key_id = letter.take_evidence()
    with letter.refuses(EvidenceNotPurged):
        letter.join(evidence_destroyed=())
    letter.join()
    joined = next(each for each in letter.news if isinstance(each, RequestJoined))
    assert joined.evidence_destroyed == (key_id,)
