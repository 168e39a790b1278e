"""Runs gunicorn as a library: processes with threads, each of which builds its own service after the fork."""

import errno
import gc
import logging
import socket
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException
from gunicorn.util import close_graceful, write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from dsr.api import downloads
from dsr.api.errors import InternalError, RequestMalformed
from dsr.api.problems import PROBLEM_JSON, problem_body
from dsr.api.statuses import status_of
from dsr.mailbox.language import detect_language
from dsr.mailbox.rights import suggest_rights

log = logging.getLogger("dsr.api")

_GRACEFUL_SECONDS = 30
_KEEP_ALIVE_SECONDS = 60
"""Longer than clients and proxies keep a connection unused, so that they never send on one that just closed."""

_NOTIFY_SECONDS = 1


class _Sender(socket.socket):
    """A connection that is dropped if its sender stalls as long as a reader may.

    gunicorn waits endlessly for head and body of a request, and holds a thread meanwhile. A slow sender continues as
    long as bytes arrive.
    """

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Raises ConnectionResetError if nothing arrived."""
        if self.gettimeout() is not None:
            return super().recv(bufsize, flags)
        self.settimeout(downloads.CHUNK_SECONDS)
        try:
            return super().recv(bufsize, flags)
        except TimeoutError:
            self.shutdown(socket.SHUT_RDWR)  # the worker does not wait for it to close either
            raise ConnectionResetError(errno.ECONNRESET, "the sender stands still") from None
        finally:
            self.settimeout(None)


class WebWorker(ThreadWorker):
    """gunicorn's worker, changed to drop stalled senders, not to wait for peers to close, and not to log unparsable
    requests.

    gunicorn's log and answer would quote the line, which may name a person.
    """

    _notified = 0.0

    def notify(self) -> None:
        """Show that this process is alive, once a second at most.

        gunicorn does so several times a request; each time the thread that accepts requests waits for the one that
        answers them.
        """
        if (now := time.monotonic()) - self._notified >= _NOTIFY_SECONDS:
            self._notified = now
            super().notify()

    def enqueue_req(self, conn: Any) -> None:
        """Before anything of a connection is read."""
        if not isinstance(conn.sock, _Sender):
            conn.sock = _Sender(fileno=conn.sock.detach())
            conn.sock.setblocking(False)  # as it was
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Handle a request in its thread, including the wait for the peer to close, during which gunicorn would block
        all other connections of the process.
        """
        result = super().handle(conn)
        if not result:
            with suppress(OSError):  # closed already
                close_graceful(conn.sock.dup())
                conn.sock.shutdown(socket.SHUT_RDWR)
        return result

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002 - its hook
        """Answer a request that never reached the app with a problem too."""
        log.warning("an HTTP request could not be served: %s", type(exc).__name__)
        error = RequestMalformed() if isinstance(exc, ParseException) else InternalError()
        status, body = HTTPStatus(status_of(type(error))), problem_body(error)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Type: {PROBLEM_JSON}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):  # the peer may be gone
            write_nonblock(client, head.encode() + body)


class _Server(BaseApplication):
    """One gunicorn with our settings; reads no configuration file and no environment of its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's hook."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The app of one process, made after the fork: database connections are never shared between processes."""
        from dsr.api.wsgi import app  # noqa: PLC0415 - see above

        return app(threads=self._options["threads"])


def run(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until told to stop; prints the URL once it listens. `port` 0 takes a free one."""
    _log_to_stderr()
    # Word lists and language model are loaded once and shared by all processes.
    detect_language("Please send me a copy of my data.")
    suggest_rights("Please send me a copy of my data.")
    gc.freeze()  # a search for garbage would write to what they share
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    _Server(
        {
            "bind": address,
            "workers": workers,
            "threads": threads,
            "worker_class": WebWorker,
            "graceful_timeout": _GRACEFUL_SECONDS,
            "keepalive": _KEEP_ALIVE_SECONDS,
            "accesslog": None,  # the app logs accesses itself, without addresses and query strings
            "errorlog": "-",
            "loglevel": "warning",
            "when_ready": _announce,
            "control_socket_disable": True,
        }
    ).run()


def _log_to_stderr() -> None:
    """Log accesses and errors, with ids only; set before the fork, so that every process has it."""
    form = logging.Formatter("%(asctime)s %(process)d %(name)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    form.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(form)
    ours = logging.getLogger("dsr")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)


def _announce(server: Any) -> None:
    for listener in server.LISTENERS:
        host, port = listener.sock.getsockname()[:2]
        click.echo(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port}")
