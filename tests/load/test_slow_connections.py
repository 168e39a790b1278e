"""Slow connections hold sockets, and nobody up: a thread is given only to a request that has come."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from dsr.settings import Settings
from tests.load.conftest import serving
from tests.load.test_readers_that_stand_still import ask, environment, waiting
from tests.load.test_senders_that_stand_still import FORM, HEAD, sender

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
BEGINNINGS = {
    "head": HEAD + b"X: ",
    "form": HEAD + FORM + b"Content-Length: 60000\r\n\r\n",
    "form that waits": HEAD + FORM + b"Expect: 100-continue\r\nContent-Length: 60000\r\n\r\n",
    "chunks": HEAD + FORM + b"Transfer-Encoding: chunked\r\n\r\nFFFF\r\n",
    "a body that nobody reads": LIVE + b"Content-Length: 100000\r\n\r\n",
    "never closed": LIVE + b"Connection: close\r\n\r\n",
}


@pytest.fixture
def settings(install: Callable[[str], Settings]) -> Settings:
    return install("sqlite")


@contextmanager
def dripping(connections: list[socket.socket]) -> Iterator[None]:
    """Send a byte on each connection, again and again."""
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.2):
            for each in connections:
                try:
                    each.send(b"x")
                except OSError:
                    continue

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_fifty_slow_connections_hold_nobody_up(settings: Settings, subtests: pytest.Subtests) -> None:
    with serving(environment(settings), waiting(30)) as url:
        ask(url, "/health/live")
        for part, beginning in BEGINNINGS.items():
            with subtests.test(part), ExitStack() as open_meanwhile:
                slow = [open_meanwhile.enter_context(sender(url, beginning)) for _ in range(50)]
                with dripping(slow):
                    for _ in range(5):
                        begun = time.monotonic()
                        assert ask(url, "/health/live")[0] == 200
                        assert time.monotonic() - begun < 1


def test_who_sends_too_slowly_is_dropped(settings: Settings, subtests: pytest.Subtests) -> None:
    hurry = "from dsr.api import arriving; arriving.HEAD_SECONDS = 1.0; "
    program = waiting(30)
    with serving(environment(settings), (*program[:-1], hurry + program[-1])) as url:
        for part in ("head", "form", "chunks"):
            with subtests.test(part), ExitStack() as open_meanwhile:
                slow = [open_meanwhile.enter_context(sender(url, BEGINNINGS[part])) for _ in range(4)]
                with dripping(slow):
                    begun = time.monotonic()
                    for each in slow:
                        assert not rest_of(each)
                    assert time.monotonic() - begun < 10


def rest_of(connection: socket.socket) -> bytes:
    """What comes until the connection is closed or reset."""
    found = b""
    try:
        while received := connection.recv(65_536):
            found += received
    except ConnectionResetError:
        pass
    return found


def test_a_request_in_pieces_is_answered_and_its_connection_goes_on(settings: Settings) -> None:
    with serving(environment(settings), waiting(30)) as url, sender(url, b"") as pieces:
        for _ in range(2):
            for piece in (LIVE[:5], LIVE[5:30], LIVE[30:] + b"\r", b"\n"):
                pieces.sendall(piece)
                time.sleep(0.1)
            answers(pieces, 1)
        pieces.sendall(2 * (LIVE + b"\r\n"))
        answers(pieces, 2)


def answers(connection: socket.socket, number: int) -> None:
    """Read as many answers to `LIVE`."""
    found = b""
    while found.count(b'"live"') < number:
        received = connection.recv(65_536)
        assert received, found
        found += received
    assert found.count(b"HTTP/1.1 200") == number
    assert b"Server:" not in found, "it names no program"


def test_a_head_without_end_is_refused(settings: Settings) -> None:
    with serving(environment(settings), waiting(30)) as url, sender(url, LIVE) as endless:
        endless.sendall(b"X: " + b"y" * 70_000)
        assert b" 400 " in rest_of(endless)[:20]
