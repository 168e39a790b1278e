"""What the service needs goes away and comes back: it says so meanwhile, and goes on by itself."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from benchmarks.places import Place, handler_token, installed
from benchmarks.serving import mail_server, whole_service
from dsr.bootstrap import build
from dsr.domain.dispatch import DispatchSent
from dsr.projections import verify
from dsr.settings import load_settings
from dsr.worker import Worker
from tests.api.team import mail
from tests.imap_server import PASSWORD, USER, ImapHost
from tests.load.test_killed_processes import Later
from tests.proving import in_ci
from tests.with_servers.test_failing_over import Clients, acknowledged, until
from tests.with_servers.valve import Valve

ROUNDS = in_ci(1, proving=20)
LONG = 150.0
"""Seconds until a part that hangs is named, or works again: a dialogue may take 30, and the pause after it as long."""


@pytest.fixture
def place(tmp_path: Path, postgres_server: str) -> Place:
    """On PostgreSQL, whose key database can be away alone."""
    return Place("postgresql", tmp_path, postgres_server)


@pytest.fixture
def valves(imap: ImapHost) -> Iterator[dict[str, Valve]]:
    """Between the service and its mail servers."""
    with mail_server() as port:
        made = {"letters": Valve(port), "inbox": Valve(imap.port)}
        yield made
        for valve in made.values():
            valve.close()


@pytest.fixture(scope="module")
def hanging_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that lets names be looked up in vain."""
    library = tmp_path_factory.mktemp("names") / "hanging.so"
    source = Path(__file__).with_name("hanging_names.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
    return library


@contextmanager
def names_away(file: Path) -> Iterator[None]:
    """As from a name server that does not answer."""
    file.touch()
    try:
        yield
    finally:
        file.unlink()


@contextmanager
def folder_away(folder: Path) -> Iterator[None]:
    """As a disk that is not mounted."""
    aside = folder.rename(folder.with_name("aside"))
    try:
        yield
    finally:
        aside.rename(folder)


@contextmanager
def database_away(server: str, url: str) -> Iterator[None]:
    """It takes no sessions, and those that there were have ended."""
    name = make_url(url).database
    assert name is not None
    allowing = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(allowing.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(allowing.format(sql.Identifier(name), sql.SQL("true")))


def more_than(clients: Clients, cases: int) -> bool:
    return len(clients.cases) > cases


def failing(url: str) -> set[str]:
    """The parts of the background whose last turn failed, by the metrics."""
    connection = HTTPConnection(str(urlsplit(url).netloc), timeout=60)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    return {line.split('"')[1] for line in lines if line.startswith("dsr_failing{") and line.endswith(" 1.0")}


def test_each_thing_that_goes_away_is_named_and_nothing_is_lost(
    place: Place,
    imap: ImapHost,
    valves: dict[str, Valve],
    hanging_names: Path,
    record_property: Callable[[str, object], None],
) -> None:
    # given
    environment = place.environment("outages") | {
        "DSR_METRICS_OPEN": "yes",
        "DSR_MAIL_OUT": f"smtp://127.0.0.1:{valves['letters'].port}?tls=none",
        "DSR_MAIL_IN": f"imap://{USER.replace('@', '%40')}:{PASSWORD}@127.0.0.1:{valves['inbox'].port}/INBOX?tls=none",
    }
    names = place.folder / "names-hang"
    preloaded = {"LD_PRELOAD": str(hanging_names), "HANGING_NAMES": str(names)}
    with installed(environment) as made:
        token = handler_token(made)
    settings = load_settings(environment)
    posted, seen, waited = set[str](), Counter[str](), Counter[str]()

    def post() -> None:
        """A letter into the mailbox."""
        message_id = f"<{uuid4()}@example.org>"
        imap.put(mail(message_id=message_id, sender=f"{message_id[1:9]}@example.org"))
        posted.add(message_id)

    def ready(clients: Clients) -> Mapping[str, Any]:
        _, said = clients.ask("GET", "/health/ready")
        facts: Mapping[str, Any] = said.get("facts", said)
        return facts

    def background(clients: Clients, url: str, part: str) -> bool:
        state = ready(clients).get("background", {}).get(part, "ok")
        if state != "ok" and part in failing(url):
            seen[f"{part}: {state}"] += 1
        return state != "ok" and part in failing(url)

    def part_of(clients: Clients, part: str) -> bool:
        state = ready(clients).get(part, "ok")
        if state != "ok":
            seen[f"{part}: {state}"] += 1
        return bool(state != "ok")

    def works(clients: Clients) -> bool:
        said = ready(clients)
        return said.get("status") in ("ready", "degraded") and {
            said["background"][part] for part in ("inbox", "policies", "reading", "letters", "codes", "due-dates")
        } == {"ok"}

    # when
    with whole_service(environment | preloaded) as (url, _):
        clients = Clients(url, token, pause=0.5)
        outages: dict[str, tuple[Callable[[], AbstractContextManager[None]], Callable[[], bool]]] = {
            "letters": (valves["letters"].shut, lambda: background(clients, url, "letters")),
            "inbox": (valves["inbox"].shut, lambda: background(clients, url, "inbox")),
            "names": (
                lambda: names_away(names),
                lambda: background(clients, url, "letters") and background(clients, url, "inbox"),
            ),
            "files": (lambda: folder_away(settings.blobs), lambda: part_of(clients, "files")),
            "keys": (lambda: database_away(str(place.server), settings.keys_url), lambda: part_of(clients, "keys")),
        }
        with clients.busy():
            until(lambda: works(clients))
            for _ in range(ROUNDS):
                for gone in (("letters", "inbox"), ("names",), ("files",), ("keys",)):  # the first two at the same time
                    post()
                    with ExitStack() as away:
                        for name in gone:
                            away.enter_context(outages[name][0]())
                        for name in gone:
                            until(outages[name][1], LONG)
                    taken = len(clients.cases)
                    waited[gone[0]] = max(waited[gone[0]], round(until(lambda: works(clients), LONG)))
                    until(partial(more_than, clients, taken))
        until(lambda: imap.folder("INBOX") == [], LONG)
    made = build(settings, clock=Later())
    while Worker(made).round():  # what an outage left in doubt
        pass
    # then: each letter made one case, and each case was acknowledged once
    received = [str(each.stream_id) for each in made.log.read() if each.name == "dsr.request.received"]
    letters = [each.event.originator_id for each in made.log.read() if isinstance(each.event, DispatchSent)]
    record_property(
        "counts",
        f"{ROUNDS} rounds, {len(received)} letters taken in, {len(posted)} of them by IMAP, {len(letters)} answered; "
        f"seen: {dict(seen)}; refused: {dict(clients.refused)}; seconds until it worked again: {dict(waited)}",
    )
    assert len(received) == len(set(clients.cases.values())) + len(posted) == len(clients.cases) + len(posted)
    assert set(clients.cases.values()) <= set(received)
    assert Counter(acknowledged(made)) == Counter(UUID(each) for each in clients.cases.values())
    assert len(letters) == len(set(letters)) == len(clients.cases)
    assert made.desk.dispatching.outbox.waiting() == 0
    assert made.policies.positions.parked() == []
    assert verify(made.database, made.log) == []
    made.close()
