"""A desk on a database, and cases that have gone some way."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.engine import make_url

from dsr.database import Database
from dsr.database.migrations import Kind
from tests.projections.mini_desk import MiniDesk
from tests.projections.player import Player


@pytest.fixture
def desk(database: Database) -> MiniDesk:
    """A desk on a migrated database, on each backend."""
    return MiniDesk.on(database)


@pytest.fixture
def desk_on() -> Callable[[Database], MiniDesk]:
    """Gives a desk on a migrated database of one's own."""
    return MiniDesk.on


@pytest.fixture
def fresh_desk(backend: str, fresh_url: Callable[[str, str], str]) -> Iterator[Callable[[], MiniDesk]]:
    """Gives a desk on a database of its own at each call, so that examples do not meet."""
    made: list[Database] = []

    def fresh() -> MiniDesk:
        made.append(Database(fresh_url(backend, "main")))
        return MiniDesk.on(made[-1])

    yield fresh
    for database in made:
        database.close()


@pytest.fixture
def player() -> Player:
    """Plays the same cases in every run."""
    return Player(Random(7))  # noqa: S311 - reproducible, not secret


@pytest.fixture(scope="session")
def played_templates(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    migrated_templates: Callable[[str, Kind], str],
) -> Callable[[str], str]:
    """For each backend the URL of a database on which some cases have gone some way; to be copied, never used."""
    templates: dict[str, str] = {}

    def template(backend: str) -> str:
        if backend not in templates:
            migrated = migrated_templates(backend, "main")
            if backend == "postgresql":
                url = request.getfixturevalue("postgres_databases").make(migrated)
            else:
                url = _copied(migrated, tmp_path_factory.mktemp("played"))
            database = Database(url)
            MiniDesk.on(database).play(Random(17), cases=16, steps=24)  # noqa: S311
            database.close()
            templates[backend] = url
        return templates[backend]

    return template


@pytest.fixture
def played(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, played_templates: Callable[[str], str]
) -> Iterator[MiniDesk]:
    """A desk on which some cases have gone some way, on each backend."""
    template = played_templates(backend)
    copy = request.getfixturevalue("new_postgres") if backend == "postgresql" else partial(_copied, folder=tmp_path)
    database = Database(copy(template))
    yield MiniDesk.on(database)
    database.close()


def _copied(url: str, folder: Path) -> str:
    file = folder / "played.sqlite3"
    shutil.copyfile(make_url(url).database or "", file)
    return f"sqlite:///{file}"
