"""One request to a witness or a time-stamp authority: the whole exchange ends in time, and the answer is short."""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit

from dsr.transfer.https import TimedPlainSocket, TimedSocket, resolve

SECONDS: Final = 10.0
"""For the whole exchange: a slow answer delays no other question."""
_MOST_BYTES: Final = 64_000
_MOST_ADDRESSES: Final = 4


class NoAnswer(Exception):
    """No answer came in time."""


@dataclass(frozen=True)
class ShortAnswer:
    """An answer over HTTP."""

    status: int
    body: bytes


def post(url: str, body: bytes, headers: Mapping[str, str]) -> ShortAnswer:
    """Send a request without redirects and proxies. Raises NoAnswer."""
    parts = urlsplit(url)
    speaks = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = speaks(parts.hostname or "", port_of(parts))
    connection.auto_open = 0
    try:
        connection.sock = _opened(parts, ends=time.monotonic() + SECONDS)
        connection.request("POST", parts.path or "/", body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        return ShortAnswer(answer.status, answer.read(_MOST_BYTES))
    except (OSError, HTTPException):
        raise NoAnswer from None
    finally:
        connection.close()


def is_address(url: str) -> bool:
    """Whether this is an http or https address that can be asked: without a query, a user or a password."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        return bool(
            url.isascii()
            and parts.scheme in ("http", "https")
            and host
            and port_of(parts)
            and not parts.query
            and parts.username is None
        )
    except ValueError:  # UnicodeError for a name, or a port that is none
        return False


def port_of(parts: SplitResult) -> int:
    """The port, also where the address names none."""
    return (443 if parts.scheme == "https" else 80) if parts.port is None else parts.port


def _opened(parts: SplitResult, *, ends: float) -> socket.socket:
    """A connection on which nothing is read after `ends`. Raises OSError."""
    host, port = parts.hostname or "", port_of(parts)
    for each in list(dict.fromkeys(resolve(host, port)))[:_MOST_ADDRESSES]:
        try:
            plain = socket.create_connection((each, port), timeout=max(0.1, ends - time.monotonic()))
        except OSError:
            continue
        if parts.scheme == "http":
            timed = TimedPlainSocket(fileno=plain.detach())
            timed.settimeout(SECONDS)
            timed.ends = ends
            return timed
        context = ssl.create_default_context()
        context.sslsocket_class = TimedSocket
        secure = cast(TimedSocket, context.wrap_socket(plain, server_hostname=host))
        secure.ends, secure.step = ends, SECONDS
        return secure
    raise ConnectionError
