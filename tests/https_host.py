"""A host of HTTP over TLS in a thread, which answers as a test tells it to."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from tests.certificates import Authority

Reply = tuple[int, Mapping[str, str], bytes]
"""Status, further headers and content."""


class Answering(Protocol):
    """What the host says, and how slowly."""

    port: int
    drips: float
    """Seconds before each byte of the answer."""

    def respond(self, path: str, authorization: str, body: str) -> Reply: ...


@contextmanager
def https_host(host: Answering, authority: Authority) -> Iterator[None]:
    """Let it answer on a free port of this machine, which it is told."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            status, headers, content = host.respond(self.path, self.headers.get("Authorization", ""), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                for byte in content if host.drips else ():
                    time.sleep(host.drips)
                    self.wfile.write(bytes([byte]))
                if not host.drips:
                    self.wfile.write(content)
            except OSError:
                pass  # the client waited long enough

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = authority.server().wrap_socket(server.socket, server_side=True)
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
