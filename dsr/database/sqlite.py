"""The embedded database: which SQLite is used, how each connection is set up, who may write next."""

import fcntl
import importlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from dsr.database.errors import AffectedSqlite, DatabaseBusy, DatabaseUnavailable, DatabaseUrlInvalid
from dsr.domain.errors import StorageFull

T = TypeVar("T")

BUSY_SECONDS: Final = 30
FIRST_UNAFFECTED: Final = (3, 51, 3)
"""Before it, two connections that write and checkpoint at once can lose pages of a WAL database."""


def choose_driver(*, wal: bool, candidates: tuple[str, ...] = ("pysqlite3.dbapi2", "sqlite3")) -> Any:
    """Return the first DB-API module whose SQLite is safe; with the rollback journal every version is.

    Raises AffectedSqlite when none is.
    """
    found = ""
    for name in candidates:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if not wal or module.sqlite_version_info >= FIRST_UNAFFECTED:
            return module
        found = module.sqlite_version
    raise AffectedSqlite(sqlite_version=found)


class WriteQueue:
    """Lets the writers of all threads and processes in one at a time, woken by the kernel.

    SQLite's own busy handler polls with growing sleeps, so one busy process can starve another; correctness never
    depends on this queue, since every writer still begins with `BEGIN IMMEDIATE`.
    """

    def __init__(self, database_file: str) -> None:
        self._path = f"{database_file}.lock"
        self._threads = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the turn. Raises DatabaseBusy when this process's other threads keep it for too long."""
        if not self._threads.acquire(timeout=BUSY_SECONDS):
            raise DatabaseBusy
        try:
            # Opened anew each time: a descriptor inherited by fork would share the lock with the parent.
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)
        finally:
            self._threads.release()


def sqlite_engine(url: URL, *, pool_size: int) -> tuple[Engine, WriteQueue]:
    """Make an engine for a database file, in WAL mode unless the URL says `?journal_mode=delete`.

    Raises DatabaseUrlInvalid for a database in memory, AffectedSqlite for an unsafe build.
    """
    journal_mode = str(url.query.get("journal_mode", "wal")).lower()
    if not url.database or url.database == ":memory:" or journal_mode not in {"wal", "delete"}:
        raise DatabaseUrlInvalid
    _make_private(url.database)
    queue = WriteQueue(url.database)
    driver = choose_driver(wal=journal_mode == "wal")
    _spare_the_search_for_adapters(driver)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite").difference_update_query(["journal_mode"]),
        module=driver,
        # No implicit BEGIN by the driver, which would leave DDL outside of transactions.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        cursor = dbapi_connection.cursor()
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] != journal_mode:
            with queue.turn():  # SQLite does not wait for others when it changes the mode
                cursor.execute(f"PRAGMA journal_mode = {journal_mode}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted must not linger in free pages
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return engine, queue


def _make_private(database_file: str) -> None:
    """Make a new file that only this user may read; SQLite gives its journals the same mode, whatever the umask."""
    with suppress(OSError):  # one that is there keeps its mode; SQLite itself says what it can't open
        os.close(os.open(database_file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _spare_the_search_for_adapters(driver: Any) -> None:
    """Say that None, truth values and bytes go to SQLite as they are.

    The driver asks for an adapter of every value that is no number or text, in vain, which takes 20 times as long as
    to store it: most of the time of a row with many empty columns.
    """
    driver.register_adapter(type(None), _itself)
    driver.register_adapter(bool, int)
    driver.register_adapter(bytes, _itself)


def _itself(value: T) -> T:
    return value


def begin(connection: Connection, *, writes: bool) -> None:
    """Start SQLite's transaction for a SQLAlchemy transaction that has just begun.

    Raises DatabaseBusy, StorageFull, DatabaseUnavailable.

    Called by name, not by an event: a listener on the engine would slow down every statement of every room.
    """
    cursor = connection.connection.cursor()
    try:
        # A deferred transaction that turns into a writer fails at once when another wrote meanwhile: forbid it.
        cursor.execute(f"PRAGMA query_only = {0 if writes else 1}")
        cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    except connection.dialect.loaded_dbapi.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise DatabaseBusy from error
        raise (StorageFull if is_full(error) else DatabaseUnavailable) from error
    finally:
        cursor.close()


def is_full(error: BaseException | None) -> bool:
    """Whether this is SQLite's error that its disk, or its file, has no more room."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def forbid_writes(connection: Connection) -> None:
    """Let statements outside of a transaction read only; the next `begin` decides anew."""
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA query_only = 1")
    cursor.close()
