"""What a client sends that is no HTTP never reaches the app: gunicorn's worker answers it, and says nothing of it."""

import json
import logging
import socket
import time

import pytest
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine
from gunicorn.workers.gthread import ThreadWorker

from dsr.api.server import WebWorker, _Sender

CANARY = "GET /?name=Ada+Lovelace"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidRequestLine(CANARY), 400, "request-malformed"),
        (InvalidHeader(CANARY), 400, "request-malformed"),
        (RuntimeError(CANARY), 500, "internal-error"),
    ],
    ids=["line", "header", "bug"],
)
def test_what_cannot_be_parsed_is_a_problem_and_is_quoted_nowhere(
    error: Exception, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, caplog.at_level(logging.DEBUG):
        WebWorker.handle_error(object.__new__(WebWorker), None, ours, ("203.0.113.7", 1), error)
        answer = theirs.recv(65_536).decode()
    head, body = answer.split("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "Content-Type: application/problem+json" in head
    assert f"Content-Length: {len(body)}" in head
    assert (json.loads(body)["status"], json.loads(body)["code"]) == (status, code)
    for word in ("Lovelace", "203.0.113.7"):
        assert word not in answer + caplog.text
    assert type(error).__name__ in caplog.text


def test_a_process_shows_once_a_second_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    times, touched = iter((1000.0, 1000.4, 1000.999, 1001.0, 1001.5, 1002.5)), list[int]()
    monkeypatch.setattr("dsr.api.server.time.monotonic", lambda: next(times))
    worker = object.__new__(WebWorker)
    # when: the loop of gunicorn asks several times a request
    for number in range(6):
        monkeypatch.setattr(ThreadWorker, "notify", lambda _, number=number: touched.append(number))
        worker.notify()
    # then
    assert touched == [0, 3, 5]


def test_who_sends_steadily_but_for_too_long_is_dropped() -> None:
    ours, theirs = socket.socketpair()
    with theirs, _Sender(fileno=ours.detach()) as sender:
        sender.begin()
        sender.end_in(0.05)
        theirs.send(b"steadily")
        assert sender.recv(1) == b"s"
        time.sleep(0.06)
        with pytest.raises(ConnectionResetError):
            sender.recv(1)
