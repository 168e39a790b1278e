"""The database is restarted, ends sessions, and fails over to a second server: everything goes on by itself."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from dsr.bootstrap import Service, build, init
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.dispatch import DispatchPrepared, DispatchSent
from dsr.domain.request.letters import LetterKind
from dsr.projections import verify
from dsr.settings import Settings, load_settings
from dsr.worker import Worker
from tests.api.team import mail
from tests.conftest import EXAMPLE_ROPA
from tests.load.conftest import staffed
from tests.load.test_killed_processes import Later
from tests.proving import in_ci
from tests.with_servers.postgres_pair import Server, balanced, pair

ENDED, RESTARTS = in_ci(2, proving=50), in_ci(1, proving=50)
"""How often all sessions are ended, and how often the server dies and is started again, before the fail-over."""
CLIENTS = 2
FREQUENT = ("inbox", "policies", "reading", "letters", "codes", "due-dates", "log-mark")
"""What runs at least once a minute."""
RECOVERED_SECONDS = 90.0


class Clients:
    """People who send each request again until it is answered, and somebody who looks at the health."""

    def __init__(self, url: str, token: str, *, pause: float = 0.05) -> None:
        """`pause`: seconds between two letters of each."""
        self._host, self._token, self._pause = str(urlsplit(url).netloc), token, pause
        self._stop, self._lock = Event(), Lock()
        self.refused = Counter[str]()
        self.seen = Counter[str]()
        """What `/health/ready` said, with each code of what was in the way."""
        self.cases = dict[str, str]()
        """The case of each letter that was acknowledged, by its Message-ID."""

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
        connection = HTTPConnection(self._host, timeout=60)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, sent | {"Authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def until_done(self, path: str, body: bytes, **headers: str) -> dict[str, Any]:
        """Send it again until it is answered."""
        while True:
            status, said = self.ask("POST", f"/api/v1{path}", body, **headers)
            if status < 300:
                return said
            if said["code"] == "version-stale":  # the service read the letter, or answered it, meanwhile
                _, case = self.ask("GET", f"/api/v1{path.rpartition('/')[0]}")
                headers["If_Match"] = f'"{case.get("version", 1)}"'
                continue
            assert status == 503, (path, status, said)
            with self._lock:
                self.refused[said["code"]] += 1
            time.sleep(0.1)

    def send(self) -> None:
        """One letter, registered."""
        message_id = f"<{uuid4()}@example.org>"
        raw = mail(message_id=message_id, sender=f"{message_id[1:9]}@example.org")
        request_id = self.until_done("/intake/messages", raw, Content_Type="message/rfc822")["request_id"]
        self.until_done(
            f"/requests/{request_id}/registration",
            b'{"rights": ["access"]}',
            Content_Type="application/json",
            If_Match='"1"',
            Idempotency_Key=str(uuid4()),
        )
        with self._lock:
            self.cases[message_id] = request_id

    @contextmanager
    def busy(self) -> Iterator[None]:
        def keep_on(act: Callable[[], None]) -> None:
            while not self._stop.is_set():
                act()
                self._stop.wait(self._pause)

        failed = list[BaseException]()

        def watched(act: Callable[[], None]) -> None:
            try:
                keep_on(act)
            except BaseException as error:
                failed.append(error)
                raise

        threads = [Thread(target=watched, args=(self.send,)) for _ in range(CLIENTS)]
        threads.append(Thread(target=watched, args=(self.look,)))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        assert failed == []

    def look(self) -> None:
        status, said = self.ask("GET", "/health/ready")
        if status == 200:
            self.seen[f"200 {said['status']}"] += 1
        else:
            self.seen.update({f"503 {code}" for code in said["facts"].values() if code != "ok"})


@pytest.fixture
def servers(postgres_server: str) -> Iterator[tuple[Server, Server]]:
    """Of the same release as those of all other tests, whose package also makes the user that runs them."""
    with pair() as made:
        yield made


@pytest.fixture
def through(servers: tuple[Server, Server], tmp_path: Path) -> Iterator[Settings]:
    """An installed service that reaches both through haproxy."""
    first, second = servers
    first.do("CREATE DATABASE main", "CREATE DATABASE keys")
    with balanced(tmp_path, first, second) as port:
        where = f"postgresql://postgres@127.0.0.1:{port}"
        home = tmp_path / "home"
        settings = load_settings(
            {"DSR_HOME": str(home), "DSR_DATABASE_URL": f"{where}/main", "DSR_KEYS_URL": f"{where}/keys"}
        )
        init(settings)
        made = build(settings)
        made.desk.ropa.adopt(EXAMPLE_ROPA, Call(part("test")))
        made.close()
        yield settings


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Web, worker and scheduler."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")} | {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
        "DSR_RATE_PER_MINUTE": str(10**9),
    }
    command = [sys.executable, "-m", "dsr.cli", "serve", "--port", "0", "--workers", "2", "--threads", "4"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "the server ended before it listened"
            found = re.search(r"Serving on (http://\S+)", line)
        try:
            yield found[1]
        finally:
            process.terminate()
            process.communicate(timeout=60)


def until(is_so: Callable[[], bool], seconds: float = RECOVERED_SECONDS) -> float:
    """How many seconds it took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < seconds, "too slow"
        time.sleep(0.1)
    return time.monotonic() - begun


def acknowledged(made: Service) -> list[UUID]:
    """The case of each acknowledgement that was written."""
    return [
        each.event.request_id
        for each in made.log.read()
        if isinstance(each.event, DispatchPrepared) and each.event.kind is LetterKind.ACKNOWLEDGEMENT
    ]


def works(clients: Clients) -> bool:
    """Whether the health names nothing that the database is to blame for."""
    status, said = clients.ask("GET", "/health/ready")
    return status == 200 and {said["background"][each] for each in FREQUENT} == {"ok"}


def mailed(settings: Settings) -> int:
    return sum(1 for _ in (settings.home / "outgoing" / "new").glob("*"))


def test_everything_goes_on_by_itself_when_the_database_does(
    through: Settings, servers: tuple[Server, Server], record_property: Callable[[str, object], None]
) -> None:
    # given
    first, second = servers
    made = build(through)
    token = staffed(made)
    made.close()
    waited = list[float]()

    def goes_on(clients: Clients) -> None:
        """New letters are taken in, and others leave: web and worker are at work again."""
        taken, left = len(clients.cases), mailed(through)
        waited.append(until(lambda: len(clients.cases) > taken and mailed(through) > left))

    # when
    with serving(through) as url:
        clients = Clients(url, token)
        with clients.busy():
            goes_on(clients)
            for _ in range(ENDED):
                first.end_sessions()
                goes_on(clients)
            for _ in range(RESTARTS):
                first.die()
                time.sleep(1)
                first.start()
                goes_on(clients)
            first.die()
            time.sleep(2)
            second.promote()
            goes_on(clients)
        made = build(through, clock=Later())
        until(lambda: len(acknowledged(made)) >= len(clients.cases))
        until(lambda: works(clients), 150)  # the scheduler marks the log once a minute
    while Worker(made).round():  # what a lost session left in doubt is tried again later
        pass
    # then
    assert made.desk.dispatching.outbox.waiting() == 0
    events = [each.event for each in made.log.read()]
    received = [each for each in made.log.read() if each.name == "dsr.request.received"]
    record_property(
        "counts",
        f"{ENDED} times all sessions ended, {RESTARTS} restarts, 1 fail-over: {len(clients.cases)} letters taken in, "
        f"{mailed(through)} answered; at most {max(waited):.1f} s until work went on; "
        f"refused: {dict(clients.refused)}; health: {dict(clients.seen)}",
    )
    assert {str(each.stream_id) for each in received} == set(clients.cases.values())
    assert len(received) == len(clients.cases)
    assert Counter(acknowledged(made)) == Counter(UUID(each) for each in clients.cases.values())
    sent = Counter(each.originator_id for each in events if isinstance(each, DispatchSent))
    assert set(sent.values()) == {1}
    assert len(sent) == len(clients.cases)
    assert verify(made.database, made.log) == []
    assert made.policies.positions.parked() == []
    assert clients.seen["503 database-unavailable"], clients.seen
    made.close()
