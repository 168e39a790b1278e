"""collect data for an item; discard it again (GDPR Art. 15(3), 20(1))."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from dsr.domain.request.collection import DataSetUnknown, ItemHasNoCopy
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    ItemNotGranted,
    ItemUnknown,
    NotRegistered,
    ReasonRequired,
    RedactionPending,
)
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right

COPIES = {Right.ACCESS, Right.PORTABILITY}


@pytest.mark.parametrize("right", sorted(COPIES))
def test_what_a_system_returned_is_kept_for_the_granted_item(a_case, right):
    case = a_case(right)
    case.grant(right.value)
    case.collect_data(right.value)
    data_set = case.events[-1].data_set
    assert case.request.data_sets == {data_set.data_set_id: data_set}


@pytest.mark.parametrize("right", sorted(set(Right) - COPIES))
def test_only_access_and_portability_hand_out_copies(a_case, right):
    case = a_case(right)
    case.grant(right.value)
    with case.refuses(ItemHasNoCopy):
        case.collect_data(right.value)


@pytest.mark.parametrize("done", [False, True])
def test_data_is_collected_between_grant_and_execution(a_case, done):
    case = a_case(Right.ACCESS)
    if done:
        case.grant("access")
        case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.collect_data("access")


def test_data_is_collected_for_an_item_of_a_registered_request(a_case):
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.collect_data("access")
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.collect_data("portability")


@pytest.mark.parametrize("minute", ["2026-03-02T08:59", "2026-03-02T09:01"])
def test_data_was_collected_neither_before_the_request_nor_in_the_future(a_case, made, minute):
    case = a_case(Right.ACCESS)
    case.grant("access")
    with case.refuses(AnswerDatesInvalid):
        case.collect_data(data_set=made.data_set("access", datetime.fromisoformat(minute).replace(tzinfo=UTC)))


def test_a_data_set_is_discarded(a_case):
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    case.discard_data(case.events[-1].data_set.data_set_id)
    assert not case.request.data_sets


def test_an_unknown_data_set_is_not_discarded(a_case):
    case = a_case(Right.ACCESS)
    with case.refuses(DataSetUnknown):
        case.discard_data(uuid4())


def test_what_was_handed_over_stays_on_file(a_case):
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    collected = case.events[-1].data_set.data_set_id
    case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.discard_data(collected)


@pytest.fixture
def collected(a_case):
    """A granted item of access with one data set, and the id of that."""
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    return case, case.events[-1].data_set.data_set_id


def test_data_about_others_does_not_leave_before_it_is_redacted(collected):
    case, calls = collected
    case.require_redaction(calls)
    with case.refuses(RedactionPending):
        case.record_done("access")


def test_a_redacted_copy_takes_the_place_of_the_data_set(collected):
    case, calls = collected
    case.require_redaction(calls)
    case.collect_data("access")
    case.discard_data(calls)
    case.record_done("access")
    assert case.request.item("access").status is ItemStatus.DONE


def test_a_redaction_is_required_for_a_reason(collected):
    case, calls = collected
    with case.refuses(ReasonRequired):
        case.require_redaction(calls, reason=None)


def test_no_redaction_is_required_of_what_is_unknown_or_was_handed_over(collected):
    case, calls = collected
    with case.refuses(DataSetUnknown):
        case.require_redaction(uuid4())
    case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.require_redaction(calls)
