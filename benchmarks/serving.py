"""Starting servers as processes of their own, and a light client with connections that stay open."""

import os
import re
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.bare_endpoint import make_table

PROCESSES: Final = 2
THREADS: Final = 4
CLIENTS: Final = 8
"""Connections at a time: one for each thread of each process."""
_SERVING: Final = r"Serving on (http://\S+)"
_PATIENCE: Final = 20
"""Seconds until a mail server listens."""


@contextmanager
def service(
    environment: Mapping[str, str],
    *,
    processes: int = PROCESSES,
    threads: int = THREADS,
    program: Path | None = None,
) -> Iterator[str]:
    """`dsr serve` on a free port, `threads` in each process; yields its URL. `program`: another `dsr` than ours."""
    command = [str(program or Path(sys.executable).with_name("dsr")), "serve", "--web-only", "--port", "0"]
    command += ["--workers", str(processes), "--threads", str(threads)]
    with _process(command, environment, _SERVING) as (url, _):
        yield url


@contextmanager
def whole_service(environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """`dsr serve` on a free port with worker and scheduler beside it; yields its URL and the id of its process."""
    command = [str(Path(sys.executable).with_name("dsr")), "serve", "--port", "0", "--workers", str(PROCESSES)]
    with _process(command, environment, _SERVING) as (url, process_id):
        yield url, process_id


@contextmanager
def bare(database_url: str, *, processes: int = PROCESSES) -> Iterator[str]:
    """The bare endpoint under a gunicorn with the same settings; yields its URL."""
    make_table(database_url)
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--worker-class", "gthread"]
    command += ["--no-control-socket"]
    command += ["--workers", str(processes), "--threads", str(THREADS), "benchmarks.bare_endpoint:app()"]
    with _process(command, {"BARE_DATABASE_URL": database_url}, r"Listening at: (http://\S+)") as (url, _):
        yield url


@contextmanager
def mail_server() -> Iterator[int]:
    """A real one in a process of its own, that forgets what it takes; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            ends = monotonic() + _PATIENCE
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if monotonic() > ends:
                        raise
                    sleep(0.1)
            yield port
        finally:
            process.terminate()


class Client:
    """Sends what it is given from `clients` threads, each with one connection that stays open."""

    def __init__(
        self, url: str, path: str, headers: Mapping[str, str], *, clients: int = CLIENTS, takes_key: bool = False
    ) -> None:
        """`takes_key`: each body is sent with an idempotency key of its own."""
        self._place = str(urlsplit(url).netloc)
        self._path = path
        self._headers = dict(headers)
        self._clients = clients
        self._takes_key = takes_key
        self._threads = ThreadPoolExecutor(clients)

    def post_all(self, bodies: Sequence[bytes]) -> int:
        """Post each body, and return how many that was. Raises RuntimeError unless every one is answered with 201."""
        waiting: SimpleQueue[bytes | None] = SimpleQueue()
        for body in (*bodies, *[None] * self._clients):
            waiting.put(body)
        for done in [self._threads.submit(self._work, waiting.get) for _ in range(self._clients)]:
            done.result()
        return len(bodies)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def _work(self, next_body: Callable[[], bytes | None]) -> None:
        connection = HTTPConnection(self._place, timeout=60)
        try:
            while (body := next_body()) is not None:
                key = {"Idempotency-Key": uuid4().hex} if self._takes_key else {}
                connection.request("POST", self._path, body, self._headers | key)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status != 201:
                    raise RuntimeError(f"{self._path} answered {answer.status}: {said.decode()[:300]}")
        finally:
            connection.close()


@contextmanager
def _process(command: list[str], environment: Mapping[str, str], ready: str) -> Iterator[tuple[str, int]]:
    with subprocess.Popen(
        command,
        env={**{name: value for name, value in os.environ.items() if not name.startswith("DSR_")}, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(ready, line):
                break
        else:
            raise RuntimeError(f"{command} did not start:\n{said}")
        Thread(target=deque, args=(process.stdout, 0), daemon=True).start()  # a full pipe would stop the server
        sleep(2)  # until both processes are there
        try:
            yield found[1], process.pid
        finally:
            process.terminate()
            process.wait(timeout=60)
