"""A reader suggests; a person decides (docs/law §9)."""

import pytest

from dsr.domain.request.errors import MessageUnknown
from dsr.domain.request.message import LikelyRight, MessageKind
from dsr.domain.request.messages import MessageStandsElsewhere
from dsr.domain.request.suggestion import MessageReadBefore, RightsSuggested, SuggestionNeedless
from dsr.domain.rights import Right
from tests.domain.request.a_case import OpenCase


def likely(**percent: int) -> tuple[LikelyRight, ...]:
    return tuple(LikelyRight(Right(right), each) for right, each in percent.items())


def test_the_newest_suggestion_of_the_first_message_is_that_of_the_case(a_case: OpenCase) -> None:
    case = a_case(suggested_rights=(Right.ACCESS,))
    case.suggest_rights(rights=likely(access=30, objection=60, erasure=90))
    assert case.happened() == ["rights-suggested"]
    assert case.request.suggested_rights == (Right.ERASURE, Right.OBJECTION), "from 60 percent, in the order of the law"
    assert case.request.rights == {Right.ERASURE, Right.OBJECTION}


def test_less_likely_rights_are_ranked_and_not_suggested(a_case: OpenCase) -> None:
    case = a_case(suggested_rights=(Right.ACCESS,))
    case.suggest_rights(rights=likely(access=12, erasure=59))
    (suggested,) = [each for each in case.events if isinstance(each, RightsSuggested)]
    assert [each.right for each in suggested.rights] == [Right.ERASURE, Right.ACCESS]
    assert case.request.suggested_rights == ()


def test_a_suggestion_of_a_later_message_leaves_the_case_as_it_is(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.attach_follow_up()
    case.suggest_rights(rights=likely(erasure=90))
    (waiting,) = case.request.messages_waiting
    assert waiting.suggested_rights == (Right.ERASURE,)
    assert waiting.suggestion is not None
    assert waiting.suggestion.version == case.request.version
    assert case.request.suggested_rights == ()
    assert case.request.rights == {Right.ACCESS}


def test_the_same_version_of_a_reader_suggests_once(a_case: OpenCase) -> None:
    case = a_case()
    case.suggest_rights(model="reader-1")
    with case.refuses(MessageReadBefore):
        case.suggest_rights(model="reader-1", asked=True)
    case.suggest_rights(model="reader-2")
    assert case.happened() == ["rights-suggested"]


@pytest.mark.parametrize("settled", ["examined", "registered", "automatic"])
def test_what_a_person_has_settled_is_read_again_only_if_somebody_asks(a_case: OpenCase, settled: str) -> None:
    case = a_case() if settled == "registered" else a_case(Right.ACCESS)
    match settled:
        case "registered":
            case.register(Right.ACCESS)
        case "examined":
            case.attach_follow_up()
            case.examine_messages(kind=MessageKind.REMINDER)
        case _:
            case.attach_follow_up(automatic=True)
    with case.refuses(SuggestionNeedless):
        case.suggest_rights()
    case.suggest_rights(asked=True)
    assert case.happened() == ["rights-suggested"]


def test_a_message_is_read_where_it_stands(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.note_claim()
    with case.refuses(MessageStandsElsewhere):
        case.suggest_rights(case.claimed_id)
    with case.refuses(MessageUnknown):
        case.suggest_rights(case.uuid())
