"""Where an arriving message belongs (docs/law §3, receive and attach follow-up)."""

from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.request.placement import EarlierMessage, Place, Placement, Thread, place
from dsr.domain.rights import Right

CASE, OTHER = uuid4(), uuid4()
ACCESS = frozenset({Right.ACCESS})
THREAD = Thread(CASE, same_sender=True, refuted=False, rights=ACCESS)
STRANGER = Thread(CASE, same_sender=False, refuted=False, rights=ACCESS)
FORGER = Thread(CASE, same_sender=True, refuted=True, rights=ACCESS)


def test_a_message_of_no_thread_makes_a_case() -> None:
    assert place(known=None, thread=None, rights=ACCESS) == Place(Placement.NEW)


@pytest.mark.parametrize("thread", [None, THREAD, STRANGER])
def test_the_same_message_is_recorded_once(thread: Any) -> None:
    known = EarlierMessage(OTHER, same_content=True)
    assert place(known=known, thread=thread, rights=frozenset(Right)) == Place(Placement.DUPLICATE, OTHER)


@pytest.mark.parametrize("thread", [None, THREAD, STRANGER])
def test_a_known_message_id_with_other_content_goes_to_triage(thread: Any) -> None:
    known = EarlierMessage(OTHER, same_content=False)
    assert place(known=known, thread=thread, rights=ACCESS) == Place(Placement.TRIAGE, OTHER, "altered-message")


@pytest.mark.parametrize("rights", [frozenset(), ACCESS, frozenset({Right.ERASURE})])
def test_a_message_from_another_address_never_writes_into_a_persons_file(rights: Any) -> None:
    assert place(known=None, thread=STRANGER, rights=rights) == Place(Placement.TRIAGE, CASE, "other-address")


@pytest.mark.parametrize("rights", [frozenset(), ACCESS, frozenset({Right.ERASURE})])
def test_a_message_whose_sender_our_server_refuted_never_writes_into_a_persons_file(rights: Any) -> None:
    assert place(known=None, thread=FORGER, rights=rights) == Place(Placement.TRIAGE, CASE, "refuted-sender")
    assert place(known=None, thread=FORGER, rights=rights, automatic=True) == Place(Placement.ASIDE)


@pytest.mark.parametrize("rights", [frozenset(), ACCESS, ACCESS | {Right.ERASURE}, frozenset({Right.OBJECTION})])
def test_a_message_of_the_thread_joins_its_case_whatever_its_text_suggests(rights: Any) -> None:
    """As in "Po doručení této námitky …", a reminder whose words suggest an objection."""
    assert place(known=None, thread=THREAD, rights=rights) == Place(Placement.FOLLOW_UP, CASE)


def test_what_a_machine_answers_in_a_thread_joins_its_case() -> None:
    assert place(known=None, thread=THREAD, rights=ACCESS, automatic=True) == Place(Placement.FOLLOW_UP, CASE)


@pytest.mark.parametrize("rights", [frozenset(), ACCESS])
@pytest.mark.parametrize("thread", [None, STRANGER])
def test_what_a_machine_sends_otherwise_starts_no_case(thread: Any, rights: Any) -> None:
    assert place(known=None, thread=thread, rights=rights, automatic=True) == Place(Placement.ASIDE)


def test_a_new_right_in_what_a_machine_sends_is_looked_at_by_a_person() -> None:
    rights = frozenset({Right.ERASURE})
    assert place(known=None, thread=THREAD, rights=rights, automatic=True) == Place(Placement.ASIDE)


def test_the_same_message_of_a_machine_is_recorded_once() -> None:
    known = EarlierMessage(OTHER, same_content=True)
    assert place(known=known, thread=THREAD, rights=ACCESS, automatic=True) == Place(Placement.DUPLICATE, OTHER)


def test_a_machine_that_repeats_a_message_id_is_looked_at_by_a_person() -> None:
    known = EarlierMessage(OTHER, same_content=False)
    assert place(known=known, thread=THREAD, rights=ACCESS, automatic=True) == Place(Placement.ASIDE)
