"""When the scheduler does what, whatever the clock does: it goes on, and does nothing by a time that is doubted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import apscheduler.executors.base
import apscheduler.job
import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest
import sqlalchemy as sa

import dsr.scheduler
from dsr.bootstrap import Service
from dsr.clock_watch import DOUBTED_FOR, JUMP, ClockWatch
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose
from dsr.scheduler import Scheduler
from dsr.vault.keystore import data_keys
from tests.desk.office import Office
from tests.settable_clock import SettableClock

ENOUGH = 30.0
"""Seconds until a test that waits fails."""


class Elapsed:
    """Seconds that pass for whoever is not the clock."""

    def __init__(self, clock: SettableClock) -> None:
        self.seconds = 0.0
        self._clock = clock

    def __call__(self) -> float:
        return self.seconds

    def pass_(self, **by: float) -> None:
        """Time goes by, for both."""
        self._clock.advance(**by)
        self.seconds += timedelta(**by).total_seconds()


@pytest.fixture
def backend() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


@pytest.fixture
def elapsed(clock: SettableClock) -> Elapsed:
    return Elapsed(clock)


@pytest.fixture
def watch(clock: SettableClock, elapsed: Elapsed) -> ClockWatch:
    return ClockWatch(clock, elapsed)


def test_a_clock_that_goes_is_believed(watch: ClockWatch, elapsed: Elapsed, clock: SettableClock) -> None:
    for days in (0, 1, 400):
        elapsed.pass_(days=days)
        assert watch.is_believed()
    clock.advance(seconds=JUMP)  # a correction
    assert watch.is_believed()


def test_a_clock_that_jumped_ahead_is_doubted_until_it_stayed_so(
    watch: ClockWatch, elapsed: Elapsed, clock: SettableClock
) -> None:
    clock.advance(days=365)
    assert not watch.is_believed()
    elapsed.pass_(seconds=DOUBTED_FOR / 2)
    clock.advance(days=1)  # and once more
    assert not watch.is_believed()
    elapsed.pass_(seconds=DOUBTED_FOR - 1)
    assert not watch.is_believed()
    elapsed.pass_(seconds=1)
    assert watch.is_believed()
    elapsed.pass_(days=1)
    assert watch.is_believed()


def test_a_clock_that_was_put_right_or_set_back_is_believed_at_once(
    watch: ClockWatch, elapsed: Elapsed, clock: SettableClock
) -> None:
    clock.advance(days=365)
    assert not watch.is_believed()
    clock.advance(days=-365)
    assert watch.is_believed()
    clock.advance(hours=-1)
    assert watch.is_believed()
    elapsed.pass_(seconds=20)
    assert watch.is_believed()
    clock.advance(hours=1)
    assert not watch.is_believed(), "ahead of what was believed last"


def test_a_jump_ahead_takes_nothing_away_and_records_nothing(
    service: Service, clock: SettableClock, elapsed: Elapsed, caplog: pytest.LogCaptureFixture
) -> None:
    # given: a package that was just made
    office = Office(service, clock)
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")
    office.search(request_id, "access")
    export_id = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)
    ticking = Scheduler(service, elapsed=elapsed)
    jobs = [job.func for job in ticking.ticker().get_jobs()]
    assert len(jobs) == 8
    events = len(list(service.log.read()))
    # when
    clock.advance(days=365)
    for job in jobs:
        job()
    # then
    assert len(list(service.log.read())) == events
    assert caplog.text.count("the clock jumped ahead") == 1
    # when: it was put right
    clock.advance(days=-365)
    for job in jobs:
        job()
    office.desk.exports.offer(export_id, office.call())
    # when: the days went by indeed
    elapsed.pass_(days=365)
    for job in jobs:
        job()
    # then
    assert office.names().count("export.purged") == 1


def test_a_jump_ahead_between_two_sweeps_records_no_more(
    service: Service, clock: SettableClock, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: each case was registered, and nobody acknowledged it in time
    office = Office(service, clock)
    for _ in range(3):
        office.registered(Right.ACCESS)
    elapsed.pass_(days=5)
    ticking, sweep = Scheduler(service, elapsed=elapsed), service.desk.due_dates.sweep

    def then_it_jumps(limit: int) -> Any:
        swept = sweep(limit)
        clock.advance(days=365)
        return swept

    monkeypatch.setattr(dsr.scheduler, "AT_ONCE", 1)
    monkeypatch.setattr(service.desk.due_dates, "sweep", then_it_jumps)
    # when
    ticking.record_due()
    # then
    assert office.names().count("request.acknowledgement-overdue") == 1


@pytest.mark.parametrize("meanwhile", ["a jump", "told to stop"])
def test_what_is_swept_away_is_asked_for_again_once_it_is_known(
    service: Service, clock: SettableClock, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    # given: a key that is just being put to use
    office = Office(service, clock)
    (key,) = office.desk.repository.keystore.create(uuid4(), KeyPurpose.CASE_FILE)
    with service.keys_database.writing() as connection:
        connection.execute(sa.update(data_keys).values(created_at=clock.now()))
    ticking, abandoned = Scheduler(service, elapsed=elapsed), office.desk.uploads.abandoned

    def then(*_: Any) -> Any:
        if meanwhile == "told to stop":
            elapsed.pass_(days=2)
            ticking._stopping.set()
        else:
            clock.advance(days=2)
        return abandoned()

    monkeypatch.setattr(office.desk.uploads, "abandoned", then)
    # when
    ticking.tidy()
    # then
    with service.keys_database.reading() as connection:
        assert connection.scalars(
            sa.select(data_keys.c.set_aside_at).where(data_keys.c.key_id == key.key_id)
        ).all() == [None]


@contextmanager
def running(made: Scheduler) -> Iterator[None]:
    stop = Event()
    thread = Thread(target=made.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(ENOUGH)
    assert not thread.is_alive()


class Ticks:
    """Something done at each tick, which a test can wait for."""

    __name__ = "record_due"

    def __init__(self) -> None:
        self._came = Event()

    def __call__(self) -> None:
        self._came.set()

    def come(self) -> bool:
        """Whether another one comes."""
        self._came.clear()
        return self._came.wait(ENOUGH)


def test_a_clock_that_is_set_back_stops_no_tick(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    offset = timedelta()

    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + offset

    for module in (
        apscheduler.executors.base,
        apscheduler.job,
        apscheduler.schedulers.base,
        apscheduler.triggers.interval,
        dsr.scheduler,
    ):
        if hasattr(module, "datetime"):
            monkeypatch.setattr(module, "datetime", Now)
    ticking, ticks = Scheduler(service, seconds=0.05), Ticks()
    monkeypatch.setattr(ticking, "record_due", ticks)
    with running(ticking):
        assert ticks.come()
        # when
        offset = timedelta(hours=-1)
        # then
        assert ticks.come()
        assert ticks.come()


def test_dates_do_not_wait_for_what_is_taken_away_and_that_begins_soon(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: tidying takes long
    monkeypatch.setattr(dsr.scheduler, "AFTER_START", timedelta())
    ticking, ticks, begun, go_on = Scheduler(service, seconds=0.05), Ticks(), Event(), Event()

    def tidy() -> None:
        begun.set()
        go_on.wait(ENOUGH)

    monkeypatch.setattr(ticking, "record_due", ticks)
    monkeypatch.setattr(ticking, "tidy", tidy)
    with running(ticking):
        try:
            assert begun.wait(ENOUGH)
            # when, then
            assert ticks.come()
            assert ticks.come()
        finally:
            go_on.set()


def test_a_service_that_is_started_anew_every_night_takes_away_too(service: Service) -> None:
    ticker = Scheduler(service).ticker()
    soon = datetime.now(UTC) + timedelta(minutes=15)
    ticker.start(paused=True)
    try:
        assert {job.id for job in ticker.get_jobs() if job.next_run_time < soon} == {
            "record_due",
            "mark_log",
            "sign_log",
            "purge",
            "tidy",
            "rotate_keys",
            "discard_mail",
            "draw_up_retention",
        }
    finally:
        ticker.shutdown()
