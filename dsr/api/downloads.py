"""Limit of concurrent downloads: each one holds a thread for as long as its reader takes.

Each process counts its own and keeps at least one thread for other work. Readers that stall are dropped: a chunk has to
leave within `CHUNK_SECONDS`, which also sets a minimum rate.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final
from uuid import UUID

from flask import request

from dsr.api.errors import DownloadsFull, DownloadUnderWay

OF_ONE_SESSION: Final = 2
"""Two, since a browser that resumes a download may still hold the broken connection."""

CHUNK_SECONDS: Final = 30.0
"""Also the longest silence of a sender of a request (`server`)."""


class Downloads:
    """Running downloads of this process."""

    def __init__(self, most: int) -> None:
        """`most`: number of threads they may hold."""
        self._most = most
        self._under_way: dict[object, UUID] = {}
        self._lock = Lock()

    def begin(self, session: UUID) -> Callable[[], None]:
        """Count a download; the returned function ends it and is idempotent. Raises DownloadUnderWay, DownloadsFull."""
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
    """Number of a process's threads that downloads may hold: three of four, and never all of several."""
    return max(1, threads * 3 // 4)


def drop_who_stands_still() -> None:
    """Drop the connection of this request if its reader does not take a chunk in time."""
    connection: Any = request.environ.get("gunicorn.socket")  # each request of gunicorn starts without a limit
    if connection is not None:
        connection.settimeout(CHUNK_SECONDS)
