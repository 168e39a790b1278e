"""A message that made no case: kept, opened on record, settled once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dsr.domain.acting import Acting
from dsr.domain.quarantine import QuarantinedMessage, QuarantineSettled, QuarantineStatus
from dsr.domain.request.errors import ClockResetForbidden, FourEyes, NothingProposed, ReasonRequired
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose, Sealed

ARRIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = ARRIVED + timedelta(days=1)
SECOND = timedelta(seconds=1)
REASON = Sealed(uuid4(), uuid4(), b"nonce", b"ciphertext")


@pytest.fixture
def message() -> QuarantinedMessage:
    return QuarantinedMessage.quarantine(
        Acting("service:intake", ARRIVED),
        message_id=uuid4(),
        received_at=ARRIVED,
        error="mailbox-unknown",
        controller_id=None,
        keys=(KeyIntroduction(uuid4(), KeyPurpose.CASE_FILE, "cd" * 32),),
        original=BlobRef(uuid4(), uuid4(), 4711, "message/rfc822", "ab" * 32),
    )


def enter(message: QuarantinedMessage, received_at: datetime = ARRIVED) -> None:
    message.enter(Acting("ann", LATER), request_id=uuid4(), received_at=received_at)


def propose(message: QuarantinedMessage, reason: Sealed | None = REASON) -> None:
    message.propose_discarding(Acting("ann", LATER), reason=reason)


def discard(message: QuarantinedMessage) -> None:
    propose(message)
    message.approve_discarding(Acting("bob", LATER))


@pytest.mark.parametrize(
    ("settle", "status"), [(enter, QuarantineStatus.ENTERED), (discard, QuarantineStatus.DISCARDED)]
)
def test_a_message_is_settled_once(
    message: QuarantinedMessage, settle: Callable[[QuarantinedMessage], None], status: QuarantineStatus
) -> None:
    settle(message)
    assert message.status is status
    with pytest.raises(QuarantineSettled):
        enter(message)
    with pytest.raises(QuarantineSettled):
        discard(message)
    with pytest.raises(QuarantineSettled):
        message.approve_discarding(Acting("bob", LATER))
    assert message.status is status


def test_a_request_arrived_no_later_than_its_message(message: QuarantinedMessage) -> None:
    with pytest.raises(ClockResetForbidden):
        enter(message, ARRIVED + SECOND)
    enter(message, ARRIVED - SECOND)
    assert message.status is QuarantineStatus.ENTERED


def test_a_message_is_discarded_for_a_reason(message: QuarantinedMessage) -> None:
    with pytest.raises(ReasonRequired):
        propose(message, None)
    assert (message.status, message.discarding) == (QuarantineStatus.WAITING, None)


def test_a_second_person_discards_a_message(message: QuarantinedMessage) -> None:
    with pytest.raises(NothingProposed):
        message.approve_discarding(Acting("bob", LATER))
    propose(message)
    with pytest.raises(FourEyes):
        message.approve_discarding(Acting("ann", LATER))
    waiting = message.status
    message.approve_discarding(Acting("bob", LATER))
    assert (waiting, message.status) == (QuarantineStatus.WAITING, QuarantineStatus.DISCARDED)


def test_a_second_person_lets_a_message_wait_for_a_reason(message: QuarantinedMessage) -> None:
    propose(message)
    with pytest.raises(FourEyes):
        message.decline_discarding(Acting("ann", LATER), reason=REASON)
    with pytest.raises(ReasonRequired):
        message.decline_discarding(Acting("bob", LATER), reason=None)
    message.decline_discarding(Acting("bob", LATER), reason=REASON)
    assert (message.status, message.discarding) == (QuarantineStatus.WAITING, None)
    with pytest.raises(NothingProposed):
        message.approve_discarding(Acting("bob", LATER))


def test_a_message_that_is_to_be_discarded_can_be_entered_all_the_same(message: QuarantinedMessage) -> None:
    propose(message)
    enter(message)
    assert (message.status, message.discarding) == (QuarantineStatus.ENTERED, None)


def test_opening_a_message_settles_nothing_and_is_possible_afterwards_too(message: QuarantinedMessage) -> None:
    message.open(Acting("ann", LATER), purpose=DisclosurePurpose.TRIAGE)
    statuses = [message.status]
    discard(message)
    message.open(Acting("ann", LATER), purpose=DisclosurePurpose.TRIAGE)
    statuses.append(message.status)
    assert statuses == [QuarantineStatus.WAITING, QuarantineStatus.DISCARDED]
