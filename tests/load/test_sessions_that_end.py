"""PostgreSQL ends sessions, or crashes, at any moment, also between the writes of commands that share a commit and its
answer: what was acknowledged is on record, and what is repeated is done once."""

import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from signal import SIGKILL
from threading import Event
from typing import TypeVar
from uuid import UUID

import psycopg
import pytest

from benchmarks.command import registered_cases
from benchmarks.places import CALL, STAFF, installed, places
from dsr.bootstrap import Service
from dsr.database import DatabaseUnavailable
from dsr.desk.caller import Call, IdempotencyKey
from dsr.projections import verify
from tests.proving import in_ci

CLIENTS = 8
ENDED = in_ci(40, proving=2000)
"""Times that all sessions are ended."""
CRASHED = in_ci(3, proving=100)
"""Times that the server crashes and recovers."""
PATIENCE = 60
"""Seconds until a call has to be answered."""
T = TypeVar("T")


@pytest.fixture(scope="module")
def made() -> Iterator[Service]:
    """A service on a server of its own, which may crash."""
    if "DSR_TEST_POSTGRES_URL" in os.environ:
        pytest.skip("the server is not ours to crash")
    with places() as where:
        with connected(str(where["postgresql"].server)) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # processes die here, and no machine does
            connection.execute("SELECT pg_reload_conf()")
        with installed(where["postgresql"].environment("ends")) as service:
            yield service


def patiently(call: Callable[[], T], on: type[Exception] = DatabaseUnavailable) -> tuple[T, int]:
    """Repeat a call until it is answered; how often its outcome was unknown."""
    give_up, lost = time.monotonic() + PATIENCE, 0
    while True:
        try:
            return call(), lost
        except on:
            assert time.monotonic() < give_up
            lost += 1
            time.sleep(0.001)


def change(made: Service, case: UUID, version: int, stop: Event) -> tuple[int, int]:
    """Assign a case again and again: how often that was acknowledged, and how often the outcome was unknown."""
    acknowledged = lost = 0
    while not stop.is_set():
        key = IdempotencyKey(secrets.token_hex(32), fingerprint="")
        call = Call(CALL.caller, expected=version, idempotency=key)
        assignee = STAFF[acknowledged % len(STAFF)]
        version, failed = patiently(partial(assign, made, case, call, assignee))
        acknowledged, lost = acknowledged + 1, lost + failed
    return acknowledged, lost


def assign(made: Service, case: UUID, call: Call, assignee: str) -> int:
    version = made.desk.triage.assign(case, call, assignee=assignee).version
    assert version is not None
    return version


def connected(url: str) -> psycopg.Connection:
    """A session, as soon as the server has recovered."""
    return patiently(lambda: psycopg.connect(url, autocommit=True), on=psycopg.OperationalError)[0]


def end_all_sessions(url: str) -> None:
    with connected(url) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def crash(url: str) -> None:
    """Kill one process of the server: it ends all others, and recovers from its log."""
    with connected(url) as other:
        os.kill(other.info.backend_pid, SIGKILL)


@pytest.mark.parametrize(("ends", "times", "pause"), [(end_all_sessions, ENDED, 0.05), (crash, CRASHED, 0.5)])
def test_nothing_is_lost_or_doubled_whenever_a_session_ends(
    made: Service, ends: Callable[[str], None], times: int, pause: float
) -> None:
    # given
    cases = registered_cases(made, CLIENTS)
    stop, chance = Event(), Random(20260305)  # noqa: S311 - of a test
    # when
    with ThreadPoolExecutor(CLIENTS) as threads:
        changing = [threads.submit(change, made, case, version, stop) for case, version in cases.items()]
        try:
            for _ in range(times):
                time.sleep(chance.uniform(0, pause))
                ends(made.database.url)
        finally:
            stop.set()
        acknowledged, lost = zip(*(each.result() for each in changing), strict=True)
    # then
    assert sum(lost) > times / 4
    recorded, _ = patiently(lambda: Counter(e.stream_id for e in made.log.read() if e.name == "dsr.request.assigned"))
    assert [recorded[case] for case in cases] == list(acknowledged)
    assert patiently(lambda: verify(made.database, made.log))[0] == []
