"""grant, record done, nothing held (GDPR Art. 15-22)."""

import pytest

from dsr.domain.request.errors import (
    AccessBeforeErasure,
    ItemNotGranted,
    ItemNotOpen,
    ItemUnknown,
    NotRegistered,
    ReasonRequired,
)
from dsr.domain.request.values import ItemStatus, Lifecycle
from dsr.domain.rights import Right


def test_execution_starts_with_the_first_grant(a_case):
    case = a_case(Right.ACCESS, Right.ERASURE)
    case.grant("access")
    assert case.request.lifecycle is Lifecycle.EXECUTING
    assert case.request.items["access"].status is ItemStatus.GRANTED


def test_what_was_granted_is_done_with_an_account_of_it(a_case):
    case = a_case(Right.RESTRICTION)
    case.grant("restriction")
    case.record_done("restriction")
    assert case.request.items["restriction"].status is ItemStatus.DONE
    assert case.events[-1].systems == ("telephony",)


@pytest.mark.parametrize("changes", [{"account": None}, {"systems": ()}])
def test_what_was_done_and_where_is_written_down(a_case, changes):
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    with case.refuses(ReasonRequired):
        case.record_done("erasure", **changes)


@pytest.mark.parametrize("finish", [None, "record_nothing_held"])
def test_nothing_is_done_that_was_not_granted(a_case, finish):
    case = a_case(Right.RESTRICTION)
    if finish:
        case.record_nothing_held("restriction")
    with case.refuses(ItemNotGranted):
        case.record_done("restriction")


def test_nothing_held_names_the_systems_that_were_searched(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(ReasonRequired):
        case.record_nothing_held("access", systems=())
    case.record_nothing_held("access")
    assert case.request.items["access"].status is ItemStatus.NOTHING_HELD
    assert case.request.lifecycle is Lifecycle.ASSESSING


@pytest.mark.parametrize("copies", [Right.ACCESS, Right.PORTABILITY])
@pytest.mark.parametrize("granted", [False, True])
def test_access_and_portability_come_before_erasure(a_case, copies, granted):
    case = a_case(copies, Right.ERASURE)
    if granted:
        case.grant(copies.value)
    with case.refuses(AccessBeforeErasure):
        case.grant("erasure")


@pytest.mark.parametrize("copies", [Right.ACCESS, Right.PORTABILITY])
def test_access_asked_for_after_erasure_was_granted_still_comes_first(a_case, copies):
    case = a_case(Right.ERASURE)
    case.grant("erasure")
    case.open_items(copies)
    with case.refuses(AccessBeforeErasure):
        case.record_done("erasure")
    case.grant(copies.value)
    case.record_done(copies.value)
    case.record_done("erasure")


@pytest.mark.parametrize("end", ["done", "nothing-held", "refused", "withdrawn"])
def test_erasure_waits_for_access_no_longer_than_it_is_open(a_case, end):
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
def test_a_decision_needs_an_open_item_of_a_registered_request(a_case, command):
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        getattr(unregistered, command)("access")
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        getattr(case, command)("erasure")
    case.grant("access")
    with case.refuses(ItemNotOpen):
        getattr(case, command)("access")


def test_recording_what_was_done_needs_an_item_of_a_registered_request(a_case):
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.record_done("access")
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.record_done("erasure")
