"""A call that asks several times keeps one connection, and no transaction between its questions."""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.database.engine import POOL_SIZE

COUNT = sa.text("SELECT count(*) FROM notes")
ADD = sa.text("INSERT INTO notes (id) VALUES (:id)")


@pytest.fixture
def notes(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE notes (id INTEGER PRIMARY KEY)"))
    yield database
    database.close()


def add(database: Database, number: int) -> None:
    with database.writing() as connection:
        connection.execute(ADD, {"id": number})


def glance(database: Database) -> object:
    with database.glancing() as connection:
        return connection.scalar(COUNT)


@pytest.fixture
def taken(notes: Database) -> list[object]:
    """Each time that a connection is taken from the pool."""
    times: list[object] = []
    sa.event.listen(notes.engine, "checkout", lambda *_: times.append(None))
    return times


def test_one_connection_serves_readings_glances_and_writes_one_after_the_other(
    notes: Database, taken: list[object]
) -> None:
    with notes.lending():
        assert glance(notes) == 0
        add(notes, 1)
        assert glance(notes) == 1
        with notes.appending() as connection:
            connection.execute(ADD, {"id": 2})
        with notes.reading() as connection:
            assert connection.scalar(COUNT) == 2
    assert len(taken) == 1
    assert notes.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # of the kind of pool that we use


def test_who_asks_nothing_takes_no_connection(notes: Database, taken: list[object]) -> None:
    with notes.lending():
        pass
    assert not taken


def test_each_question_sees_what_others_committed_since_the_last(notes: Database) -> None:
    with notes.lending():
        assert glance(notes) == 0
        contextvars.Context().run(add, notes, 1)
        assert glance(notes) == 1


def test_a_question_inside_another_takes_a_connection_of_its_own(notes: Database) -> None:
    with notes.lending(), notes.glancing() as outer:
        rows = outer.execute(sa.text("SELECT 1 UNION SELECT 2"))
        with notes.glancing() as inner:
            assert inner is not outer
            assert inner.scalar(COUNT) == 0
        assert len(rows.all()) == 2
        add(notes, 1)


@pytest.mark.parametrize("before", [glance, lambda notes: add(notes, 1)])
def test_on_sqlite_a_glance_can_not_write_whatever_came_before(
    tmp_path: Path, before: Callable[[Database], object]
) -> None:
    notes = Database(f"sqlite:///{tmp_path / 'notes.sqlite3'}")
    with notes.writing() as connection:
        connection.execute(sa.text("CREATE TABLE notes (id INTEGER PRIMARY KEY)"))
    with notes.lending():
        before(notes)
        with pytest.raises(sa.exc.DBAPIError, match="readonly"), notes.glancing() as connection:
            connection.execute(ADD, {"id": 2})
        add(notes, 2)
    notes.close()


def test_a_write_that_failed_leaves_the_connection_as_it_was(notes: Database) -> None:
    with notes.lending():
        with pytest.raises(ZeroDivisionError), notes.appending() as connection:  # noqa: PT012 - one transaction
            connection.execute(ADD, {"id": 1})
            raise ZeroDivisionError
        assert glance(notes) == 0
        add(notes, 1)
    assert glance(notes) == 1


def test_a_connection_that_was_lost_is_replaced(notes: Database, taken: list[object]) -> None:
    with notes.lending():
        with notes.glancing() as connection:
            connection.invalidate()
        assert glance(notes) == 0
        add(notes, 1)
    assert len(taken) == 2


def test_where_the_pool_is_lent_out_each_question_takes_its_own(notes: Database, taken: list[object]) -> None:
    with ExitStack() as others:
        for _ in range(POOL_SIZE):
            others.enter_context(notes.lending())
        with notes.lending():
            pass
        glance(notes)
    assert len(taken) == 1
    with notes.lending():  # all were given back
        glance(notes)
        glance(notes)
    assert len(taken) == 2
