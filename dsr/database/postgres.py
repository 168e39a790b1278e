"""PostgreSQL through psycopg 3: how connections are made and transactions begun, and when one is looked at again."""

from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import PoolProxiedConnection

from dsr.database.statements import Query, ask, put_off, send_waiting

BUSY_SECONDS: Final = 30

_OPTIONS: Final = {
    # The server lets go of a session, and of its locks, within a minute after the machine of its client is gone.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}

_NOTICED: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""And we let go of a server that is gone: a leader must not believe for hours that it still holds its lock."""

TRUSTED_SECONDS: Final = 5
"""A connection that was used so recently is taken as it is: asking each time would be one more round trip for every
statement or transaction. One that died in the meantime fails once, as unavailable, and takes the others out with it."""


def postgres_engine(url: URL, *, pool_size: int) -> Engine:
    """Make an engine for a database on a server; connects when it is first used.

    Its connections commit each statement by itself, unless `begin` was called: to switch between the two takes longer
    than to look up a row.
    """
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

    A reading has one snapshot for all its statements, as in SQLite.
    """
    connection.exec_driver_sql("BEGIN" if writes else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def begin_locked(connection: Connection, lock: int, asking: Sequence[Query] = ()) -> None:
    """Start a transaction that writes and holds the advisory lock of that number until its end; in one round trip.

    Each statement after the lock, the queries among them, sees what was committed before it was granted. A single
    statement that took the lock and read would not: it sees what was committed before it began to wait.
    """
    ask(connection, asking, first=("BEGIN", f"SELECT pg_advisory_xact_lock({lock})"))
    put_off(connection)
