"""What a witness saw of each log: its size and root, on disk before anything is cosigned."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.tree import EMPTY_ROOT


class Memory:
    """A file of SQLite. Two processes may share it: one after the other sees and moves on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._changing() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS seen "
                "(origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) STRICT"
            )

    @contextmanager
    def of(self, origin: str) -> Iterator["SeenLog"]:
        """What was seen of this log; nobody else moves on meanwhile. Durable when the block ends without an error."""
        with self._changing() as connection:
            row = connection.execute("SELECT size, root FROM seen WHERE origin = ?", (origin,)).fetchone()
            yield SeenLog(connection, origin, *(row or (0, EMPTY_ROOT)))

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=10)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


class SeenLog:
    """How far a log was seen."""

    def __init__(self, connection: sqlite3.Connection, origin: str, size: int, root: bytes) -> None:
        self._connection = connection
        self._origin = origin
        self.size = size
        self.root = root

    def move_on(self, to: Checkpoint) -> None:
        """Remember this checkpoint."""
        self._connection.execute(
            "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT (origin) DO UPDATE SET size = ?, root = ?",
            (self._origin, to.size, to.root, to.size, to.root),
        )
