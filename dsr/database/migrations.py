"""Migrations: creates and checks the tables of both databases with Alembic, from the wheel or a checkout.

Every process checks the schema; only an upgrade runs migrations and imports Alembic.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import Connection, MetaData, ScalarSelect, String, column, inspect, select, table, update

import dsr
from dsr.database import metadata
from dsr.database.engine import Database
from dsr.database.errors import DatabaseMoved, DatabaseSwapped, SchemaMissing, SchemaOutdated, SchemaTooNew

if TYPE_CHECKING:
    from alembic.config import Config

Kind = Literal["main", "keys"]
"""Kind of database."""

_PACKAGE: Final = Path(dsr.__file__).parent
SCRIPTS = _PACKAGE / "_alembic" if (_PACKAGE / "_alembic").is_dir() else _PACKAGE.parent / "alembic"
"""The wheel has the scripts inside the package; a checkout has them beside it."""

_METADATA: Final[dict[Kind, MetaData]] = {"main": metadata.main, "keys": metadata.keys}
_VERSIONS: Final[dict[Kind, str]] = {"main": "versions", "keys": "keys/versions"}

_NAMED: Final = re.compile(r"((?:keys_)?\d{4})_\w+\.py")
"""The file of a revision: those of the key database are named `keys_…`."""

_REVISIONS: Final = table("alembic_version", column("version_num", String))

_MOVED: Final = "moved"
"""Stands in place of the revision of a database that the service has left."""

REVISION: Final[ScalarSelect[str]] = select(_REVISIONS.c.version_num).scalar_subquery()
"""Query of the database's revision, to be combined with others."""


def upgrade(database: Database, kind: Kind) -> None:
    """Upgrade the database to the head revision, in one transaction during which nothing can append."""
    from alembic import command  # noqa: PLC0415 - see above

    with database.appending() as connection:
        config = _config(kind)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current_revision(database: Database) -> str | None:
    """The revision of the database; None if it is empty."""
    with database.reading() as connection:
        if not inspect(connection).has_table(_REVISIONS.name):
            return None
        return connection.execute(select(REVISION)).scalar()


def head_revision(kind: Kind) -> str:
    """The newest revision of this program."""
    return revisions(kind)[0]


def mark_moved(connection: Connection) -> None:
    """Refuse this database from now on, to processes that have it open too: `database-moved`."""
    connection.execute(update(_REVISIONS).values(version_num=_MOVED))


def check_schema(database: Database, kind: Kind) -> None:
    """Raise SchemaMissing, SchemaOutdated, SchemaTooNew, DatabaseMoved or DatabaseSwapped unless it is at the head
    revision.
    """
    _require(current_revision(database), kind)


def require_revision(found: str | None) -> None:
    """Raise as `check_schema` does unless this is the head revision of the main database.

    The program's own revisions are looked up once per process, so this is cheap.
    """
    if found != _head():
        _require(found, "main")


@cache
def _head() -> str:
    return head_revision("main")


def _require(found: str | None, kind: Kind) -> None:
    if found is None:
        raise SchemaMissing(database=kind)
    if found == _MOVED:
        raise DatabaseMoved(database=kind)
    known = revisions(kind)
    if found in revisions("keys" if kind == "main" else "main"):
        raise DatabaseSwapped(database=kind)
    if found not in known:
        raise SchemaTooNew(database=kind, revision=found)
    if found != known[0]:
        raise SchemaOutdated(database=kind, revision=found)


def new_migration(kind: Kind, message: str, revision: str) -> Path:
    """Write an empty migration that contains the rules for migrations; `revision` is, for example, `0002` or
    `keys_0002`.
    """
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    script = ScriptDirectory.from_config(_config(kind)).generate_revision(revision, message)
    if script is None:
        raise RuntimeError(f"no migration was written for {revision}")
    return Path(script.path)


def revisions(kind: Kind) -> list[str]:
    """All revisions of this program, newest first; each follows the one with the previous number."""
    named = (_NAMED.fullmatch(file.name) for file in (SCRIPTS / _VERSIONS[kind]).iterdir())
    return sorted((each[1] for each in named if each), reverse=True)


def _config(kind: Kind) -> "Config":
    """Alembic's configuration without a file: users never need an alembic.ini."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("version_locations", str(SCRIPTS / _VERSIONS[kind]).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["metadata"] = _METADATA[kind]
    return config
