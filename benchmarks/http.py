"""Requests entered and letters taken in over HTTP: by 1, 4 and 16 clients, answered by one process and by two.

Compared with a bare Flask endpoint that inserts one row, and with an earlier commit where one is named. All are served
in the same way on databases of the same kind, and take turns round by round. Each client has a connection that stays
open; a request is entered with an idempotency key of its own, as the interface demands.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from benchmarks.earlier import Earlier
from benchmarks.letters import letter
from benchmarks.places import Place, handler_token, installed
from benchmarks.results import Result, compared, medians
from benchmarks.serving import Client, bare, service
from benchmarks.watching import Watching

CLIENTS: Final = (1, 4, 16)
PROCESSES: Final = (1, 2)
OF_BARE: Final = 0.3
OF_EARLIER: Final = 2.5
_CALLS: Final = 48
"""In one block: each of 16 clients has three."""
_ROUNDS: Final = 7

_TEXT: Final = (
    "Dear Sir or Madam,\n\nI am requesting access to my personal data under Article 15 GDPR. Please send me a copy of "
    "the recordings of my calls with you in March.\n\nYours faithfully\n{name}\n"
)
_numbers = count(1)


def _request() -> bytes:
    """The next request that came by telephone: another person each time."""
    name = f"Robin Example-{next(_numbers)}"
    return json.dumps(
        {
            "controller_id": "callcentre-de",
            "channel": "telephone",
            "received_at": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
            "person": {"name": name, "email": f"{name.replace(' ', '.').lower()}@mail.example"},
            "text": _TEXT.format(name=name),
            "language": "en",
        }
    ).encode()


@dataclass(frozen=True)
class _Route:
    name: str
    path: str
    media_type: str
    body: Callable[[], bytes]
    takes_key: bool


_ROUTES: Final = (
    _Route("POST /requests", "/api/v1/requests", "application/json", _request, takes_key=True),
    _Route("POST /intake/messages", "/api/v1/intake/messages", "message/rfc822", letter, takes_key=False),
)


@dataclass(frozen=True)
class _Served:
    """A server that answers: where, and how it is asked."""

    url: str
    headers: Mapping[str, str]
    path: str | None = None
    """Of everything that is sent to it; None: that of the route."""


def run(place: Place, watching: Watching, earlier: Earlier | None = None) -> list[Result]:
    """Measure both routes for each number of processes and clients."""
    results: list[Result] = []
    step = watching.steps(f"HTTP, {place.kind}", len(PROCESSES) * len(_ROUTES) * len(CLIENTS) * _ROUNDS)
    for processes in PROCESSES:
        with _served(place, processes, earlier) as servers:
            for route in _ROUTES:
                for clients in CLIENTS:
                    found = _measured(route, clients, servers, step)
                    name = f"{route.name}, {processes} process{'es' * (processes > 1)}, {clients} clients"
                    results.append(compared(name, place.kind, found[0], found[1], aim=OF_BARE))
                    if earlier is not None:
                        than = f"… ÷ {earlier.commit}"
                        results.append(compared(than, place.kind, found[0], found[2], aim=OF_EARLIER))
    return results


@contextmanager
def _served(place: Place, processes: int, earlier: Earlier | None) -> Iterator[list[_Served]]:
    """Ours, the bare endpoint, and the earlier commit where one is named."""
    name = f"http_{processes}"
    with ExitStack() as running:
        environment = place.environment(name)
        with installed(environment) as made:
            token = handler_token(made)
        url = running.enter_context(service(environment, processes=processes))
        bare_url = running.enter_context(bare(place.url(f"{name}_letters"), processes=processes))
        servers = [_Served(url, _authorised(token)), _Served(bare_url, {}, "/letters")]
        if earlier is not None:
            before = place.environment(f"{name}_earlier")
            token = earlier.install(before)
            url = running.enter_context(service(before, processes=processes, program=earlier.program))
            servers.append(_Served(url, _authorised(token)))
        yield servers


def _measured(route: _Route, clients: int, servers: list[_Served], step: Callable[[], None]) -> list[float]:
    with ExitStack() as open_clients:
        blocks = []
        for server in servers:
            headers = {**server.headers, "Content-Type": route.media_type}
            client = Client(server.url, server.path or route.path, headers, clients=clients, takes_key=route.takes_key)
            open_clients.callback(client.close)
            blocks.append(lambda client=client: client.post_all([route.body() for _ in range(_CALLS)]))
        return medians(blocks, rounds=_ROUNDS, progress=step)


def _authorised(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
