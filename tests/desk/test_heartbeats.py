"""Who works in the background gives signs of life, so that silence is seen."""

import os
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest

from dsr.desk.errors import VersionStale
from dsr.desk.heartbeats import SILENT, Heartbeat, Part
from dsr.domain.rights import Right
from dsr.scheduler import Scheduler
from dsr.worker import Worker
from tests.desk.office import Office
from tests.policies.test_worker import raising, worker_with_inbox


def states(office: Office) -> dict[Part, str]:
    with office.service.database.reading() as connection:
        return office.desk.heartbeats.states(connection, office.clock.now())


def last(office: Office, part: Part) -> Heartbeat | None:
    with office.service.database.reading() as connection:
        return office.desk.heartbeats.last(connection).get(part)


def has_ended_a_turn(sign: Heartbeat | None) -> bool:
    return sign is not None and (sign.succeeded_at is not None or sign.failure is not None)


def working(office: Office, worker: Worker, parts: int) -> None:
    """Let the worker work until it told of this many parts how a turn of theirs ended."""
    stop = Event()
    thread = Thread(target=worker.work, args=(stop,))
    thread.start()
    try:
        for _ in range(600):
            if sum(has_ended_a_turn(last(office, part)) for part in Part) >= parts:
                return
            sleep(0.05)
    finally:
        stop.set()
        thread.join(30)


def test_who_never_worked_is_silent(office: Office) -> None:
    assert states(office) == dict.fromkeys(Part, SILENT)


def test_a_worker_tells_of_each_part_and_its_silence_is_seen(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.worker.SIGNS", 0.1)
    working(office, Worker(office.service), 5)
    of_the_worker = (Part.INBOX, Part.POLICIES, Part.READING, Part.LETTERS, Part.CODES)
    assert {states(office)[part] for part in of_the_worker} == {"ok"}
    office.clock.advance(seconds=600)
    assert {states(office)[part] for part in of_the_worker} == {SILENT}


def test_a_part_that_fails_is_told_by_its_code_and_when_it_last_went_well_stays_known(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr("dsr.worker.SIGNS", 0.1)
    working(office, Worker(office.service), 5)
    before = last(office, Part.POLICIES)
    assert before is not None
    # when
    office.clock.advance(seconds=60)
    monkeypatch.setattr(type(office.service.policies), "run", raising(ValueError("Ada")))
    stop, worker = Event(), Worker(office.service)
    thread = Thread(target=worker.work, args=(stop,))
    thread.start()
    for _ in range(600):
        if states(office)[Part.POLICIES] == "error-ValueError":
            break
        sleep(0.05)
    stop.set()
    thread.join(30)
    # then
    after = last(office, Part.POLICIES)
    assert after is not None
    assert (after.failure, after.succeeded_at) == ("error-ValueError", before.succeeded_at)


def test_mail_that_can_not_be_taken_in_shows_how_long_it_waits(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a message that is busy elsewhere in each pass
    monkeypatch.setattr("dsr.worker.SIGNS", 0.1)
    (tmp_path / "inbox" / "new").mkdir(parents=True)
    (tmp_path / "inbox" / "new" / "1").write_bytes(office.mail())
    monkeypatch.setattr(type(office.desk.mail), "receive_message", raising(VersionStale()))
    arrived = office.clock.now() - timedelta(hours=1)
    os.utime(tmp_path / "inbox" / "new" / "1", times=(arrived.timestamp(), arrived.timestamp()))
    # when
    working(office, worker_with_inbox(office, tmp_path / "inbox"), 4)
    # then
    sign = last(office, Part.INBOX)
    assert sign is not None
    assert sign.waiting_since == arrived


def test_the_scheduler_tells_of_its_jobs_and_of_what_failed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    office.registered(Right.ACCESS)
    scheduler = Scheduler(office.service)
    record_due = scheduler._leading(scheduler.record_due, scheduler._dates)
    # when
    record_due()
    # then: jobs that begin later are not silent yet
    assert [states(office)[part] for part in (Part.DUE_DATES, Part.PURGING, Part.TIDYING)] == ["ok"] * 3
    monkeypatch.setattr(type(office.desk.due_dates), "sweep", raising(ValueError("Ada")))
    record_due()
    assert states(office)[Part.DUE_DATES] == "error-ValueError"
    office.clock.advance(seconds=timedelta(hours=3).total_seconds())
    assert [states(office)[part] for part in (Part.DUE_DATES, Part.PURGING, Part.TIDYING)] == [SILENT, SILENT, "ok"]
    scheduler._dates.release()
