"""Worker, scheduler and mail server, each killed again and again whatever it is doing: nothing is lost or doubled."""

import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
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
from dsr.domain.request.due import CameDue, DeadlineApproaching, Due
from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from dsr.settings import MailOut, Settings
from dsr.worker import Worker

CASES = 200
SEED = 20260305
KILLED_AFTER = {"worker": (3.0, 8.0), "scheduler": (3.0, 8.0), "mail server": (4.0, 10.0)}
"""Seconds, at random between these."""
KILLS = 3
"""Of each, at least: it goes on until then, however soon the letters left."""
ARRIVED = timedelta(days=21)
"""Ago: less than ten working days are left of the thirty days, and the acknowledgement is overdue."""


class Later:
    """A clock after every lease that a killed worker left, and every wait for a mail server that was away."""

    def now(self) -> datetime:
        return datetime.now(UTC) + LEASE + timedelta(hours=1)


@contextmanager
def killed_again_and_again(name: str, command: Sequence[str], settings: Settings) -> Iterator[list[int]]:
    """A process, killed at random and started again; yields the ids of those that were killed."""
    out = settings.mail_out
    environ = {
        **os.environ,
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
        "DSR_MAIL_OUT": f"smtp://{out.host}:{out.port}?tls=none",
    }
    chance, stop, killed = random.Random(f"{SEED} {name}"), Event(), list[int]()  # noqa: S311 - of a test

    def go_on() -> None:
        while not stop.is_set():
            process = subprocess.Popen(
                [sys.executable, "-m", *command], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stop.wait(chance.uniform(*KILLED_AFTER[name]))
            process.kill()
            process.wait()
            killed.append(process.pid)

    killer = Thread(target=go_on)
    killer.start()
    try:
        yield killed
    finally:
        stop.set()
        killer.join()


def mail_server(port: int, folder: Path) -> tuple[str, ...]:
    """The command of a real one, which has kept a mail before it says so."""
    return ("aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Mailbox", str(folder))


@pytest.fixture
def posting(settings: Settings) -> Settings:
    """Of a service whose mail goes to a server on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    return replace(settings, mail_out=MailOut(host="127.0.0.1", port=port, tls="none"))


def register(made: Service, number: int, arrived: datetime) -> None:
    message = EmailMessage()
    message["From"], message["To"] = f"Person {number} <p{number}@example.org>", "privacy@callcentre.example"
    message["Subject"], message["Message-ID"] = "Request", f"<{number}@example.org>"
    message.set_content("I am requesting access to my personal data under Article 15 GDPR.")
    call = Call(part("test"))
    case_id = made.desk.mail.receive_message(message.as_bytes(), call, stated_arrival=arrived).request_id
    assert case_id is not None
    made.desk.triage.register(case_id, call, rights=(Right.ACCESS,), direct_marketing=False)


def taken(folder: Path) -> dict[str, int]:
    """How often the mail server took the mail with each Message-ID."""
    found = defaultdict[str, int](int)
    for file in (folder / "new").glob("*"):
        message: Any = message_from_bytes(file.read_bytes())
        found[message["Message-ID"]] += 1
    return found


def test_every_letter_leaves_once_whatever_is_killed(
    posting: Settings, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given
    made, folder = build(posting), tmp_path / "taken"
    letters = 2 * CASES  # at least: an acknowledgement to each person, a warning to the team about each case
    # when
    with ExitStack() as running:
        killed = {
            name: running.enter_context(killed_again_and_again(name, command, posting))
            for name, command in {
                "worker": ("dsr.cli", "worker"),
                "scheduler": ("dsr.cli", "scheduler"),
                "mail server": mail_server(posting.mail_out.port, folder),
            }.items()
        }
        arrived = datetime.now(UTC) - ARRIVED
        for number in range(CASES):
            register(made, number, arrived)
        end = time.monotonic() + 45
        while min(len(taken(folder)) - letters, min(map(len, killed.values())) - KILLS) < 0 and time.monotonic() < end:
            time.sleep(0.5)
    while_killed = len(taken(folder))
    with _running(mail_server(posting.mail_out.port, folder), posting.mail_out.port):
        last = build(posting, clock=Later())
        while last.desk.ringing.sweep().found:
            pass
        while Worker(last).round():
            pass
    # then
    events = [each.event for each in made.log.read()]
    prepared = {each.originator_id: each for each in events if isinstance(each, DispatchPrepared)}
    written = Counter((each.request_id, each.kind) for each in prepared.values())
    due = Counter((each.originator_id, each.occasion()) for each in events if isinstance(each, CameDue))
    approaching = {each.originator_id for each in events if isinstance(each, DeadlineApproaching)}
    wanted = Counter({(case_id, LetterKind.ACKNOWLEDGEMENT): 1 for case_id in approaching})
    wanted.update((case_id, LetterKind.STAFF_WARNING) for case_id, _ in due)
    steps = Counter(
        (type(each), each.originator_id) for each in events if isinstance(each, DispatchQueued | DispatchSent)
    )
    answers = Counter(each.originator_id for each in events if isinstance(each, AnswerSent))
    mails = taken(folder)
    doubled = sum(each > 1 for counted in (due, steps, answers) for each in counted.values())
    record_property(
        "counts",
        f"{made.database.engine.name}: {CASES} cases, {len(due)} dates came due; killed: "
        + ", ".join(f"{name} {len(ids)} times" for name, ids in killed.items())
        + f"; {while_killed} letters left meanwhile, {len(mails)} of {written.total()} in the end, "
        f"{sum(mails.values()) - len(mails)} of them again under the same Message-ID; "
        f"{(written - wanted).total()} written twice; {doubled} events doubled",
    )
    assert len(approaching) == len(answers) == CASES
    # That an acknowledgement is overdue is no news once it left: whether that is warned of depends on who was faster.
    late = {case_id for case_id, occasion in due if occasion.kind == Due.ACKNOWLEDGEMENT_OVERDUE}
    assert written - wanted == Counter()
    assert wanted - written <= Counter((case_id, LetterKind.STAFF_WARNING) for case_id in late)
    assert set(mails) == {each.message_id for each in prepared.values()}
    assert len(mails) == written.total()
    assert len(steps) == 2 * written.total()
    assert doubled == 0
    assert min(map(len, killed.values())) >= KILLS
    assert last.policies.positions.parked() == []
    assert last.desk.dispatching.outbox.waiting() == 0
    last.close()
    made.close()


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert time.monotonic() < end, "the mail server did not start"
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()
