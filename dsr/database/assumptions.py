"""Reads that a command takes from memory: its transaction validates them under the append lock.

What a process read before is seldom changed by another. So a command on the version that its caller saw decides on what
this process remembers, and asks the database in the round trip that takes the lock whether that still holds. Where it
does not, nothing is saved, and the command runs again on fresh reads alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Final, TypeVar

from dsr.database.engine import Database
from dsr.database.statements import Fetched, Query, ask

T = TypeVar("T")


class AssumptionWrong(Exception):
    """The database holds something else than the command assumed; nothing was saved, and `repeated` runs it again."""


class Assumptions:
    """What one attempt of a command assumed."""

    def __init__(self) -> None:
        self._made: list[tuple[Query, list[Fetched]]] = []
        self._saved = False
        self.are_allowed = False
        """Whether a read may be assumed now."""

    @property
    def queries(self) -> Sequence[Query]:
        """What has to be asked before `require`."""
        return [query for query, _ in self._made]

    def require(self) -> None:
        """Raise AssumptionWrong unless the queries, which were just asked, were answered as assumed."""
        if any(query.rows != rows for query, rows in self._made):
            raise AssumptionWrong

    def verify(self, database: Database) -> None:
        """Ask, outside of a transaction: for a command that was refused. Raises AssumptionWrong."""
        if self._made:
            with database.glancing() as connection:
                ask(connection, self.queries)
            self.require()

    def saved(self) -> None:
        """The command has changed something: from now on it assumes nothing, and must not run again."""
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
        """Assume that this is what the query would answer."""
        self._made.append((query, list(rows)))


_current: Final[ContextVar[Assumptions | None]] = ContextVar("dsr_assumptions", default=None)


def repeated(attempt: Callable[[], T]) -> T:
    """Run a command that may assume; where it was wrong, once more without, as if its caller had repeated the call.

    A command that is called inside of another is repeated by itself.
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
    """Let reads of the block assume, inside of `repeated`; whoever saves has to ask and `require`."""
    assumptions = _current.get()
    if assumptions is None:
        yield Assumptions()
        return
    with assumptions.allowed():
        yield assumptions


def assume(database: Database, query: Query, rows: Sequence[Fetched]) -> bool:
    """Take these rows for the answer of the query; False where it has to be asked.

    Inside a transaction that changes something it has to be: what is read there may be rolled back.
    """
    assumptions = _current.get()
    if assumptions is None or not assumptions.are_allowed or database.is_changing:
        return False
    assumptions.add(query, rows)
    return True
