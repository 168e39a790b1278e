"""Commands of one process that wait for the append lock share a commit; each still succeeds or fails by itself."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from dsr.database import Database, DatabaseBusy, DatabaseUnavailable
from dsr.database.statements import InsertRows, Query, Statement
from tests.traffic import counted_in

NOTES = sa.Table("notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
INSERT = InsertRows(NOTES)
IDS = Statement(sa.select(NOTES.c.id).order_by(NOTES.c.id))

Body = Callable[[sa.Connection], None]


class Taken(Exception):
    """What a command says of a conflict."""


@pytest.fixture
def notes(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    with database.writing() as connection:
        NOTES.create(connection)
    yield database
    database.close()


def ids(database: Database) -> list[int]:
    with database.glancing() as connection:
        return [number for (number,) in IDS.fetch(connection, {})]


def add(*numbers: int) -> Body:
    def body(connection: sa.Connection) -> None:
        INSERT.send(connection, [{"id": number} for number in numbers], on_conflict=Taken)

    return body


def until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.001)


class Row:
    """Commands that share, in the order in which they were given: each begins once all wait for the first."""

    def __init__(self, database: Database, threads: ThreadPoolExecutor) -> None:
        self._database = database
        self._threads = threads
        self._all_wait = Event()
        self._given: list[Future[None]] = []
        self.asking: list[Query] = []
        """What each asks as it begins."""

    def give(self, *bodies: Body) -> list[Future[None]]:
        for body in bodies:
            self._given.append(self._threads.submit(self._run, body))
            until(lambda: self._waiting() == len(self._given) - 1)
        self._all_wait.set()
        return self._given

    def _run(self, body: Body) -> None:
        with self._database.appending(shares=True, asking=self.asking) as connection:
            self._all_wait.wait(20)
            body(connection)

    def _waiting(self) -> int:
        turns = self._database._turns.get("main")
        return len(turns._waiting) if turns and turns._is_taken else -1


@pytest.fixture
def row(notes: Database) -> Iterator[Row]:
    with ThreadPoolExecutor(20) as threads:
        yield Row(notes, threads)


@contextmanager
def commits(database: Database) -> Iterator[Callable[[], int]]:
    with counted_in(database) as traffic:
        yield lambda: sum(text == "COMMIT" for text in traffic.texts)


def failure(given: Future[None]) -> BaseException | None:
    return given.exception(20)


def test_commands_that_wait_share_one_commit(notes: Database, row: Row) -> None:
    with commits(notes) as number:
        given = row.give(add(1), add(2), add(3), add(4))
        assert [failure(each) for each in given] == [None] * 4
    assert (ids(notes), number()) == ([1, 2, 3, 4], 1)


def test_a_command_that_nobody_waits_behind_commits_at_once(notes: Database) -> None:
    with commits(notes) as number:
        for each in (1, 2):
            with notes.appending(shares=True) as connection:
                add(each)(connection)
            assert each in ids(notes)
    assert number() == 2


def test_nobody_returns_before_the_commit_and_others_see_nothing_until_then(
    notes: Database, row: Row, postgres_url: str
) -> None:
    seen: list[object] = []

    def look(_: sa.Connection) -> None:
        with psycopg.connect(postgres_url) as other:
            seen.append(other.execute("SELECT count(*) FROM notes").fetchone())
        seen.append([each.done() for each in row._given])

    for each in row.give(add(1), add(2), look):
        assert failure(each) is None
    assert seen == [(0,), [False, False, False]]


def test_each_command_sees_what_those_before_it_wrote(notes: Database, row: Row) -> None:
    seen: list[list[tuple[Any, ...]]] = []

    def look_and_add(number: int) -> Body:
        def body(connection: sa.Connection) -> None:
            seen.append(IDS.fetch(connection, {}))
            add(number)(connection)

        return body

    for each in row.give(*map(look_and_add, (1, 2, 3))):
        assert failure(each) is None
    assert seen == [[], [(1,)], [(1,), (2,)]]


def refuse(connection: sa.Connection) -> None:
    add(99)(connection)
    raise ZeroDivisionError


def refuse_after_sending(connection: sa.Connection) -> None:
    add(99)(connection)
    assert (99,) in IDS.fetch(connection, {})
    raise ZeroDivisionError


def swallow_an_error(connection: sa.Connection) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text("SELECT 1 / 0"))


@pytest.mark.parametrize(
    ("fails", "says"),
    [
        (refuse, ZeroDivisionError),
        (refuse_after_sending, ZeroDivisionError),
        (add(1), Taken),
        (add(0), Taken),
        (swallow_an_error, RuntimeError),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_command_that_fails_takes_back_only_what_it_wrote(
    notes: Database, row: Row, fails: Body, says: type[Exception], place: int
) -> None:
    # given
    with notes.appending() as connection:
        add(0)(connection)
        add(1)(connection)
    others = [add(2), add(3)]
    # when
    given = row.give(*others[:place], fails, *others[place:])
    failed = failure(given[place])
    # then
    assert isinstance(failed, says)
    assert [failure(each) for each in given if each is not given[place]] == [None, None]
    assert ids(notes) == [0, 1, 2, 3]


def test_writes_that_are_refused_when_the_next_command_begins_are_taken_back_as_a_whole(
    notes: Database, row: Row
) -> None:
    # given
    with notes.appending() as connection:
        add(0)(connection)
    seen: list[list[tuple[Any, ...]]] = []

    def collide(connection: sa.Connection) -> None:
        add(2)(connection)
        assert (2,) in IDS.fetch(connection, {})  # sent
        add(3)(connection)
        add(0)(connection)  # waits

    def look_and_fail(connection: sa.Connection) -> None:
        seen.append(IDS.fetch(connection, {}))
        refuse_after_sending(connection)

    # when
    given = row.give(add(1), collide, look_and_fail, add(4))
    # then
    assert [type(failure(each)) for each in given] == [type(None), Taken, ZeroDivisionError, type(None)]
    assert seen == [[(0,), (1,)]]
    assert ids(notes) == [0, 1, 4]


def test_each_command_after_the_first_takes_one_round_trip(notes: Database, row: Row) -> None:
    with counted_in(notes) as traffic:
        assert [failure(each) for each in row.give(*map(add, range(4)))] == [None] * 4
    # The lock, and the writes of the first one; then one for each, with the writes of the one before; the commit.
    assert traffic.round_trips == 2 + 3 + 1


def test_all_that_share_a_lost_connection_learn_it_and_none_of_them_wrote(
    notes: Database, row: Row, postgres_url: str
) -> None:
    def lose(connection: sa.Connection) -> None:
        add(3)(connection)
        driver: Any = connection.connection.dbapi_connection
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (driver.info.backend_pid,))

    # when
    *shared, last = [type(failure(each)) for each in row.give(add(1), add(2), lose, add(4))]
    # then: the last one shares it too, unless the loss was noticed before its turn
    assert shared == [DatabaseUnavailable] * 3
    assert last in (DatabaseUnavailable, type(None))
    assert ids(notes) == ([] if last is DatabaseUnavailable else [4])
    with notes.appending() as connection:
        add(5)(connection)
    assert ids(notes)[-1] == 5, "the next command has a connection"


def test_a_refusal_that_rests_on_what_was_lost_is_not_told(notes: Database, row: Row, postgres_url: str) -> None:
    """A repeated call finds the answer of the first one, in the same transaction: that answer is not on disk yet."""

    def find_it_answered(connection: sa.Connection) -> None:
        assert IDS.fetch(connection, {}) == [(1,)]
        driver: Any = connection.connection.dbapi_connection
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (driver.info.backend_pid,))
        raise ZeroDivisionError

    given = row.give(add(1), find_it_answered)
    assert [type(failure(each)) for each in given] == [DatabaseUnavailable] * 2
    assert ids(notes) == []


def test_a_transaction_takes_a_number_of_commands_and_no_more(
    notes: Database, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.database.sharing.MOST_COMMANDS", 3)
    with commits(notes) as number:
        assert [failure(each) for each in row.give(*map(add, range(7)))] == [None] * 7
    assert (ids(notes), number()) == (list(range(7)), 3)


def test_a_transaction_that_is_old_takes_no_more_commands(
    notes: Database, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.database.sharing.LONGEST_SECONDS", 0)
    with commits(notes) as number:
        assert [failure(each) for each in row.give(*map(add, range(3)))] == [None] * 3
    assert number() == 3


def test_a_command_that_waits_too_long_for_its_turn_is_told_to_try_again(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.database.postgres.BUSY_SECONDS", 0.05)

    def append() -> None:
        with notes.appending(shares=True):
            pass

    with notes.appending(shares=True), ThreadPoolExecutor(1) as other, pytest.raises(DatabaseBusy):
        other.submit(append).result()
    append()


def test_what_does_not_share_has_a_transaction_of_its_own(notes: Database, row: Row) -> None:
    with ThreadPoolExecutor(1) as threads, commits(notes) as number:
        with notes.appending() as connection:
            waiting = threads.submit(row.give, add(1))
            add(2)(connection)
        assert [failure(each) for each in waiting.result(20)] == [None]
    assert (ids(notes), number()) == ([1, 2], 2)


def test_commands_that_share_and_others_come_one_after_the_other(notes: Database) -> None:
    """Each reads the highest number and adds the next, in two processes' places: without the lock two would collide."""
    highest = Statement(sa.select(sa.func.coalesce(sa.func.max(NOTES.c.id), 0)))
    elsewhere = Database(notes.url)

    def add_next(thread: int) -> None:
        for turn in range(10):
            found = Query(highest, {})
            database = (notes, elsewhere)[thread % 2]
            with database.appending(asking=[found], shares=turn % 5 != 0) as connection:
                ((number,),) = found.rows
                add(number + 1)(connection)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(add_next, range(12)))
    assert ids(notes) == list(range(1, 121))
    elsewhere.close()


def test_two_transactions_that_wait_for_each_other_are_told_to_try_again(notes: Database) -> None:
    with notes.appending() as connection:
        add(1, 2)(connection)
    both = Event(), Event()

    def lock_both(first: int) -> None:
        with notes.writing() as connection:
            connection.execute(sa.text("SET LOCAL deadlock_timeout = '10ms'"))
            for number in (first, 3 - first):
                connection.execute(sa.text("SELECT id FROM notes WHERE id = :id FOR UPDATE"), {"id": number})
                both[first - 1].set()
                assert both[2 - first].wait(20)

    with ThreadPoolExecutor(2) as threads:
        failed = [threads.submit(lock_both, first) for first in (1, 2)]
    assert {type(failure(each)) for each in failed} == {type(None), DatabaseBusy}


@pytest.mark.parametrize("times", range(1, 6))
def test_a_statement_that_was_first_prepared_in_a_refused_pipeline_is_prepared_again(
    notes: Database, row: Row, times: int
) -> None:
    """The driver took it for prepared: the next command that used it failed as an internal error. It prepares what it
    was given often enough, here for one of these numbers in the pipeline that the write of the second command spoils.
    """

    def used(connection: sa.Connection) -> None:
        for _ in range(times):
            IDS.fetch(connection, {})

    # given
    with notes.appending() as connection:
        add(1)(connection)
    row.asking = [Query(IDS, {})]
    # when
    first, second, third = row.give(used, add(1), used)
    # then: only the command whose write was refused fails
    assert (first.result(20), third.result(20)) == (None, None)
    with pytest.raises(Taken):
        second.result(20)
    assert ids(notes) == [1]
