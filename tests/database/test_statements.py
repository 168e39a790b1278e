"""What is handed to the driver does what Core would do, raises what Core would raise, and waits where it may."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from dsr.database import Database, DatabaseUnavailable
from dsr.database.statements import InsertRows, Query, Statement
from dsr.domain.errors import StorageFull
from dsr.projections.columns import Json, UtcInstant
from tests.traffic import counted_in

TABLE = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("name", sa.String, unique=True),
    sa.Column("day", sa.Date),
    sa.Column("at", UtcInstant),
    sa.Column("true", sa.Boolean),
    sa.Column("json", Json),
    sa.Column("bytes", sa.LargeBinary),
)
ROWS: list[dict[str, Any]] = [
    {
        "id": UUID(int=1),
        "number": 2**40,
        "name": "100 % of it: 'ä'",
        "day": date(2026, 3, 5),
        "at": datetime(2026, 3, 5, 9, tzinfo=timezone(timedelta(hours=1))),
        "true": True,
        "json": {"list": [1, None, "ä"]},
        "bytes": b"\x00\xff",
    },
    {"id": UUID(int=2), "number": -1} | dict.fromkeys(("name", "day", "at", "true", "json", "bytes")),
]
INSERT = InsertRows(TABLE)
ALL = Statement(sa.select(TABLE).order_by(TABLE.c.id))
COUNT = Statement(sa.select(sa.func.count()).select_from(TABLE))
RENAME = Statement(
    sa.update(TABLE)
    .where(TABLE.c.id == sa.bindparam("key"))
    .values(name=sa.bindparam("new_name"), at=sa.bindparam("new_at"))
)


def row(number: int, name: str | None = None) -> dict[str, Any]:
    return ROWS[1] | {"id": UUID(int=number), "number": number, "name": name}


@contextmanager
def with_table(url: str) -> Iterator[Database]:
    database = Database(url)
    with database.writing() as connection:
        TABLE.create(connection)
    yield database
    database.close()


@pytest.fixture
def things(empty_url: str) -> Iterator[Database]:
    with with_table(empty_url) as database:
        yield database


def names(database: Database) -> list[str | None]:
    with database.reading() as connection:
        return [each.name for each in connection.execute(sa.select(TABLE).order_by(TABLE.c.id))]


def test_values_are_written_and_read_as_core_does_it(things: Database) -> None:
    def by_core() -> list[Any]:
        with things.reading() as connection:
            return [tuple(each) for each in connection.execute(sa.select(TABLE).order_by(TABLE.c.id))]

    def raw() -> list[Any]:
        with things.reading() as connection:
            return list(map(tuple, connection.exec_driver_sql('SELECT * FROM things ORDER BY "id"')))

    # given
    with things.writing() as connection:
        connection.execute(sa.insert(TABLE), ROWS)
    expected, stored = by_core(), raw()
    with things.writing() as connection:
        connection.execute(sa.delete(TABLE))
    # when
    with things.writing() as connection:
        INSERT.send(connection, ROWS)
    with things.reading() as connection:
        found = ALL.fetch(connection, {})
    # then
    assert (found, by_core(), raw()) == (expected, expected, stored)
    assert found[0][4] == datetime(2026, 3, 5, 8, tzinfo=UTC)


def test_many_rows_are_inserted_by_few_statements(things: Database) -> None:
    with counted_in(things) as traffic, things.writing() as connection:
        INSERT.send(connection, [row(number) for number in range(150)])
    assert len([text for text in traffic.texts if text.startswith("INSERT")]) == 10
    assert len(names(things)) == 150


def test_a_value_that_a_type_refuses_is_refused_before_anything_is_sent(things: Database) -> None:
    with pytest.raises(ValueError, match="zone"), things.writing() as connection:
        INSERT.send(connection, [row(1) | {"at": datetime(2026, 3, 5)}])  # noqa: DTZ001 - that is the point


def test_what_a_transaction_writes_is_seen_by_what_it_asks_next_by_either_way(things: Database) -> None:
    with things.appending() as connection:
        INSERT.send(connection, [row(1)])
        assert COUNT.fetch(connection, {}) == [(1,)]
        INSERT.send(connection, [row(2)])
        assert connection.scalar(sa.select(sa.func.count()).select_from(TABLE)) == 2
        RENAME.send(connection, {"key": UUID(int=1), "new_name": "one", "new_at": None})
        connection.execute(sa.update(TABLE).where(TABLE.c.name == "one").values(name="two"))
    assert names(things) == ["two", None]


def test_what_waits_goes_with_the_commit_in_one_round_trip(things: Database) -> None:
    asked = Query(COUNT, {})
    with counted_in(things) as traffic, things.appending(asking=[asked]) as connection:
        INSERT.send(connection, [row(1)])
        RENAME.send(connection, {"key": UUID(int=1), "new_name": "one", "new_at": None})
    assert asked.rows == [(0,)]
    assert names(things) == ["one"]
    # BEGIN, lock and question; then what was written and COMMIT. SQLite has no lock.
    assert (traffic.statements, traffic.round_trips) == ((5, 0) if things.is_sqlite else (6, 2))


def test_an_append_that_fails_sends_nothing_that_waits(things: Database) -> None:
    with pytest.raises(ZeroDivisionError), things.appending() as connection:  # noqa: PT012 - one transaction
        INSERT.send(connection, [row(1)])
        raise ZeroDivisionError
    assert names(things) == []
    with things.appending() as connection:
        INSERT.send(connection, [row(2)])
    assert names(things) == [None]


class Taken(Exception):
    """What a caller says of a conflict."""


def test_a_conflict_is_sqlalchemys_or_what_the_statement_says_of_it(things: Database) -> None:
    with things.writing() as connection:
        INSERT.send(connection, [row(1, "ada")])
    with pytest.raises(sa.exc.IntegrityError) as raised, things.appending() as connection:  # noqa: PT012 - one transaction
        INSERT.send(connection, [row(2)])
        INSERT.send(connection, [row(3, "ada")])
    assert "INSERT" in str(raised.value)
    with pytest.raises(Taken) as taken, things.appending() as connection:  # noqa: PT012 - one transaction
        INSERT.send(connection, [row(2)])
        INSERT.send(connection, [row(3, "ada")], on_conflict=Taken)
        INSERT.send(connection, [row(3)], on_conflict=ZeroDivisionError)
    assert isinstance(taken.value.__cause__, Exception)
    assert names(things) == ["ada"], "nothing of either was committed"


def test_a_statement_that_failed_leaves_no_cursor_to_whoever_drops_the_error_later(sqlite_url: str) -> None:
    """An error keeps the frames in which it arose. A cursor that goes with them resets its statement, which another
    thread may be using by then on the same connection.
    """
    database = Database(sqlite_url)
    failing = Statement(sa.text("INSERT INTO things VALUES (1)"))
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE things (id INTEGER PRIMARY KEY)"))
        failing.fetch(connection, {})
        with pytest.raises(sa.exc.IntegrityError) as refused:
            failing.fetch(connection, {})
    [cursors] = [frame.frame.f_locals["cursors"] for frame in refused.traceback if "cursors" in frame.frame.f_locals]
    for cursor in cursors:
        with pytest.raises(connection.dialect.loaded_dbapi.ProgrammingError, match="closed"):
            cursor.execute("SELECT 1")
    database.close()


def test_a_conflict_is_found_before_what_no_rollback_brings_back(things: Database) -> None:
    destroyed = list[str]()
    with things.writing() as connection:
        INSERT.send(connection, [row(1, "ada")])
    with pytest.raises(Taken), things.appending() as connection:  # noqa: PT012 - one transaction
        INSERT.send(connection, [row(2, "ada")], on_conflict=Taken)
        things.send_waiting()
        destroyed.append("key")
    assert destroyed == []


def test_a_connection_that_is_lost_is_named_and_replaced(postgres_url: str) -> None:
    with with_table(postgres_url) as things:
        with pytest.raises(DatabaseUnavailable), things.appending() as connection:  # noqa: PT012 - one transaction
            INSERT.send(connection, [row(1)])
            driver: Any = connection.connection.dbapi_connection
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (driver.info.backend_pid,))
        with things.appending() as connection:
            INSERT.send(connection, [row(2)])
        assert len(names(things)) == 1


def test_a_connection_that_is_stuck_in_a_pipeline_is_lost_and_replaced(postgres_url: str) -> None:
    """As after a session that the server ended while it answered; here by a statement that a pipeline can't take."""
    with with_table(postgres_url) as things:
        with pytest.raises(DatabaseUnavailable), things.appending() as connection:  # noqa: PT012 - one transaction
            INSERT.send(connection, [row(1)])
            Statement(sa.text("COPY things TO STDOUT")).send(connection, {})
        with things.appending() as connection:
            INSERT.send(connection, [row(2, "ada")])
        assert "ada" in names(things)


def test_a_server_that_only_follows_another_one_is_unavailable_to_writers_and_left(postgres_url: str) -> None:
    """As in a fail-over, before the second server is promoted."""
    with with_table(postgres_url) as things, psycopg.connect(postgres_url, autocommit=True) as other:

        def follow(is_standby: str) -> None:
            name = sql.Identifier(other.info.dbname)
            other.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(name, is_standby))

        # given
        follow("on")
        things.close()
        with pytest.raises(DatabaseUnavailable), things.appending() as connection:
            INSERT.send(connection, [row(1)])
        # when
        follow("off")
        with things.appending() as connection:
            INSERT.send(connection, [row(2, "ada")])
        # then
        assert names(things) == ["ada"]


def test_a_full_disk_is_named(sqlite_url: str) -> None:
    with with_table(sqlite_url) as things:
        with pytest.raises(StorageFull), things.writing() as connection:  # noqa: PT012 - one transaction
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
            INSERT.send(connection, [row(1) | {"bytes": bytes(100_000)}])
        assert names(things) == []


def test_a_question_asked_with_the_lock_sees_what_was_committed_before_it_was_granted(things: Database) -> None:
    """In a single statement that takes the lock and reads, it would see what was there when it began to wait."""

    def add_next(_: int) -> None:
        for _ in range(10):
            highest = Query(Statement(sa.select(sa.func.coalesce(sa.func.max(TABLE.c.number), 0))), {})
            with things.appending(asking=[highest]) as connection:
                ((number,),) = highest.rows
                INSERT.send(connection, [row(number + 1) | {"id": uuid4()}])

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(add_next, range(16)))
    with things.reading() as connection:
        numbers = list(connection.scalars(sa.select(TABLE.c.number).order_by(TABLE.c.number)))
    assert numbers == list(range(1, 161))
