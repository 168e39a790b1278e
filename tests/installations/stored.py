"""An installation as files: the rows of both databases as SQLite holds them, the keyring, the blobs, and its facts.

`rows-main.jsonl.gz` and `rows-keys.jsonl.gz` hold one row a line, `[table, {column: value}]`; bytes are written as
`{"hex": …}`. The same rows go into SQLite and into PostgreSQL, into tables that the migrations of that time make.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from alembic import command

from dsr.database import Database, migrations
from dsr.database.migrations import Kind, current_revision
from dsr.settings import Settings

HERE: Final = Path(__file__).parent
KINDS: Final[tuple[Kind, ...]] = ("main", "keys")
_FILES: Final = "files.tar.gz"
_FACTS: Final = "facts.json"


@dataclass(frozen=True)
class Facts:
    """What tests know of a stored installation. All tokens and secrets are for tests only."""

    at: str
    """The time at which it was stored, ISO 8601: tests go on from there."""
    revisions: dict[str, str]
    """Of each database."""
    tokens: dict[str, str]
    """Of `operator`, `handler`, `approver`, `dpo`, and of `subject`, the data subject of `to_read`."""
    to_read: dict[str, Any]
    """A case that came by mail: `request_id`, `reference`, the `name` and `text` that are sealed in it."""
    to_work_on: str
    """A case of which the right of access was granted and data collected."""
    original: dict[str, Any]
    """A mail as it arrived: `request_id`, `version` of its event, `sha256` of the plaintext."""
    package: dict[str, str]
    """One that was offered: `request_id`, `token` and `second_secret` of its link, `sha256` of the plaintext."""
    letters: dict[str, str]
    """`queued`, `in_doubt` (handed over once, the answer was lost), `to_approve` and `draft`: the id of each."""
    parked: dict[str, str]
    """A case that a policy failed on: `policy` and `request_id`."""
    upload: dict[str, Any]
    """One that is under way: `upload_id` and the `offset` that was reached."""
    cases: dict[str, str]
    """A case in each state that an upgrade has to carry over, by the state's name."""


def versions() -> list[str]:
    """The versions of the program of which an installation is stored."""
    return sorted(each.parent.name for each in HERE.glob(f"*/{_FACTS}"))


def facts_of(version: str) -> Facts:
    """What is known of the installation of this version."""
    return Facts(**json.loads((HERE / version / _FACTS).read_text(encoding="utf-8")))


# Storing ------------------------------------------------------------------------------------------------------------


def store(folder: Path, settings: Settings, facts: Facts) -> None:
    """Write an installation on SQLite, of which no process is running, into a folder of its own."""
    folder.mkdir()
    for kind, url in urls(settings).items():
        database = Database(url)
        with database.reading() as connection:
            lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in _rows(connection)]
        database.close()
        _write(folder / f"rows-{kind}.jsonl.gz", "".join(f"{line}\n" for line in lines).encode())
    _write(folder / _FILES, _archive(settings.home))
    (folder / _FACTS).write_text(json.dumps(asdict(facts), indent=2) + "\n", encoding="utf-8")


def urls(settings: Settings) -> dict[Kind, str]:
    """Of both databases."""
    return {"main": settings.database_url, "keys": settings.keys_url}


def _rows(connection: sa.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    """As SQLite stores them: texts, numbers, bytes, NULL."""
    names = sorted(set(sa.inspect(connection).get_table_names()) - {"alembic_version"})
    for name in names:
        order = ", ".join(f'"{each}"' for each in sa.inspect(connection).get_pk_constraint(name)["constrained_columns"])
        for row in connection.exec_driver_sql(f'SELECT * FROM "{name}" ORDER BY {order}').mappings():
            yield (
                name,
                {column: {"hex": value.hex()} if isinstance(value, bytes) else value for column, value in row.items()},
            )


def _archive(home: Path) -> bytes:
    """The keyring and the blobs; not the databases, and not the mails that left."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for file in sorted(each for each in home.rglob("*") if each.is_file()):
            name = file.relative_to(home)
            if name.parts[0] != "outgoing" and ".sqlite" not in file.name:
                entry = tarfile.TarInfo(str(name))
                entry.size = file.stat().st_size
                with file.open("rb") as content:
                    archive.addfile(entry, content)
    return packed.getvalue()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, mtime=0))


# Restoring ----------------------------------------------------------------------------------------------------------


def restore(version: str, settings: Settings) -> Facts:
    """Put the installation of a version into empty databases and the folder of the settings, as it was stored."""
    folder, facts = HERE / version, facts_of(version)
    with tarfile.open(folder / _FILES) as archive:
        archive.extractall(settings.home, filter="data")
    settings.keyring.chmod(0o600)
    for kind, url in urls(settings).items():
        database = Database(url)
        _migrate(database, kind, facts.revisions[kind])
        with database.appending() as connection:
            _insert(connection, stored_rows(version, kind))
        assert current_revision(database) == facts.revisions[kind]
        database.close()
    return facts


def _migrate(database: Database, kind: Kind, revision: str) -> None:
    """To the tables of that time, no further."""
    with database.appending() as connection:
        config = migrations._config(kind)  # the program itself only ever goes to the head
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def stored_rows(version: str, kind: Kind) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and columns of each row that is stored of this database."""
    lines = gzip.decompress((HERE / version / f"rows-{kind}.jsonl.gz").read_bytes()).decode()
    for line in lines.splitlines():
        name, row = json.loads(line)
        yield name, row


def _insert(connection: sa.Connection, stored: Iterable[tuple[str, dict[str, Any]]]) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, row in stored:
        rows.setdefault(name, []).append(row)
    for name, found in rows.items():
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        columns = ", ".join(f'"{each}"' for each in found[0])
        values = ", ".join(f":{each}" for each in found[0])
        is_sqlite = connection.dialect.name == "sqlite"
        connection.execute(
            sa.text(f'INSERT INTO "{name}" ({columns}) VALUES ({values})'),
            [
                {column: _value(value, None if is_sqlite else table.c[column].type) for column, value in row.items()}
                for row in found
            ],
        )


def _value(stored: Any, kind: sa.types.TypeEngine[Any] | None) -> Any:
    """What was stored, as a column of this type takes it; None for SQLite, which takes it as it is."""
    if isinstance(stored, dict):
        return bytes.fromhex(stored["hex"])
    if stored is None or kind is None:
        return stored
    match kind:
        case sa.Uuid():
            return UUID(stored)
        case sa.Boolean():
            return bool(stored)
        case sa.DateTime():
            return datetime.fromisoformat(stored).replace(tzinfo=UTC)
        case sa.Date():
            return date.fromisoformat(stored)
    return stored
