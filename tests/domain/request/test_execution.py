"""grant, record done, nothing held (GDPR Art. 15-22)."""

from datetime import date

import pytest

from dsr.domain.request.errors import (
    AbsoluteRight,
    AccessBeforeErasure,
    AnswerDatesInvalid,
    ItemNotGranted,
    ItemNotOpen,
    ItemUnknown,
    NotRegistered,
    ReasonRequired,
)
from dsr.domain.request.values import ItemStatus, Lifecycle
from dsr.domain.rights import Right
from tests.domain.request.a_case import OpenCase


def test_execution_starts_with_the_first_grant(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.grant("access")
    assert case.request.lifecycle is Lifecycle.EXECUTING
    assert case.request.items["access"].status is ItemStatus.GRANTED


def test_what_was_granted_is_done_with_an_account_of_it(a_case: OpenCase) -> None:
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.record_done("restriction", systems=("telephony",))
    assert case.request.items["restriction"].status is ItemStatus.DONE
    assert case.events[-1].systems == ("telephony",)


def test_what_was_done_is_written_down(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    with case.refuses(ReasonRequired):
        case.record_done("erasure", account=None)


def test_an_erasure_was_done_where_a_system_reported_it(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.search("erasure", found=("crm",))
    case.record_done("erasure", systems=("telephony",))
    assert case.events[-1].systems == ("crm",)


@pytest.mark.parametrize("finish", [None, "record_nothing_held"])
def test_nothing_is_done_that_was_not_granted(a_case: OpenCase, finish: str | None) -> None:
    case = a_case(Right.RESTRICTION)
    if finish:
        case.record_nothing_held("restriction")
    with case.refuses(ItemNotGranted):
        case.record_done("restriction")


def test_nothing_held_names_the_systems_that_were_searched(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.record_nothing_held("access")
    assert case.events[-1].systems == ("telephony", "crm")
    assert case.request.items["access"].status is ItemStatus.NOTHING_HELD
    assert case.request.lifecycle is Lifecycle.ASSESSING


def test_an_objection_to_marketing_is_suppressed_although_nothing_is_held(a_case: OpenCase) -> None:
    case = a_case()
    case.register(Right.OBJECTION, direct_marketing=True)
    with case.refuses(AbsoluteRight):
        case.record_nothing_held("objection")
    other = a_case(Right.OBJECTION)
    other.record_nothing_held("objection")


@pytest.mark.parametrize("copies", [Right.ACCESS, Right.PORTABILITY])
@pytest.mark.parametrize("granted", [False, True])
def test_access_and_portability_come_before_erasure(a_case: OpenCase, copies: Right, granted: bool) -> None:
    case = a_case(copies, Right.ERASURE)
    if granted:
        case.grant(copies.value)
    with case.refuses(AccessBeforeErasure):
        case.grant("erasure")


@pytest.mark.parametrize("copies", [Right.ACCESS, Right.PORTABILITY])
def test_access_asked_for_after_erasure_was_granted_still_comes_first(a_case: OpenCase, copies: Right) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.open_items(copies)
    with case.refuses(AccessBeforeErasure):
        case.record_done("erasure")
    case.grant(copies.value)
    case.record_done(copies.value)
    case.record_done("erasure")


def test_a_copy_that_another_case_of_the_person_asks_for_comes_before_erasure_too(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    with case.refuses(AccessBeforeErasure):
        case.grant("erasure", copy_pending_elsewhere=True)
    case.grant("erasure")
    with case.refuses(AccessBeforeErasure):
        case.record_done("erasure", copy_pending_elsewhere=True)
    case.record_done("erasure")


@pytest.mark.parametrize("right", [Right.ACCESS, Right.RECTIFICATION])
def test_no_other_right_waits_for_a_copy_elsewhere(a_case: OpenCase, right: Right) -> None:
    case = a_case(right)
    case.grant(right.value, copy_pending_elsewhere=True)
    case.record_done(right.value, copy_pending_elsewhere=True)


@pytest.mark.parametrize("end", ["done", "nothing-held", "refused", "withdrawn"])
def test_erasure_waits_for_access_no_longer_than_it_is_open(a_case: OpenCase, end: str) -> None:
    case = a_case(Right.ACCESS, Right.ERASURE)
    match end:
        case "done":
            case.grant("access")
            case.record_done("access")
        case "nothing-held":
            case.record_nothing_held("access")
        case "refused":
            case.propose_refusal("access")
            case.approve_refusal("access")
        case "withdrawn":
            case.withdraw(item_ids=("access",))
    case.grant("erasure")


@pytest.mark.parametrize("command", ["grant", "record_nothing_held"])
def test_a_decision_needs_an_open_item_of_a_registered_request(a_case: OpenCase, command: str) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        getattr(unregistered, command)("access")
    case = a_case(Right.RECTIFICATION)
    with case.refuses(ItemUnknown):
        getattr(case, command)("erasure")
    case.grant("rectification")
    with case.refuses(ItemNotOpen):
        getattr(case, command)("rectification")


def test_recording_what_was_done_needs_an_item_of_a_registered_request(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.record_done("access")
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.record_done("erasure")


@pytest.mark.parametrize("command", ["record_done", "record_nothing_held"])
def test_nothing_was_carried_out_before_the_request_arrived_nor_in_the_future(a_case: OpenCase, command: str) -> None:
    case = a_case(Right.ACCESS)
    if command == "record_done":
        case.grant("access")
    for done_at in ("2026-03-02T09:59", "2026-03-09T10:01"):
        with case.refuses(AnswerDatesInvalid):
            getattr(case, command)("access", done_at=done_at, at="2026-03-09")
    getattr(case, command)("access", done_at="2026-03-02T10:00", at="2026-03-09")
    assert case.events[-1].done_at == case.request.received_at


def test_recipients_are_told_within_days_of_what_was_done_not_of_its_record(a_case: OpenCase) -> None:
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.record_done("erasure", recipients=("dialler",), done_at="2026-03-05", at="2026-03-20")
    assert case.events[-1].tell_by == date(2026, 3, 12)
