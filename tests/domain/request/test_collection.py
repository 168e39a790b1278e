"""collect data for an item; discard it again (GDPR Art. 15(3), 20(1))."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.domain.request.collection import DataSetUnknown, ItemHasNoCopy
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    ItemNotGranted,
    ItemUnknown,
    NotRegistered,
    ReasonRequired,
    RedactionPending,
)
from dsr.domain.request.redaction import RedactionTargetUnknown
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

COPIES = {Right.ACCESS, Right.PORTABILITY}


@pytest.mark.parametrize("right", sorted(COPIES))
def test_what_a_system_returned_is_kept_for_the_granted_item(a_case: OpenCase, right: Any) -> None:
    case = a_case(right)
    case.grant(right.value)
    case.collect_data(right.value)
    data_set = case.events[-1].data_set
    assert case.request.copies.data_sets == {data_set.data_set_id: data_set}


@pytest.mark.parametrize("right", sorted(set(Right) - COPIES))
def test_only_access_and_portability_hand_out_copies(a_case: OpenCase, right: Any) -> None:
    case = a_case(right)
    case.grant(right.value)
    with case.refuses(ItemHasNoCopy):
        case.collect_data(right.value)


@pytest.mark.parametrize("done", [False, True])
def test_data_is_collected_between_grant_and_execution(a_case: OpenCase, done: bool) -> None:
    case = a_case(Right.ACCESS)
    if done:
        case.grant("access")
        case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.collect_data("access")


def test_data_is_collected_for_an_item_of_a_registered_request(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.collect_data("access")
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.collect_data("portability")


@pytest.mark.parametrize("minute", ["2026-03-02T08:59", "2026-03-02T09:01"])
def test_data_was_collected_neither_before_the_request_nor_in_the_future(
    a_case: OpenCase, made: Made, minute: str
) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    with case.refuses(AnswerDatesInvalid):
        case.collect_data(data_set=made.data_set("access", datetime.fromisoformat(minute).replace(tzinfo=UTC)))


def test_a_data_set_is_discarded(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    case.discard_data(case.events[-1].data_set.data_set_id)
    assert not case.request.copies.data_sets


def test_packages_built_before_a_data_set_came_or_went_are_outdated(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    assert case.request.items["access"].copy_changed == case.request.version
    case.discard_data(case.events[-1].data_set.data_set_id)
    assert case.request.items["access"].copy_changed == case.request.version
    case.check_replay()


def test_an_unknown_data_set_is_not_discarded(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(DataSetUnknown):
        case.discard_data(uuid4())


def test_what_was_handed_over_stays_on_file(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    collected = case.events[-1].data_set.data_set_id
    case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.discard_data(collected)


@pytest.fixture
def collected(a_case: OpenCase) -> tuple[ACase, UUID]:
    """A granted item of access with one data set, and the id of that."""
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    return case, case.events[-1].data_set.data_set_id


def test_data_about_others_does_not_leave_before_it_is_redacted(collected: tuple[ACase, UUID]) -> None:
    case, calls = collected
    case.require_redaction(calls)
    with case.refuses(RedactionPending):
        case.record_done("access")


@pytest.mark.parametrize("steps", ["collect discard", "discard collect"])
def test_a_redacted_copy_takes_the_place_of_the_data_set(collected: tuple[ACase, UUID], steps: str) -> None:
    case, calls = collected
    case.require_redaction(calls)
    for step in steps.split():
        with case.refuses(RedactionPending):
            case.record_done("access")
        case.collect_data("access") if step == "collect" else case.discard_data(calls)
    case.record_done("access")
    assert case.request.item("access").status is ItemStatus.DONE


def test_what_has_to_be_redacted_is_not_left_out_in_silence(collected: tuple[ACase, UUID]) -> None:
    case, calls = collected
    case.require_redaction(calls)
    case.discard_data(calls)
    with case.refuses(RedactionPending) as told:
        case.record_done("access")
    assert told.facts == {"item_id": "access", "target_ids": [str(calls)]}


@pytest.mark.parametrize("changes", [{"system": "crm"}, {"name": "notes"}, {"item_id": "portability"}])
def test_only_a_copy_from_the_same_system_under_the_same_name_takes_its_place(
    a_case: OpenCase, made: Made, changes: dict[str, Any]
) -> None:
    case = a_case(Right.ACCESS, Right.PORTABILITY)
    case.grant("access")
    case.grant("portability")
    case.collect_data("access")
    calls = case.events[-1].data_set.data_set_id
    case.require_redaction(calls)
    case.discard_data(calls)
    case.collect_data(data_set=replace(made.data_set("access", case.now), **changes))
    with case.refuses(RedactionPending):
        case.record_done("access")
    case.record_done("portability")


def test_what_was_collected_before_takes_no_place(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    case.collect_data("access")
    _, calls = case.request.copies.data_sets
    case.require_redaction(calls)
    case.discard_data(calls)
    with case.refuses(RedactionPending):
        case.record_done("access")


def test_each_data_set_has_a_redacted_copy_of_its_own(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.collect_data("access")
    case.collect_data("access")
    for calls in tuple(case.request.copies.data_sets):
        case.require_redaction(calls)
        case.discard_data(calls)
    case.collect_data("access")
    with case.refuses(RedactionPending):
        case.record_done("access")
    case.collect_data("access")
    case.record_done("access")


def test_a_redacted_copy_that_is_discarded_leaves_the_place_empty(collected: tuple[ACase, UUID]) -> None:
    case, calls = collected
    case.require_redaction(calls)
    case.require_redaction(calls)
    case.discard_data(calls)
    case.collect_data("access")
    case.discard_data(case.events[-1].data_set.data_set_id)
    with case.refuses(RedactionPending):
        case.record_done("access")
    case.collect_data("access")
    case.record_done("access")


def test_a_copy_that_is_not_redacted_enough_is_redacted_again(collected: tuple[ACase, UUID]) -> None:
    case, calls = collected
    case.require_redaction(calls)
    case.discard_data(calls)
    case.collect_data("access")
    copy = case.events[-1].data_set.data_set_id
    case.require_redaction(copy)
    with case.refuses(RedactionPending):
        case.record_done("access")
    case.discard_data(copy)
    with case.refuses(RedactionPending):
        case.record_done("access")
    case.collect_data("access")
    case.record_done("access")


def test_what_can_not_be_redacted_is_refused_in_part_and_still_does_not_leave(
    collected: tuple[ACase, UUID], made: Made
) -> None:
    case, calls = collected
    case.require_redaction(calls)
    whose = {"ground": "rights-of-others", "extent": ("recordings",), "in_part": True}
    case.propose_refusal("access", refusal=made.refusal(**whose))
    case.approve_refusal("access")
    with case.refuses(RedactionPending):
        case.record_done("access")
    case.discard_data(calls)
    case.record_done("access")


steps = st.lists(st.sampled_from(["collect", "flag", "discard"]), max_size=14)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_what_was_flagged_never_leaves_and_never_goes_missing_in_silence(a_case: OpenCase, steps: Any) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    flagged: dict[UUID, set[UUID]] = {}  # with what had been collected by then
    collected: set[UUID] = set()
    for step in steps:
        here = list(case.request.copies.data_sets)
        if step == "collect":
            case.collect_data("access")
            collected.add(case.events[-1].data_set.data_set_id)
        elif here and step == "flag":
            flagged.setdefault(here[0], set(collected))
            case.require_redaction(here[0])
        elif here:
            case.discard_data(here[0])
    left = set(case.request.copies.data_sets)
    if flagged.keys() & left or any(left <= before for before in flagged.values()):
        with case.refuses(RedactionPending):
            case.record_done("access")
    for calls in flagged.keys() & left:
        case.discard_data(calls)
    for _ in flagged:
        case.collect_data("access")
    case.record_done("access")
    assert len(case.request.copies.data_sets) >= bool(flagged)


def test_a_redaction_is_required_for_a_reason(collected: tuple[ACase, UUID]) -> None:
    case, calls = collected
    with case.refuses(ReasonRequired):
        case.require_redaction(calls, reason=None)


def test_no_redaction_is_required_of_what_is_unknown_or_was_handed_over(collected: tuple[ACase, UUID]) -> None:
    case, calls = collected
    with case.refuses(RedactionTargetUnknown):
        case.require_redaction(uuid4())
    case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.require_redaction(calls)
