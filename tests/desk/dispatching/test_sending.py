"""A letter leaves only where its case takes it, under one Message-ID, and what left is recorded once."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller

from dsr.bootstrap import build
from dsr.desk.caller import Call
from dsr.desk.dispatching import Address, Drained, send
from dsr.desk.dispatching.outbox import GIVEN_UP_AFTER, LEASE
from dsr.desk.errors import VersionStale
from dsr.desk.new_case import Person
from dsr.desk.unit_of_work import UnitOfWork
from dsr.domain.dispatch import DispatchState
from dsr.domain.dispatch.errors import DispatchAlreadyWritten, DispatchDatesInvalid, DispatchLeaving, DispatchNotByPost
from dsr.domain.errors import StorageFull
from dsr.domain.messages import MessageInDoubt, MessageNotSent, MessageRefused, TransportUnavailable
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel, DismissalKind
from dsr.domain.rights import Right
from dsr.domain.sealed import SealBroken
from dsr.letters import OutgoingMaildir
from dsr.mailbox.bounce import Bounce
from dsr.settings import MailOut, Settings
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office

ANSWERED = "dsr.request.answer-sent"


class Killed(BaseException):
    """The process ends here."""


def raising(error: BaseException) -> Callable[[Any], None]:
    def then(_: Any) -> None:
        raise error

    return then


def test_a_letter_that_left_is_recorded_with_what_it_means_for_its_case(office: Office, letters: Letters) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    # when
    drained = letters.drain()
    # then
    assert (drained.sent, drained.failed, drained.put_off) == (1, 0, 0)
    row = letters.show(dispatch_id)
    assert (row["state"], row["transport"], row["unrecorded"]) == ("sent", "test", None)
    assert office.view(request_id)["acknowledged_at"] is not None
    event = next(iter(office.desk.repository.application.events.get(request_id, desc=True, limit=1)))
    assert isinstance(event, AnswerSent)
    assert event.letter.dispatch_id == dispatch_id
    assert event.letter.template_version == row["template_version"]
    [message] = letters.post.messages
    assert message.message_id == row["message_id"] == f"<{dispatch_id}@callcentre.example>"
    assert (message.sender, message.recipient) == ("privacy@callcentre.example", "ada@example.org")
    assert office.case(request_id).reference in message.subject
    assert office.differences() == []


def test_a_crash_between_transport_and_commit_sends_the_same_message_again_and_records_it_once(
    office: Office, letters: Letters
) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    letters.post.then = raising(Killed())
    with pytest.raises(Killed):
        letters.drain()
    letters.post.then = lambda _: None
    assert letters.show(dispatch_id)["state"] == "queued"
    # when: the lease of the dead process ended, and what is in doubt waits
    assert letters.drain().sent == 0
    office.clock.advance(seconds=LEASE.total_seconds())
    assert letters.drain().sent == 0
    office.clock.advance(hours=1)
    assert letters.drain().sent == 1
    # then
    assert [each.message_id for each in letters.post.messages] == [letters.show(dispatch_id)["message_id"]] * 2
    assert letters.names(request_id).count(ANSWERED) == 1
    office.clock.advance(days=1)
    assert letters.drain().sent == 0


def test_an_extension_that_would_leave_too_late_does_not_leave(office: Office, letters: Letters) -> None:
    # given: it was written in time
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    dispatch_id = letters.released(request_id, LetterKind.EXTENSION)
    # when
    office.clock.time = datetime(2026, 4, 7, 22, 1, tzinfo=UTC)  # after Easter Monday's next day ended in Berlin
    drained = letters.drain()
    # then
    assert (drained.sent, drained.failed) == (0, 1)
    assert letters.post.messages == []
    row = letters.show(dispatch_id)
    assert (row["state"], row["failure"]) == ("failed", "extension-too-late")
    assert office.case(request_id).clock.extended_at is None


def test_an_extension_takes_effect_when_its_notice_leaves(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    letters.released(request_id, LetterKind.EXTENSION)
    assert office.case(request_id).clock.extended_at is None
    office.clock.advance(hours=2)
    letters.drain()
    case = office.case(request_id)
    assert case.clock.extended_at == office.clock.now()
    [message] = letters.post.messages
    assert case.clock.deadline is not None
    assert f"{case.clock.deadline.effective_due:%Y}" in message.text
    assert "Forty systems are searched." in message.text


def test_an_extension_that_grew_too_late_while_it_was_leaving_is_not_lost(office: Office, letters: Letters) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    dispatch_id = letters.released(request_id, LetterKind.EXTENSION)
    office.clock.time = datetime(2026, 4, 7, 21, 59, 50, tzinfo=UTC)
    letters.post.then = lambda _: office.clock.advance(seconds=20)
    # when
    assert letters.drain().sent == 1
    # then
    row = letters.show(dispatch_id)
    assert (row["state"], row["unrecorded"]) == ("sent", "extension-too-late")
    assert office.case(request_id).clock.extended_at is None


def test_a_case_that_others_change_while_the_letter_leaves_takes_it_all_the_same(
    office: Office, letters: Letters
) -> None:
    request_id = office.registered(Right.ACCESS)
    letters.acknowledged(request_id)

    def note(_: Any) -> None:
        office.desk.triage.add_note(request_id, office.call(request_id), note="Called.")

    letters.post.then = note
    assert letters.drain().sent == 1
    assert letters.names(request_id)[-2:] == ["dsr.request.note-added", ANSWERED]


def test_a_commit_that_loses_its_race_is_tried_on_what_stands_then(
    office: Office, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = office.registered(Right.ACCESS)
    letters.acknowledged(request_id)
    lost, save = list[int](), UnitOfWork.save

    def losing(work: UnitOfWork) -> None:
        if len(work.aggregates) == 2 and len(lost) < 3:
            lost.append(1)
            raise VersionStale()
        save(work)

    monkeypatch.setattr(UnitOfWork, "save", losing)
    assert letters.drain().sent == 1
    assert (len(lost), len(letters.post.messages)) == (3, 1)
    assert letters.names(request_id).count(ANSWERED) == 1


def test_a_case_that_was_dismissed_while_the_letter_left_keeps_the_proof_that_it_did(
    office: Office, letters: Letters
) -> None:
    request_id = office.arrived()
    dispatch_id = letters.write(
        request_id, LetterKind.ACKNOWLEDGEMENT
    )  # the rights that the letter suggests stand in it
    letters.release(dispatch_id)
    letters.post.then = lambda _: office.desk.triage.dismiss(
        request_id, office.call(request_id), kind=DismissalKind.SPAM, reason="An advert."
    )
    assert letters.drain().sent == 1
    assert letters.show(dispatch_id)["unrecorded"] == "request-closed"
    assert office.differences() == []


def test_a_case_that_refuses_the_letter_keeps_it_from_leaving(office: Office, letters: Letters) -> None:
    request_id = office.arrived()
    dispatch_id = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
    letters.release(dispatch_id)
    office.desk.triage.dismiss(request_id, office.call(request_id), kind=DismissalKind.SPAM, reason="An advert.")
    assert letters.drain().failed == 1
    assert (letters.post.messages, letters.show(dispatch_id)["failure"]) == ([], "request-closed")


def test_what_fails_for_a_while_is_tried_later_and_later_and_then_given_up(office: Office, letters: Letters) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    letters.post.before = raising(MessageNotSent())
    begun, at_once = office.clock.now(), letters.drain()
    assert at_once == Drained(put_off=1)
    # when, then: nothing happens a minute before, and it is tried at its minute
    for minutes in [1, 2, 5, 15, 30, 60, 120, 240, *[360] * 30]:
        office.clock.advance(minutes=minutes - 1)
        assert letters.drain() == Drained()
        office.clock.advance(minutes=1)
        if letters.drain() != Drained(put_off=1):
            break
    assert letters.show(dispatch_id)["state"] == "failed"
    assert GIVEN_UP_AFTER <= office.clock.now() - begun <= GIVEN_UP_AFTER + timedelta(hours=7)
    assert letters.show(dispatch_id)["failure"] == "message-not-sent"
    assert letters.desk.outbox.waiting() == 0


def test_what_the_server_refuses_for_good_is_not_tried_again_and_keeps_nobody_waiting(
    office: Office, letters: Letters
) -> None:
    # given
    first, second = office.registered(Right.ACCESS), office.registered(Right.ERASURE)
    bad = letters.released(first, LetterKind.ACKNOWLEDGEMENT, address=Address(email="gone@example.org"))
    good = letters.acknowledged(second)
    office.clock.advance(hours=1)

    def refuse(message: Any) -> None:
        if message.recipient == "gone@example.org":
            raise MessageRefused()

    letters.post.before = refuse
    # when
    drained = letters.drain()
    # then
    assert (drained.sent, drained.failed) == (1, 1)
    assert (letters.show(bad)["failure"], letters.show(good)["state"]) == ("message-refused", "sent")
    office.clock.advance(days=1)
    assert letters.drain().sent == 0
    # and: with another address it is a draft again, and leaves
    letters.desk.edit(bad, Call(office.ann), address=Address(email="ada@example.org"))
    letters.release(bad)
    assert letters.drain().sent == 1
    assert letters.post.messages[-1].message_id == letters.show(bad)["message_id"]


@pytest.mark.parametrize("email", ["a@", "a@[", "x", "a@b.example, c@d.example"])
def test_what_is_no_address_fails_for_good_and_keeps_nobody_waiting(
    office: Office, letters: Letters, tmp_path: Path, email: str
) -> None:
    # given
    wrong = letters.acknowledged(office.registered(Right.ACCESS, person=Person(name="Ada", email=email)))
    right = letters.acknowledged(office.registered(Right.ACCESS, person=Person(email="bob@example.org")))
    letters.change(transport=OutgoingMaildir(tmp_path / "out"))

    # when
    drained = letters.drain()

    # then
    assert (drained.sent, drained.failed, drained.put_off) == (1, 1, 0)
    assert (letters.show(wrong)["failure"], letters.show(right)["state"]) == ("message-refused", "sent")
    assert letters.desk.outbox.waiting() == 0


@pytest.mark.parametrize(
    ("language", "spoken"), [("zh", ("de", "en")), ("en", ("en",)), ("de", ("de", "en")), ("ja", ("ja", "en"))]
)
def test_a_mail_names_the_languages_that_it_is_written_in(
    office: Office, letters: Letters, language: str, spoken: tuple[str, ...]
) -> None:
    letters.acknowledged(office.registered(Right.ACCESS, language=language))
    letters.drain()
    assert letters.post.messages[-1].languages == spoken


def test_a_letter_to_somebody_who_was_forgotten_does_not_leave(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    office.desk.repository.keystore.destroy([office.case(request_id).keys["case-file"]])
    assert letters.drain().failed == 1
    assert (letters.post.messages, letters.show(dispatch_id)["failure"]) == ([], "key-destroyed")


def test_a_letter_whose_person_is_forgotten_while_it_leaves_left_all_the_same(office: Office, letters: Letters) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    keys = [office.case(request_id).keys["case-file"]]

    def forget(_: Any) -> None:
        office.desk.repository.keystore.destroy(keys)
        office.desk.repository.messages.delete(request_id)

    letters.post.then = forget
    # when
    assert letters.drain().sent == 1
    # then
    row = letters.show(dispatch_id)
    assert (row["state"], row["unrecorded"], row["failure"]) == ("sent", "key-destroyed", None)
    assert ANSWERED not in letters.names(request_id)
    assert office.desk.repository.messages.find(row["message_id"]) is None
    office.clock.advance(days=1)
    assert (letters.drain().sent, len(letters.post.messages)) == (0, 1)


def test_what_may_have_left_and_was_changed_leaves_as_another_message(office: Office, letters: Letters) -> None:
    # given: the server took it again and again, and the line was cut before it said so
    request_id = UUID(str(office.receive().request_id))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), direct_marketing=False)
    dispatch_id = letters.acknowledged(request_id)
    letters.post.then = raising(MessageInDoubt())
    while letters.show(dispatch_id)["state"] == "queued":
        letters.drain()
        office.clock.advance(hours=6)
    letters.post.then = lambda _: None
    [first] = {each.message_id for each in letters.post.messages}
    # when
    letters.desk.edit(dispatch_id, Call(office.ann), address=Address(email="ada@new.example"))
    letters.release(dispatch_id)
    letters.drain()
    # then
    last = letters.post.messages[-1]
    assert (last.recipient, last.message_id) == ("ada@new.example", letters.show(dispatch_id)["message_id"])
    assert last.message_id != first
    # and: replies to either join the case
    for message_id in (first, last.message_id):
        outcome = office.receive(office.mail("Thank you.", subject="Re", In_Reply_To=message_id))
        assert (outcome.outcome, outcome.request_id) == ("follow-up", request_id)
    # and: what the first one met says nothing about the second
    for message_id, state in ((first, "sent"), (last.message_id, "bounced")):
        bounce = Bounce((message_id.strip("<>"),), "5.1.1", permanent=True)
        assert letters.desk.record_bounce(bounce, letters.robot) == dispatch_id
        assert letters.show(dispatch_id)["state"] == state


@pytest.mark.parametrize("error", [SealBroken(), VersionStale(), RuntimeError()])
def test_a_letter_with_which_something_is_wrong_keeps_none_of_the_others(
    office: Office, letters: Letters, error: Exception
) -> None:
    # given
    cases = [office.registered(Right.ACCESS, person=Person(email=f"n{number}@example.org")) for number in range(2)]
    bad, good = map(letters.acknowledged, cases)

    def broken(message: Any) -> None:
        if message.recipient == "n0@example.org":
            raise error

    letters.post.before = broken
    # when, then
    assert (letters.drain().sent, letters.show(good)["state"], letters.show(bad)["state"]) == (1, "sent", "queued")
    letters.post.before = lambda _: None
    office.clock.advance(hours=1)
    assert letters.drain().sent == 1


def test_whatever_is_wrong_with_a_letter_is_given_up_some_day_with_its_code(
    office: Office, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("ada@example.org")

    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    monkeypatch.setattr(send, "_message", broken)
    assert letters.drain().put_off == 1
    office.clock.advance(minutes=1)
    assert letters.drain().put_off == 1, "it was handed to nobody, so that it is tried again soon"
    office.clock.advance(seconds=GIVEN_UP_AFTER.total_seconds())
    assert letters.drain().failed == 1
    assert letters.show(dispatch_id)["failure"] == "error-RuntimeError"


def away_for(office: Office, letters: Letters, hours: int) -> list[Any]:
    """The transport is away, and asked every hour; the letters that it was asked to take."""
    asked: list[Any] = []

    def away(message: Any) -> None:
        asked.append(message.recipient)
        raise TransportUnavailable

    letters.post.before = away
    for _ in range(hours):
        with pytest.raises(TransportUnavailable):
            letters.drain()
        office.clock.advance(hours=1)
    letters.post.before = lambda _: None
    return asked


def test_an_outage_is_held_against_no_letter(office: Office, letters: Letters) -> None:
    # given
    for number in range(3):
        letters.acknowledged(office.registered(Right.ACCESS, person=Person(email=f"n{number}@example.org")))
    # when
    asked = away_for(office, letters, hours=12)
    # then: one letter was enough to find out each time, and all leave at once when it is over
    assert len(asked) == 12
    assert letters.drain().sent == 3


def test_after_an_outage_of_days_every_letter_that_was_due_is_given_to_a_person(
    office: Office, letters: Letters
) -> None:
    # given
    old = [
        letters.acknowledged(office.registered(Right.ACCESS, person=Person(email=f"n{number}@example.org")))
        for number in range(3)
    ]
    away_for(office, letters, hours=int(GIVEN_UP_AFTER.total_seconds() / 3600))
    late = letters.acknowledged(office.registered(Right.ACCESS, person=Person(email="late@example.org")))
    letters.post.before = raising(TransportUnavailable())
    # when
    with pytest.raises(TransportUnavailable):
        letters.drain()
    # then
    assert [letters.show(each)["failure"] for each in old] == ["transport-unavailable"] * 3
    assert letters.show(late)["state"] == "queued"


def test_whoever_drains_can_be_told_to_stop_between_two_letters(office: Office, letters: Letters) -> None:
    for number in range(3):
        letters.acknowledged(office.registered(Right.ACCESS, person=Person(email=f"n{number}@example.org")))
    assert letters.desk.drain(office.clock.now(), 100, lambda: len(letters.post.messages) == 2).sent == 2


def test_what_is_wrong_with_the_whole_service_lets_every_letter_wait(office: Office, letters: Letters) -> None:
    for number in range(2):
        letters.acknowledged(office.registered(Right.ACCESS, person=Person(email=f"n{number}@example.org")))
    letters.post.before = raising(StorageFull())
    with pytest.raises(StorageFull):
        letters.drain()
    letters.post.before = lambda _: None
    office.clock.advance(hours=1)
    assert letters.drain().sent == 2


def test_two_who_drain_at_once_send_each_letter_once(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)

    def drain_too(_: Any) -> None:
        assert letters.drain().sent == 0
        with pytest.raises(DispatchLeaving):
            letters.desk.send(dispatch_id)

    letters.post.before = drain_too
    assert letters.drain().sent == 1
    assert len(letters.post.messages) == 1


def test_threads_that_drain_at_once_send_each_letter_once(office: Office, letters: Letters) -> None:
    # given
    cases = [
        office.registered(Right.ACCESS, person=Person(name="N", email=f"n{number}@example.org")) for number in range(12)
    ]
    for request_id in cases:
        letters.acknowledged(request_id)
    # when
    with ThreadPoolExecutor(4) as threads:
        drained = list(threads.map(lambda _: letters.drain(), range(4)))
    # then
    assert sum(each.sent for each in drained) == len(cases)
    assert len({each.message_id for each in letters.post.messages}) == len(letters.post.messages) == len(cases)
    assert [letters.names(request_id).count(ANSWERED) for request_id in cases] == [1] * len(cases)
    assert (letters.desk.outbox.waiting(), office.differences()) == (0, [])


def test_threads_that_write_at_once_write_one_letter(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)

    def write(_: int) -> str:
        try:
            letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
        except DispatchAlreadyWritten as refused:
            return refused.code
        return "written"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(write, range(4))) == ["dispatch-already-written"] * 3 + ["written"]


def test_a_holder_whose_lease_ran_out_records_nothing_twice(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)

    def paused(_: Any) -> None:
        letters.post.then = lambda _: None
        office.clock.advance(hours=1)
        assert letters.drain().sent == 1

    letters.post.then = paused
    letters.drain()
    assert {each.message_id for each in letters.post.messages} == {letters.show(dispatch_id)["message_id"]}
    assert letters.names(request_id).count(ANSWERED) == 1


def test_nobody_takes_back_a_letter_that_is_being_handed_over(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)

    def discard(_: Any) -> None:
        with pytest.raises(DispatchLeaving):
            letters.desk.discard(dispatch_id, Call(office.ann), reason="Too late.")

    letters.post.before = discard
    assert letters.drain().sent == 1
    assert letters.show(dispatch_id)["state"] == "sent"


def test_a_letter_that_was_taken_back_does_not_leave(office: Office, letters: Letters) -> None:
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    letters.desk.discard(dispatch_id, Call(office.ann), reason="She called.")
    assert letters.drain().sent == 0
    assert (letters.post.messages, letters.desk.outbox.waiting()) == ([], 0)


def test_no_letter_leaves_before_its_time(office: Office, letters: Letters) -> None:
    dispatch_id = letters.write(office.registered(Right.ACCESS), LetterKind.ACKNOWLEDGEMENT)
    letters.release(dispatch_id, not_before=office.later(days=1))
    assert letters.drain().sent == 0
    office.clock.advance(days=1)
    assert letters.drain().sent == 1


def test_a_reply_to_our_letter_joins_its_case(office: Office, letters: Letters) -> None:
    request_id = UUID(str(office.receive().request_id))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), direct_marketing=False)
    dispatch_id = letters.acknowledged(request_id)
    letters.drain()
    [message] = letters.post.messages
    assert message.in_reply_to == "<0@example.org>"
    assert message.is_reply
    reply = office.mail("Thank you.", subject="Re", In_Reply_To=letters.show(dispatch_id)["message_id"])
    outcome = office.receive(reply)
    assert (outcome.outcome, outcome.request_id) == ("follow-up", request_id)


# On paper ----------------------------------------------------------------------------------------------------------


def on_paper(office: Office, letters: Letters, kind: LetterKind = LetterKind.ACKNOWLEDGEMENT) -> tuple[UUID, UUID]:
    request_id = office.registered(Right.ACCESS)
    if kind is LetterKind.EXTENSION:
        letters.extension(request_id)
    dispatch_id = letters.write(
        request_id, kind, channel=Channel.POST, address=Address(name="Ada", postal=("Elm Street 1", "10115 Berlin"))
    )
    if letters.show(dispatch_id)["needs_approval"]:
        letters.desk.approve(dispatch_id, Call(office.bob))
    letters.release(dispatch_id)
    return request_id, dispatch_id


def test_a_letter_on_paper_waits_until_a_person_posted_it(office: Office, letters: Letters) -> None:
    request_id, dispatch_id = on_paper(office, letters)
    assert letters.drain().sent == 0
    office.clock.advance(hours=3)
    posted_at = office.later(hours=-1)
    row = letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann), posted_at=posted_at))
    assert (row["state"], row["transport"]) == ("sent", "post")
    assert office.view(request_id)["acknowledged_at"] == posted_at.isoformat().replace("+00:00", "Z")


def test_a_letter_is_posted_after_its_release_and_not_in_the_future(office: Office, letters: Letters) -> None:
    _, dispatch_id = on_paper(office, letters)
    for wrong in (office.later(hours=-1), office.later(hours=1)):
        with pytest.raises(DispatchDatesInvalid):
            letters.desk.mark_posted(dispatch_id, Call(office.ann), posted_at=wrong)


def test_a_notice_that_was_posted_too_late_is_on_record_and_extends_nothing(office: Office, letters: Letters) -> None:
    request_id, dispatch_id = on_paper(office, letters, LetterKind.EXTENSION)
    office.clock.time = datetime(2026, 4, 9, 9, tzinfo=UTC)
    row = letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann)))
    assert (row["state"], row["unrecorded"]) == ("sent", "extension-too-late")
    assert office.case(request_id).clock.extended_at is None


def test_a_letter_on_paper_to_somebody_who_was_forgotten_since_was_posted_all_the_same(
    office: Office, letters: Letters
) -> None:
    request_id, dispatch_id = on_paper(office, letters)
    office.desk.repository.keystore.destroy([office.case(request_id).keys["case-file"]])
    row = letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann)))
    assert (row["state"], row["unrecorded"]) == ("sent", "key-destroyed")


def test_a_mail_is_not_posted_by_hand(office: Office, letters: Letters) -> None:
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    with pytest.raises(DispatchNotByPost):
        letters.desk.mark_posted(dispatch_id, Call(office.ann))
    assert letters.load(dispatch_id).state is DispatchState.QUEUED


# Through the settings --------------------------------------------------------------------------------------------


class Server:
    """What a mail server on this machine took."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.taken.append(envelope.content)
        return "250 OK"


def test_the_server_that_the_settings_name_gets_the_letters(
    office: Office, settings: Settings, open_office: Callable[[Any, Any], Any]
) -> None:
    # given
    handler = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    out = MailOut(host="127.0.0.1", port=port, tls="none")
    service = build(replace(settings, mail_out=out), clock=office.clock)
    try:
        there = open_office(service, office.clock)
        request_id = there.registered(Right.ACCESS)
        desk, call = there.desk.dispatching, Call(there.ann)
        dispatch_id = UUID(desk.prepare(request_id, call, kind=LetterKind.ACKNOWLEDGEMENT).resource_id)
        desk.release(dispatch_id, call)
        # when
        assert desk.drain(office.clock.now(), 10).sent == 1
    finally:
        service.close()
        server.stop()
    # then
    [raw] = handler.taken
    mail = message_from_bytes(raw)
    assert (mail["To"], mail["Message-ID"]) == ("ada@example.org", f"<{dispatch_id}@callcentre.example>")
    assert mail.get_content_type() == "multipart/alternative"
