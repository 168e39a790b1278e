"""`dsr scheduler` as real processes: two at once, killed, paused, stopped; every date is recorded once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.bootstrap import Service
from dsr.database.errors import DatabaseBusy
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.heartbeats import Part
from dsr.desk.new_case import Person
from dsr.domain.request.due import CameDue
from dsr.domain.request.values import Channel
from dsr.projections import verify
from dsr.projections.agenda import agenda
from dsr.scheduler import Scheduler
from tests.proving import in_ci
from tests.settable_clock import SettableClock

DATES = 6
"""Acknowledgement, three warnings, promise, statutory date."""


KILLS = in_ci(3, proving=100)


@pytest.fixture
def cases(service: Service, clock: SettableClock) -> list[UUID]:
    """Cases of March 2026, which the present clock finds long overdue."""
    return [enter(service, clock.now() - timedelta(days=1)) for _ in range(30)]


def enter(made: Service, received_at: datetime) -> UUID:
    answer = made.desk.entry.enter_request(
        Call(part("test")),
        controller_id="callcentre-de",
        channel=Channel.TELEPHONE,
        received_at=received_at,
        person=Person(name="Ada Lovelace", email="ada@example.org"),
        language="en",
        text="I am requesting access to my personal data.",
    )
    return UUID(answer.resource_id)


def environ_of(made: Service) -> dict[str, str]:
    settings = made.settings
    return os.environ | {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }


@contextmanager
def scheduler(made: Service) -> Iterator["subprocess.Popen[str]"]:
    """A process of its own."""
    command = [sys.executable, "-m", "dsr.cli", "scheduler", "--every", "0.1"]
    started = subprocess.Popen(command, env=environ_of(made), stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate()


def has_signed(made: Service) -> bool:
    """Whether a sweep ended well, so that its process writes nothing while nothing comes due."""
    with made.database.reading() as connection:
        sign = made.desk.heartbeats.last(connection).get(Part.DUE_DATES)
    return is_due(made) == 0 and sign is not None and sign.succeeded_at is not None


def recorded(made: Service) -> list[tuple[UUID, str, str]]:
    return [
        (each.stream_id, each.name, repr(each.event.occasion()))
        for each in made.log.read()
        if isinstance(each.event, CameDue)
    ]


def is_due(made: Service) -> int:
    with made.database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).where(agenda.c.at.is_not(None))).scalar() or 0


def wait_for(is_so: Callable[[], Any], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


def assert_once_each(made: Service, cases: list[UUID]) -> None:
    found = recorded(made)
    assert len(found) == len(set(found)), "none doubled"
    assert Counter(stream_id for stream_id, _, _ in found) == Counter(dict.fromkeys(cases, DATES)), "none lost"
    assert verify(made.database, made.log) == []


def test_it_records_what_came_due_while_it_was_off_and_stops_when_told(service: Service, cases: list[UUID]) -> None:
    with scheduler(service) as started:
        wait_for(lambda: is_due(service) == 0)
        started.send_signal(signal.SIGTERM)
        _, log = started.communicate(timeout=30)
    assert started.returncode == 0
    assert f"sweep: {len(cases) * DATES} due, {len(cases) * DATES} recorded, 0 failed" in log
    assert log.count("sweep:") == 1, "a sweep without anything due says nothing"
    assert "ada@" not in log.lower()
    assert "lovelace" not in log.lower()
    assert_once_each(service, cases)


def test_of_two_one_stands_by_and_takes_over_once_the_leader_is_gone(
    service: Service, cases: list[UUID], clock: SettableClock
) -> None:
    # given: a leader in a process of its own, which did everything there was to do
    with scheduler(service) as leader:
        wait_for(lambda: has_signed(service))
        leader.send_signal(signal.SIGSTOP)
        clock.time = datetime.now(UTC)
        late = enter(service, clock.now() - timedelta(days=90))
        other = Scheduler(service)
        ring = other._leading(other.record_due, other._dates)
        # when, then
        ring()
        assert is_due(service) > 0, "the other one stands by, also while the leader hangs"
        leader.send_signal(signal.SIGKILL)
        leader.wait()
        wait_for(lambda: (ring(), is_due(service) == 0)[1])
        other._dates.release()
    found = recorded(service)
    assert len(found) == len(set(found))
    assert {stream_id for stream_id, _, _ in found} == {*cases, late}


SWEEP = """
import os, sys
from dsr.bootstrap import build
from dsr.settings import load_settings

made = build(load_settings(os.environ))
print("ready", flush=True)
sys.stdin.readline()
recorded = 0
while (done := made.desk.due_dates.sweep(5)).found:
    recorded += done.recorded
print(recorded, len(made.desk.due_dates.failed_due()), flush=True)
made.close()
"""


def test_processes_that_sweep_at_once_record_everything_once(service: Service, cases: list[UUID]) -> None:
    # given: two that know nothing of each other, as after a leader that was paused
    command = [sys.executable, "-c", SWEEP]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    sweeping: list[Any] = [subprocess.Popen(command, env=environ_of(service), **pipes) for _ in range(2)]
    try:
        for each in sweeping:
            assert each.stdout.readline() == "ready\n"
        # when
        for each in sweeping:
            each.stdin.write("go\n")
            each.stdin.flush()
        told = [each.stdout.readline().split() for each in sweeping]
    finally:
        for each in sweeping:
            each.kill()
            each.communicate()
    # then
    assert sum(int(count) for count, _ in told) == len(cases) * DATES
    assert [aside for _, aside in told] == ["0", "0"]
    assert_once_each(service, cases)


def has_more(service: Service, before: int) -> bool:
    """Whether more was recorded than this."""
    return len(recorded(service)) > before


def test_killed_at_any_moment_it_loses_and_doubles_nothing(service: Service, cases: list[UUID]) -> None:
    random = Random(5)  # noqa: S311 - reproducible, not secret
    for _ in range(KILLS):
        before = len(recorded(service))
        with scheduler(service) as started:
            # let it get somewhere: starting takes longer than recording
            wait_for(partial(has_more, service, before))
            time.sleep(random.random() / 50)
            started.send_signal(signal.SIGKILL)
    assert 0 < is_due(service) < len(cases) * DATES
    with scheduler(service):
        wait_for(lambda: is_due(service) == 0)
    assert_once_each(service, cases)


def test_a_paused_leader_that_wakes_up_beside_another_doubles_nothing(service: Service, cases: list[UUID]) -> None:
    with scheduler(service) as paused:
        wait_for(lambda: recorded(service))
        paused.send_signal(signal.SIGSTOP)
        try:
            with suppress(DatabaseBusy):  # a writer that was paused in the middle holds SQLite's file
                service.desk.due_dates.sweep(DATES)
        finally:
            paused.send_signal(signal.SIGCONT)
        wait_for(lambda: is_due(service) == 0)
    assert_once_each(service, cases)
