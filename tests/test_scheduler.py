"""`dsr scheduler` as real processes: two at once, killed, paused, stopped; every date is recorded once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.bootstrap import Service
from dsr.database.errors import DatabaseBusy
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.new_case import Person
from dsr.domain.request.due import CameDue
from dsr.domain.request.values import Channel
from dsr.projections import verify
from dsr.projections.agenda import agenda

DATES = 6
"""Acknowledgement, three warnings, promise, statutory date."""


KILLS = 3


@pytest.fixture
def cases(service: Service, clock: Any) -> list[UUID]:
    """Cases of March 2026, which the present clock finds long overdue."""
    found = []
    for _ in range(12):
        answer = service.desk.entry.enter_request(
            Call(part("test")),
            controller_id="callcentre-de",
            channel=Channel.TELEPHONE,
            received_at=clock.now() - timedelta(days=1),
            person=Person(name="Ada Lovelace", email="ada@example.org"),
            language="en",
            text="I am requesting access to my personal data.",
        )
        found.append(UUID(answer.resource_id))
    return found


@contextmanager
def scheduler(made: Service) -> Iterator["subprocess.Popen[str]"]:
    """A process of its own."""
    settings = made.settings
    environ = os.environ | {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }
    command = [sys.executable, "-m", "dsr.cli", "scheduler", "--every", "0.1"]
    started = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate()


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
    assert f"sweep: {len(cases) * DATES} due, {len(cases) * DATES} recorded, 0 put aside" in log
    assert log.count("sweep:") == 1, "a sweep without anything due says nothing"
    assert "ada" not in log.lower()
    assert_once_each(service, cases)


def test_of_two_that_run_one_works_and_the_other_takes_over(service: Service, cases: list[UUID]) -> None:
    with scheduler(service) as first, scheduler(service) as second:
        wait_for(lambda: recorded(service))
        for each in (first, second):
            if each.poll() is None and recorded(service):
                each.send_signal(signal.SIGKILL)
                each.wait()
                break
        wait_for(lambda: is_due(service) == 0)
    assert_once_each(service, cases)


def test_killed_at_any_moment_it_loses_and_doubles_nothing(service: Service, cases: list[UUID]) -> None:
    random = Random(5)  # noqa: S311 - reproducible, not secret
    for _ in range(KILLS):
        before = len(recorded(service))
        with scheduler(service) as started:
            # let it get somewhere: starting takes longer than recording
            wait_for(lambda before=before: len(recorded(service)) > before)
            time.sleep(random.random() / 20)
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
                service.desk.ringing.sweep(DATES)
        finally:
            paused.send_signal(signal.SIGCONT)
        wait_for(lambda: is_due(service) == 0)
    assert_once_each(service, cases)
