"""One database behind one URL, and the three kinds of transaction that this service knows.

A transaction is *ambient*: code called inside it (recorder, projections, idempotency, blind index) joins it by opening
the kind it needs, so events, read models and idempotency records commit or roll back together.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from threading import BoundedSemaphore
from time import monotonic
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, Executable, Table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from dsr.database import postgres, sqlite, statements
from dsr.database.errors import DatabaseBusy, DatabaseUnavailable, DatabaseUrlInvalid
from dsr.database.inserting import insert_into
from dsr.database.postgres import is_aborted, postgres_engine
from dsr.database.sharing import Turns
from dsr.database.sqlite import WriteQueue, forbid_writes, sqlite_engine
from dsr.database.statements import Query
from dsr.domain.errors import StorageFull, StorageUnavailable
from dsr.logs import Seldom

_log: Final = logging.getLogger("dsr.database")

LONG_WAIT: Final = 1.0
"""Seconds from which a write that waited for its turn is told of."""

_waits: Final = Seldom(10)

POOL_SIZE: Final = 16
"""Connections that a process keeps open; in need it opens as many again."""


class _Kind(Enum):
    READING = "reading"
    WRITING = "writing"
    APPENDING = "appending"


@dataclass(eq=False)
class _Open:
    """The transaction that is open in this context."""

    connection: Connection
    kind: _Kind
    log: str | None
    failed: bool = False
    loaded: dict[UUID, Any] = field(default_factory=dict)


@dataclass(eq=False)
class _Lent:
    """The connection that is kept for this context, once it was asked for."""

    connection: Connection | None = None
    is_used: bool = False
    forbids_writes: bool = False
    """SQLite was told so, and has not begun a transaction since."""


_lent: ContextVar[Mapping["Database", _Lent]] = ContextVar("dsr_connections", default={})  # noqa: B039 - never mutated
_ambient: ContextVar[Mapping["Database", _Open]] = ContextVar("dsr_transactions", default={})  # noqa: B039 - never mutated


class Database:
    """SQLite (`sqlite:///file`) or PostgreSQL (`postgresql://…`). Safe to share between threads; create it after a
    fork.

    Raises DatabaseUrlInvalid, AffectedSqlite; DatabaseMissing unless it `creates` a missing file of SQLite.
    """

    def __init__(self, url: str, *, creates: bool = True) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):  # ValueError: a port that is not a number
            raise DatabaseUrlInvalid from None  # the text may hold a password
        self.url: Final = url
        """As it was given; it may hold a password."""
        self._queue: WriteQueue | None = None
        self._may_lend = BoundedSemaphore(POOL_SIZE)
        self._turns: dict[str, Turns] = {}
        match parsed.get_backend_name():
            case "sqlite":
                self.engine, self._queue = sqlite_engine(parsed, pool_size=POOL_SIZE, creates=creates)
            case "postgresql" | "postgres":
                self.engine = postgres_engine(parsed, pool_size=POOL_SIZE)
            case _:
                raise DatabaseUrlInvalid

    def __reduce__(self) -> tuple[type["Database"], tuple[str]]:
        """Sent to another process, it opens connections of its own."""
        return type(self), (self.url,)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self._queue is not None

    @property
    def is_changing(self) -> bool:
        """Whether a transaction that may write is open in this context, so that what it reads may be rolled back."""
        current = _ambient.get().get(self)
        return current is not None and current.kind is not _Kind.READING

    @property
    def connection(self) -> Connection:
        """The connection of the transaction that is open in this context.

        Raises RuntimeError outside a transaction, which is a bug of the caller.
        """
        current = _ambient.get().get(self)
        if current is None:
            raise RuntimeError("no transaction is open in this context")
        return current.connection

    @property
    def loaded(self) -> dict[UUID, Any] | None:
        """What was loaded in the read transaction that is open here, by stream: it sees one state, so nothing has to be
        loaded twice. None outside one.
        """
        current = _ambient.get().get(self)
        return None if current is None or current.kind is not _Kind.READING else current.loaded

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction with one consistent snapshot, or the one already open here.

        Raises DatabaseUnavailable.
        """
        current = _ambient.get().get(self)
        with nullcontext(current.connection) if current else self._begin(_Kind.READING) as connection:
            yield connection

    @contextmanager
    def glancing(self) -> Iterator[Connection]:
        """A connection for one statement, which is a snapshot by itself, or the transaction already open here.

        It saves the round trips of a transaction. Raises DatabaseUnavailable.
        """
        current = _ambient.get().get(self)
        if current is not None:
            yield current.connection
            return
        with self._connected() as (connection, lent), _named_errors():
            if self._queue and not lent.forbids_writes:
                forbid_writes(connection)
                lent.forbids_writes = True
            yield connection

    @contextmanager
    def lending(self) -> Iterator[None]:
        """Use one connection for all queries of this context, from the first one on.

        Taking a connection from the pool for each query takes as long as a statement. No transaction is open between
        the queries. If as many connections are lent as the pool keeps, each query takes its own again, so that no
        thread waits for an idle connection.
        """
        if not self._may_lend.acquire(blocking=False):
            yield
            return
        lent = _Lent()
        token = _lent.set({**_lent.get(), self: lent})
        try:
            yield
        finally:
            _lent.reset(token)
            self._may_lend.release()
            if lent.connection is not None:
                lent.connection.close()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction that appends to no log, such as for a token's last use; joins an open write
        transaction.

        Raises DatabaseUnavailable, DatabaseBusy; RuntimeError inside a reading: a snapshot can't become a write.
        """
        began = monotonic()
        with self._join(_Kind.WRITING, _Kind.APPENDING) or self._begin(_Kind.WRITING) as connection:
            _tell_of_wait(began)
            yield connection

    @contextmanager
    def appending(
        self, log: str = "main", *, asking: Sequence[Query] = (), shares: bool = False
    ) -> Iterator[Connection]:
        """The one write transaction of a command, holding the append lock of `log` until it ends.

        So commits happen in the order of positions. The `asking` queries run under the lock, in the same round trip.
        Writes of `statements` are sent by the commit at the latest, see `send_waiting`. Joins an open appending to the
        same log; if the inner part fails, the whole transaction can only roll back. On PostgreSQL, one that `shares`
        may run in the transaction of another command of this process, and ends with its commit: see `sharing`. Raises
        DatabaseUnavailable, DatabaseBusy; RuntimeError inside a reading, a writing or an appending to another log,
        where the lock would come too late.
        """
        if joined := self._join(_Kind.APPENDING, log=log):
            with joined as connection:
                if asking:
                    statements.ask(connection, asking)
                yield connection
            return
        shares = shares and not self._queue
        began = monotonic()
        with self._share(log, asking) if shares else self._begin(_Kind.APPENDING, log, asking) as connection:
            _tell_of_wait(began)
            yield connection

    def send_waiting(self) -> None:
        """Send the waiting statements of the open transaction now; their errors are raised here.

        Call it before doing something that a rollback can't undo.
        """
        statements.send_waiting(self.connection)

    def upsert(self, table: Table, values: Mapping[str, object], *, keep: Sequence[str] = ()) -> Executable:
        """Insert a row, or update the one with its primary key, except for the columns `keep`."""
        insert = insert_into(table, self.engine.dialect.name).values(dict(values))
        changed = {
            name: value for name, value in values.items() if name not in keep and name not in table.primary_key.columns
        }
        return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)

    def empty_journal(self) -> None:
        """Move all of SQLite's write-ahead log into the database and empty its file, so that what was overwritten or
        deleted is in neither. Raises DatabaseBusy while others still read an older state.
        """
        if self._queue is None:
            return
        with self._queue.turn(), _connect(self.engine) as connection, _named_errors(connection):
            if not sqlite.empties_journal(connection):
                raise DatabaseBusy

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()

    def _join(self, *kinds: _Kind, log: str | None = None) -> "_Joined | None":
        current = _ambient.get().get(self)
        if current is None:
            return None
        if current.kind not in kinds or (log is not None and log != current.log):
            raise RuntimeError(f"{kinds[0].value} was asked for inside {current.kind.value}")
        return _Joined(current)

    @contextmanager
    def _share(self, log: str, asking: Sequence[Query]) -> Iterator[Connection]:
        """Append in this command's turn of the process: in a new transaction, or in one that was left open."""
        turns = self._turns.setdefault(log, Turns())
        with turns.turn(patience=postgres.BUSY_SECONDS) as turn:
            connection = turn.connection
            if connection is None:
                with self._begin(_Kind.APPENDING, log, asking, commit=turn.finish) as connection:
                    yield connection
                return
            with _named_errors():
                try:
                    turn.begin(asking)
                    with self._opened(connection, _Kind.APPENDING, log):
                        yield connection
                    turn.finish(connection)
                except BaseException:
                    turn.give_up(connection)
                    raise

    @contextmanager
    def _begin(
        self,
        kind: _Kind,
        log: str | None = None,
        asking: Sequence[Query] = (),
        *,
        commit: Callable[[Connection], None] = statements.commit,
    ) -> Iterator[Connection]:
        writes = kind is not _Kind.READING
        turn = self._queue.turn() if self._queue and writes else nullcontext()
        with self._connected() as (connection, lent), turn, _named_errors(connection if writes else None):
            lent.forbids_writes = False
            try:
                transaction = connection.begin()
                if self._queue:
                    sqlite.begin(connection, writes=writes)
                elif log is None:
                    postgres.begin(connection, writes=writes)
                else:
                    postgres.begin_locked(connection, _lock_key(log), asking)
            except OperationalError as error:
                raise DatabaseUnavailable if error.connection_invalidated else DatabaseBusy from error
            try:
                with transaction:
                    with self._opened(connection, kind, log):
                        if self._queue and asking:
                            statements.ask(connection, asking)
                        yield connection
                    commit(connection)
            finally:
                statements.forget_waiting(connection)

    @contextmanager
    def _opened(self, connection: Connection, kind: _Kind, log: str | None) -> Iterator[None]:
        """The block takes part in this transaction, and so does what it calls."""
        opened = _Open(connection, kind, log)
        token = _ambient.set({**_ambient.get(), self: opened})
        try:
            yield
            writes = kind is not _Kind.READING
            if writes and (opened.failed or (not self._queue and is_aborted(connection))):
                raise RuntimeError("a part of this transaction failed: it can only roll back")
        finally:
            _ambient.reset(token)

    @contextmanager
    def _connected(self) -> Iterator[tuple[Connection, _Lent]]:
        """The connection that is lent to this context, unless it is in use; or one from the pool."""
        lent = _lent.get().get(self)
        if lent is None or lent.is_used:
            with _connect(self.engine) as connection:
                yield connection, _Lent(connection)
            return
        if lent.connection is None:
            lent.connection = _connect(self.engine)
        connection, lent.is_used = lent.connection, True
        try:
            yield connection, lent
        finally:
            lent.is_used = False
            if connection.invalidated:
                lent.connection, lent.forbids_writes = None, False
                connection.close()
            elif connection.in_transaction():  # Core began one for what was asked
                connection.rollback()


def _tell_of_wait(began: float) -> None:
    """Say that a write waited long for its turn, once in ten seconds."""
    waited = monotonic() - began
    if waited >= LONG_WAIT and (held_back := _waits.held_back("lock")) is not None:
        _log.warning("a write waited %.1f s for its turn (%d more since the last line)", waited, held_back)


class _Joined:
    """A part of an open write transaction; notes a failure, so that a half-done part is never committed."""

    def __init__(self, opened: _Open) -> None:
        self._opened = opened

    def __enter__(self) -> Connection:
        return self._opened.connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._opened.failed = self._opened.failed or kind is not None


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        raise DatabaseUnavailable from error


@contextmanager
def _named_errors(writing: Connection | None = None) -> Iterator[None]:
    """Translate errors: a lost connection to DatabaseUnavailable, a lock held too long to DatabaseBusy, no space to
    StorageFull, a failing disk to StorageUnavailable.

    During a fail-over a server that only follows another one refuses changes: what is `writing` there is told
    DatabaseUnavailable, and its connection is given up.
    """
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable from error
        if writing is not None and postgres.is_standby(error.orig):
            writing.invalidate()
            raise DatabaseUnavailable from error
        if postgres.is_locked(error.orig):
            raise DatabaseBusy from error
        if postgres.is_full(error.orig) or sqlite.is_full(error.orig):
            raise StorageFull from error
        if postgres.is_failing(error.orig) or sqlite.is_failing(error.orig):
            raise StorageUnavailable from error
        raise


@cache
def _lock_key(log: str) -> int:
    """A signed 64-bit number for PostgreSQL's advisory lock."""
    return int.from_bytes(hashlib.sha256(f"dsr:append:{log}".encode()).digest()[:8], signed=True)
