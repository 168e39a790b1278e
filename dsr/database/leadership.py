"""Leader election between processes: by an advisory lock on PostgreSQL, otherwise by a locked file.

It avoids duplicate work but correctness never depends on it. A paused leader may wake up beside the next one, so the
guards of the data have to ensure that effects happen once.
"""

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dsr.database.engine import Database
from dsr.database.errors import DatabaseUnavailable
from dsr.disk import named_errors


def folder_of(database: Database) -> Path:
    """The folder of an embedded database, for its lock files; any folder for a server, which has locks of its own."""
    return Path(make_url(database.url).database or ".").parent if database.is_sqlite else Path()


class Leadership:
    """Leadership of the work called `name`. Not shared between threads."""

    def __init__(self, database: Database, name: str, folder: Path) -> None:
        """`folder`: holds the lock file, for the embedded database; the lock ends with the process."""
        self._database = database
        self._name = name
        self._file = folder / f"{name}.leader"
        self._descriptor: int | None = None
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Whether this process leads; called before each round, so that it takes over once the leader is gone.

        Raises DatabaseUnavailable; StorageFull, StorageUnavailable.
        """
        return self._lock_file() if self._database.is_sqlite else self._lock_database()

    def release(self) -> None:
        """Let another process lead, or this one again. Raises nothing, whatever state the session is in."""
        descriptor, self._descriptor = self._descriptor, None
        connection, self._connection = self._connection, None
        if descriptor is not None:
            os.close(descriptor)
        if connection is None:
            return
        with suppress(SQLAlchemyError):  # of a session that is broken, the lock has ended or ends with it
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
        with suppress(SQLAlchemyError):
            connection.invalidate()  # never back into the pool
            connection.close()

    def _lock_file(self) -> bool:
        if self._descriptor is not None:
            return True
        with named_errors():
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def _lock_database(self) -> bool:
        key = int.from_bytes(hashlib.sha256(f"dsr:leader:{self._name}".encode()).digest()[:8], signed=True)
        try:
            if self._connection is not None:
                # The lock lives as long as its session, so a session that answers still holds it.
                self._connection.execute(text("SELECT 1"))
                return True
            connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
                self._connection = connection
                return True
            connection.close()
        except DBAPIError as error:
            self.release()
            raise DatabaseUnavailable from error
        return False
