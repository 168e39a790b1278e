"""contest of a decision by automated means alone (GDPR Art. 22(3), recital 71)."""

from typing import Any

import pytest

from dsr.domain.request.automated_decision import HumanReviewRequired, ReviewFinding
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.errors import (
    IdentityUnresolved,
    ItemNotOpen,
    ItemOfOtherRight,
    ItemUnknown,
    NotRegistered,
)
from dsr.domain.request.values import ItemStatus, Lifecycle
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import OpenCase

CONTEST = "automated-decision"
DECIDES = ActivityBasis("credit-checks", LegalBasis.CONTRACT, decides=True)
DECIDES_NOTHING = ActivityBasis("customer-relations", LegalBasis.CONTRACT)
REVIEWED = [ReviewFinding.UPHELD, ReviewFinding.CHANGED, ReviewFinding.ANNULLED]
NOBODY = {"reviewer": None, "competent": False, "result": None}


@pytest.mark.parametrize("finding", REVIEWED)
def test_a_review_by_a_person_grants_the_contest_and_gives_it_effect(a_case: OpenCase, finding: Any) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    case.review_decision(finding=finding)
    assert case.happened() == ["item-granted", "decision-reviewed"]
    item = case.request.items[CONTEST]
    assert (item.status, item.effected) == (ItemStatus.GRANTED, True)
    assert case.request.lifecycle is Lifecycle.EXECUTING
    event = case.events[-1]
    assert (event.finding, event.activities, event.reviewer) == (finding, ("credit-checks",), "rita")


def test_a_contest_that_was_granted_is_reviewed_and_done(a_case: OpenCase) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    case.grant(CONTEST)
    case.review_decision()
    assert case.happened() == ["decision-reviewed"]
    case.record_done(CONTEST)
    assert case.request.items[CONTEST].status is ItemStatus.DONE


@pytest.mark.parametrize("finding", REVIEWED)
@pytest.mark.parametrize("missing", [{"reviewer": None}, {"reviewer": ""}, {"competent": False}, {"result": None}])
def test_a_person_who_can_change_the_decision_reviews_it_and_states_the_result(
    a_case: OpenCase, finding: Any, missing: dict[str, Any]
) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    with case.refuses(HumanReviewRequired) as told:
        case.review_decision(finding=finding, **missing)
    assert told.code == "human-review-required"


@pytest.mark.parametrize("activities", [(DECIDES_NOTHING,), (DECIDES_NOTHING, DECIDES_NOTHING)])
def test_that_no_such_decision_is_made_is_an_answer_that_needs_no_reviewer(a_case: OpenCase, activities: Any) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    case.review_decision(finding=ReviewFinding.NONE_MADE, activities=activities, **NOBODY)
    assert case.happened() == ["item-granted", "decision-reviewed"]
    assert case.request.items[CONTEST].effected
    assert case.events[-1].activities == tuple(each.activity for each in activities)


@pytest.mark.parametrize("who", [NOBODY, {}])
def test_that_none_is_made_is_no_answer_where_the_record_of_processing_names_one(a_case: OpenCase, who: Any) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    with case.refuses(HumanReviewRequired) as told:
        case.review_decision(finding=ReviewFinding.NONE_MADE, activities=(DECIDES_NOTHING, DECIDES), **who)
    assert told.facts == {"activities": ["credit-checks"]}


def test_that_none_is_made_is_said_of_processing_that_was_looked_at(a_case: OpenCase) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    with case.refuses(HumanReviewRequired):
        case.review_decision(finding=ReviewFinding.NONE_MADE, activities=(), **NOBODY)


def test_where_none_is_made_nobody_reviewed_it(a_case: OpenCase) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    case.review_decision(finding=ReviewFinding.NONE_MADE, activities=(DECIDES_NOTHING,), reviewer="rita")
    assert case.events[-1].reviewer is None


@pytest.mark.parametrize("granted", [False, True])
@pytest.mark.parametrize("finding", ReviewFinding)
def test_no_contest_is_answered_while_there_is_doubt_about_who_asks(
    a_case: OpenCase, finding: ReviewFinding, granted: bool
) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    if granted:
        case.grant(CONTEST)
    case.ask_identity()
    with case.refuses(IdentityUnresolved):
        case.review_decision(finding=finding, activities=(DECIDES_NOTHING,))


def test_a_review_takes_the_place_of_a_refusal_that_was_only_proposed(a_case: OpenCase) -> None:
    case = a_case(Right.AUTOMATED_DECISION)
    case.propose_refusal(CONTEST)
    case.review_decision()
    assert not any(item.proposal for item in case.request.items.values())


@pytest.mark.parametrize("right", sorted(set(Right) - {Right.AUTOMATED_DECISION}))
def test_only_a_contest_is_reviewed(a_case: OpenCase, right: Any) -> None:
    case = a_case(right)
    with case.refuses(ItemOfOtherRight):
        case.review_decision(right.value)


def test_a_contest_is_reviewed_for_an_item_of_a_registered_request_until_it_is_decided(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.review_decision()
    case = a_case(Right.AUTOMATED_DECISION)
    with case.refuses(ItemUnknown):
        case.review_decision("access")
    case.record_nothing_held(CONTEST)
    with case.refuses(ItemNotOpen):
        case.review_decision()
