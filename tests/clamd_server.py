"""A small clamd: it speaks PING and INSTREAM as clamd(8) says, and knows two signatures."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dsr.settings import ScannerAddress

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OWN = b"canary-malware"


@dataclass
class Clamd:
    """What it was shown, and how it behaves."""

    where: ScannerAddress
    shown: list[bytes] = field(default_factory=list)
    longest: int = 1 << 30
    """Its StreamMaxLength."""
    says: bytes | None = None
    """Its verdict, whatever it was shown."""

    def verdict(self, content: bytes) -> bytes:
        self.shown.append(content)
        if self.says is not None:
            return self.says
        if EICAR in content:
            return b"stream: Eicar-Test-Signature FOUND\0"
        return b"stream: Own.Malware-1.UNOFFICIAL FOUND\0" if OWN in content else b"stream: OK\0"


@contextmanager
def running_clamd(path: Path) -> Iterator[Clamd]:
    """A clamd at a socket of this machine."""
    clamd = Clamd(ScannerAddress(path=path))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            command = bytearray()
            while not command.endswith(b"\0") and (byte := self.rfile.read(1)):
                command += byte
            if command == b"zPING\0":
                self.wfile.write(b"PONG\0")
            elif command == b"zINSTREAM\0":
                self._scan()

        def _scan(self) -> None:
            content = bytearray()
            while length := struct.unpack("!L", self.rfile.read(4))[0]:
                content += self.rfile.read(length)
                if len(content) > clamd.longest:
                    self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                    return
            self.wfile.write(clamd.verdict(bytes(content)))

        def handle_error(self) -> None:
            """A client that goes away is no error."""

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

        def handle_error(self, _request: object, _address: object) -> None:
            """A client that goes away is no error."""

    server = Server(str(path), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield clamd
    finally:
        server.shutdown()
        server.server_close()
        path.unlink(missing_ok=True)
        thread.join(10)


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[Clamd]:
    with running_clamd(tmp_path / "clamd.ctl") as running:
        yield running
