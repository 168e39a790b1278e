"""A notice of an incident to many people: written, released once by a second person, leaving bit by bit."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.domain.dispatch import DispatchState
from dsr.domain.matter import IncidentRisk, Matter, MatterOutcome
from dsr.domain.matter.errors import MatterClosed, MatterOfOtherKind
from dsr.domain.matter.notices import NoticeLetter, NoticeUnknown, NoticeWithoutRecipients
from dsr.domain.matter.sending import MatterLetterNotDraft, MatterLetterOfNotice, MatterLetterUnaddressed
from dsr.domain.request.errors import FourEyes, ReasonRequired
from dsr.domain.request.values import Channel
from tests.domain.matter.a_matter import ARRIVED, SEALED, acting, complaint
from tests.domain.matter.test_incident import incident

ANN, BOB = (acting(ARRIVED + timedelta(hours=1), name) for name in ("ann", "bob"))


def letter(**facts: Any) -> NoticeLetter:
    letter_id = uuid4()
    lawful: dict[str, Any] = {
        "letter_id": letter_id,
        "channel": Channel.EMAIL,
        "language": "en",
        "message_id": f"<{letter_id}@callcentre.example>",
        "is_addressed": True,
        "content": SEALED,
    }
    return NoticeLetter(**lawful | facts)


def notice(matter: Matter, people: int = 2) -> UUID:
    """The id of a notice that Ann wrote."""
    notice_id = uuid4()
    matter.write_notice(ANN, notice_id=notice_id, letters=tuple(letter() for _ in range(people)))
    return notice_id


def noticed() -> Matter:
    return incident(ARRIVED, controllers=("callcentre-gb",))


def states(matter: Matter) -> list[DispatchState]:
    return [each.state for each in matter.letters.values()]


def test_a_second_person_releases_all_letters_at_once_and_they_leave_bit_by_bit() -> None:
    # given
    matter = noticed()
    notice_id = notice(matter, people=61)
    with pytest.raises(FourEyes):
        matter.release_notice(ANN, notice_id=notice_id, not_before=ANN.at)
    # when
    matter.release_notice(BOB, notice_id=notice_id, not_before=BOB.at)
    # then
    assert set(states(matter)) == {DispatchState.QUEUED}
    leaves = [each.not_before for each in matter.letters.values()]
    assert (leaves[0], leaves[60]) == (BOB.at, BOB.at + timedelta(minutes=1))
    with pytest.raises(MatterLetterNotDraft):
        matter.release_notice(BOB, notice_id=notice_id, not_before=BOB.at)


def test_a_letter_of_a_notice_is_not_released_alone_but_may_be_discarded_alone() -> None:
    matter = noticed()
    notice_id = notice(matter)
    first, second = matter.letters
    with pytest.raises(MatterLetterOfNotice):
        matter.release_letter(BOB, letter_id=first, not_before=BOB.at)
    matter.discard_letter(ANN, letter_id=first, reason=SEALED)
    matter.release_notice(BOB, notice_id=notice_id, not_before=BOB.at)
    assert [matter.letters[each].state for each in (first, second)] == [DispatchState.DISCARDED, DispatchState.QUEUED]


def test_a_notice_that_was_not_released_is_discarded_with_a_reason() -> None:
    matter = noticed()
    notice_id = notice(matter)
    with pytest.raises(ReasonRequired):
        matter.discard_notice(ANN, notice_id=notice_id, reason=None)
    matter.discard_notice(ANN, notice_id=notice_id, reason=SEALED)
    assert set(states(matter)) == {DispatchState.DISCARDED}
    with pytest.raises(MatterLetterNotDraft):
        matter.discard_notice(ANN, notice_id=notice_id, reason=SEALED)


def test_a_notice_tells_somebody_and_knows_where() -> None:
    with pytest.raises(NoticeWithoutRecipients):
        notice(noticed(), people=0)
    with pytest.raises(MatterLetterUnaddressed) as refused:
        noticed().write_notice(ANN, notice_id=uuid4(), letters=(letter(), letter(is_addressed=False)))
    assert refused.value.facts == {"places": [1]}


def test_only_an_incident_that_is_open_is_told_and_a_notice_has_to_exist() -> None:
    # given
    closed, unknown = noticed(), uuid4()
    notice_id = notice(closed)
    closed.assess_risk(ANN, risk=IncidentRisk.UNLIKELY, reasons=SEALED)
    closed.omit_notification(ANN, reasons=SEALED)
    closed.close(ANN, outcome=MatterOutcome.NOT_NOTIFIED)
    # when, then
    with pytest.raises(MatterClosed):
        closed.write_notice(ANN, notice_id=unknown, letters=(letter(),))
    with pytest.raises(MatterClosed):
        closed.release_notice(BOB, notice_id=notice_id, not_before=BOB.at)
    with pytest.raises(MatterOfOtherKind):
        complaint().write_notice(ANN, notice_id=unknown, letters=(letter(),))
    with pytest.raises(NoticeUnknown):
        closed.release_notice(BOB, notice_id=unknown, not_before=BOB.at)
    with pytest.raises(NoticeUnknown):
        closed.discard_notice(ANN, notice_id=unknown, reason=SEALED)
