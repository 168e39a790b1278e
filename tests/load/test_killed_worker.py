"""A worker that is killed again and again, whatever it is doing: every letter leaves, and is recorded, once."""

import os
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from dsr.bootstrap import Service, build
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.dispatching.outbox import LEASE
from dsr.domain.dispatch import DispatchPrepared, DispatchQueued, DispatchSent
from dsr.domain.request.answer import AnswerSent
from dsr.domain.rights import Right
from dsr.settings import Settings
from dsr.worker import Worker

CASES = 200
SEED = 20260305


class Later:
    """A clock after every lease that a killed worker left."""

    def now(self) -> datetime:
        return datetime.now(UTC) + LEASE + timedelta(seconds=1)


@contextmanager
def killed_again_and_again(settings: Settings) -> Iterator[list[int]]:
    """A worker, killed at random and started again; yields the ids of those that were killed."""
    environ = {
        **os.environ,
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }
    chance, stop, killed = random.Random(SEED), Event(), list[int]()  # noqa: S311 - of a test

    def go_on() -> None:
        while not stop.is_set():
            worker = subprocess.Popen(
                [sys.executable, "-m", "dsr.cli", "worker"], env=environ, stderr=subprocess.DEVNULL
            )
            time.sleep(chance.uniform(1.5, 5))
            worker.kill()
            worker.wait()
            killed.append(worker.pid)

    killer = Thread(target=go_on)
    killer.start()
    try:
        yield killed
    finally:
        stop.set()
        killer.join()


def register(made: Service, number: int) -> None:
    message = EmailMessage()
    message["From"], message["To"] = f"Person {number} <p{number}@example.org>", "privacy@callcentre.example"
    message["Subject"], message["Message-ID"] = "Request", f"<{number}@example.org>"
    message.set_content("I am requesting access to my personal data under Article 15 GDPR.")
    call = Call(part("test"))
    case_id = made.desk.mail.receive_message(message.as_bytes(), call).request_id
    assert case_id is not None
    made.desk.triage.register(case_id, call, rights=(Right.ACCESS,), direct_marketing=False)


def left(settings: Settings) -> dict[str, list[str]]:
    """By addressee, the Message-ID of each mail that left."""
    found = defaultdict[str, list[str]](list)
    for file in (settings.home / "outgoing" / "new").glob("*"):
        message: Any = message_from_bytes(Path(file).read_bytes())
        found[message["To"]].append(message["Message-ID"])
    return found


def test_every_letter_leaves_once_however_often_the_worker_is_killed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    # given
    made = build(settings)
    # when
    with killed_again_and_again(settings) as killed:
        for number in range(CASES):
            register(made, number)
        end = time.monotonic() + 60
        while len(left(settings)) < CASES and time.monotonic() < end:
            time.sleep(0.5)
    while_killed = len(left(settings))
    last = build(settings, clock=Later())
    while Worker(last).round():
        pass
    # then
    events = [each.event for each in made.log.read()]
    per_letter = Counter(
        (type(each), each.originator_id) for each in events if isinstance(each, DispatchQueued | DispatchSent)
    )
    per_case = Counter(
        (type(each), each.request_id if isinstance(each, DispatchPrepared) else each.originator_id)
        for each in events
        if isinstance(each, DispatchPrepared | AnswerSent)
    )
    mails = left(settings)
    again = sum(map(len, mails.values())) - len(mails)
    under_two = sum(len(set(ids)) > 1 for ids in mails.values())
    doubled = sum(count > 1 for count in (per_letter + per_case).values())
    with capsys.disabled():
        print(  # noqa: T201 - what was shown
            f"\n{made.database.engine.name}: {CASES} cases, {len(killed)} workers killed, {while_killed} letters left "
            f"meanwhile, {len(mails)} in the end; {again} left again under the same Message-ID, {under_two} under two; "
            f"{doubled} events doubled"
        )
    assert len(mails) == CASES
    assert all(len(set(ids)) == 1 for ids in mails.values())
    assert sorted(Counter(kind for kind, _ in per_letter + per_case).values()) == [CASES] * 4
    assert set((per_letter + per_case).values()) == {1}
    assert len(killed) >= 3
    assert last.policies.positions.parked() == []
    assert last.desk.dispatching.outbox.waiting() == 0
    last.close()
    made.close()
