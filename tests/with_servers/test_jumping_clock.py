"""The machine's clock jumps a month ahead and a year back while all processes run: nothing is done too early, no token
lives longer, and requests are served throughout."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from dsr.backup import examine
from dsr.backup.source import LiveSource
from dsr.bootstrap import build
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.dispatch import DispatchSent
from dsr.domain.request.due import CameDue
from dsr.domain.rights import Right
from dsr.projections import verify
from dsr.settings import Settings
from tests.load.conftest import serving, staffed

_LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
WAITED = 5.0
"""Seconds at each wrong time: the scheduler looks for due dates twenty times in it, the worker for letters five."""


class MovedClock:
    """What the clock of the machine shows to these processes: the time, moved by what stands in a file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "moved"
        self.move("+0")

    def move(self, by: str) -> None:
        """At one stroke: libfaketime ends a process that finds the file empty."""
        written = self._file.with_suffix(".new")
        written.write_text(by)
        written.replace(self._file)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(_LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@pytest.fixture
def backend() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


@contextmanager
def running(command: str, *arguments: str, environment: Mapping[str, str]) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-m", "dsr.cli", command, *arguments], env=environment) as process:
        try:
            yield
        finally:
            process.kill()  # a scheduler whose clock was months ahead reckons each turn that it missed before it ends
            process.wait(40)


def letter() -> bytes:
    message = EmailMessage()
    name = uuid4()
    message["From"], message["To"] = f"Person <{name}@example.org>", "privacy@callcentre.example"
    message["Subject"], message["Message-ID"] = "Request", f"<{name}@example.org>"
    message.set_content("I am requesting access to my personal data under Article 15 GDPR.")
    return message.as_bytes()


def until(is_so: Callable[[], bool], seconds: float = 60) -> float:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < seconds, "too slow"
        time.sleep(0.1)
    return time.monotonic() - begun


def test_a_clock_that_jumps_makes_nothing_due_and_lets_no_token_live_longer(
    settings: Settings, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given: a case whose statutory date is a month away, and a token that ends before that
    made, clock, call = build(settings), MovedClock(tmp_path), Call(part("test"))
    token = staffed(made)

    def register() -> None:
        request_id = made.desk.mail.receive_message(letter(), call).request_id
        assert request_id is not None
        made.desk.triage.register(request_id, call, rights=(Right.ACCESS,), direct_marketing=False)

    def recorded(kind: type) -> int:
        return sum(isinstance(each.event, kind) for each in made.log.read())

    environment = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
    environment |= {"DSR_HOME": str(settings.home)} | clock.environment
    with ExitStack() as stack:
        url = stack.enter_context(serving(environment))
        stack.enter_context(running("worker", environment=environment))
        stack.enter_context(running("scheduler", "--every", "2", environment=environment))

        def asked() -> int:
            connection = HTTPConnection(str(urlsplit(url).netloc), timeout=30)
            connection.request("GET", "/api/v1/requests", headers={"Authorization": f"Bearer {token}"})
            status = connection.getresponse().status
            connection.close()
            return status

        register()
        until(lambda: recorded(DispatchSent) == 1)
        due = recorded(CameDue)
        # when: a month ahead
        clock.move("+31d")
        time.sleep(WAITED)
        # then: nothing came due, and all goes on as soon as it is right
        assert recorded(CameDue) == due
        clock.move("+0")
        register()
        waited = until(lambda: recorded(DispatchSent) == 2)
        # when: a year back. Once it is right again, that looks like a jump ahead: what runs by time waits for an hour
        clock.move("-365d")
        time.sleep(WAITED)
        assert recorded(CameDue) == due
        clock.move("+0")
        register()
        assert asked() == 200
        # a token that has ended is refused
        clock.move(f"+{made.settings.token_days + 1}d")
        assert asked() == 401
        clock.move("+0")
        assert asked() == 200
    # then
    record_property("counts", f"the next letter left {waited:.1f} s after the clock was right")
    last = max(each.event.timestamp for each in made.log.read())
    assert last < datetime.now(UTC) + timedelta(minutes=1)
    assert examine(LiveSource(made)).findings == ()
    assert verify(made.database, made.log) == []
    made.close()
