"""Letters of authorities and courts: the date that they set, moved by a new letter alone (docs/law §13)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest

from dsr.domain.matter import AuthorityLetter, Matter, MatterHold, MatterKind, MatterOutcome, MatterStatus
from dsr.domain.matter.errors import (
    MatterAnswered,
    MatterClosed,
    MatterDatesInvalid,
    MatterOfOtherKind,
    OutcomeNotAvailable,
)
from dsr.domain.matter.values import OUTCOMES
from dsr.domain.request.errors import ReasonRequired, ReceiptInFuture
from dsr.domain.request.values import Channel
from dsr.domain.ropa import ControllerUnknown
from dsr.domain.sealed import KeyIntroduction, KeyPurpose
from tests.domain.matter.a_matter import ARRIVED, KEY, RECORD, SEALED, acting, answer, complaint

LATER: Final = ARRIVED + timedelta(days=3)
DUE: Final = date(2026, 8, 1)
"""A Saturday."""
KINDS: Final = (MatterKind.INQUIRY, MatterKind.ORDER, MatterKind.COURT_CLAIM)


def letter(kind: MatterKind = MatterKind.ORDER, **facts: Any) -> Matter:
    """A letter to the British controller."""
    received_at = facts.pop("received_at", ARRIVED)
    lawful: dict[str, Any] = {
        "matter_id": uuid4(),
        "reference": "M-2345-6789",
        "controller_id": "callcentre-gb",
        "letter": AuthorityLetter(kind, "Information Commissioner", DUE, Channel.POST, received_at, "en"),
        "request_ids": (),
        "document": RECORD,
        "ropa_version": 1,
        "keys": (KeyIntroduction(KEY, KeyPurpose.CASE_FILE, "cd" * 32),),
        "file_number": SEALED,
        "content": SEALED,
    }
    return Matter.open_letter(acting(ARRIVED), **lawful | facts)


def move(matter: Matter, **facts: Any) -> None:
    lawful: dict[str, Any] = {
        "due_on": date(2026, 9, 1),
        "received_at": LATER,
        "channel": Channel.POST,
        "content": SEALED,
    }
    matter.move_date(acting(LATER), **lawful | facts)


@pytest.mark.parametrize("kind", KINDS)
def test_the_letter_sets_the_date_which_is_not_moved_to_a_working_day(kind: MatterKind) -> None:
    matter = letter(kind)
    assert matter.date is not None
    assert (matter.date.on, matter.date.ends_at) == (DUE, datetime(2026, 8, 1, 23, tzinfo=UTC))


def test_only_a_new_letter_moves_the_date() -> None:
    matter = letter()
    with pytest.raises(ReasonRequired):
        move(matter, content=None)
    for moment in (ARRIVED - timedelta(seconds=1), LATER + timedelta(seconds=1)):
        with pytest.raises(MatterDatesInvalid):
            matter.move_date(
                acting(LATER), due_on=date(2026, 9, 1), received_at=moment, channel=Channel.POST, content=SEALED
            )
    move(matter)
    assert matter.date is not None
    assert matter.date.on == date(2026, 9, 1)
    with pytest.raises(MatterOfOtherKind):
        complaint().move_date(
            acting(LATER), due_on=date(2026, 9, 1), received_at=LATER, channel=Channel.POST, content=SEALED
        )


def test_a_date_that_was_moved_is_warned_of_anew() -> None:
    matter = letter()
    matter.record_due(acting(ARRIVED + timedelta(days=40)))
    move(matter)
    matter.record_due(acting(ARRIVED + timedelta(days=60)))
    assert matter.is_warned


def test_a_letter_has_arrived_and_says_something_to_a_controller_that_there_is() -> None:
    for error, facts in (
        (ReceiptInFuture, {"received_at": LATER}),
        (ReasonRequired, {"content": None}),
        (ControllerUnknown, {"controller_id": "nobody"}),
        (MatterOfOtherKind, {"kind": MatterKind.COMPLAINT}),
    ):
        with pytest.raises(error):
            letter(**facts)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answered_letter_ends_with_an_outcome_of_its_kind(kind: MatterKind) -> None:
    for outcome in MatterOutcome:
        matter = letter(kind)
        answer(matter, LATER, remedies=None)
        with pytest.raises(MatterAnswered):
            matter.move_date(
                acting(LATER), due_on=date(2026, 9, 1), received_at=LATER, channel=Channel.POST, content=SEALED
            )
        if outcome in OUTCOMES[kind]:
            matter.close(acting(LATER), outcome=outcome)
            assert matter.status is MatterStatus.CLOSED
            with pytest.raises(MatterClosed):
                matter.move_date(
                    acting(LATER), due_on=date(2026, 9, 1), received_at=LATER, channel=Channel.POST, content=SEALED
                )
        else:
            with pytest.raises(OutcomeNotAvailable):
                matter.close(acting(LATER), outcome=outcome)


def test_holds_belong_to_claims_that_are_not_answered() -> None:
    claim, holds = letter(MatterKind.COURT_CLAIM), (MatterHold(uuid4(), uuid4()),)
    claim.note_holds(acting(LATER), holds=holds)
    assert claim.holds == holds
    answer(claim, LATER)
    with pytest.raises(MatterAnswered):
        claim.note_holds(acting(LATER), holds=holds)
    claim.close(acting(LATER), outcome=MatterOutcome.SETTLED)
    with pytest.raises(MatterClosed):
        claim.note_holds(acting(LATER), holds=holds)
    with pytest.raises(MatterOfOtherKind):
        letter(MatterKind.ORDER).note_holds(acting(LATER), holds=holds)
