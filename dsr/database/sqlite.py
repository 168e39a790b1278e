"""SQLite, the embedded database: choice of the driver, set-up of connections, queue of writers."""

import fcntl
import importlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, Final, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

from dsr.database.errors import AffectedSqlite, DatabaseBusy, DatabaseMissing, DatabaseUnavailable, DatabaseUrlInvalid
from dsr.disk import named_errors
from dsr.domain.errors import StorageFull, StorageUnavailable

T = TypeVar("T")

BUSY_SECONDS: Final = 30
_DISK_FAILS: Final = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
FIRST_UNAFFECTED: Final = (3, 51, 3)
"""First safe version: in earlier ones, two connections that write and checkpoint at once can lose pages of a WAL
database.
"""


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
    """Admits writers of all threads and processes one at a time, woken by the kernel.

    SQLite's own busy handler polls with growing sleeps, so one busy process can starve another; correctness never
    depends on this queue, since every writer still begins with `BEGIN IMMEDIATE`.
    """

    def __init__(self, database_file: str) -> None:
        self._path = f"{database_file}.lock"
        self._threads = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the turn. Raises DatabaseBusy if other threads of this process hold it too long; StorageFull,
        StorageUnavailable.
        """
        if not self._threads.acquire(timeout=BUSY_SECONDS):
            raise DatabaseBusy
        try:
            # Opened again each time, since a descriptor inherited by fork would share the lock with the parent.
            with named_errors():
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)
        finally:
            self._threads.release()


def sqlite_engine(url: URL, *, pool_size: int, creates: bool = True) -> tuple[Engine, WriteQueue]:
    """Make an engine for a database file, in WAL mode unless the URL says `?journal_mode=delete`.

    Raises DatabaseUrlInvalid for a database in memory, AffectedSqlite for an unsafe build; DatabaseMissing for
    a missing file unless this `creates` it.
    """
    journal_mode = str(url.query.get("journal_mode", "wal")).lower()
    if not url.database or url.database == ":memory:" or journal_mode not in {"wal", "delete"}:
        raise DatabaseUrlInvalid
    if creates:
        _make_private(url.database)
    elif not os.path.exists(url.database):
        raise DatabaseMissing(path=url.database)
    queue = WriteQueue(url.database)
    driver = choose_driver(wal=journal_mode == "wal")
    _spare_the_search_for_adapters(driver)
    engine = create_engine(
        # As a URI of an existing file, since a file that vanishes later must not be made anew by the next connection.
        url.set(
            drivername="sqlite+pysqlite",
            database=f"file:{quote(os.path.abspath(url.database))}",
            query={**url.difference_update_query(["journal_mode"]).query, "mode": "rw", "uri": "true"},
        ),
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
            with queue.turn():  # SQLite does not wait for other connections when it changes the mode
                cursor.execute(f"PRAGMA journal_mode = {journal_mode}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted must not linger in free pages
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return engine, queue


def _make_private(database_file: str) -> None:
    """Create a file that only this user may read; SQLite gives its journals the same mode, whatever the umask."""
    with suppress(OSError):  # an existing file keeps its mode; SQLite reports a file it can't open
        os.close(os.open(database_file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _spare_the_search_for_adapters(driver: Any) -> None:
    """Register None, booleans and bytes as values that need no adapter.

    Otherwise the driver searches an adapter for every value that is neither number nor text, which takes 20 times as
    long as storing it, most of the time of a row with many empty columns.
    """
    driver.register_adapter(type(None), _itself)
    driver.register_adapter(bool, int)
    driver.register_adapter(bytes, _itself)


def _itself(value: T) -> T:
    return value


def begin(connection: Connection, *, writes: bool) -> None:
    """Start SQLite's transaction for a SQLAlchemy transaction that has just begun.

    Raises DatabaseBusy, StorageFull, StorageUnavailable, DatabaseUnavailable.

    Called directly, not as an event listener, which would slow down every statement.
    """
    cursor = connection.connection.cursor()
    try:
        _allow_writes(connection, allowed=writes)
        cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    except connection.dialect.loaded_dbapi.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise DatabaseBusy from error
        if is_full(error):
            raise StorageFull from error
        raise (StorageUnavailable if is_failing(error) else DatabaseUnavailable) from error
    finally:
        cursor.close()


def empties_journal(connection: Connection) -> bool:
    """Move the write-ahead log into the database and cut its file to nothing; whether nobody stood in the way."""
    cursor = connection.connection.cursor()
    try:
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        cursor.close()
    return not busy


def is_full(error: BaseException | None) -> bool:
    """Whether this is SQLite's error of a full disk or file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def is_failing(error: BaseException | None) -> bool:
    """Whether this is SQLite's error of a file that can't be read, written or opened."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _DISK_FAILS or code == sqlite3.SQLITE_READONLY_DBMOVED


def forbid_writes(connection: Connection) -> None:
    """Make statements outside a transaction read-only; the next `begin` decides again."""
    _allow_writes(connection, allowed=False)


def _allow_writes(connection: Connection, *, allowed: bool) -> None:
    """Forbid writing to who only reads: a deferred transaction that starts to write fails at once if another wrote
    meanwhile.

    Sent only if the connection was told otherwise before, since SQLite then compiles all its statements again.
    """
    info = connection.connection.info
    if info.get("allows_writes") is not allowed:
        connection.connection.cursor().execute(f"PRAGMA query_only = {0 if allowed else 1}").close()
        info["allows_writes"] = allowed
