"""PostgreSQL ends sessions at any moment, also between the writes of commands that share a commit and its answer: what
was acknowledged is on record, and what is repeated is done once."""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event
from uuid import UUID

import psycopg

from dsr.bootstrap import Service, build
from dsr.database import DatabaseUnavailable
from dsr.desk.caller import Call, IdempotencyKey
from dsr.desk.new_case import Person
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.projections import verify
from dsr.settings import Settings
from tests.load.conftest import CALL, STAFF, staffed
from tests.proving import in_ci

CLIENTS = 8
ENDED = in_ci(40, proving=2000)
"""Times that all sessions are ended, at random."""


def registered(made: Service) -> tuple[UUID, int]:
    entered = made.desk.entry.enter_request(
        CALL,
        controller_id="callcentre-de",
        channel=Channel.TELEPHONE,
        received_at=datetime.now(UTC) - timedelta(days=1),
        person=Person(name="Robin Example", email="robin@mail.example"),
        text="Please send me a copy of my data.",
        language="en",
    )
    case = UUID(entered.resource_id)
    answer = made.desk.triage.register(case, CALL, rights=(Right.ACCESS,), direct_marketing=False)
    assert answer.version is not None
    return case, answer.version


def until_answered(call: Callable[[], int | None]) -> tuple[int, int]:
    """Repeat a call until it is answered: the version in its answer, and how often its outcome was unknown."""
    for lost in range(1000):
        try:
            version = call()
        except DatabaseUnavailable:
            continue
        assert version is not None
        return version, lost
    raise AssertionError("no answer in a thousand tries")


def test_nothing_is_lost_or_doubled_whenever_a_session_ends(install: Callable[[str], Settings]) -> None:
    # given
    settings = install("postgresql")
    made = build(settings)
    staffed(made)
    cases = [registered(made) for _ in range(CLIENTS)]
    stop, chance = Event(), Random(20260305)  # noqa: S311 - of a test

    def change(client: int) -> tuple[int, int]:
        """Assign a case again and again: how often that was acknowledged, and how often the outcome was unknown."""
        case, version = cases[client]
        acknowledged = lost = 0
        while not stop.is_set():
            key = IdempotencyKey(secrets.token_hex(32), fingerprint="")
            call = Call(CALL.caller, expected=version, idempotency=key)
            assignee = STAFF[acknowledged % len(STAFF)]
            version, failed = until_answered(lambda: made.desk.triage.assign(case, call, assignee=assignee).version)  # noqa: B023 - called at once
            acknowledged, lost = acknowledged + 1, lost + failed
        return acknowledged, lost

    # when
    with ThreadPoolExecutor(CLIENTS) as threads, psycopg.connect(settings.database_url, autocommit=True) as other:
        changing = [threads.submit(change, client) for client in range(CLIENTS)]
        try:
            for _ in range(ENDED):
                time.sleep(chance.uniform(0, 0.05))
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        finally:
            stop.set()
        acknowledged, lost = zip(*(each.result() for each in changing), strict=True)
    # then
    assert sum(lost) > ENDED / 4
    recorded = Counter(each.stream_id for each in made.log.read() if each.name == "dsr.request.assigned")
    assert [recorded[case] for case, _ in cases] == list(acknowledged)
    assert verify(made.database, made.log) == []
    made.close()
