"""Transactions are ambient: what is called inside one takes part in it."""

import contextvars
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from dsr.database import Database, DatabaseBusy, DatabaseUnavailable, DatabaseUrlInvalid

COUNT = sa.text("SELECT count(*) FROM notes")
ADD = sa.text("INSERT INTO notes (id) VALUES (:id)")


@pytest.fixture
def notes(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE notes (id INTEGER PRIMARY KEY)"))
    yield database
    database.close()


def count(database: Database) -> object:
    with database.reading() as connection:
        return connection.scalar(COUNT)


def test_a_write_commits_at_the_end_and_rolls_back_on_an_error(notes: Database) -> None:
    with notes.writing() as connection:
        connection.execute(ADD, {"id": 1})
    with pytest.raises(ZeroDivisionError), notes.writing() as connection:  # noqa: PT012 - one transaction
        connection.execute(ADD, {"id": 2})
        raise ZeroDivisionError
    assert count(notes) == 1


def test_tables_made_in_a_transaction_roll_back_with_it(notes: Database) -> None:
    with pytest.raises(ZeroDivisionError), notes.writing() as connection:  # noqa: PT012 - one transaction
        connection.execute(sa.text("CREATE TABLE more (id INTEGER PRIMARY KEY)"))
        connection.execute(ADD, {"id": 1})
        raise ZeroDivisionError
    with notes.reading() as connection:
        assert not sa.inspect(connection).has_table("more")
    assert count(notes) == 0


def test_inner_transactions_join_the_command(notes: Database) -> None:
    with notes.appending() as command:
        for inner in (notes.appending, notes.writing, notes.reading):
            with inner() as connection:
                assert connection is command
        assert notes.connection is command


def test_the_connection_is_there_only_inside_a_transaction(notes: Database) -> None:
    with pytest.raises(RuntimeError, match="no transaction"):
        _ = notes.connection


def test_other_threads_and_other_databases_do_not_join(notes: Database, database: Database) -> None:
    with notes.writing() as connection:
        connection.execute(ADD, {"id": 1})
        with ThreadPoolExecutor(1) as other:
            assert other.submit(count, notes).result() == 0
        with pytest.raises(RuntimeError, match="no transaction"):
            _ = database.connection


def test_a_reading_is_one_snapshot(notes: Database) -> None:
    with notes.reading() as connection:
        assert connection.scalar(COUNT) == 0
        contextvars.Context().run(add_one, notes)
        assert connection.scalar(COUNT) == 0
    assert count(notes) == 1


def add_one(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(ADD, {"id": 1})


def test_a_reading_can_not_write(notes: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"), notes.reading() as connection:
        connection.execute(ADD, {"id": 1})
    add_one(notes)  # the pooled connection is not left read-only
    with pytest.raises(RuntimeError, match="inside reading"), notes.reading(), notes.writing():
        pass


def test_a_glance_sees_what_is_committed_and_joins_what_is_open(notes: Database) -> None:
    add_one(notes)
    with notes.glancing() as connection:
        assert connection.scalar(COUNT) == 1
    with notes.writing() as command:
        command.execute(ADD, {"id": 2})
        with notes.glancing() as connection:
            assert connection is command
            assert connection.scalar(COUNT) == 2
    with notes.glancing(), pytest.raises(RuntimeError, match="no transaction"):
        _ = notes.connection


def lose_the_connection(database: Database) -> None:
    """End, from the side of the server, the one connection that waits in the pool."""
    with database.reading() as connection:
        backend = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    other = Database(database.url)
    with other.writing() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})
    other.close()


def test_a_connection_lost_a_moment_ago_is_told_as_unavailable_and_replaced(postgres_url: str) -> None:
    database = Database(postgres_url)
    for kind in (database.reading, database.glancing, database.writing, database.appending):
        lose_the_connection(database)
        with pytest.raises(DatabaseUnavailable), kind() as connection:
            connection.scalar(sa.text("SELECT 1"))
        with kind() as connection:
            assert connection.scalar(sa.text("SELECT 1")) == 1
    database.close()


def test_a_connection_that_idled_is_looked_at_before_it_is_used(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.database.postgres.TRUSTED_SECONDS", -1)
    database = Database(postgres_url)
    lose_the_connection(database)
    with database.reading() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    database.close()


def test_an_append_never_starts_inside_another_write(notes: Database) -> None:
    with pytest.raises(RuntimeError, match="inside writing"), notes.writing(), notes.appending():
        pass
    with pytest.raises(RuntimeError, match="inside appending"), notes.appending("main"), notes.appending("other"):
        pass


def test_an_inner_failure_that_is_swallowed_still_rolls_the_command_back(notes: Database) -> None:
    with pytest.raises(RuntimeError, match="roll back"), notes.appending() as command:  # noqa: PT012 - one transaction
        command.execute(ADD, {"id": 1})
        with pytest.raises(ZeroDivisionError), notes.writing():
            raise ZeroDivisionError
    assert count(notes) == 0


def test_a_statement_that_failed_and_was_swallowed_never_looks_committed(notes: Database) -> None:
    add_one(notes)
    try:
        with notes.writing() as connection:
            connection.execute(ADD, {"id": 2})
            with pytest.raises(sa.exc.IntegrityError):
                connection.execute(ADD, {"id": 1})
    except RuntimeError:  # PostgreSQL: the whole transaction is lost, and says so
        assert count(notes) == 1
    else:  # SQLite: only the statement is
        assert count(notes) == 2


def test_a_lookup_that_fails_inside_a_command_does_not_end_it(notes: Database) -> None:
    with notes.appending() as command:
        command.execute(ADD, {"id": 1})
        with pytest.raises(KeyError), notes.reading():
            raise KeyError
    assert count(notes) == 1


def test_appends_to_one_log_come_one_after_the_other(notes: Database) -> None:
    """Each reads the highest number and adds the next: without the lock two would pick the same."""
    barrier = Barrier(8)

    def add_next(_: int) -> None:
        barrier.wait()
        for _ in range(10):
            with notes.appending() as connection:
                highest = connection.scalar(sa.text("SELECT coalesce(max(id), 0) FROM notes"))
                connection.execute(ADD, {"id": highest + 1})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_next, range(8)))
    assert count(notes) == 80


def test_an_append_that_waits_too_long_is_told_to_try_again(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.database.postgres.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("dsr.database.sqlite.BUSY_SECONDS", 0.05)
    database = Database(empty_url)

    def append() -> None:
        with database.appending():
            pass

    with database.appending(), ThreadPoolExecutor(1) as other, pytest.raises(DatabaseBusy):
        other.submit(append).result()
    append()
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ann:secret@host/name",
        "secret, not a url",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///secret?journal_mode=off",
    ],
)
def test_an_unsupported_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(DatabaseUrlInvalid) as raised:
        Database(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["sqlite:////no/such/folder/x.db", "postgresql://nobody:secret@127.0.0.1:1/none"])
def test_an_unreachable_database_is_told_apart(url: str) -> None:
    database = Database(url)
    with pytest.raises(DatabaseUnavailable) as raised, database.reading():
        pass
    assert "secret" not in f"{raised.value} {raised.value.__cause__}"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_all_spellings_of_postgresql_use_psycopg_3(scheme: str) -> None:
    assert Database(f"{scheme}://host/name").engine.dialect.driver == "psycopg"
