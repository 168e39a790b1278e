"""The interface of another controller, as a real HTTPS server on this machine with an authority of its own."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme


@dataclass(frozen=True)
class Received:
    """One request, as the server read it."""

    path: str
    headers: dict[str, str]
    """By their names in small letters."""
    body: bytes


def accept(handler: "Handler") -> None:
    """Take what comes, and say so."""
    handler.take()
    handler.answer(201, b'{"received": true}')


@dataclass
class Receiver:
    """A server on a free port of this machine, which its authority says is `localhost`."""

    authorities: Path
    port: int = 0
    received: list[Received] = field(default_factory=list)
    behaviour: "Callable[[Handler], None]" = accept
    """What it does with a request."""
    released: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: a server that hangs hangs no longer."""

    def url(self, host: str = "localhost", path: str = "/inbox?from=privacy") -> str:
        return f"https://{host}:{self.port}{path}"

    def answering(self, status: int, body: bytes = b"", **headers: str) -> None:
        """From now on: take everything, then answer so."""

        def behave(handler: "Handler") -> None:
            handler.take()
            handler.answer(status, body, **headers)

        self.behaviour = behave

    def hanging(self) -> None:
        """From now on: take everything, and never answer."""

        def behave(handler: "Handler") -> None:
            handler.take()
            self.released.wait(30)

        self.behaviour = behave


class Handler(BaseHTTPRequestHandler):
    """Hands each request to what the receiver does now."""

    receiver: Receiver

    def do_POST(self) -> None:
        self.receiver.behaviour(self)

    def do_GET(self) -> None:
        """Whoever follows a redirect may come so."""
        self.receiver.behaviour(self)

    def take(self, most: int | None = None) -> None:
        """Read the body, or so much of it, and note the request."""
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size if most is None else min(most, size))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.received.append(Received(self.path, headers, body))

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what goes wrong is the test's to see."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is a part of the test."""


@contextmanager
def listening(folder: Path, *, name: str = "localhost", until: datetime | None = None) -> Iterator[Receiver]:
    """A running receiver whose certificate names `name`; its authority lies in a file of the folder."""
    authority = trustme.CA()
    pem = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=until).configure_cert(context)
    receiver = Receiver(pem)
    server = _Server(("127.0.0.1", 0), type("OfReceiver", (Handler,), {"receiver": receiver}))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
