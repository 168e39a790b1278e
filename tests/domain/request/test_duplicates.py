"""A case that asks what an earlier one of the same person asks already."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from dsr.domain.frozen import replace
from dsr.domain.request.duplicates import RightNotCovered
from dsr.domain.request.errors import (
    AbsoluteRight,
    DifferentSubject,
    DuplicateIsEarlier,
    DuplicateUnanswered,
    EvidenceNotPurged,
    ItemsOpen,
    RepetitionOfAnswered,
    ResponseNotSent,
)
from dsr.domain.request.item import Item
from dsr.domain.request.values import ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import Made, OpenCase


def test_a_duplicate_closes_and_needs_no_answer_of_its_own(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS)
    case.link_duplicate()
    assert (case.request.lifecycle, case.request.outcome) == (Lifecycle.CLOSED, Outcome.DUPLICATE)
    assert case.request.items["access"].status is ItemStatus.WITHDRAWN
    assert case.request.linked_to == case.events[-1].original_id


def test_only_requests_of_the_same_person_are_duplicates(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DifferentSubject):
        case.link_duplicate(same_subject=False)


def test_a_case_is_no_duplicate_of_itself(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DifferentSubject):
        case.link_duplicate(original_id=case.request.id)


def test_the_later_case_is_the_duplicate(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DuplicateIsEarlier):
        case.link_duplicate(original_received_on=date(2026, 3, 3))
    case.link_duplicate(original_received_on=date(2026, 3, 2))


@pytest.mark.parametrize("outcome", [Outcome.DUPLICATE, Outcome.WITHDRAWN, Outcome.NOT_A_REQUEST])
def test_a_duplicate_of_a_case_that_answered_nothing_would_stay_without_an_answer(
    a_case: OpenCase, outcome: Outcome
) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DuplicateUnanswered):
        case.link_duplicate(original_outcome=outcome)
    case.link_duplicate(original_outcome=Outcome.FULFILLED)


# What the earlier case answers -------------------------------------------------------------------------------------


def answering(right: Right, status: ItemStatus = ItemStatus.OPEN, **changes: Any) -> Item:
    """An item of the earlier case."""
    return Item(**({"item_id": "theirs", "right": right, "controller_id": "acme-de", "status": status} | changes))


@pytest.mark.parametrize(
    "theirs",
    [
        (),
        (answering(Right.PORTABILITY),),
        (answering(Right.ACCESS, controller_id="acme-fr"),),
        (answering(Right.ACCESS, ItemStatus.WITHDRAWN),),
        (answering(Right.ACCESS, ItemStatus.DONE),),
        (answering(Right.ACCESS, ItemStatus.ENDED, answered=True),),
    ],
    ids=["nothing", "another right", "another controller", "taken back", "decided without an answer", "ended"],
)
def test_a_right_that_the_earlier_case_does_not_answer_is_not_swallowed(a_case: OpenCase, theirs: Any) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    with case.refuses(RightNotCovered) as told:
        case.link_duplicate(original_items=(answering(Right.ERASURE), *theirs))
    assert (told.code, told.facts["item_ids"]) == ("right-not-covered", ["access"])
    assert not case.request.is_closed


@pytest.mark.parametrize(
    "theirs",
    [
        answering(Right.ACCESS),
        answering(Right.ACCESS, ItemStatus.GRANTED),
        answering(Right.ACCESS, ItemStatus.DONE, answered=True),
        answering(Right.ACCESS, ItemStatus.REFUSED, answered=True),
    ],
    ids=lambda item: item.status.value,
)
def test_a_right_that_the_earlier_case_answers_or_will_answer_needs_no_second_answer(
    a_case: OpenCase, theirs: Any
) -> None:
    case = a_case(Right.ACCESS)
    case.link_duplicate(original_items=(theirs,))
    assert case.request.outcome is Outcome.DUPLICATE


@pytest.mark.parametrize("status", [ItemStatus.DONE, ItemStatus.REFUSED])
def test_a_repetition_of_what_was_answered_before_it_arrived_is_a_new_request(
    a_case: OpenCase, status: ItemStatus
) -> None:
    case = a_case(Right.ACCESS)  # it arrived on 2 March
    told = answering(Right.ACCESS, status, answered=True, answered_at=datetime(2026, 3, 1, 22, 59, tzinfo=UTC))
    with case.refuses(RepetitionOfAnswered) as refused:
        case.link_duplicate(original_items=(told,), original_outcome=Outcome.FULFILLED)
    assert (refused.code, refused.facts["item_ids"]) == ("answered-before", ["access"])
    assert not case.request.is_closed
    # letters that cross on one day, and an answer given again
    case.link_duplicate(original_items=(replace(told, answered_at=datetime(2026, 3, 1, 23, tzinfo=UTC)),))
    assert case.request.outcome is Outcome.DUPLICATE


def test_what_nobody_registered_is_no_duplicate_of_what_was_answered_before_it_arrived(a_case: OpenCase) -> None:
    case = a_case(suggested_rights=(Right.ACCESS,))
    told = answering(Right.ACCESS, ItemStatus.DONE, answered=True, answered_at=datetime(2025, 12, 1, tzinfo=UTC))
    with case.refuses(RepetitionOfAnswered):
        case.link_duplicate(original_items=(told,), original_outcome=Outcome.FULFILLED)
    case.link_duplicate(original_items=(told, answering(Right.ERASURE)))


def test_an_objection_to_marketing_is_not_answered_by_one_to_other_processing(a_case: OpenCase) -> None:
    case = a_case(Right.OBJECTION)
    with case.refuses(RightNotCovered):
        case.link_duplicate(original_items=(answering(Right.OBJECTION, direct_marketing=True),))


@pytest.mark.parametrize("right", [Right.CONSENT_WITHDRAWAL, Right.OBJECTION])
def test_what_stops_at_once_is_carried_out_before_a_case_is_called_a_duplicate(a_case: OpenCase, right: Right) -> None:
    case = a_case()
    case.register(right, direct_marketing=True)
    with case.refuses(AbsoluteRight):
        case.link_duplicate()
    case.grant(right.value)
    case.record_done(right.value)
    with case.refuses(ResponseNotSent):
        case.link_duplicate()
    case.record_answer(right.value)
    case.link_duplicate()


def test_what_was_decided_here_is_answered_here_before_a_case_is_called_a_duplicate(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_refusal("access")
    case.approve_refusal("access")
    with case.refuses(ResponseNotSent) as told:
        case.link_duplicate()
    assert told.facts["item_ids"] == ["access"]
    case.record_answer("access")
    case.link_duplicate(original_items=(answering(Right.ERASURE),))
    assert [item.status for item in case.request.items.values()] == [ItemStatus.REFUSED, ItemStatus.WITHDRAWN]


def test_what_nobody_registered_is_linked_without_a_word_about_its_rights(a_case: OpenCase) -> None:
    case = a_case(suggested_rights=(Right.ACCESS,))
    case.link_duplicate(original_items=())
    assert case.request.outcome is Outcome.DUPLICATE


# Questions that are out --------------------------------------------------------------------------------------------


def test_linking_a_duplicate_leaves_no_identity_evidence_behind(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.ask_identity()
    evidence = case.take_evidence()
    with case.refuses(EvidenceNotPurged):
        case.link_duplicate()
    case.link_duplicate(evidence_destroyed={evidence})


def test_no_refusal_proposed_before_lives_on_in_a_reopened_duplicate(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.link_duplicate()
    case.reopen()
    assert not any(item.proposal for item in case.request.items.values())


def test_a_reopened_duplicate_is_to_be_answered_after_all(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE, Right.PORTABILITY)
    case.record_nothing_held("portability")
    case.record_answer("portability")
    case.withdraw(item_ids=("erasure",))
    case.link_duplicate()
    case.reopen(at="2026-04-01")
    assert case.events[-1].item_ids == ("access",), "what the person took back stays so, and what was answered"
    assert case.request.items["access"].status is ItemStatus.OPEN
    with case.refuses(ItemsOpen):
        case.close()


def test_choosing_items_to_reopen_leaves_out_none_that_the_link_withdrew(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.PORTABILITY)
    case.record_nothing_held("portability")
    case.record_answer("portability")
    case.link_duplicate()
    case.reopen("portability")
    assert case.events[-1].item_ids == ("portability", "access")


def test_a_part_that_was_refused_here_is_answered_here(a_case: OpenCase, made: Made) -> None:
    """Two people decided, and the earlier case knows nothing of it."""
    case = a_case(Right.ACCESS)
    case.propose_refusal("access", refusal=made.refusal(in_part=True, extent=("calls",)))
    case.approve_refusal("access")
    with case.refuses(ResponseNotSent):
        case.link_duplicate()
