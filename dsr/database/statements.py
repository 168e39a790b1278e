"""Precompiled statements, for the few that every command sends.

SQLAlchemy takes several times as long to run a Core statement as SQLite needs to execute it. So the statements of each
command are compiled once per kind of database; all others stay Core. Column types convert values as in Core, and driver
errors become SQLAlchemy's.

On PostgreSQL a statement that only writes waits in the transaction until a result is needed or the transaction commits;
then all are sent in one round trip. Core statements first send the waiting ones.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.sql import ClauseElement

from dsr.database.inserting import insert_into

Values = Mapping[str, Any]
"""Values of a statement, keyed by parameter."""

Fetched = tuple[Any, ...]
"""One row, in the order of the selected columns."""

Convert = Callable[[Any], Any] | None

OnConflict = Callable[[], Exception]
"""Error to raise instead if a constraint refuses a statement."""

_waiting: Final[dict[Connection, list["_Job"]]] = {}
"""Waiting statements per transaction; each belongs to one thread."""

_MOST_ROWS: Final = 16
"""Maximum rows per INSERT, which is compiled once per number of rows."""


@dataclass(frozen=True)
class _Compiled:
    """A statement compiled for one kind of database."""

    text: str
    takes: tuple[tuple[str, Convert], ...]
    """Parameters in the order of the text, each with its conversion."""
    reads: tuple[tuple[int, Callable[[Any], Any]], ...]
    """Places in a row whose values are converted, each with its conversion."""
    names: tuple[str, ...]
    """Of these columns."""
    fixed: Values
    """Fixed values of the statement, such as a limit."""


@dataclass
class _Job:
    """A statement with its values, on its way to the driver."""

    text: str
    values: tuple[Any, ...] | None = None
    on_conflict: OnConflict | None = None


_numbers: Final = count()


class Statement:
    """A statement of Core whose parameters are bound by name. Safe to share between threads."""

    def __init__(self, statement: ClauseElement | Callable[[str], ClauseElement]) -> None:
        """`statement`, or how it is made for `sqlite` or `postgresql`."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def fetch(self, connection: Connection, values: Values) -> list[Fetched]:
        """Run it and return its rows; waiting statements on this connection are sent with it."""
        query = Query(self, values)
        ask(connection, [query])
        return query.rows

    def rows(self, connection: Connection, values: Values) -> list[dict[str, Any]]:
        """Run a SELECT and return its rows by the names of their columns."""
        names = self._for(connection.dialect).names
        return [dict(zip(names, row, strict=True)) for row in self.fetch(connection, values)]

    def send(self, connection: Connection, values: Values, *, on_conflict: OnConflict | None = None) -> None:
        """Run a write: at once, or in a transaction on PostgreSQL by its commit at the latest."""
        job = self._job(connection.dialect, values, on_conflict)
        waiting = _waiting.get(connection)
        if waiting is None:
            _exchange(connection, [job])
        else:
            waiting.append(job)

    def send_many(self, connection: Connection, values: Sequence[Values]) -> None:
        """Run it for each of these values, as `send` does."""
        waiting = _waiting.get(connection)
        jobs = [self._job(connection.dialect, each) for each in values]
        if waiting is not None:
            waiting.extend(jobs)
        elif jobs:
            _exchange_many(connection, jobs)

    def _job(self, dialect: Dialect, values: Values, on_conflict: OnConflict | None = None) -> _Job:
        compiled = self._for(dialect)
        if compiled.fixed:
            values = {**compiled.fixed, **values}
        taken = tuple(values[name] if convert is None else convert(values[name]) for name, convert in compiled.takes)
        return _Job(compiled.text, taken, on_conflict)

    def _read(self, dialect: Dialect, rows: list[Fetched]) -> list[Fetched]:
        reads = self._for(dialect).reads
        if not reads:
            return rows
        found = [list(row) for row in rows]
        for place, read in reads:
            for row in found:
                row[place] = read(row[place])
        return [tuple(row) for row in found]

    def _for(self, dialect: Dialect) -> _Compiled:
        try:
            return self._compiled[dialect.name]
        except KeyError:
            return self._compiled.setdefault(dialect.name, self._compile(dialect))

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement = self._statement if isinstance(self._statement, ClauseElement) else self._statement(dialect.name)
        compiled: Any = statement.compile(dialect=dialect)
        takes = tuple(
            (name, _impl(compiled.binds[name], dialect).bind_processor(dialect)) for name in compiled.positiontup
        )
        columns = statement.selected_columns.items() if isinstance(statement, sa.Select) else ()
        converts = (_impl(column, dialect).result_processor(dialect, None) for _, column in columns)
        reads = tuple((place, read) for place, read in enumerate(converts) if read is not None)
        fixed = {name: compiled.binds[name].value for name, _ in takes if not compiled.binds[name].required}
        return _Compiled(str(compiled), takes, reads, tuple(name for name, _ in columns), fixed)


def _impl(column: Any, dialect: Dialect) -> Any:
    return column.type.dialect_impl(dialect)


class InsertRows:
    """An INSERT of full rows of a table, by the names of their columns: one statement for any number of rows."""

    def __init__(self, table: Table, *, skips_known: bool = False) -> None:
        """`skips_known`: rows with existing keys are skipped."""
        self._table = table
        self._names = tuple(table.columns.keys())
        self._skips_known = skips_known
        self._of: dict[tuple[str, int], Statement] = {}

    def send(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]], *, on_conflict: OnConflict | None = None
    ) -> None:
        """Insert the rows, as `Statement.send` does."""
        for start in range(0, len(rows), _MOST_ROWS):
            part = rows[start : start + _MOST_ROWS]
            values = {f"{name}_{number}": row[name] for number, row in enumerate(part) for name in self._names}
            self._for(connection.dialect, len(part)).send(connection, values, on_conflict=on_conflict)

    def _for(self, dialect: Dialect, number: int) -> Statement:
        try:
            return self._of[dialect.name, number]
        except KeyError:
            rows = [
                {name: sa.bindparam(f"{name}_{each}", type_=self._table.c[name].type) for name in self._names}
                for each in range(number)
            ]
            insert = insert_into(self._table, dialect.name).values(rows)
            statement = Statement(insert.on_conflict_do_nothing() if self._skips_known else insert)
            return self._of.setdefault((dialect.name, number), statement)


@dataclass
class Query:
    """A statement to run together with others, and afterwards its rows."""

    statement: Statement
    values: Values
    rows: list[Fetched] = field(default_factory=list)


def ask(connection: Connection, queries: Sequence[Query], *, first: Iterable[str] = ()) -> None:
    """Run these queries in order, on PostgreSQL in one round trip; each sees all earlier commits.

    Waiting statements on this connection, then `first` (plain SQL), are sent before them.
    """
    jobs = [*_taken(connection), *(_Job(text) for text in first)]
    jobs += [query.statement._job(connection.dialect, query.values) for query in queries]
    answers = _exchange(connection, jobs)
    for query, rows in zip(queries, answers[len(answers) - len(queries) :], strict=True):
        query.rows = query.statement._read(connection.dialect, rows)


def put_off(connection: Connection) -> None:
    """Let statements that only write wait on this connection from now on."""
    _waiting[connection] = []


def send_waiting(connection: Connection) -> None:
    """Send the waiting statements; does nothing if none wait."""
    if jobs := _taken(connection):
        _exchange(connection, jobs)


def commit(connection: Connection) -> None:
    """Send the waiting statements with COMMIT; if none wait, the driver is left to commit."""
    if jobs := _taken(connection):
        _exchange(connection, [*jobs, _Job("COMMIT")])


def send(connection: Connection, *last: str) -> None:
    """Send the waiting statements and then plain SQL, on PostgreSQL in one round trip."""
    _exchange(connection, [*_taken(connection), *map(_Job, last)])


def take_back(connection: Connection, savepoint: str) -> None:
    """Drop the waiting statements and roll back to the savepoint, in a round trip of its own.

    The driver counts a statement as prepared once it was sent so in a pipeline, even if the pipeline failed before it.
    It forgets all prepared statements after a rollback, but looks at the answer of a text only where that is new: so
    each text here is.
    """
    _taken(connection)
    _exchange(connection, [_Job(f"ROLLBACK TO SAVEPOINT {savepoint} -- {next(_numbers)}")])


def forget_waiting(connection: Connection) -> None:
    """Drop waiting statements, since they are rolled back, and send each statement at once from now on."""
    _waiting.pop(connection, None)


def _taken(connection: Connection) -> list[_Job]:
    waiting = _waiting.get(connection)
    if not waiting:
        return []
    jobs = waiting.copy()
    waiting.clear()
    return jobs


def _exchange(connection: Connection, jobs: Sequence[_Job]) -> list[list[Fetched]]:
    """Hand these to the driver and wait for all results.

    Raises SQLAlchemy's DBAPIError, or the failed statement's own error for a conflict.
    """
    driver: Any = connection.connection.dbapi_connection
    cursors: list[Any] = []
    try:
        if len(jobs) > 1 and hasattr(driver, "pipeline"):
            with driver.pipeline():
                for job in jobs:
                    cursors.append(driver.cursor())
                    cursors[-1].execute(job.text, job.values)
        else:
            for job in jobs:
                cursors.append(driver.cursor())
                cursors[-1].execute(job.text, job.values or ())
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]
    except connection.dialect.loaded_dbapi.Error as error:
        failed = _failed(jobs, cursors)
        for cursor in cursors:
            cursor.close()  # else the error keeps them, and one that goes later resets a statement of another thread
        raise _named(connection, failed, error) from error


def _exchange_many(connection: Connection, jobs: Sequence[_Job]) -> None:
    """Hand the driver one statement with the values of all these jobs."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.cursor().executemany(jobs[0].text, [job.values for job in jobs])
    except connection.dialect.loaded_dbapi.Error as error:
        raise _named(connection, jobs[0], error) from error


def _failed(jobs: Sequence[_Job], cursors: Sequence[Any]) -> _Job:
    """The failed job: in a pipeline the first without a result, otherwise the last one tried."""
    for job, cursor in zip(jobs, cursors, strict=False):
        if getattr(cursor, "pgresult", cursor) is None:
            return job
    return jobs[len(cursors) - 1]


def _named(connection: Connection, job: _Job, error: Any) -> Exception:
    """The error as SQLAlchemy would raise it; a lost connection invalidates the whole pool."""
    dialect = connection.dialect
    driver: Any = connection.connection.dbapi_connection
    if hasattr(driver, "pipeline") and driver.pgconn.pipeline_status:
        driver.close()  # stuck between two answers: the server ended the session in the middle of a pipeline
    lost = dialect.is_disconnect(error, driver, None)
    named: Exception = DBAPIError.instance(
        job.text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    if lost:
        connection.invalidate(error)
        connection.engine.dispose()
    elif isinstance(named, IntegrityError) and job.on_conflict is not None:
        return job.on_conflict()
    return named
