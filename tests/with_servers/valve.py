"""A way to a server that can be shut: connections are taken, and nothing comes through, as from a server that hangs."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread


class Valve:
    """Hands on what it gets, in either direction, while it is open."""

    def __init__(self, port: int) -> None:
        self._there = port
        self._open = Event()
        self._open.set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Let nothing through while the block runs."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def close(self) -> None:
        """Take no more connections."""
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._there))
                for one, other in ((near, far), (far, near)):
                    Thread(target=self._hand_on, args=(one, other), daemon=True).start()

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError), source, target:
            while data := source.recv(1 << 16):
                self._open.wait()
                target.sendall(data)
