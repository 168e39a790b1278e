"""What the worker does when things go wrong: what failed is tried ever later, the rest goes on, no person is named."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread
from time import sleep
from typing import Any

import pytest
import sqlalchemy as sa

from dsr.database.errors import DatabaseUnavailable
from dsr.desk.new_case import Person
from dsr.domain.messages import TransportUnavailable
from dsr.domain.rights import Right
from dsr.projections.dispatches import dispatches
from dsr.settings import MailIn
from dsr.worker import INBOX_PAUSE, LONGEST_LETTERS_PAUSE, LONGEST_PAUSE, Task, Worker
from tests.desk.office import Office


class Time:
    """The seconds by which parts pause; nobody waits for them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    passed = Time()
    monkeypatch.setattr("dsr.worker.monotonic", passed)
    return passed


def raising(error: Exception) -> Callable[..., Any]:
    def act(*_: Any, **__: Any) -> Any:
        raise error

    return act


def sent(office: Office) -> int:
    return len(list(office.outgoing()))


def test_a_round_lets_policies_react_and_letters_leave(office: Office) -> None:
    office.registered(Right.ACCESS)
    worker = Worker(office.service)
    assert worker.round() > 0
    assert sent(office) == 1
    assert worker.round() == 5, "three policies look what the letter that left means for the case"
    assert worker.round() == 0
    assert sent(office) == 1


def test_what_fails_is_tried_ever_later_and_at_once_again_after_it_went_well(time: Time) -> None:
    # given
    tries: list[float] = []
    failing = True

    def act() -> int:
        tries.append(time.seconds)
        if failing:
            raise DatabaseUnavailable
        return 1

    task = Task("task", act, pause=1, longest=10)
    # when
    while time.seconds < 44:
        assert task.turn() == 0
        time.seconds += 1
    # then
    assert tries == [0, 2, 6, 14, 24, 34]
    assert task.failure == "database-unavailable"
    failing = False
    turns = task.turn(), task.turn()
    assert (turns, task.failure or "none") == ((1, 1), "none")
    failing = True
    task.turn()
    time.seconds += 2
    task.turn()
    assert tries[-2:] == [44, 46]


def test_nothing_ends_the_worker_and_no_error_is_quoted(
    office: Office, time: Time, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    caplog.set_level(logging.INFO, "dsr")
    worker, stop, rounds = Worker(office.service), Event(), list[int]()

    def run(*_: Any, **__: Any) -> int:
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        raise ValueError("Ada Lovelace")

    def wait(_: float | None = None) -> bool:
        if current_thread() is main_thread():  # else it sends codes beside the rounds
            time.seconds += LONGEST_PAUSE
        return stop.is_set()

    monkeypatch.setattr(office.service.policies, "run", run)
    monkeypatch.setattr(stop, "wait", wait)
    # when
    worker.work(stop)
    # then
    assert worker.failures == {"policies": "error-ValueError"}
    assert "ValueError" in caplog.text
    assert "Ada" not in caplog.text


def test_policies_that_fail_keep_no_mail_and_no_letter_waiting(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a letter in the outbox, a mail in the inbox
    office.registered(Right.ACCESS)
    office.service.policies.run()
    (tmp_path / "inbox" / "new").mkdir(parents=True)
    (tmp_path / "inbox" / "new" / "1").write_bytes(office.mail())
    worker = worker_with_inbox(office, tmp_path / "inbox")
    monkeypatch.setattr(type(office.service.policies), "run", raising(ValueError()))
    # when, then
    assert worker.round() == 2
    assert (sent(office), office.names().count("request.received")) == (1, 2)


def test_a_mail_server_that_is_away_is_asked_ever_later_and_no_letter_is_blamed(
    office: Office, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: letters to three people, and a server that is away for an hour
    for number in range(3):
        office.registered(Right.ACCESS, person=Person(email=f"n{number}@example.org"))
    worker, transport, tries = Worker(office.service), type(office.desk.dispatching.transport), list[float]()

    def away(*_: Any) -> None:
        tries.append(time.seconds)
        raise TransportUnavailable

    # when
    with monkeypatch.context() as patch:
        patch.setattr(transport, "send", away)
        while time.seconds < 3600:
            worker.round()
            time.seconds += 1 if time.seconds < 20 else 60
    # then: one letter each time, ever later
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses[:3] == [2, 4, 8]
    assert pauses[-1] >= LONGEST_LETTERS_PAUSE
    assert len(pauses) < 20
    # when: it is back, all of them leave at once
    time.seconds += LONGEST_LETTERS_PAUSE
    worker.round()
    assert (sent(office), worker.failures) == (3, {})


def test_a_message_that_nobody_foresaw_stops_nothing(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    office.registered(Right.ACCESS)
    (tmp_path / "inbox" / "new").mkdir(parents=True)
    (tmp_path / "inbox" / "new" / "0").write_bytes(office.mail())
    monkeypatch.setattr(type(office.desk.mail), "receive_message", raising(ZeroDivisionError("Ada")))
    # when
    worker_with_inbox(office, tmp_path / "inbox").round()
    # then
    assert sent(office) == 1
    assert list((tmp_path / "inbox" / "new").iterdir()) == []
    assert "Ada" not in caplog.text


# While the clock is in doubt ----------------------------------------------------------------------------------------


def doubting(office: Office, home: Path | None = None) -> Worker:
    """A worker that notices when the clock jumps: no time passes but by it."""
    service = office.service
    if home is not None:
        service = replace(service, settings=replace(service.settings, mail_in=MailIn(folder=home)))
    return Worker(service, elapsed=lambda: 0.0)


def states(office: Office) -> list[tuple[str, str | None]]:
    with office.service.database.reading() as connection:
        rows = connection.execute(sa.select(dispatches).order_by(dispatches.c.position)).mappings()
        return [(row["state"], row["failure"]) for row in rows]


def test_while_the_clock_is_in_doubt_nothing_is_taken_in_sent_failed_given_up_or_expired(
    office: Office, time: Time, tmp_path: Path
) -> None:
    # given: a letter that would leave too late, a code that would expire, and mail that would come from the past
    case = office.registered(Right.ACCESS)
    office.service.policies.run()
    office.desk.dispatching.drain(office.clock.now(), 10)
    office.desk.deadlines.propose_extension(
        case, office.call(case, office.bob), ground="complexity", reasons="Forty systems are searched."
    )
    office.desk.deadlines.decide_extension(case, office.call(case), approve=True, reason="")
    office.service.policies.run()
    office.desk.my.ask_for_code(str(office.case(case).reference), language="en", network="192.0.2.7")
    office.registered(Right.ERASURE, person=Person(email="bea@example.org"))
    (tmp_path / "inbox" / "new").mkdir(parents=True)
    (tmp_path / "inbox" / "new" / "1").write_bytes(office.mail())
    worker, before, left = doubting(office, tmp_path / "inbox"), office.names(), sent(office)
    # when
    office.clock.advance(days=365)
    assert worker.round() == 0
    # then
    assert (office.names(), sent(office)) == (before, left)
    assert states(office) == [("sent", None), ("queued", None)]
    # and: once it is put right, all of it goes its way
    office.clock.advance(days=-365)
    time.seconds += INBOX_PAUSE
    while worker.round():
        pass
    assert {state for state, _ in states(office)} == {"sent"}
    assert office.case(case).clock.extended_at == office.clock.now()
    assert office.names().count("request.sign-in-code-sent") == 1
    assert office.names().count("request.received") == 3
    assert worker.failures == {}


def test_a_jump_between_two_letters_keeps_the_second_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    for number in range(2):
        office.registered(Right.ACCESS, person=Person(email=f"n{number}@example.org"))
    office.service.policies.run()
    worker, transport, ahead = doubting(office), type(office.desk.dispatching.transport), timedelta(days=365)
    send = transport.send

    def send_and_jump(*args: Any) -> None:
        send(*args)
        office.clock.advance(seconds=ahead.total_seconds())

    # when
    with monkeypatch.context() as patch:
        patch.setattr(transport, "send", send_and_jump)
        worker.round()
    # then
    assert states(office) == [("sent", None), ("queued", None)]
    office.clock.advance(seconds=-ahead.total_seconds())
    worker.round()
    assert states(office) == [("sent", None), ("sent", None)]


def test_one_worker_works_at_a_time(office: Office) -> None:
    first, second = Worker(office.service), Worker(office.service)
    assert first._leading.turn() == 1
    assert second._leading.turn() == 0
    first._leadership.release()
    for _ in range(100):  # a server notices in its own time that a session ended
        if second._leading.turn():
            break
        sleep(0.05)
    assert first._leading.turn() == 0
    second._leadership.release()


def worker_with_inbox(office: Office, folder: Path) -> Worker:
    settings = replace(office.service.settings, mail_in=MailIn(folder=folder))
    return Worker(replace(office.service, settings=settings))


def test_mail_that_waits_is_taken_in(office: Office, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "new").mkdir(parents=True)
    for number in range(3):
        (tmp_path / "inbox" / "new" / str(number)).write_bytes(office.mail(sender=f"p{number}@example.org"))
    assert worker_with_inbox(office, tmp_path / "inbox").round() == 12, (
        "two policies look at each, and the reader reads it"
    )
    assert office.names().count("request.received") == 3
    assert list((tmp_path / "inbox" / "new").glob("*")) == []


def test_an_inbox_that_is_away_keeps_no_letter_from_leaving(
    office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "inbox").write_text("no folder")
    office.registered(Right.ACCESS)
    worker = worker_with_inbox(office, tmp_path / "inbox")
    assert worker.round() > 0
    worker.round()
    assert sent(office) == 1
    assert worker.failures == {"inbox": "inbox-unavailable"}
    assert caplog.text.count("inbox-unavailable") == 1, "it is asked again after a while, not in every round"


def test_a_task_that_hangs_holds_up_no_other_and_no_stop(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One poisoned mail kept every letter of every case from leaving, and SIGTERM did nothing."""
    # given: mail that is never done with, and a case to acknowledge
    office.registered(Right.ACCESS)
    hangs, stop = Event(), Event()
    monkeypatch.setattr(type(office.desk.inbox), "read", lambda *_, **__: hangs.wait())
    monkeypatch.setattr("dsr.worker.PATIENCE", 0.2)
    working = Thread(target=worker_with_inbox(office, tmp_path / "inbox").work, args=(stop,))
    # when
    working.start()
    for _ in range(600):
        if sent(office):
            break
        sleep(0.05)
    # then
    assert sent(office) == 1
    stop.set()
    working.join(20)
    assert not working.is_alive()
    assert "inbox did not stop" in caplog.text
    hangs.set()
