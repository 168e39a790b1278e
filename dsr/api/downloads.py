"""How many packages leave at once: each download holds a thread for as long as its reader takes.

Counted by each process, of which one thread at least is always left for other work. Whoever does not read is dropped:
a chunk has to leave within `CHUNK_SECONDS`, which makes a slowest rate as well.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final
from uuid import UUID

from flask import request

from dsr.api.errors import DownloadsFull, DownloadUnderWay

OF_ONE_SESSION: Final = 2
"""A browser that goes on with a download may still hold the connection that broke."""

CHUNK_SECONDS: Final = 30.0
"""For senders of requests too (`server`): so long nothing may come."""


class Downloads:
    """Those under way in this process."""

    def __init__(self, most: int) -> None:
        """`most`: how many threads they may hold."""
        self._most = most
        self._under_way: dict[object, UUID] = {}
        self._lock = Lock()

    def begin(self, session: UUID) -> Callable[[], None]:
        """Count one; what is returned ends it, and may be called again. Raises DownloadUnderWay, DownloadsFull."""
        this = object()
        with self._lock:
            sessions = list(self._under_way.values())
            if sessions.count(session) >= OF_ONE_SESSION:
                raise DownloadUnderWay(retry_after=int(CHUNK_SECONDS))
            if len(sessions) >= self._most:
                raise DownloadsFull
            self._under_way[this] = session

        def end() -> None:
            with self._lock:
                self._under_way.pop(this, None)

        return end


def share_of(threads: int) -> int:
    """How many of the threads of a process downloads may hold: three of four, and never all where there are several."""
    return max(1, threads * 3 // 4)


def drop_who_stands_still() -> None:
    """Let the connection of this request break where its reader does not take a chunk in time."""
    connection: Any = request.environ.get("gunicorn.socket")  # each request of gunicorn begins without a limit
    if connection is not None:
        connection.settimeout(CHUNK_SECONDS)
