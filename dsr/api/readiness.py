"""Whether the service can serve, looked at once a second at most.

The probes of a load balancer are public, and each look costs twenty statements: a few strangers who asked all the time
slowed every command.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from dsr.bootstrap import Service
from dsr.database.migrations import check_schema
from dsr.desk.heartbeats import Part
from dsr.domain.errors import DomainError
from dsr.projections import require_current

KEPT_SECONDS: Final = 1.0
"""How long an answer is given again."""


@dataclass(frozen=True)
class Readiness:
    """What one look found."""

    parts: dict[str, str]
    """`ok`, or the code of what is in the way, for each part without which nothing is served."""
    background: dict[Part, str]
    """State of each part of the work in the background; empty where the database is away."""
    behind: list[str]
    """Read models that show what they held before an upgrade."""
    fence_journal: str
    """`ok`, or the code of why its copy is not read although requests are served."""

    @property
    def is_ready(self) -> bool:
        """Whether the service can serve."""
        return set(self.parts.values()) == {"ok"}


class ReadinessWatch:
    """Looks, and keeps what it found for a second. Each process has its own."""

    def __init__(self, service: Service, *, now: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._now = now
        self._lock = Lock()
        self._kept: tuple[float, Readiness] | None = None
        self._behind: list[str] = []

    def look(self) -> Readiness:
        """What was found within the last second, or is found now. Those who come meanwhile wait for the same answer."""
        with self._lock:
            if self._kept is None or not 0 <= self._now() - self._kept[0] < KEPT_SECONDS:
                found = self._found()
                self._kept = (self._now(), found)
            return self._kept[1]

    def _found(self) -> Readiness:
        service = self._service
        checks: dict[str, Callable[[], None]] = {
            "database": self._database,
            "migrations": self._migrations,
            "log": self._log,
            "keys": service.keystore.verify,
            "files": self._files,
        }
        parts = {name: _state(check) for name, check in checks.items()}
        if set(parts.values()) != {"ok"}:
            return Readiness(parts, {}, [], "ok")
        with service.database.reading() as connection:
            background = service.desk.heartbeats.states(connection, service.clock.now())
        return Readiness(parts, background, self._behind, service.desk.fences.copy_state)

    def _database(self) -> None:
        with self._service.database.reading() as connection:
            connection.exec_driver_sql("SELECT 1")

    def _migrations(self) -> None:
        check_schema(self._service.database, "main")
        check_schema(self._service.keys_database, "keys")

    def _log(self) -> None:
        with self._service.database.reading() as connection:
            self._behind = require_current(connection, self._service.log.head().position)
        self._service.log_mark.require_reached()
        self._service.desk.fences.require_kept()

    def _files(self) -> None:
        self._service.require_blob_folder()
        self._service.blob_files.probe()


def _state(check: Callable[[], None]) -> str:
    try:
        check()
    except DomainError as error:
        return error.code
    return "ok"
