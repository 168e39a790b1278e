"""Moving from SQLite to PostgreSQL: all is there, nothing is written meanwhile, and the old databases refuse work."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from dsr.backup import CopyUnsound, LiveSource, MovesFromSqliteOnly, TargetNotEmpty, examine, move
from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.database import Database, DatabaseMoved
from dsr.domain.rights import Right
from dsr.eventstore.tables import events
from dsr.projections import verify
from dsr.settings import Settings
from dsr.vault.keystore import data_keys
from tests.desk.office import Office
from tests.settable_clock import SettableClock

Urls = tuple[str, str]


@pytest.fixture
def office(install: Callable[[str], Settings], clock: SettableClock) -> Iterator[Office]:
    """A service on SQLite with a request and a large file."""
    service = build(install("sqlite"), clock=clock)
    office = Office(service, clock)
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")
    office.attach(request_id, "access", b"A recording of a call. " * 5_000)
    yield office
    service.close()


@pytest.fixture
def urls(new_postgres: Callable[[str | None], str]) -> Urls:
    return new_postgres(None), new_postgres(None)


WRITE = """
import sqlite3, sys
for path in sys.argv[1:]:
    try:
        sqlite3.connect(path, timeout=0).execute("begin immediate")
    except sqlite3.OperationalError as error:
        print(error)
"""


def log_of(service: Service) -> list[tuple[object, ...]]:
    with service.database.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.select(events).order_by(events.c.position))]


def test_a_service_that_was_moved_holds_all_and_works(office: Office, urls: Urls, clock: SettableClock) -> None:
    before = log_of(office.service)
    # when
    examined = move(office.service, *urls)
    # then
    assert (examined.events, examined.findings) == (len(before), ())
    moved = build(replace(office.service.settings, database_url=urls[0], keys_url=urls[1]), clock=clock)
    moved.check()
    assert log_of(moved) == before
    assert list(verify(moved.database, moved.log)) == []
    assert examine(LiveSource(moved)).findings == ()
    Office(moved, clock).receive()
    assert len(log_of(moved)) > len(before)
    moved.close()


def test_the_old_databases_refuse_work_to_processes_that_have_them_open(office: Office, urls: Urls) -> None:
    """Otherwise two logs would go on, and one of them be lost."""
    before = log_of(office.service)
    move(office.service, *urls)
    for work in (office.receive, office.service.check):
        with pytest.raises(DatabaseMoved):
            work()
    assert log_of(office.service) == before


def test_nothing_is_written_to_the_old_databases_meanwhile(office: Office, urls: Urls) -> None:
    # given: what another process tries while rows are copied, without waiting for its turn
    settings = office.service.settings
    answers = list[str]()

    def told(what: str, _number: int) -> None:
        if what == "rows copied" and not answers:
            paths = [url.removeprefix("sqlite:///") for url in (settings.database_url, settings.keys_url)]
            tried = subprocess.run([sys.executable, "-c", WRITE, *paths], check=True, capture_output=True, text=True)
            answers.extend(tried.stdout.splitlines())

    # when
    move(office.service, *urls, told=told)
    # then
    assert answers == ["database is locked"] * 2


def test_only_empty_databases_are_filled(office: Office, urls: Urls) -> None:
    database = Database(urls[1])
    with database.writing() as connection:
        connection.execute(sa.text("create table something (id integer)"))
    database.close()
    with pytest.raises(TargetNotEmpty):
        move(office.service, *urls)
    office.receive()


def test_a_service_that_lacks_something_is_not_moved(office: Office, urls: Urls) -> None:
    with office.service.keys_database.writing() as connection:
        connection.execute(sa.delete(data_keys).where(data_keys.c.destroyed_at.is_(None)))
    with pytest.raises(CopyUnsound):
        move(office.service, *urls)
    office.service.check()


def test_a_service_on_postgresql_is_not_moved(install: Callable[[str], Settings], urls: Urls) -> None:
    service = build(install("postgresql"))
    with pytest.raises(MovesFromSqliteOnly):
        move(service, *urls)
    service.close()


def test_the_command_reads_urls_from_files_and_says_what_is_next(
    install: Callable[[str], Settings], urls: Urls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # given
    settings = install("sqlite")
    monkeypatch.setenv("DSR_HOME", str(settings.home))
    arguments = ["move-to"]
    for name, url in zip(("main", "keys"), urls, strict=True):
        (tmp_path / name).write_text(f"{url}\n")
        arguments.append(f"@{tmp_path / name}")
    # when
    done = CliRunner().invoke(main, arguments)
    # then
    assert (done.exit_code, "DSR_DATABASE_URL" in done.output) == (0, True)
    again = CliRunner().invoke(main, arguments)
    assert (again.exit_code, '{"code": "database-moved"}' in again.output) == (3, True)
    missing = CliRunner().invoke(main, ["move-to", f"@{tmp_path / 'nowhere'}", "x"])
    assert (missing.exit_code, "can't be read" in missing.output) == (2, True)
