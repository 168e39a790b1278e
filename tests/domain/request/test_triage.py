"""dismiss, register, open items, assign, note."""

from datetime import date
from typing import Any

import pytest

from dsr.domain.deadlines import Suspension, SuspensionKind
from dsr.domain.request.errors import (
    AlreadyRegistered,
    EvidenceNotPurged,
    ItemAlreadyOpen,
    NoRightIdentified,
    NotRegistered,
    ReasonRequired,
    RequestIsClosed,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import DismissalKind, IdentityStatus, ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, OpenCase


@pytest.mark.parametrize("kind", DismissalKind)
def test_a_letter_that_exercises_no_right_is_dismissed_with_a_reason(a_case: OpenCase, kind: DismissalKind) -> None:
    case = a_case()
    case.dismiss(kind=kind)
    assert case.happened() == ["dismissed"]
    assert (case.request.lifecycle, case.request.outcome) == (Lifecycle.CLOSED, Outcome.NOT_A_REQUEST)


def test_nothing_is_dismissed_without_a_reason(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(ReasonRequired):
        case.dismiss(reason=None)


def test_a_registered_request_can_not_be_dismissed_any_more(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AlreadyRegistered):
        case.dismiss()


def test_dismissing_leaves_no_identity_evidence_behind(a_case: OpenCase) -> None:
    case = a_case()
    case.ask_identity()
    evidence = case.take_evidence()
    with case.refuses(EvidenceNotPurged):
        case.dismiss()
    case.dismiss(evidence_destroyed={evidence})
    assert case.news[0].evidence_destroyed == (evidence,)


def test_registering_names_the_rights_and_starts_assessment(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, Right.ERASURE, Right.ACCESS)
    assert case.happened() == ["registered", *["item-opened"] * 2, *["search-listed"] * 2]
    assert list(case.request.items) == ["access", "erasure"]
    assert case.request.lifecycle is Lifecycle.ASSESSING


def test_registering_needs_a_right_but_no_article(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(NoRightIdentified):
        case.register()


def test_a_request_is_registered_once(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AlreadyRegistered):
        case.register(Right.ERASURE)


def test_direct_marketing_marks_the_objection_only(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.ACCESS, Right.OBJECTION, direct_marketing=True)
    assert not case.request.items["access"].direct_marketing
    assert case.request.items["objection"].direct_marketing


def test_rights_found_later_in_the_same_letter_keep_its_date(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.open_items(Right.PORTABILITY, at="2026-03-20")
    assert case.request.items["portability"].status is ItemStatus.OPEN
    assert case.request.received_on == date(2026, 3, 2)


def test_items_open_only_on_a_registered_request(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(NotRegistered):
        case.open_items(Right.ACCESS)


def test_opening_items_needs_a_right(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(NoRightIdentified):
        case.open_items()


def test_a_right_is_pending_once_and_a_refused_command_opens_none_of_the_others(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(ItemAlreadyOpen):
        case.open_items(Right.ERASURE, Right.ACCESS)
    assert list(case.request.items) == ["access"]


def test_a_right_that_was_decided_can_be_asked_for_again(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    case.open_items(Right.ACCESS)
    assert list(case.request.items) == ["access", "access-2"]


@pytest.mark.parametrize("end", ["dismiss", "link_duplicate"])
def test_a_letter_that_is_set_aside_waits_for_nobody(a_case: OpenCase, end: str) -> None:
    case = a_case()
    case.put(LetterKind.IDENTITY_QUESTION, at="2026-03-03")
    getattr(case, end)(at="2026-03-06")
    assert case.happened()[-1] == "clock-resumed"
    assert case.request.clock.suspensions == (
        Suspension(SuspensionKind.IDENTITY, asked=date(2026, 3, 3), sufficient=date(2026, 3, 6)),
    )
    assert (case.request.identity.status, case.deadline.provisional) == (IdentityStatus.LAPSED, False)
    case.reopen(at="2026-09-01")
    assert case.request.deadline_as_of(date(2026, 9, 1), case.calendar).statutory_due == date(2026, 4, 7)


def test_a_case_is_assigned(a_case: OpenCase) -> None:
    case = a_case()
    case.assign("carl")
    assert case.request.assignee == "carl"


def test_a_note_is_kept_in_a_closed_case_too(answered: ACase) -> None:
    answered.add_note()
    assert answered.happened() == ["note-added"]


def test_a_note_says_something(a_case: OpenCase) -> None:
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
def test_a_closed_case_changes_only_by_note_follow_up_disclosure_and_reopening(
    answered: ACase, command: str, named: Any
) -> None:
    with answered.refuses(RequestIsClosed):
        getattr(answered, command)(*named)


def test_one_can_object_to_marketing_and_to_other_processing_at_once(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, direct_marketing=True)
    case.open_items(Right.OBJECTION)
    assert [item.direct_marketing for item in case.request.items.values()] == [True, False]
    for direct_marketing in (True, False):
        with case.refuses(ItemAlreadyOpen):
            case.open_items(Right.OBJECTION, direct_marketing=direct_marketing)
