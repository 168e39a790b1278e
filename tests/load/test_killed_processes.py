"""Worker, scheduler and mail server, each killed again and again whatever it is doing, while cases change: nothing is
lost or doubled, and no letter leaves in two versions."""

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
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cache
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.bootstrap import Service, build
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.dispatching.outbox import LEASE
from dsr.desk.unit_of_work import retrying
from dsr.domain.dispatch import DispatchPrepared, DispatchRenewed, DispatchSent
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.due import CameDue, DeadlineApproaching
from dsr.domain.request.letters import LetterKind
from dsr.domain.rights import Right
from dsr.projections.dispatches import dispatches
from dsr.settings import MailOut, Settings
from dsr.worker import Worker
from tests.proving import in_ci

ROOT = Path(__file__).parents[2]
CASES = in_ci(40, proving=600)
SEEDS = range(20260305, 20260305 + in_ci(1, proving=3))
KILLED_AFTER = 0.0, 3.0
"""Times as long as a whole worker takes to start, at random between these. What has to be imported is imported already:
while a process does that, nothing can be lost or doubled.
"""
IMPORTED = {
    "dsr.cli": "dsr.cli.worker,dsr.cli.scheduler,dsr.worker,dsr.scheduler",
    "aiosmtpd": "aiosmtpd.main,tests.load.hesitating",
}
"""By a program: modules to import before it is started, separated by commas."""
KILLS = in_ci(3, proving=30)
"""Of each, at least: it goes on until then, however soon the letters left."""
CHANGED = 3
"""Of so many cases, one changes while its letter may be leaving."""
ARRIVED = timedelta(days=19)
"""Ago: the acknowledgement is overdue, and less than ten working days are left of the thirty days, but more than five.

That is so on the next day too. Once five are left, a warning of ten that has not left is no longer news.
"""


class Later:
    """A clock after every lease that a killed worker left, and every wait for a mail server that was away."""

    def now(self) -> datetime:
        return datetime.now(UTC) + LEASE + timedelta(hours=1)


def environ_of(settings: Settings) -> dict[str, str]:
    out = settings.mail_out
    return {
        **os.environ,
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
        "DSR_MAIL_OUT": f"smtp://{out.host}:{out.port}?tls=none",
    }


def seconds_to_start(settings: Settings) -> float:
    """How long a worker takes to find that there is nothing to do."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "dsr.cli", "worker", "--once"], env=environ_of(settings), check=True)
    return time.monotonic() - begun


@contextmanager
def killed_again_and_again(
    name: str, command: Sequence[str], settings: Settings, *, start: float, seed: int
) -> Iterator[list[int]]:
    """A process, killed at random and started again; yields the ids of those that were killed."""
    chance, stop, killed = random.Random(f"{seed} {name}"), Event(), list[int]()  # noqa: S311 - of a test
    forking = (sys.executable, "-m", "tests.load.forking", IMPORTED[command[0]], *command)

    def go_on() -> None:
        with subprocess.Popen(
            forking, cwd=ROOT, env=environ_of(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:

            def tell(what: str) -> int:
                assert server.stdin is not None
                assert server.stdout is not None
                print(what, file=server.stdin, flush=True)
                return int(server.stdout.readline())

            while not stop.is_set():
                tell("start")
                stop.wait(start * chance.uniform(*KILLED_AFTER))
                killed.append(tell("kill"))

    killer = Thread(target=go_on)
    killer.start()
    try:
        yield killed
    finally:
        stop.set()
        killer.join()


def mail_server(port: int, folder: Path, handler: str = "aiosmtpd.handlers.Mailbox") -> tuple[str, ...]:
    """The command of a real one, which has kept a mail before it says so."""
    return ("aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", handler, str(folder))


@pytest.fixture
def posting(settings: Settings) -> Settings:
    """Of a service whose mail goes to a server on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    return replace(settings, mail_out=MailOut(host="127.0.0.1", port=port, tls="none"))


def register(made: Service, number: int, arrived: datetime) -> UUID:
    message = EmailMessage()
    message["From"], message["To"] = f"Person {number} <p{number}@example.org>", "privacy@callcentre.example"
    message["Subject"], message["Message-ID"] = "Request", f"<{number}@example.org>"
    message.set_content("I am requesting access to my personal data under Article 15 GDPR.")
    call = Call(part("test"))
    request_id = made.desk.mail.receive_message(message.as_bytes(), call, stated_arrival=arrived).request_id
    assert request_id is not None
    # The worker may write to the case at the same moment.
    retrying(lambda: made.desk.triage.register(request_id, call, rights=(Right.ACCESS,), direct_marketing=False))
    return request_id


def change(made: Service, request_id: UUID, right: Right) -> None:
    """Find another right in what the person wrote: an acknowledgement from before says what holds no longer."""
    retrying(lambda: made.desk.triage.open_items(request_id, Call(part("test")), rights=(right,)))


def unacknowledged(made: Service) -> set[UUID]:
    """Cases whose acknowledgement was written, and is not on record as sent: whether it left, who knows?"""
    c = dispatches.c
    wanted = sa.select(c.request_id).where(c.kind == LetterKind.ACKNOWLEDGEMENT.value, c.sent_at.is_(None))
    with made.database.glancing() as connection:
        return set(connection.execute(wanted).scalars())


def taken(folder: Path) -> dict[str, int]:
    """How often the mail server took the letter with each Message-ID."""
    found = defaultdict[str, int](int)
    for file in (folder / "new").glob("*"):
        if not message_id(file).startswith("<telling."):
            found[message_id(file)] += 1
    return found


@cache
def message_id(file: Path) -> str:
    """Of a mail that the server has kept: such a file is never written again, so each is read once."""
    return str(BytesHeaderParser().parsebytes(file.read_bytes())["Message-ID"]).strip()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_letter_leaves_once_whatever_is_killed(
    posting: Settings, seed: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given
    made, folder, start = build(posting), tmp_path / "taken", seconds_to_start(posting)
    letters = CASES  # at least: an acknowledgement to each person
    # when
    with ExitStack() as running:
        killed = {
            name: running.enter_context(killed_again_and_again(name, command, posting, start=start, seed=seed))
            for name, command in {
                "worker": ("dsr.cli", "worker"),
                "scheduler": ("dsr.cli", "scheduler"),
                "mail server": mail_server(posting.mail_out.port, folder, "tests.load.hesitating.Hesitating"),
            }.items()
        }
        arrived = datetime.now(UTC) - ARRIVED
        cases = list[UUID]()
        for number in range(CASES):
            cases.append(register(made, number, arrived))
            if number % CHANGED == CHANGED - 1:  # its letter is written, or leaves just now
                change(made, cases[-CHANGED], Right.ERASURE)
        end = time.monotonic() + max(45, CASES / 4) + KILLS * KILLED_AFTER[1] * start
        while min(len(taken(folder)) - letters, min(map(len, killed.values())) - KILLS) < 0 and time.monotonic() < end:
            time.sleep(0.5)
    while_killed = len(taken(folder))
    for request_id in unacknowledged(made):
        change(made, request_id, Right.PORTABILITY)
    with _running(mail_server(posting.mail_out.port, folder), posting.mail_out.port):
        last = build(posting, clock=Later())
        while last.desk.due_dates.sweep().found:
            pass
        while Worker(last).round():
            pass
    # then
    events = [each.event for each in made.log.read()]
    prepared = {each.originator_id: each for each in events if isinstance(each, DispatchPrepared)}
    written = Counter((each.request_id, each.kind) for each in prepared.values())
    due = Counter((each.originator_id, each.occasion()) for each in events if isinstance(each, CameDue))
    approaching = {each.originator_id for each in events if isinstance(each, DeadlineApproaching)}
    wanted = Counter({(request_id, LetterKind.ACKNOWLEDGEMENT): 1 for request_id in approaching})
    renewed = {each.originator_id: each for each in events if isinstance(each, DispatchRenewed)}
    sent = Counter(each.originator_id for each in events if isinstance(each, DispatchSent))
    answers = Counter(each.originator_id for each in events if isinstance(each, AnswerSent))
    mails = taken(folder)
    doubled = sum(each > 1 for counted in (due, sent, answers) for each in counted.values())
    record_property(
        "counts",
        f"{made.database.engine.name}: {CASES} cases, {len(due)} dates came due; killed: "
        + ", ".join(f"{name} {len(ids)} times" for name, ids in killed.items())
        + f"; {while_killed} letters left meanwhile, {len(mails)} of {written.total()} in the end, "
        f"{sum(mails.values()) - len(mails)} of them again under the same Message-ID; "
        f"{len(renewed)} written anew before they left; {(written - wanted).total()} written twice; "
        f"{doubled} events doubled",
    )
    assert len(approaching) == len(answers) == CASES
    assert written == wanted
    assert set(mails) == {each.message_id for each in (prepared | renewed).values()}, "each under one Message-ID"
    assert len(mails) == written.total()
    assert sent.keys() == prepared.keys()
    assert [each.unrecorded for each in events if isinstance(each, DispatchSent) and each.unrecorded] == []
    assert doubled == 0
    assert min(map(len, killed.values())) >= KILLS
    assert last.policies.positions.parked() == []
    assert last.desk.dispatching.outbox.waiting() == 0
    last.close()
    made.close()


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
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
