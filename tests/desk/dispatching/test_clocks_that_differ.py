"""Where two machines do not agree on the time, or one is set back, letters wait a little: none fails for it."""

from datetime import timedelta
from typing import Any

from dsr.desk.dispatching.outbox import GIVEN_UP_AFTER
from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office

from .test_writing import refuse

BEHIND = timedelta(seconds=3)


def decided_ahead(office: Office, letters: Letters) -> tuple[Any, Any]:
    """A case, and the letter on a decision that was recorded by a clock ahead of that of the worker."""
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    office.clock.advance(seconds=-BEHIND.total_seconds())
    return request_id, letters.released(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)


def test_a_letter_on_what_was_decided_by_a_clock_ahead_waits_until_then(office: Office, letters: Letters) -> None:
    # given
    request_id, dispatch_id = decided_ahead(office, letters)
    # when
    drained = letters.drain()
    # then: it is due again at that moment, and not before
    assert (drained.sent, drained.failed, drained.put_off) == (0, 0, 1)
    assert letters.drain().put_off == 0
    assert letters.show(dispatch_id)["state"] == "queued"
    office.clock.advance(seconds=BEHIND.total_seconds())
    assert letters.drain().sent == 1
    assert letters.show(dispatch_id)["unrecorded"] is None
    assert office.case(request_id).item("erasure").answered


def test_a_letter_that_was_released_by_a_clock_ahead_waits_until_then(office: Office, letters: Letters) -> None:
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    office.clock.advance(seconds=-BEHIND.total_seconds())
    lease = letters.desk.outbox.claim(dispatch_id, office.later(days=1))
    assert lease is not None
    letters.desk.outbox.postpone(lease, until=office.clock.now())
    assert (letters.drain().put_off, letters.show(dispatch_id)["state"]) == (1, "queued")
    office.clock.advance(seconds=BEHIND.total_seconds())
    assert letters.drain().sent == 1


def test_no_letter_is_given_up_for_a_clock_that_was_set_back(office: Office, letters: Letters) -> None:
    # given: it was set back by weeks, and goes on from there
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    ahead = 7 * GIVEN_UP_AFTER
    office.clock.advance(seconds=-ahead.total_seconds())
    # when
    for _ in range(7):
        assert letters.drain().failed == 0
        office.clock.advance(seconds=GIVEN_UP_AFTER.total_seconds())
    # then
    assert letters.drain().sent == 1
    assert letters.show(dispatch_id)["unrecorded"] is None


def test_a_clock_that_is_set_back_while_a_letter_leaves_loses_nothing(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    letters.post.then = lambda _: office.clock.advance(hours=-1)
    assert letters.drain().sent == 1
    assert letters.show(dispatch_id)["unrecorded"] is None
    assert letters.names(request_id)[-1] == "dsr.request.answer-sent"
    assert len(letters.post.messages) == 1


def test_a_case_that_a_clock_ahead_changes_while_its_letter_leaves_takes_it(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)

    def note(_: Any) -> None:
        office.clock.advance(hours=1)
        office.desk.triage.add_note(request_id, office.call(request_id), note="Called.")
        office.clock.advance(hours=-1)

    letters.post.then = note
    assert letters.drain().sent == 1
    assert letters.show(dispatch_id)["unrecorded"] is None
    assert len(letters.post.messages) == 1
