"""Places for what holds a thread for long: downloads, each for as long as its reader takes, and forms with files.

Each process counts its own and keeps at least one thread for other work; neither takes the places of the other. Readers
that stall are dropped: a chunk has to leave within `CHUNK_SECONDS`, which also sets a minimum rate. A form with files
has to arrive within `FORM_SECONDS`.
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


FORM_SECONDS: Final = 600.0
"""For a form with its files, whatever their rate: 25 MB at 350 kbit/s."""


class Places:
    """Threads of this process that are held for long, for one purpose."""

    def __init__(self, most: int, *, of_one: int = OF_ONE_SESSION) -> None:
        """`most`: number of threads that may be held; `of_one`: those of one session or network."""
        self._most = most
        self._of_one = of_one
        self._under_way: dict[object, UUID] = {}
        self._lock = Lock()

    def begin(self, session: UUID) -> Callable[[], None]:
        """Take a place; the returned function gives it back, once. Raises DownloadUnderWay, DownloadsFull."""
        this = object()
        with self._lock:
            sessions = list(self._under_way.values())
            if sessions.count(session) >= self._of_one:
                raise DownloadUnderWay(retry_after=int(CHUNK_SECONDS))
            if len(sessions) >= self._most:
                raise DownloadsFull
            self._under_way[this] = session

        def end() -> None:
            with self._lock:
                self._under_way.pop(this, None)

        return end


def share_of_forms(threads: int) -> int:
    """Number of a process's threads that forms with files may hold: one of four."""
    return max(1, threads // 4)


def share_of_downloads(threads: int) -> int:
    """Number of a process's threads that downloads may hold: with those of forms three of four."""
    return max(1, threads * 3 // 4 - share_of_forms(threads))


def drop_who_stands_still() -> None:
    """Drop the connection of this request if its reader does not take a chunk in time."""
    connection: Any = request.environ.get("gunicorn.socket")  # each request of gunicorn starts without a limit
    if connection is not None:
        connection.settimeout(CHUNK_SECONDS)


def drop_who_takes_longer(seconds: float) -> None:
    """Drop the connection of this request if its body has not come whole by then."""
    connection: Any = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.end_in(seconds)
