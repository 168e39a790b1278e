"""Commands of one process that wait for the append lock share a transaction, and with it the sync of its commit.

A commit is synced to disk while its transaction holds the lock, which takes longer than all else that a command does
under it. So a command that is done leaves its transaction open for the one that waits in the same process, and the last
one commits for all. None of them returns before that commit, so nobody learns of anything that is not on disk. Each
command after the first begins with a savepoint: one that fails takes back its own writes and commits those of the
others.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dsr.database import statements
from dsr.database.errors import DatabaseBusy, DatabaseUnavailable
from dsr.database.statements import Query

MOST_COMMANDS: Final = 16
"""Maximum number of commands in one transaction."""

LONGEST_SECONDS: Final = 0.05
"""A transaction that is older ends with its present command, so that other processes get their turn."""


class _Shared:
    """An open transaction, in which one command after the other writes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.commands = 1
        self._began = monotonic()
        self.unsent: Turn | None = None
        """The command whose last writes wait to be sent with the first statements of the next one."""
        self._has_ended = Event()
        self._is_committed = False

    @property
    def has_room(self) -> bool:
        return self.commands < MOST_COMMANDS and monotonic() - self._began < LONGEST_SECONDS

    def end(self, *, is_committed: bool) -> None:
        self._is_committed = is_committed
        self._has_ended.set()

    def wait(self) -> None:
        """Wait for the end. Raises DatabaseUnavailable unless it was committed."""
        self._has_ended.wait()
        if not self._is_committed:
            raise DatabaseUnavailable


class _Waiting:
    """A command that waits for its turn."""

    def __init__(self) -> None:
        self.called = Event()
        self.shared: _Shared | None = None


class Turns:
    """The commands of this process that append to one log: one at a time, first come, first served."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._is_taken = False

    @contextmanager
    def turn(self, *, patience: float) -> Iterator["Turn"]:
        """Wait so many seconds for a turn. Raises DatabaseBusy."""
        turn = Turn(self, self._take(patience))
        try:
            yield turn
        finally:
            turn.end()

    @property
    def are_awaited(self) -> bool:
        """Whether a command waits for its turn."""
        return bool(self._waiting)

    def call(self, shared: _Shared | None) -> bool:
        """Give the turn to the next command, with the transaction that is left open for it; False if none waits."""
        with self._mutex:
            if self._waiting:
                following = self._waiting.popleft()
                following.shared = shared
                following.called.set()
                return True
            if shared is None:
                self._is_taken = False
            return False

    def _take(self, patience: float) -> _Shared | None:
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return None
            mine = _Waiting()
            self._waiting.append(mine)
        if not mine.called.wait(patience):
            with self._mutex:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                    raise DatabaseBusy
        if mine.shared is not None:
            mine.shared.commands += 1
        return mine.shared


class Turn:
    """The turn of one command: in a transaction of its own, or in the one that the command before it left open."""

    def __init__(self, turns: Turns, left_open: _Shared | None) -> None:
        self._turns = turns
        self._left_open = left_open
        self._is_over = False
        self._savepoint = ""
        """Before everything that is taken back where this command gives up."""
        self._error: Exception | None = None

    @property
    def connection(self) -> Connection | None:
        """The connection of the transaction that was left open; None if this command begins its own."""
        return None if self._left_open is None else self._left_open.connection

    def begin(self, asking: Sequence[Query]) -> None:
        """Run these queries in the transaction that was left open, and with them the last writes of the command before.

        If those are refused, that command is told, and what it wrote is taken back.
        """
        shared = self._left_open
        assert shared is not None  # noqa: S101 - a transaction of its own begins elsewhere
        before, shared.unsent = shared.unsent, None
        self._savepoint = f"command_{shared.commands}"
        try:
            statements.ask(shared.connection, asking, first=(f"SAVEPOINT {self._savepoint}",))
        except Exception as error:
            if before is None or shared.connection.invalidated:
                raise
            before._error, self._savepoint = error, before._savepoint
            statements.take_back(shared.connection, self._savepoint)
            statements.ask(shared.connection, asking)

    def finish(self, connection: Connection) -> None:
        """Commit; or leave the transaction to the next command, and wait for the commit.

        Raises the errors of this command's writes, DatabaseUnavailable.
        """
        shared = self._left_open or _Shared(connection)
        if self._turns.are_awaited and shared.has_room:
            if self._left_open is None:  # without a savepoint, nobody else could take them back
                statements.send_waiting(connection)
            else:
                shared.unsent = self
            if self._turns.call(shared):
                self._left_open, self._is_over = None, True
                shared.wait()
                if self._error is not None:
                    raise self._error
                return
            shared.unsent = None
        self.end()  # before the commit: the next one can wait for the lock meanwhile
        statements.send(connection, "COMMIT")
        shared.end(is_committed=True)

    def give_up(self, connection: Connection) -> None:
        """Take back what this command wrote, and commit what those before it wrote in a transaction they left open.

        Raises DatabaseUnavailable if that fails: whatever this command was about to say, it may not be so.
        """
        shared, is_committed = self._left_open, False
        if shared is None:
            return
        self.end()
        try:
            statements.take_back(connection, self._savepoint)
            statements.send(connection, "COMMIT")
            is_committed = True
        except SQLAlchemyError as error:
            raise DatabaseUnavailable from error
        finally:
            shared.end(is_committed=is_committed)

    def end(self) -> None:
        """Let the next command begin a transaction of its own, unless the turn was passed on before."""
        if not self._is_over:
            self._is_over = True
            self._turns.call(None)
