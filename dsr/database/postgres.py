"""PostgreSQL through psycopg 3: creates and checks connections, and starts transactions."""

from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import PoolProxiedConnection

from dsr.database.statements import Query, ask, put_off, send_waiting

BUSY_SECONDS: Final = 30

_OPTIONS: Final = {
    # The server drops a session and its locks within a minute after the client machine is gone.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}

_NOTICED: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""The client also drops a lost server, so that a leader does not believe for hours that it holds its lock."""

_LOCAL: Final = ("", "localhost", "127.0.0.1", "::1")

_IN_ERROR: Final = 3
"""libpq's `PQTRANS_INERROR`. The driver is imported by the first engine, not by a process that uses SQLite."""

_BLOCKED: Final = ("55P03", "40P01")
"""A lock was not granted in time; or two transactions waited for each other, and this one was ended."""

_DISK_FAILS: Final = ("58000", "58030", "58P01")
_DISK_FULL: Final = "53100"
_READ_ONLY: Final = "25006"

TRUSTED_SECONDS: Final = 5
"""A connection used this recently is not checked, since a check costs one more round trip per statement or transaction.
A dead one fails once, as unavailable, and invalidates the others.
"""


def _is_local(url: URL) -> bool:
    """Whether the server is on this machine, by a socket or a loopback address."""
    asked = url.query.get("host", url.host or "")
    hosts = asked.split(",") if isinstance(asked, str) else asked
    return all(host.startswith(("/", "@")) or host in _LOCAL for host in hosts)


def postgres_engine(url: URL, *, pool_size: int) -> Engine:
    """Create an engine for a database on a server; it connects on first use.

    Connections are in autocommit mode unless `begin` was called, since switching modes takes longer than looking up a
    row. To a server elsewhere they are encrypted, unless the URL says otherwise (`sslmode`).
    """
    if not (_is_local(url) or "sslmode" in url.query):
        url = url.update_query_dict({"sslmode": "require"})
    options = _OPTIONS | {"lock_timeout": f"{BUSY_SECONDS * 1000:.0f}ms"}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        paramstyle="format",
        connect_args={
            "client_encoding": "utf8",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            **_NOTICED,
        },
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
    )

    @event.listens_for(engine, "checkin")
    def note_the_time(_connection: object, record: Any) -> None:
        record.info["idle_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def look_at_a_long_idle_one(connection: Any, record: Any, _proxy: PoolProxiedConnection) -> None:
        if monotonic() - record.info.get("idle_since", monotonic()) > TRUSTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool opens another

    @event.listens_for(engine, "before_cursor_execute")
    def keep_the_order(connection: Connection, *_: object) -> None:
        send_waiting(connection)

    return engine


def begin(connection: Connection, *, writes: bool) -> None:
    """Start PostgreSQL's transaction for a SQLAlchemy transaction that has just begun.

    A read transaction has one snapshot for all its statements, as in SQLite.
    """
    connection.exec_driver_sql("BEGIN" if writes else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def begin_locked(connection: Connection, lock: int, asking: Sequence[Query] = ()) -> None:
    """Start a write transaction that holds the advisory lock with this number until its end, in one round trip.

    Each statement after the lock, including the queries, sees everything committed before the lock was granted. A
    single statement that takes the lock and reads would only see what was committed before it began to wait.
    """
    ask(connection, asking, first=("BEGIN", f"SELECT pg_advisory_xact_lock({lock})"))
    put_off(connection)


def is_aborted(connection: Connection) -> bool:
    """Whether a swallowed error has aborted the transaction: PostgreSQL would answer COMMIT by rolling back."""
    driver: Any = connection.connection.driver_connection
    return bool(driver.info.transaction_status == _IN_ERROR)


def is_locked(error: BaseException | None) -> bool:
    """Whether this is PostgreSQL's error of a lock that another transaction holds."""
    return getattr(error, "sqlstate", None) in _BLOCKED


def is_failing(error: BaseException | None) -> bool:
    """Whether this is PostgreSQL's error of a disk that can't be read or written, or of a file that is gone."""
    return getattr(error, "sqlstate", None) in _DISK_FAILS


def is_standby(error: BaseException | None) -> bool:
    """Whether this is PostgreSQL's error of a change on a server that only follows another one."""
    return getattr(error, "sqlstate", None) == _READ_ONLY


def is_full(error: BaseException | None) -> bool:
    """Whether this is PostgreSQL's error of a full disk."""
    return getattr(error, "sqlstate", None) == _DISK_FULL
