"""Assumptions: a command's reads from memory, which its transaction validates under the append lock.

Data read by one process is seldom changed by another. So a command decides on data in this process's memory and
validates it in the round trip that takes the lock. If it is outdated, nothing is saved, and the command runs again with
fresh reads only.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Final, TypeVar

from dsr.database.engine import Database
from dsr.database.statements import Fetched, Query, ask

T = TypeVar("T")


class AssumptionWrong(Exception):
    """The database differs from the command's assumptions; nothing was saved, and `repeated` runs it again."""


class Assumptions:
    """The assumptions of one attempt of a command."""

    def __init__(self) -> None:
        self._made: list[tuple[Query, list[Fetched]]] = []
        self._saved = False
        self.are_allowed = False
        """Whether a read may be assumed now."""

    @property
    def queries(self) -> Sequence[Query]:
        """The queries to run before `require`."""
        return [query for query, _ in self._made]

    def require(self) -> None:
        """Raise AssumptionWrong unless the queries, just run, returned the assumed rows.

        Then they are settled. An error that follows is none of theirs: `verify` must not ask again after a commit whose
        outcome is unknown, where the command's own rows would look like a wrong assumption and repeat it.
        """
        if any(query.rows != rows for query, rows in self._made):
            raise AssumptionWrong
        self._made = []

    def verify(self, database: Database) -> None:
        """Validate outside a transaction, for a command that was refused. Raises AssumptionWrong."""
        if self._made:
            with database.glancing() as connection:
                ask(connection, self.queries)
            self.require()

    def saved(self) -> None:
        """Note that the command has changed something: it makes no more assumptions and must not run again."""
        self._made, self._saved, self.are_allowed = [], True, False

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Allow the block to assume, unless something was saved before."""
        self.are_allowed = not self._saved
        try:
            yield
        finally:
            self.are_allowed = False

    def add(self, query: Query, rows: Sequence[Fetched]) -> None:
        """Assume that the query would return these rows."""
        self._made.append((query, list(rows)))


_current: Final[ContextVar[Assumptions | None]] = ContextVar("dsr_assumptions", default=None)


def repeated(attempt: Callable[[], T]) -> T:
    """Run a command with assumptions; if one was wrong, run it once more without.

    A command called inside another is repeated on its own.
    """
    token = _current.set(Assumptions())
    try:
        with suppress(AssumptionWrong):
            return attempt()
        _current.set(None)
        return attempt()
    finally:
        _current.reset(token)


@contextmanager
def assuming() -> Iterator[Assumptions]:
    """Let reads in the block make assumptions, inside `repeated`; the code that saves has to validate them with
    `require`.
    """
    assumptions = _current.get()
    if assumptions is None:
        yield Assumptions()
        return
    with assumptions.allowed():
        yield assumptions


def assume(database: Database, query: Query, rows: Sequence[Fetched]) -> bool:
    """Assume these rows as the result of the query; False if the query has to be run.

    That is the case inside a transaction that writes, since its reads may be rolled back.
    """
    assumptions = _current.get()
    if assumptions is None or not assumptions.are_allowed or database.is_changing:
        return False
    assumptions.add(query, rows)
    return True
