"""dismiss, register, open items, link duplicate, assign, note."""

from datetime import date
from typing import Any

import pytest

from dsr.domain.deadlines import Suspension, SuspensionKind
from dsr.domain.request.errors import (
    AbsoluteRight,
    AlreadyRegistered,
    DifferentSubject,
    DuplicateIsEarlier,
    DuplicateUnanswered,
    EvidenceNotPurged,
    ItemAlreadyOpen,
    ItemsOpen,
    NoRightIdentified,
    NotRegistered,
    ReasonRequired,
    RequestIsClosed,
    ResponseNotSent,
)
from dsr.domain.request.triage import RightNotCovered
from dsr.domain.request.values import DismissalKind, IdentityStatus, Item, ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right


@pytest.mark.parametrize("kind", DismissalKind)
def test_a_letter_that_exercises_no_right_is_dismissed_with_a_reason(a_case, kind):
    case = a_case()
    case.dismiss(kind=kind)
    assert case.happened() == ["dismissed"]
    assert (case.request.lifecycle, case.request.outcome) == (Lifecycle.CLOSED, Outcome.NOT_A_REQUEST)


def test_nothing_is_dismissed_without_a_reason(a_case):
    case = a_case()
    with case.refuses(ReasonRequired):
        case.dismiss(reason=None)


def test_a_registered_request_can_not_be_dismissed_any_more(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(AlreadyRegistered):
        case.dismiss()


def test_dismissing_leaves_no_identity_evidence_behind(a_case):
    case = a_case()
    case.ask_identity()
    evidence = case.take_evidence()
    with case.refuses(EvidenceNotPurged):
        case.dismiss()
    case.dismiss(evidence_destroyed={evidence})
    assert case.news[0].evidence_destroyed == (evidence,)


def test_registering_names_the_rights_and_starts_assessment(a_case):
    case = a_case()
    case.register(Right.ACCESS, Right.ERASURE, Right.ACCESS)
    assert case.happened() == ["registered", "item-opened", "item-opened"]
    assert list(case.request.items) == ["access", "erasure"]
    assert case.request.lifecycle is Lifecycle.ASSESSING


def test_registering_needs_a_right_but_no_article(a_case):
    case = a_case()
    with case.refuses(NoRightIdentified):
        case.register()


def test_a_request_is_registered_once(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(AlreadyRegistered):
        case.register(Right.ERASURE)


def test_direct_marketing_marks_the_objection_only(a_case):
    case = a_case()
    case.register(Right.ACCESS, Right.OBJECTION, direct_marketing=True)
    assert not case.request.items["access"].direct_marketing
    assert case.request.items["objection"].direct_marketing


def test_rights_found_later_in_the_same_letter_keep_its_date(a_case):
    case = a_case(Right.ACCESS)
    case.open_items(Right.PORTABILITY, at="2026-03-20")
    assert case.request.items["portability"].status is ItemStatus.OPEN
    assert case.request.received_on == date(2026, 3, 2)


def test_items_open_only_on_a_registered_request(a_case):
    case = a_case()
    with case.refuses(NotRegistered):
        case.open_items(Right.ACCESS)


def test_opening_items_needs_a_right(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(NoRightIdentified):
        case.open_items()


def test_a_right_is_pending_once_and_a_refused_command_opens_none_of_the_others(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(ItemAlreadyOpen):
        case.open_items(Right.ERASURE, Right.ACCESS)
    assert list(case.request.items) == ["access"]


def test_a_right_that_was_decided_can_be_asked_for_again(a_case):
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    case.open_items(Right.ACCESS)
    assert list(case.request.items) == ["access", "access-2"]


def test_a_duplicate_closes_and_needs_no_answer_of_its_own(a_case, made):
    case = a_case(Right.ACCESS)
    case.link_duplicate()
    assert (case.request.lifecycle, case.request.outcome) == (Lifecycle.CLOSED, Outcome.DUPLICATE)
    assert case.request.items["access"].status is ItemStatus.WITHDRAWN
    assert case.request.linked_to == case.events[-1].original_id


def test_only_requests_of_the_same_person_are_duplicates(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(DifferentSubject):
        case.link_duplicate(same_subject=False)


def test_a_case_is_no_duplicate_of_itself(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(DifferentSubject):
        case.link_duplicate(original_id=case.request.id)


def test_the_later_case_is_the_duplicate(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(DuplicateIsEarlier):
        case.link_duplicate(original_received_on=date(2026, 3, 3))
    case.link_duplicate(original_received_on=date(2026, 3, 2))


@pytest.mark.parametrize("outcome", [Outcome.DUPLICATE, Outcome.WITHDRAWN, Outcome.NOT_A_REQUEST])
def test_a_duplicate_of_a_case_that_answered_nothing_would_stay_without_an_answer(a_case, outcome):
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
    ],
    ids=["nothing", "another right", "another controller", "taken back", "decided without an answer"],
)
def test_a_right_that_the_earlier_case_does_not_answer_is_not_swallowed(a_case, theirs):
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
def test_a_right_that_the_earlier_case_answers_or_will_answer_needs_no_second_answer(a_case, theirs):
    case = a_case(Right.ACCESS)
    case.link_duplicate(original_items=(theirs,))
    assert case.request.outcome is Outcome.DUPLICATE


def test_an_objection_to_marketing_is_not_answered_by_one_to_other_processing(a_case):
    case = a_case(Right.OBJECTION)
    with case.refuses(RightNotCovered):
        case.link_duplicate(original_items=(answering(Right.OBJECTION, direct_marketing=True),))


@pytest.mark.parametrize("right", [Right.CONSENT_WITHDRAWAL, Right.OBJECTION])
def test_what_stops_at_once_is_carried_out_before_a_case_is_called_a_duplicate(a_case, right):
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


def test_what_was_decided_here_is_answered_here_before_a_case_is_called_a_duplicate(a_case):
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.propose_refusal("access")
    case.approve_refusal("access")
    with case.refuses(ResponseNotSent) as told:
        case.link_duplicate()
    assert told.facts["item_ids"] == ["access"]
    case.record_answer("access")
    case.link_duplicate(original_items=(answering(Right.ERASURE),))
    assert [item.status for item in case.request.items.values()] == [ItemStatus.REFUSED, ItemStatus.WITHDRAWN]


def test_what_nobody_registered_is_linked_without_a_word_about_its_rights(a_case):
    case = a_case(suggested_rights=(Right.ACCESS,))
    case.link_duplicate(original_items=())
    assert case.request.outcome is Outcome.DUPLICATE


# Questions that are out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["dismiss", "link_duplicate"])
def test_a_letter_that_is_set_aside_waits_for_nobody(a_case, end):
    case = a_case()
    case.ask_identity(at="2026-03-03")
    getattr(case, end)(at="2026-03-06")
    assert case.happened()[-1] == "clock-resumed"
    assert case.request.suspensions == (
        Suspension(SuspensionKind.IDENTITY, asked=date(2026, 3, 3), sufficient=date(2026, 3, 6)),
    )
    assert (case.request.identity, case.request.deadline.provisional) == (IdentityStatus.LAPSED, False)
    case.reopen(at="2026-09-01")
    assert case.request.deadline_as_of(date(2026, 9, 1), case.calendar).statutory_due == date(2026, 4, 7)


def test_linking_a_duplicate_leaves_no_identity_evidence_behind(a_case):
    case = a_case(Right.ACCESS)
    case.ask_identity()
    evidence = case.take_evidence()
    with case.refuses(EvidenceNotPurged):
        case.link_duplicate()
    case.link_duplicate(evidence_destroyed={evidence})


def test_no_refusal_proposed_before_lives_on_in_a_reopened_duplicate(a_case):
    case = a_case(Right.ACCESS)
    case.propose_refusal("access")
    case.link_duplicate()
    case.reopen()
    assert not case.request.refusals


def test_a_reopened_duplicate_is_to_be_answered_after_all(a_case):
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


def test_choosing_items_to_reopen_leaves_out_none_that_the_link_withdrew(a_case):
    case = a_case(Right.ACCESS, Right.PORTABILITY)
    case.record_nothing_held("portability")
    case.record_answer("portability")
    case.link_duplicate()
    case.reopen("portability")
    assert case.events[-1].item_ids == ("portability", "access")


def test_a_case_is_assigned(a_case):
    case = a_case()
    case.assign("carl")
    assert case.request.assignee == "carl"


def test_a_note_is_kept_in_a_closed_case_too(answered):
    answered.add_note()
    assert answered.happened() == ["note-added"]


def test_a_note_says_something(a_case):
    case = a_case()
    with case.refuses(ReasonRequired):
        case.add_note(note=None)


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("dismiss", ()),
        ("register", (Right.ACCESS,)),
        ("open_items", (Right.ACCESS,)),
        ("link_duplicate", ()),
        ("assign", ("carl",)),
        ("give_dpo_opinion", ()),
        ("ask_identity", ()),
        ("take_identity_evidence", ()),
        ("confirm_identity", ()),
        ("ask_identity_again", ()),
        ("give_up_identity", ()),
        ("ask_clarification", ()),
        ("receive_clarification", ()),
        ("propose_extension", ()),
        ("approve_extension", ()),
        ("decline_extension", ()),
        ("send_extension_notice", ()),
        ("propose_refusal", ("access",)),
        ("approve_refusal", ("access",)),
        ("decline_refusal", ("access",)),
        ("grant", ("access",)),
        ("record_done", ("access",)),
        ("record_nothing_held", ("access",)),
        ("record_answer", ("access",)),
        ("collect_data", ("access",)),
        ("discard_data", (None,)),
        ("attach", ("access",)),
        ("discard_attachment", (None,)),
        ("issue_subject_token", ()),
        ("close", ()),
        ("withdraw", ()),
    ],
)
def test_a_closed_case_changes_only_by_note_follow_up_disclosure_and_reopening(answered, command, named):
    with answered.refuses(RequestIsClosed):
        getattr(answered, command)(*named)


def test_one_can_object_to_marketing_and_to_other_processing_at_once(a_case):
    case = a_case()
    case.register(Right.OBJECTION, direct_marketing=True)
    case.open_items(Right.OBJECTION)
    assert [item.direct_marketing for item in case.request.items.values()] == [True, False]
    for direct_marketing in (True, False):
        with case.refuses(ItemAlreadyOpen):
            case.open_items(Right.OBJECTION, direct_marketing=direct_marketing)
