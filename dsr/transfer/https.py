"""HTTPS transfer to a target that proves its host name, at an address checked before (GDPR Art. 32(1)(a)).

It uses the standard library, since the address of the connection, the check of the name, the time limits and the
absence of redirects all have to be controlled here; a client library's pools, proxies, redirects and retries would
first have to be disabled. The name is resolved once, each address is checked, and the connection uses that same
address, so that a later change of the name has no effect; certificate and `Host` use the name.
"""

import base64
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from dsr.domain.handing_over import (
    Parcel,
    TargetAddress,
    TargetRefused,
    TargetUnanswered,
    TargetUnreachable,
    TargetUnsafe,
    TargetUntrusted,
)
from dsr.settings import Network
from dsr.transfer.addresses import is_allowed

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

DECLARATION: Final = "DSR-Hand-Over"
"""Header with the controller's signed declaration about the package."""

LONGEST_RECEIPT: Final = 64 * 1024
"""Maximum bytes kept of an answer."""

_MOST_ADDRESSES: Final = 4

Resolve = Callable[[str, int], list[str]]
"""The addresses of a name."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, by the system's resolver, which limits the time. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class HttpsTransport:
    """The port `HandOverTransport`: one connection per package, without redirects and proxies."""

    def __init__(
        self,
        *,
        authorities: Path | None,
        private_networks: tuple[Network, ...],
        resolve: Resolve = resolve,
        connect_seconds: float = 10,
        step_seconds: float = 30,
        answer_seconds: float = 120,
    ) -> None:
        """`authorities`: a PEM file of certificate authorities in addition to the system's. The time limits: for
        connecting and verifying the name; for each write or read; for the whole answer.
        """
        self._authorities = authorities
        self._private_networks = private_networks
        self._resolve = resolve
        self._connect_seconds = connect_seconds
        self._step_seconds = step_seconds
        self._answer_seconds = answer_seconds

    @contextmanager
    def connect(self, address: TargetAddress, *, within: timedelta) -> Iterator["HttpsHandOver"]:
        """Connect and verify the target's name. Raises TargetUnsafe, TargetUnreachable, TargetUntrusted."""
        ends = time.monotonic() + within.total_seconds()
        context = ssl.create_default_context()
        if self._authorities is not None:
            context.load_verify_locations(cafile=self._authorities)
        context.sslsocket_class = TimedSocket
        with self._opened(address) as plain, self._proven(context, plain, address) as secure:
            secure.ends, secure.step = ends, self._step_seconds
            yield HttpsHandOver(
                HTTPSConnection(address.host, address.port, context=context), secure, address, self._answer_seconds
            )

    def _opened(self, address: TargetAddress) -> socket.socket:
        try:
            known = dict.fromkeys(self._resolve(address.host, address.port))
        except OSError:
            raise TargetUnreachable() from None  # the system's error quotes the name
        allowed = [each for each in known if is_allowed(each, self._private_networks)]
        if known and not allowed:
            raise TargetUnsafe()
        for each in allowed[:_MOST_ADDRESSES]:
            try:
                return socket.create_connection((each, address.port), timeout=self._connect_seconds)
            except OSError:
                continue
        raise TargetUnreachable()

    def _proven(self, context: ssl.SSLContext, plain: socket.socket, address: TargetAddress) -> "TimedSocket":
        try:
            return cast(TimedSocket, context.wrap_socket(plain, server_hostname=address.host))
        except ssl.SSLCertVerificationError:
            raise TargetUntrusted() from None  # as above
        except OSError:
            raise TargetUnreachable() from None


class HttpsHandOver:
    """One POST; the port `HandOverConnection`."""

    def __init__(
        self, http: HTTPSConnection, secure: "TimedSocket", address: TargetAddress, answer_seconds: float
    ) -> None:
        http.sock = secure
        http.auto_open = 0  # a broken connection is not reopened automatically, since that address would not be checked
        self._http = http
        self._secure = secure
        self._address = address
        self._answer_seconds = answer_seconds

    def send(self, parcel: Parcel, chunks: Iterable[bytes]) -> str:
        """POST the package while it is read, and return the answer.

        Raises TargetRefused, TargetUnanswered, and errors of `chunks`.
        """
        digest = base64.b64encode(bytes.fromhex(parcel.sha256)).decode()
        headers = {
            "Content-Type": "application/zip",
            "Content-Length": str(parcel.size),
            "Content-Digest": f"sha-256=:{digest}:",
            "Idempotency-Key": f'"{parcel.key}"',
            DECLARATION: parcel.declaration,
        }
        return _receipt(self._posted(headers, chunks))

    def post_json(self, content: bytes) -> None:
        """POST this JSON; the answer is not kept. Raises TargetRefused, TargetUnanswered."""
        self._posted({"Content-Type": "application/json", "Content-Length": str(len(content))}, [content])

    def _posted(self, headers: Mapping[str, str], chunks: Iterable[bytes]) -> HTTPResponse:
        whole = self._write(headers, chunks)
        response = self._answer()
        accepted = 200 <= response.status < 300
        if not accepted:
            raise TargetRefused(status=response.status)
        if not whole:
            raise TargetUnanswered()
        return response

    def _write(self, headers: Mapping[str, str], chunks: Iterable[bytes]) -> bool:
        """Write; False if the target stopped reading, in which case its answer may say why."""
        http = self._http
        http.putrequest("POST", self._address.path)
        for name, value in (*headers.items(), ("Connection", "close")):
            http.putheader(name, value)
        if not self._sent(http.endheaders):
            return False
        return all(self._sent(partial(http.send, chunk)) for chunk in chunks)

    def _sent(self, write: Callable[[], None]) -> bool:
        """Raises TargetUnanswered if the target takes too long."""
        try:
            write()
        except TimeoutError:
            raise TargetUnanswered() from None
        except OSError:
            return False
        return True

    def _answer(self) -> HTTPResponse:
        self._secure.ends = min(self._secure.ends, time.monotonic() + self._answer_seconds)
        self._secure.step = self._answer_seconds
        try:
            return self._http.getresponse()
        except (OSError, HTTPException):
            raise TargetUnanswered() from None


class TimedSocket(ssl.SSLSocket):
    """A connection by TLS with a time limit for each step and for all together.

    A socket's own time limit restarts with each byte, so a peer that sends one every few seconds would never be
    stopped.
    """

    ends = math.inf
    """On the monotonic clock."""
    step = math.inf
    """Seconds."""

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        """Raises TimeoutError."""
        self._limit()
        return super().send(data, flags)

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        """Raises TimeoutError."""
        self._limit()
        return super().recv_into(buffer, nbytes, flags)

    def _limit(self) -> None:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(min(self.step, left))


class TimedPlainSocket(socket.socket):
    """A connection without TLS, with a time limit for all that is read, as `TimedSocket` has one."""

    ends = math.inf
    """On the monotonic clock."""

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """Raises TimeoutError."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)
        return super().recv_into(buffer, nbytes, flags)


def _receipt(response: HTTPResponse) -> str:
    """The target's answer as far as received; the status has already confirmed the package."""
    said = bytearray()
    try:
        while len(said) < LONGEST_RECEIPT and (part := response.read1(LONGEST_RECEIPT - len(said))):
            said += part
    except (OSError, HTTPException):
        said += " […]".encode()
    return said.decode("utf-8", errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
