"""Who is to be told of what: the table on both databases, and the events that it may name."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dsr.database import Database
from dsr.desk.telling import TELLING_EVENTS
from dsr.desk.telling.choices import TellingChoices
from dsr.desk.telling.tellings import KEPT, Telling, TellingRecipient, Tellings, Way
from dsr.domain.events import Event
from dsr.domain.telling import TellingChoice, WaitKind

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=22)
HAL = TellingRecipient(Way.STAFF, "hal")
DPO = TellingRecipient(Way.OFFICE, "callcentre-de")


def noted(recipient: TellingRecipient, position: int, *, at: datetime = NOW) -> Telling:
    return Telling(recipient, position, WaitKind.MESSAGE, urgent=at == NOW, noted_at=NOW, tell_at=at)


@pytest.fixture
def tellings(database: Database) -> Tellings:
    made = Tellings(database)
    made.add([noted(HAL, 1), noted(HAL, 2), noted(HAL, 3, at=LATER), noted(DPO, 1)])
    return made


def test_what_is_due_is_found_by_recipient(tellings: Tellings) -> None:
    assert tellings.recipients(NOW) == [DPO, HAL]
    assert tellings.due(HAL, NOW) == [noted(HAL, 1), noted(HAL, 2)]
    assert len(tellings.due(HAL, LATER)) == 3
    tellings.put_off(tellings.due(HAL, NOW), until=LATER)
    assert tellings.recipients(NOW) == [DPO]


def test_what_was_told_is_told_no_more_even_if_it_is_noted_again(tellings: Tellings) -> None:
    due = tellings.due(HAL, NOW)
    mail_id = tellings.mail_of(due)
    assert tellings.mail_of(tellings.due(HAL, NOW)) == mail_id, "a crash before it was recorded repeats the same mail"
    assert tellings.of_mail(mail_id) == ([], None)
    assert tellings.last_mail_at(HAL) is None
    tellings.settle(due, at=NOW, mail_id=mail_id)
    tellings.add([noted(HAL, 1)])
    assert tellings.recipients(NOW) == [DPO]
    found, left_at = tellings.of_mail(mail_id)
    assert ([each.position for each in found], left_at) == ([1, 2], NOW)
    assert tellings.last_mail_at(HAL) == NOW
    assert tellings.forget_old(NOW + KEPT) == 2


def test_what_can_not_be_told_is_free_for_somebody_else(tellings: Tellings) -> None:
    tellings.drop(tellings.due(DPO, NOW))
    assert tellings.recipients(NOW) == [HAL]
    tellings.add([noted(DPO, 1)])
    assert tellings.recipients(NOW) == [DPO, HAL]


def test_the_last_choice_holds(database: Database) -> None:
    choices = TellingChoices(database)
    for choice in (TellingChoice.OFF, TellingChoice.DIGEST):
        choices.choose("hal", {WaitKind.TASK: choice})
    assert choices.of(["hal", "ida"], WaitKind.TASK) == {"hal": TellingChoice.DIGEST}
    assert choices.all_of("ida")[WaitKind.TASK] is TellingChoice.BY_URGENCY


def every_event(kind: type[Event] = Event) -> Iterator[type[Event]]:
    for each in kind.__subclasses__():
        yield each
        yield from every_event(each)


def test_every_proposal_that_a_second_person_decides_is_told() -> None:

    proposals = {each for each in every_event() if each.__name__.endswith("Proposed")}
    not_undecided = {each for each in proposals if each.__name__ == "FeeProposed"}  # an approver decided it
    assert proposals - TELLING_EVENTS == not_undecided
