"""Senders of requests that do not come: they are dropped, and the service goes on; who is only slow is heard."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from dsr.bootstrap import build
from dsr.settings import Settings
from tests.load.conftest import CALL, serving, staffed
from tests.load.test_readers_that_stand_still import ask, environment, granted, status_of, upload_of, waiting

HEAD = b"POST /my/code HTTP/1.1\r\nHost: x\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
BEGINNINGS = {
    "head": HEAD,
    "body": HEAD + FORM + b"Content-Length: 100\r\n\r\nreference=",
    "chunks": HEAD + FORM + b"Transfer-Encoding: chunked\r\n\r\n64\r\nreference=",
}


@pytest.fixture
def settings(install: Callable[[str], Settings]) -> Settings:
    return install("sqlite")


def sender(url: str, beginning: bytes) -> socket.socket:
    """Begins to send a request, and then sends nothing."""
    at = urlsplit(url)
    assert at.hostname
    assert at.port
    connection = socket.create_connection((at.hostname, at.port), timeout=60)
    connection.sendall(beginning)
    return connection


@pytest.mark.parametrize("part", BEGINNINGS)
def test_a_sender_that_stands_still_is_dropped(settings: Settings, part: str) -> None:
    with serving(environment(settings), waiting(0.5)) as url, ExitStack() as open_until_the_end:
        # given: as many as both processes have threads, and more
        senders = [open_until_the_end.enter_context(sender(url, BEGINNINGS[part])) for _ in range(24)]
        # when, then
        assert ask(url, "/health/live")[0] == 200
        for each in senders:
            while each.recv(65_536):
                pass


def test_who_does_not_hang_up_lets_nobody_wait(settings: Settings) -> None:
    # given: many who were answered, and keep their end of the connection open
    asked = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving(environment(settings), waiting(30)) as url, ExitStack() as open_until_the_end:
        begun = time.monotonic()
        for each in [open_until_the_end.enter_context(sender(url, asked)) for _ in range(24)]:
            assert status_of(each) == 200
            while each.recv(65_536):
                pass
        # when, then: two processes with one thread each for that would take two seconds for each of theirs
        assert time.monotonic() - begun < 20


def test_a_part_of_an_upload_may_come_slowly_as_long_as_it_comes(settings: Settings) -> None:
    # given: a part that takes longer than anybody may stand still
    waits, part = 4.0, b"slow but sure"
    service = build(settings)
    token, upload = staffed(service), upload_of(service, granted(service), 2 * len(part))
    head = (
        f"PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/octet-stream\r\nUpload-Offset: 0\r\nContent-Length: {len(part)}\r\n\r\n"
    )
    with serving(environment(settings), waiting(waits)) as url, sender(url, head.encode()) as slow:
        # when
        for byte in part:
            time.sleep(0.5)
            slow.sendall(bytes([byte]))
        # then
        assert status_of(slow) == 200
    assert service.desk.uploads.show(upload, CALL.caller).offset == len(part)
    service.close()
