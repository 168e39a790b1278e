"""The embedded database is set up so that nothing is lost, nothing lingers, and no affected build is used."""

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from dsr.database import AffectedSqlite, Database, DatabaseBusy, sqlite
from dsr.database.sqlite import choose_driver
from dsr.domain.errors import StorageFull, StorageUnavailable


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A driver whose SQLite has the bug."""
    module = ModuleType("affected_sqlite")
    module.sqlite_version_info = (3, 51, 2)  # type: ignore[attr-defined]  # a made-up build
    module.sqlite_version = "3.51.2"  # type: ignore[attr-defined]  # a made-up build
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_an_affected_build_is_refused_with_what_to_do(build: ModuleType) -> None:
    with pytest.raises(AffectedSqlite, match="pysqlite3") as raised:
        choose_driver(wal=True, candidates=("no_such_driver", build.__name__))
    assert raised.value.code == "sqlite-affected"
    assert raised.value.facts == {"sqlite_version": "3.51.2"}


def test_an_unaffected_build_is_found_behind_an_affected_one(build: ModuleType) -> None:
    assert choose_driver(wal=True, candidates=(build.__name__, "pysqlite3.dbapi2")).sqlite_version_info >= (3, 51, 3)


def test_with_the_rollback_journal_every_build_is_safe(build: ModuleType) -> None:
    assert choose_driver(wal=False, candidates=(build.__name__,)) is build


@pytest.mark.parametrize(("query", "mode"), [("", "wal"), ("?journal_mode=delete", "delete")])
def test_every_connection_is_durable_and_leaves_no_traces(sqlite_url: str, query: str, mode: str) -> None:
    database = Database(sqlite_url + query)
    with database.writing() as connection:
        pragmas = {
            name: connection.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert pragmas == {
        "journal_mode": mode,
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_a_writer_that_waits_too_long_is_told_to_try_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    first, second = Database(sqlite_url), Database(sqlite_url)
    # given: somebody who does not queue, such as a backup tool, holds the file
    holder = first.engine.raw_connection()
    holder.cursor().execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy), second.writing():
        pass
    holder.rollback()
    with second.writing():
        pass
    first.close()
    second.close()


def test_a_disk_that_is_full_is_told_and_loses_nothing(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE letters (text)"))
        connection.execute(sa.text("INSERT INTO letters VALUES ('first')"))
        # SQLite's own limit on the file gives the error of a full disk
        connection.execute(sa.text("PRAGMA max_page_count = 1"))
    with pytest.raises(StorageFull, match="make room"), database.writing() as connection:
        connection.execute(sa.text("INSERT INTO letters VALUES (zeroblob(100000))"))
    with database.writing() as connection:
        assert connection.scalar(sa.text("SELECT group_concat(text) FROM letters")) == "first"
    database.close()


def test_the_queue_file_is_for_the_owner_only(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    with database.writing():
        pass
    database.close()
    (lock,) = tmp_path.glob("*.lock")
    assert lock.stat().st_mode & 0o777 == 0o600


def test_a_connection_reads_only_unless_its_transaction_writes_whatever_it_did_before(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    write = sa.text("INSERT INTO things VALUES (1)")
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE things (id INTEGER)"))
    for _ in range(2):
        with database.writing() as connection:
            connection.execute(write)
        for only_reads in (database.reading, database.glancing):
            with pytest.raises(sa.exc.OperationalError, match="readonly"), only_reads() as connection:
                connection.execute(write)
    database.close()


def test_statements_stay_compiled_from_one_write_to_the_next(sqlite_url: str) -> None:
    """To tell a connection that it may write makes SQLite compile each of its statements anew."""
    database, told = Database(sqlite_url), list[str]()
    with database.writing() as connection:
        driver: Any = connection.connection.dbapi_connection
    driver.set_trace_callback(told.append)
    for _ in range(2):
        with database.writing():
            pass
    driver.set_trace_callback(None)
    assert not [each for each in told if "query_only" in each]
    assert told.count("BEGIN IMMEDIATE") == 2
    database.close()


@pytest.mark.parametrize("code", ["SQLITE_IOERR_READ", "SQLITE_IOERR_FSYNC", "SQLITE_CANTOPEN"])
def test_a_disk_that_fails_is_told_as_such_and_not_as_a_defect(database_file: Database, code: str) -> None:
    """It was `internal-error`, and held against the case that was being worked on."""
    failing = database_file.engine.dialect.loaded_dbapi.OperationalError("disk I/O error")
    failing.sqlite_errorcode = getattr(sqlite3, code)  # type: ignore[attr-defined]  # as the driver does
    with pytest.raises(StorageUnavailable, match="look at the disk"), database_file.reading():
        raise OperationalError("SELECT 1", {}, failing)


@pytest.fixture
def database_file(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()
