"""doubt the sender, confirm the sender (docs/law §9)."""

from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.sender import SenderNotDoubtful
from dsr.domain.rights import Right
from tests.domain.request.a_case import OpenCase


def test_a_sender_in_doubt_is_confirmed_once_for_a_reason(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(SenderNotDoubtful):
        case.confirm_sender()
    case.doubt_sender()
    with case.refuses(ReasonRequired):
        case.confirm_sender(reason=None)
    assert case.request.sender_doubtful
    case.confirm_sender()
    assert not case.request.sender_doubtful
    with case.refuses(SenderNotDoubtful):
        case.confirm_sender()


def test_the_message_that_opened_the_case_shows_the_doubt(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.doubt_sender()
    assert [each.sender_doubtful for each in case.request.messages.values()] == [True]
    case.confirm_sender()
    assert [each.sender_doubtful for each in case.request.messages.values()] == [False]


def test_the_sender_of_a_closed_case_is_confirmed_too(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.doubt_sender()
    case.withdraw()
    case.confirm_sender()
    assert not case.request.sender_doubtful
