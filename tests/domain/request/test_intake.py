"""receive, attach follow-up (GDPR Art. 12(2), (3))."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dsr.domain.deadlines import CalendarExhausted
from dsr.domain.request.errors import ReceiptInFuture
from dsr.domain.request.values import IdentityStatus, Lifecycle
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase


def test_the_clock_starts_at_arrival_and_not_when_somebody_enters_it(a_case: OpenCase) -> None:
    late = datetime(2026, 3, 20, 8, tzinfo=UTC)
    case = a_case(received_at="2026-03-02T23:59", at=late)
    assert case.request.received_on == date(2026, 3, 2)
    assert case.deadline.statutory_due == date(2026, 4, 2)
    assert case.deadline.effective_due == date(2026, 4, 1)


def test_the_day_of_arrival_is_the_local_one_of_the_controller(a_case: OpenCase) -> None:
    assert a_case(received_at="2026-03-28T23:30Z").request.received_on == date(2026, 3, 29)


def test_a_request_is_acknowledged_within_one_working_day(a_case: OpenCase) -> None:
    friday = a_case(received_at="2026-01-02T18:47")
    assert friday.events[0].acknowledge_by == date(2026, 1, 5)


def test_a_request_can_not_have_arrived_in_the_future(made: Made) -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with pytest.raises(ReceiptInFuture):
        made.case(received_at="2026-03-02T10:00:01", at=now)


def test_no_date_is_computed_from_holidays_that_nobody_knows_yet(made: Made) -> None:
    late = datetime(2029, 3, 2, 9, tzinfo=UTC)
    with pytest.raises(CalendarExhausted):
        made.case(received_at="2029-03-02", at=late)


def test_what_arrived_is_received_and_nobody_is_in_doubt(a_case: OpenCase) -> None:
    case = a_case()
    assert case.request.lifecycle is Lifecycle.RECEIVED
    assert case.request.identity.status is IdentityStatus.NOT_NEEDED
    assert not case.request.items
    assert case.request.outcome is None


def test_what_the_sender_claims_about_the_date_is_kept_and_moves_nothing(a_case: OpenCase) -> None:
    claimed = datetime(2026, 1, 1, tzinfo=UTC)
    case = a_case(claimed_at=claimed)
    assert case.events[0].claimed_at == claimed
    assert case.request.received_on == date(2026, 3, 2)


def test_the_event_of_arrival_keeps_the_proof_of_it(a_case: OpenCase) -> None:
    received = a_case(suggested_rights=(Right.ACCESS,), language="de").events[0]
    assert received.zone == "Europe/Berlin"
    assert (received.regime, received.regime_version, received.ropa_version) == ("eu-gdpr", 1, 1)
    assert received.suggested_rights == (Right.ACCESS,)


def test_a_follow_up_moves_no_date_and_changes_no_state(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    before = case.request.clock.deadline
    case.attach_follow_up(at="2026-03-09")
    assert case.happened() == ["follow-up-received"]
    assert case.request.clock.deadline == before
    assert case.request.received_on == date(2026, 3, 2)


def test_a_closed_case_takes_follow_ups(answered: ACase) -> None:
    answered.attach_follow_up(at="2026-03-12")
    assert answered.request.is_closed


def test_a_follow_up_can_not_have_arrived_in_the_future(a_case: OpenCase) -> None:
    case = a_case()
    with case.refuses(ReceiptInFuture):
        case.attach_follow_up(received_at=case.now + timedelta(seconds=1))
