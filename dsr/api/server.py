"""Runs gunicorn as a library: processes with threads, each of which builds its own service after the fork."""

import errno
import gc
import logging
import math
import selectors
import socket
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, NoReturn

import click
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi
from gunicorn.http.errors import LimitRequestHeaders, ParseException
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from dsr.api import arriving, downloads
from dsr.api.arriving import Arriving, HeadTooLarge
from dsr.api.errors import InternalError, RequestMalformed
from dsr.api.problems import PROBLEM_JSON, problem_body
from dsr.api.statuses import status_of
from dsr.logs import form_of, log_to_stderr
from dsr.mailbox.language import detect_language
from dsr.mailbox.rights import suggest_rights

log = logging.getLogger("dsr.api")

_GRACEFUL_SECONDS = 30
_KEEP_ALIVE_SECONDS = 60
"""Longer than clients and proxies keep a connection unused, so that they never send on one that just closed."""

_NOTIFY_SECONDS = 1

_DRAIN_SECONDS = 0.05
"""For what is left of a body that nobody read, before the connection is used again."""

_LINGER_SECONDS = 2
"""For a peer to close its end after the last answer."""

_AT_ONCE = 64 * 1024
"""Bytes read of one connection before the others have their turn."""


class _Sender(socket.socket):
    """A connection whose sender is dropped if a body comes too slowly.

    gunicorn waits endlessly for the body of a request, and holds a thread meanwhile.
    """

    _begun = 0.0
    _received = 0
    _ends_at = math.inf

    def begin(self) -> None:
        """A thread takes on a request of this connection."""
        self._begun, self._received, self._ends_at = time.monotonic(), 0, math.inf

    def end_in(self, seconds: float) -> None:
        """The body of this request has to come within that time, whatever its rate."""
        self._ends_at = time.monotonic() + seconds

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Raises ConnectionResetError if nothing arrived in time."""
        if self.gettimeout() is not None:
            return super().recv(bufsize, flags)
        now = time.monotonic()
        if now >= self._ends_at:  # what comes steadily never runs into the limit of the socket
            self._give_up()
        by_rate = self._begun + arriving.HEAD_SECONDS + self._received / arriving.SLOWEST
        self.settimeout(max(0.001, min(downloads.CHUNK_SECONDS, by_rate - now, self._ends_at - now)))
        try:
            received = super().recv(bufsize, flags)
        except TimeoutError:
            self._give_up()
        finally:
            self.settimeout(None)
        self._received += len(received)
        return received

    def _give_up(self) -> NoReturn:
        self.shutdown(socket.SHUT_RDWR)  # the worker does not wait for it to close either
        raise ConnectionResetError(errno.ECONNRESET, "the sender is too slow") from None


class WebWorker(ThreadWorker):
    """gunicorn's worker, changed to give a thread to no request that is still arriving, to drop slow senders, not to
    wait for peers to close, and not to log unparsable requests.

    gunicorn's log and answer would quote the line, which may name a person.
    """

    _notified = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[Any, Arriving] = {}
        self._lingering: dict[Any, float] = {}

    def notify(self) -> None:
        """Show that this process is alive, once a second at most.

        gunicorn does so several times a request; each time the thread that accepts requests waits for the one that
        answers them.
        """
        if (now := time.monotonic()) - self._notified >= _NOTIFY_SECONDS:
            self._notified = now
            super().notify()

    def enqueue_req(self, conn: Any) -> None:
        """Read the head of a request in the loop, and give it a thread once enough has come."""
        if not isinstance(conn.sock, _Sender):
            conn.sock = _Sender(fileno=conn.sock.detach())
        conn.sock.setblocking(False)
        ahead = conn.parser.unreader.take_buffered() if conn.initialized else b""
        self._arriving[conn] = Arriving(ahead, at=time.monotonic())
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read_on, conn))
        self._read_on(conn)

    def _read_on(self, conn: Any, _: Any = None) -> None:
        request = self._arriving[conn]
        try:
            if not request.is_enough:
                received = conn.sock.recv(_AT_ONCE)
                if not received:
                    self._drop(conn)
                    return
                request.add(received, at=time.monotonic())
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        except HeadTooLarge:
            self.handle_error(None, conn.sock, conn.client, LimitRequestHeaders("head"))
            self._drop(conn)
            return
        if request.waits_for_go_ahead:
            request.waits_for_go_ahead = False
            with suppress(OSError):  # it sends the body all the same, after a while
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.is_enough:
            self._take_on(conn, request.received)

    def _take_on(self, conn: Any, received: bytes) -> None:
        self._forget(conn)
        conn.init()
        conn.parser.unreader.unread(received)
        conn.sock.begin()
        super().enqueue_req(conn)

    def _forget(self, conn: Any) -> None:
        del self._arriving[conn]
        self.poller.unregister(conn.sock)

    def _drop(self, conn: Any) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Drop slow senders, and when stopping also those who have sent nothing; gunicorn's loop calls this."""
        super().murder_pending()
        now = time.monotonic()
        for conn, request in tuple(self._arriving.items()):
            if request.ends_at <= now or not (self.alive or request.received):
                self._drop(conn)
        for conn, until in tuple(self._lingering.items()):
            if until <= now:
                self._let_go(conn)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Keep the connection if the rest of the body is here; gunicorn would hold the thread for seconds."""
        return keepalive and bool(conn.parser.finish_body(deadline=time.monotonic() + _DRAIN_SECONDS))

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Wait in the loop until the peer closes too; gunicorn would do so in the thread that accepts requests."""
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._linger, conn))
        except (OSError, ValueError):  # closed already
            self.nr_conns -= 1
            conn.close()
        else:
            self._lingering[conn] = time.monotonic() + _LINGER_SECONDS

    def _linger(self, conn: Any, _: Any = None) -> None:
        """Read on, so that the peer gets the whole answer before the connection is reset."""
        try:
            goes_on = bool(conn.sock.recv(_AT_ONCE))
        except BlockingIOError:
            goes_on = True
        except OSError:
            goes_on = False
        if not goes_on:
            self._let_go(conn)

    def _let_go(self, conn: Any) -> None:
        del self._lingering[conn]
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

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


def run(*, host: str, port: int, workers: int, threads: int, log_form: str) -> None:
    """Serve until told to stop; prints the URL once it listens. `port` 0 takes a free one."""
    log_to_stderr(log_form)  # before the fork, so that every process has it
    _ServerLog.form = form_of(log_form)
    _name_no_program()
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
            "logger_class": _ServerLog,
            "when_ready": _announce,
            "control_socket_disable": True,
        }
    ).run()


def _name_no_program() -> None:
    """Leave the field `Server` out of answers: it helps only an attacker who looks for a known weakness."""
    written = wsgi.Response.default_headers

    def default_headers(response: Any) -> list[str]:
        return [line for line in written(response) if not line.startswith("Server:")]

    setattr(wsgi.Response, "default_headers", default_headers)  # noqa: B010 - an assignment to a method


class _ServerLog(glogging.Logger):
    """gunicorn's own lines, in the form of ours."""

    form: ClassVar[logging.Formatter]

    def setup(self, cfg: Any) -> None:
        """The library's hook."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(self.form)


def _announce(server: Any) -> None:
    for listener in server.LISTENERS:
        host, port = listener.sock.getsockname()[:2]
        click.echo(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port}")
