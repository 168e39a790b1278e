"""Letters of matters: drafted, released by a second person, sent, returned (docs/law §13)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from dsr.domain.dispatch import DispatchState
from dsr.domain.errors import DomainError
from dsr.domain.matter import (
    ComplaintAcknowledged,
    Matter,
    MatterAnswerRecorded,
    MatterKind,
    MatterLetterKind,
    MatterOutcome,
    MatterStatus,
)
from dsr.domain.matter.errors import (
    MatterAcknowledged,
    MatterAnswered,
    MatterClosed,
    MatterDatesInvalid,
    MatterOfOtherKind,
)
from dsr.domain.matter.sending import (
    MatterLetterNotDraft,
    MatterLetterNotQueued,
    MatterLetterUnaddressed,
    MatterLetterUnknown,
)
from dsr.domain.request.errors import FourEyes, ReasonRequired
from dsr.domain.request.values import Channel
from tests.domain.matter.a_matter import ARRIVED, SEALED, acting, answer, complaint

SOON: Final = ARRIVED + timedelta(hours=1)
LEFT: Final = ARRIVED + timedelta(hours=2)
NOW: Final = ARRIVED + timedelta(hours=3)
KINDS: Final = {
    MatterKind.COMPLAINT: MatterLetterKind.ANSWER,
    MatterKind.INCIDENT: MatterLetterKind.INCIDENT_NOTICE,
}


def write(matter: Matter, of: MatterKind, at: datetime = SOON, **facts: Any) -> UUID:
    """A letter for a matter of this kind, as a draft."""
    letter_id = uuid4()
    lawful: dict[str, Any] = {
        "letter_id": letter_id,
        "kind": KINDS.get(of, MatterLetterKind.AUTHORITY_REPLY),
        "channel": Channel.EMAIL,
        "language": "en",
        "message_id": f"<{letter_id}@callcentre.example>",
        "is_addressed": True,
        "content": SEALED,
    }
    matter.write_letter(acting(at), **lawful | facts)
    return letter_id


def release(matter: Matter, letter_id: UUID, actor: str = "bob") -> None:
    matter.release_letter(acting(SOON, actor), letter_id=letter_id, not_before=SOON)


def left(matter: Matter, letter_id: UUID, at: datetime = LEFT, **facts: Any) -> None:
    said: dict[str, Any] = {"sent_at": at, "transport": "smtp", "reasons": SEALED, "remedies": SEALED}
    matter.record_letter_sent(acting(NOW), letter_id=letter_id, **said | facts)


def acknowledgement(matter: Matter) -> UUID:
    return write(matter, matter.kind, kind=MatterLetterKind.ACKNOWLEDGEMENT)


def test_an_acknowledgement_that_left_acknowledges_the_complaint() -> None:
    # given: whoever wrote it may release it, since it says only what is on record
    matter = complaint()
    letter_id = acknowledgement(matter)
    release(matter, letter_id, "ann")
    assert matter.letters[letter_id].state is DispatchState.QUEUED
    # when
    left(matter, letter_id)
    # then
    assert (matter.acknowledged, matter.date, matter.status) == (True, None, MatterStatus.OPEN)
    event = matter.pending_events[-1]
    assert isinstance(event, ComplaintAcknowledged)
    assert (event.acknowledged_at, event.channel, event.late) == (LEFT, Channel.EMAIL, False)


def test_an_answer_is_released_by_another_person_and_answers_the_complaint_once_it_left() -> None:
    # given
    matter = complaint()
    letter_id = write(matter, MatterKind.COMPLAINT)
    with pytest.raises(FourEyes):
        release(matter, letter_id, "ann")
    release(matter, letter_id)
    # when
    left(matter, letter_id)
    # then
    assert matter.status is MatterStatus.ANSWERED
    event = matter.pending_events[-1]
    assert isinstance(event, MatterAnswerRecorded)
    assert (event.answered_at, event.reasons, event.remedies) == (LEFT, SEALED, SEALED)


def test_what_was_done_before_is_not_recorded_again_when_a_letter_leaves() -> None:
    # given: two letters are on their way, and the team answers by telephone
    matter = complaint()
    first, second = acknowledgement(matter), write(matter, MatterKind.COMPLAINT)
    release(matter, first)
    release(matter, second)
    answer(matter, SOON)
    version = matter.version
    # when
    left(matter, first)
    left(matter, second)
    # then: only that they left
    assert matter.version == version + 2


def refused(matter: Matter, act: Callable[[], object], error: type[DomainError]) -> None:
    version = matter.version
    with pytest.raises(error):
        act()
    assert matter.version == version


def test_a_letter_leaves_once_and_only_after_its_release() -> None:
    matter = complaint()
    letter_id = acknowledgement(matter)
    refused(matter, lambda: left(matter, letter_id), MatterLetterNotQueued)
    release(matter, letter_id)
    refused(matter, lambda: release(matter, letter_id), MatterLetterNotDraft)
    refused(matter, lambda: left(matter, letter_id, ARRIVED), MatterDatesInvalid)
    refused(matter, lambda: left(matter, letter_id, NOW + timedelta(hours=1)), MatterDatesInvalid)
    left(matter, letter_id)
    refused(matter, lambda: left(matter, letter_id), MatterLetterNotQueued)
    refused(matter, lambda: acknowledgement(matter), MatterAcknowledged)
    refused(matter, lambda: left(matter, uuid4()), MatterLetterUnknown)


def test_a_matter_that_is_answered_or_closed_gets_no_further_letter() -> None:
    # given: a draft from before
    matter = complaint()
    letter_id = write(matter, MatterKind.COMPLAINT)
    refused(matter, lambda: write(matter, MatterKind.INQUIRY), MatterOfOtherKind)
    # when
    answer(matter, SOON)
    # then
    refused(matter, lambda: release(matter, letter_id), MatterAnswered)
    refused(matter, lambda: write(matter, MatterKind.COMPLAINT), MatterAnswered)
    # when
    matter.close(acting(NOW), outcome=MatterOutcome.UPHELD)
    # then
    refused(matter, lambda: release(matter, letter_id), MatterClosed)
    refused(matter, lambda: write(matter, MatterKind.COMPLAINT), MatterClosed)


def test_a_letter_needs_an_address_and_a_discarded_one_a_reason() -> None:
    matter = complaint()
    refused(matter, lambda: write(matter, MatterKind.COMPLAINT, is_addressed=False), MatterLetterUnaddressed)
    letter_id = acknowledgement(matter)
    discard = matter.discard_letter
    refused(matter, lambda: discard(acting(SOON), letter_id=letter_id, reason=None), ReasonRequired)
    discard(acting(SOON), letter_id=letter_id, reason=SEALED)
    assert matter.letters[letter_id].state is DispatchState.DISCARDED
    refused(matter, lambda: release(matter, letter_id), MatterLetterNotDraft)
    refused(matter, lambda: discard(acting(SOON), letter_id=letter_id, reason=SEALED), MatterLetterNotDraft)


def test_a_letter_that_failed_or_came_back_says_so_and_what_left_in_time_stays_true() -> None:
    # given
    matter = complaint()
    failed, returned = acknowledgement(matter), acknowledgement(matter)
    for each in (failed, returned):
        release(matter, each)
    fail, came_back = matter.record_letter_failed, matter.record_letter_returned
    refused(matter, lambda: came_back(acting(NOW), letter_id=returned, status="5.1.1"), MatterLetterNotQueued)
    # when
    fail(acting(NOW), letter_id=failed, reason="smtp-refused")
    left(matter, returned)
    came_back(acting(NOW), letter_id=returned, status="5.1.1")
    # then
    assert [each.state for each in matter.letters.values()] == [DispatchState.FAILED, DispatchState.BOUNCED]
    assert matter.acknowledged
    refused(matter, lambda: fail(acting(NOW), letter_id=failed, reason="smtp-refused"), MatterLetterNotQueued)
