"""Hours of modest traffic on a whole installation: web with two processes, worker and scheduler. What it holds stays as
it is: memory, open files, threads, connections, and the log of its database.

Five calls a second: letters over HTTP and through a Maildir, requests by telephone, commands, reads, statistics, and
scrapes. Letters leave to a mail server on this machine. A call in ten opens a connection of its own.
"""

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from itertools import count, cycle
from pathlib import Path
from threading import Event
from typing import Any, Final, TextIO
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.flatness import COUNT, LOG, MEMORY, Course, Rule, course
from benchmarks.letters import letter
from benchmarks.places import STAFF, Place, handler_token, installed
from benchmarks.results import Result
from benchmarks.sampling import connections, database_log, held_by, processes_of
from benchmarks.serving import mail_server, whole_service
from benchmarks.watching import Watching

MINUTES: Final = 120.0
CALLS_PER_SECOND: Final = 5
_SAMPLES: Final = 240
"""In a whole run: one each 30 s in two hours."""
_ROUND: Final = 10
"""Calls by one connection."""
_CROWD: Final = 16
"""Clients at a time, before anything is sampled: two for each thread."""
_PATIENCE: Final = 60
"""Seconds for the first letter; an empty inbox is looked at each ten seconds."""
_KEPT: Final = 200
"""Cases that are read and changed."""

_NO_HEADERS: Final[Mapping[str, str]] = {}
_GOOD: Final = ("200", "201", "412")
"""412: the worker changed the case between a look and a command."""

_Answer = tuple[str, str, bytes]
"""Status, version and body."""
_Figures = dict[str, tuple[Rule, float]]


def run(place: Place, watching: Watching, minutes: float = MINUTES, samples: Path | None = None) -> list[Result]:
    """Keep the traffic up for so many minutes, and judge each figure. `samples`: a folder that keeps all of them."""
    name = "steady"
    environment = place.environment(name)
    incoming = Path(environment["DSR_HOME"]) / "incoming"
    environment |= {"DSR_METRICS_OPEN": "yes", "DSR_MAIL_IN": f"maildir:{incoming}"}
    with ExitStack() as stack:
        port = stack.enter_context(mail_server())
        environment |= {"DSR_MAIL_OUT": f"smtp://127.0.0.1:{port}?tls=none"}
        with installed(environment) as made:
            token = handler_token(made)
            for each in ("new", "cur", "tmp"):
                (incoming / each).mkdir(parents=True)
        url, server = stack.enter_context(whole_service(environment))
        office = _Office(url, token, incoming)
        office.crowd()
        office.first_letter()
        stack.enter_context(office.open())
        kept = stack.enter_context(_kept(samples, f"{name}-{place.kind}.jsonl"))
        taken = _sampled(lambda: _figures(place, environment, server), kept, minutes, watching, place.kind)
    return [office.result(place.kind, minutes), *_judged(taken, place.kind)]


def _figures(place: Place, environment: Mapping[str, str], server: int) -> _Figures:
    found: _Figures = {}
    everyone = list(processes_of(server))
    for name, process_id in everyone:
        held = held_by(process_id)
        found[f"{name}: memory, MiB"] = (MEMORY, held.memory)
        found[f"{name}: open files"] = (COUNT, held.files)
        found[f"{name}: threads"] = (COUNT, held.threads)
    found["processes"] = (COUNT, len(everyone))
    urls = {"main database": environment["DSR_DATABASE_URL"], "key database": environment["DSR_KEYS_URL"]}
    if place.server is not None:
        found |= {f"{name}: connections": (COUNT, number) for name, number in connections(urls).items()}
        found["write-ahead log, MiB"] = (LOG, database_log(place.server))
    else:
        found |= {f"{name}: write-ahead log, MiB": (LOG, database_log(url)) for name, url in urls.items()}
    return found


@contextmanager
def _kept(folder: Path | None, name: str) -> Iterator[TextIO | None]:
    if folder is None:
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w", buffering=1) as file:
        yield file


def _sampled(
    look: Callable[[], _Figures], kept: TextIO | None, minutes: float, watching: Watching, kind: str
) -> list[tuple[float, _Figures]]:
    pause, step = minutes * 60 / _SAMPLES, watching.steps(f"steady traffic, {kind}", _SAMPLES)
    begun, taken = time.monotonic(), []
    for number in range(_SAMPLES):
        time.sleep(max(0.0, begun + (number + 1) * pause - time.monotonic()))
        hours, figures = (time.monotonic() - begun) / 3600, look()
        taken.append((hours, figures))
        if kept is not None:
            print(json.dumps({"hours": hours} | {name: value for name, (_, value) in figures.items()}), file=kept)
        step()
    return taken


def _judged(taken: list[tuple[float, _Figures]], kind: str) -> Iterator[Result]:
    hours = [at for at, _ in taken]
    for name in dict.fromkeys(name for _, figures in taken for name in figures):
        rule = next(figures[name][0] for _, figures in taken if name in figures)
        values = [figures[name][1] if name in figures else 0.0 for _, figures in taken]
        yield _told(name, kind, course(rule, hours, values))


def _told(name: str, kind: str, found: Course) -> Result:
    unit = found.rule.unit
    return Result(
        f"steady, {name}; {found.per_hour / unit:+.2f} an hour",
        kind,
        f"{found.last / unit:,.1f}",
        f"{found.first / unit:,.1f}",
        found.last / found.first if found.first else None,
        found.rule.told,
        found.is_flat,
    )


class _Office:
    """A handler, a person with mail, and Prometheus, who keep asking."""

    def __init__(self, url: str, token: str, incoming: Path) -> None:
        self._place = str(urlsplit(url).netloc)
        self._token = token
        self._incoming = incoming
        self._cases: deque[str] = deque(maxlen=_KEPT)
        """The newest ones."""
        self._connection: HTTPConnection | None = None
        self._numbers = count(1)
        self._stop = Event()
        self._answers = Counter[str]()
        self._posted = 0

    def crowd(self) -> None:
        """Let every thread of the server answer once, so that each has opened what it keeps open."""
        with ThreadPoolExecutor(_CROWD) as threads:
            list(threads.map(lambda _: self._look_in(), range(4 * _CROWD)))

    def _look_in(self) -> None:
        with closing(HTTPConnection(self._place, timeout=60)) as connection:
            connection.request("GET", "/api/v1/requests", headers={"Authorization": f"Bearer {self._token}"})
            connection.getresponse().read()

    def first_letter(self) -> None:
        """Let the worker take one in, so that it has loaded what letters need. Raises RuntimeError if it does not."""
        self._post_letter()
        ends = time.monotonic() + _PATIENCE
        while any((self._incoming / "new").iterdir()):
            if time.monotonic() > ends:
                raise RuntimeError(f"no letter was taken in within {_PATIENCE} seconds")
            time.sleep(0.1)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Ask, in a thread, until the block ends."""
        with ThreadPoolExecutor(1) as threads:
            work = threads.submit(self._work)
            try:
                yield
            finally:
                self._stop.set()
                work.result()

    def result(self, kind: str, minutes: float) -> Result:
        """What was asked and how it was answered."""
        every = self._answers.total()
        good = sum(number for answer, number in self._answers.items() if answer in _GOOD)
        others = {answer: number for answer, number in self._answers.items() if answer not in _GOOD}
        waiting = sum(1 for _ in (self._incoming / "new").iterdir())
        return Result(
            f"steady traffic for {minutes:g} minutes, {self._posted:,} letters by Maildir, {waiting} of them wait; "
            f"otherwise answered: {others}",
            kind,
            f"{good:,} of {every:,}",
            "–",
            good / every,
            "all",
            not others,
        )

    def _work(self) -> None:
        begun = time.monotonic()
        for number, act in enumerate(cycle(self._acts())):
            if self._stop.wait(max(0.0, begun + number / CALLS_PER_SECOND - time.monotonic())):
                break
            act()
        self._hang_up()

    def _acts(self) -> list[Callable[[], object]]:
        return [
            self._enter,
            lambda: self._get("/api/v1/requests?limit=20"),
            lambda: self._command("registration", {"rights": ["access"]}),
            lambda: self._get("/health/ready"),
            lambda: self._get(f"/api/v1/requests/{self._cases[0]}"),
            lambda: self._ask("POST", "/api/v1/intake/messages", letter(), {"Content-Type": "message/rfc822"}),
            lambda: self._get(f"/api/v1/requests/{self._cases[0]}/timeline"),
            lambda: self._get("/metrics"),
            lambda: self._command("assignment", {"assignee": STAFF[0]}),
            lambda: self._get(f"/api/v1/requests/{self._cases[0]}/dispatches"),
            self._post_letter,
            lambda: self._get("/api/v1/statistics"),
            lambda: self._command("notes", {"note": "Called back and asked about the recordings."}),
            lambda: self._get("/api/v1/messages"),
            lambda: self._get(f"/api/v1/requests/{self._cases[-1]}/deadline"),
        ]

    def _enter(self) -> None:
        name = f"Robin Example-{next(self._numbers)}"
        body = {
            "controller_id": "callcentre-de",
            "channel": "telephone",
            "received_at": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
            "person": {"name": name, "email": f"{name.replace(' ', '.').lower()}@mail.example"},
            "text": "Please send me a copy of my data.",
            "language": "en",
        }
        status, _, said = self._send("/api/v1/requests", body)
        if status == "201":
            self._cases.append(json.loads(said)["request_id"])

    def _command(self, path: str, body: dict[str, Any]) -> None:
        """On the newest case, at its version; the worker may be faster."""
        case = self._cases[-1]
        _, version, _ = self._get(f"/api/v1/requests/{case}")
        self._send(f"/api/v1/requests/{case}/{path}", body, {"If-Match": version})

    def _post_letter(self) -> None:
        """Into the Maildir, as a mail server does it."""
        name = uuid4().hex
        (self._incoming / "tmp" / name).write_bytes(letter())
        (self._incoming / "tmp" / name).rename(self._incoming / "new" / name)
        self._posted += 1

    def _get(self, path: str) -> _Answer:
        return self._ask("GET", path)

    def _send(self, path: str, body: dict[str, Any], headers: Mapping[str, str] = _NO_HEADERS) -> _Answer:
        sent = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex, **headers}
        return self._ask("POST", path, json.dumps(body).encode(), sent)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = _NO_HEADERS
    ) -> _Answer:
        if self._answers.total() % _ROUND == 0:
            self._hang_up()
        if self._connection is None:
            self._connection = HTTPConnection(self._place, timeout=60)
        try:
            self._connection.request(method, path, body, {"Authorization": f"Bearer {self._token}", **headers})
            answer = self._connection.getresponse()
            said, status, version = answer.read(), str(answer.status), answer.headers.get("ETag", "")
        except (OSError, HTTPException) as error:
            self._hang_up()
            said, status, version = b"", type(error).__name__, ""
        self._answers[status if status in _GOOD else f"{method} {path.rpartition('/')[2]}: {status}"] += 1
        return status, version, said

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
