"""hand a package over to another controller: the intent first, the result whatever happens (GDPR Art. 20(2))."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.domain.handing_over import longest
from dsr.domain.request.errors import (
    IdentityUnresolved,
    ItemNotGranted,
    ItemOfOtherRight,
    ItemUnknown,
    NotRegistered,
    RedactionPending,
)
from dsr.domain.request.hand_over import HandOverFailure, HandOverUnderWay
from dsr.domain.request.transfer import FeasibilityUnassessed, TargetUnverified
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

MIB = 1024 * 1024


@pytest.fixture
def verified(a_case: OpenCase) -> ACase:
    case = a_case(Right.PORTABILITY)
    case.grant("portability")
    case.collect_data("portability")
    case.assess_feasibility()
    case.verify_target()
    return case


def start(case: ACase, item_id: str = "portability", **facts: Any) -> UUID:
    hand_over_id = uuid4()
    case.start_hand_over(item_id, hand_over_id=hand_over_id, size=MIB, **facts)
    return hand_over_id


def test_a_package_begins_to_leave_and_its_receipt_is_the_end(verified: ACase, made: Made) -> None:
    hand_over_id = start(verified)
    verified.record_hand_over(hand_over_id=hand_over_id, receipt=made.sealed())
    started, transmitted = verified.events[-2:]
    assert (started.target, started.ends_by) == ("api.other.example", verified.now + longest(MIB))
    assert (transmitted.target, transmitted.export_id) == (started.target, started.export_id)
    assert (transmitted.channel, transmitted.data_sets) == (Channel.INTERFACE, ())
    assert transmitted.hand_over_id == hand_over_id
    assert verified.request.hand_overs[hand_over_id].ended
    assert verified.request.items["portability"].effected


def test_the_time_grows_with_the_package() -> None:
    assert longest(0) == timedelta(minutes=2)
    assert longest(1024 * MIB) - longest(0) == timedelta(seconds=4096)


def test_a_failure_gives_no_effect_and_another_can_be_started_at_once(verified: ACase) -> None:
    hand_over_id = start(verified)
    verified.record_hand_over_failed(hand_over_id=hand_over_id, failure=HandOverFailure.REFUSED, status=403)
    assert not verified.request.items["portability"].effected
    start(verified)
    assert verified.happened() == ["hand-over-started"]


def test_one_item_is_handed_over_once_at_a_time(verified: ACase) -> None:
    start(verified)
    with verified.refuses(HandOverUnderWay) as told:
        start(verified)
    assert told.code == "hand-over-under-way"


def test_a_hand_over_without_a_result_is_interrupted_once_its_time_is_over(verified: ACase) -> None:
    first = start(verified)
    ends_by = verified.request.hand_overs[first].ends_by
    with verified.refuses(HandOverUnderWay):
        start(verified, at=ends_by - timedelta(microseconds=1))
    start(verified, at=ends_by)
    failed, _ = verified.events[-2:]
    assert verified.happened() == ["hand-over-failed", "hand-over-started"]
    assert (failed.hand_over_id, failed.failure, failed.status) == (first, HandOverFailure.INTERRUPTED, None)


def test_a_result_is_recorded_whatever_became_of_the_case(verified: ACase, made: Made) -> None:
    hand_over_id = start(verified)
    other = start(verified, at="2026-03-03")
    verified.withdraw(at="2026-03-04")
    assert verified.request.is_closed
    verified.record_hand_over(hand_over_id=hand_over_id, receipt=None)
    verified.record_hand_over_failed(hand_over_id=other, failure=HandOverFailure.UNANSWERED, status=None)
    assert verified.happened() == ["hand-over-failed"]


def test_nothing_goes_anywhere_before_it_was_assessed_whether_that_is_feasible(a_case: OpenCase) -> None:
    case = a_case(Right.PORTABILITY)
    case.grant("portability")
    with case.refuses(FeasibilityUnassessed):
        start(case)


def test_nothing_goes_to_another_target_than_the_one_verified(verified: ACase) -> None:
    with verified.refuses(TargetUnverified):
        start(verified, target="api.0ther.example")
    start(verified, target="API.other.example")  # names of hosts know no capitals


def test_data_of_somebody_else_is_not_handed_over_before_it_is_redacted(verified: ACase) -> None:
    verified.require_redaction(*verified.request.copies.data_sets)
    with verified.refuses(RedactionPending):
        start(verified)


def test_nothing_is_handed_over_while_there_is_doubt_about_who_asks(verified: ACase) -> None:
    verified.ask_identity()
    with verified.refuses(IdentityUnresolved):
        start(verified)


def test_only_data_for_portability_that_was_granted_is_handed_over(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        start(unregistered)
    case = a_case(Right.PORTABILITY, Right.ACCESS)
    for item_id, error in (("portability", ItemNotGranted), ("access", ItemOfOtherRight), ("erasure", ItemUnknown)):
        with case.refuses(error):
            start(case, item_id)
