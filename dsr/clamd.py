"""The scanner ClamAV: its daemon `clamd` over a socket, by the command INSTREAM (clamd(8))."""

import re
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from dsr.domain.scanning import MalwareFound, ScannerUnavailable
from dsr.settings import ScannerAddress

_STEP_SECONDS: Final = 30
"""Seconds per write."""
_VERDICT_SECONDS: Final = 300
"""Seconds for the verdict: clamd unpacks archives before it answers."""
_PIECE: Final = 1 << 20
_LONGEST_REPLY: Final = 4096
_FOUND: Final = re.compile(r"stream: ([\w.()/+:-]{1,200}) FOUND")


class ClamdScanner:
    """The port `Scanner`: one connection per file, which is streamed and never held as a whole."""

    scans = True

    def __init__(
        self, where: ScannerAddress, *, seconds: float = _STEP_SECONDS, verdict_seconds: float = _VERDICT_SECONDS
    ) -> None:
        self._where = where
        self._seconds = seconds
        self._verdict_seconds = verdict_seconds

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The unchanged chunks. Raises MalwareFound; ScannerUnavailable, also for a file larger than clamd takes."""
        with self._connected() as connection:
            self._send(connection, b"zINSTREAM\0")
            for chunk in chunks:
                for begin in range(0, len(chunk), _PIECE):
                    piece = chunk[begin : begin + _PIECE]
                    self._send(connection, struct.pack("!L", len(piece)) + piece)
                yield chunk
            self._send(connection, struct.pack("!L", 0))
            _decide(_reply(connection, self._verdict_seconds))

    def probe(self) -> None:
        """Raises ScannerUnavailable unless it answers."""
        with self._connected() as connection:
            self._send(connection, b"zPING\0")
            if _reply(connection, self._seconds) != "PONG":
                raise ScannerUnavailable(reason="no answer to PING")

    def _send(self, connection: socket.socket, data: bytes) -> None:
        """Raises ScannerUnavailable; clamd says why it stopped reading, if it can."""
        try:
            connection.sendall(data)
        except TimeoutError:
            raise ScannerUnavailable(reason="timeout") from None
        except OSError:
            _decide(_reply(connection, self._seconds))
            raise ScannerUnavailable(reason="it stopped reading") from None

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        where = self._where
        try:
            if where.path is None:
                connection = socket.create_connection((where.host, where.port), timeout=self._seconds)
            else:
                connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                connection.settimeout(self._seconds)
                connection.connect(str(where.path))
        except OSError as error:
            raise ScannerUnavailable(reason=type(error).__name__) from None
        with connection:
            yield connection


def _reply(connection: socket.socket, seconds: float) -> str:
    """The whole reply, within so many seconds: a limit for each read would begin anew with each byte."""
    reply, ends = b"", time.monotonic() + seconds
    try:
        while not reply.endswith(b"\0") and len(reply) < _LONGEST_REPLY:
            connection.settimeout(max(0.001, ends - time.monotonic()))
            more = connection.recv(_LONGEST_REPLY)
            if not more:
                break
            reply += more
    except OSError as error:
        raise ScannerUnavailable(reason=type(error).__name__) from None
    if not reply.endswith(b"\0"):
        raise ScannerUnavailable(reason="no whole reply")
    return reply.rstrip(b"\0").decode("ascii", "replace")


def _decide(reply: str) -> None:
    """Return for a clean file. Raises MalwareFound, ScannerUnavailable."""
    if reply == "stream: OK":
        return
    found = _FOUND.fullmatch(reply)
    if found is not None:
        raise MalwareFound(signature=found[1])
    if "size limit exceeded" in reply:
        raise ScannerUnavailable(
            "The file is larger than the scanner takes: the operator raises StreamMaxLength of clamd to the largest "
            "file that the service takes."
        )
    raise ScannerUnavailable(reason="no verdict")
