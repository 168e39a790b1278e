"""What is examined: an installation as it stands, or a backup of one."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa

from dsr.backup.manifest import BackupUnreadable
from dsr.backup.stored import StoredBackup
from dsr.blobs import small_blobs
from dsr.bootstrap import Service
from dsr.database import Database
from dsr.eventstore.tables import events
from dsr.vault import Keyring
from dsr.vault.keystore import data_keys

_CHUNK: Final = 2_000


@dataclass(frozen=True)
class StoredKey:
    """A data key as it is stored."""

    key_id: UUID
    kek_id: UUID | None
    """The key-encryption key that wraps it; None once it was destroyed."""


class Source(Protocol):
    """What is examined."""

    @property
    def keyring(self) -> Keyring:
        """The keyring that opens its keys."""

    def require_whole(self) -> None:
        """Raise BackupUnreadable where a part that the examination does not look into is damaged."""

    def events(self) -> Iterator[Any]:
        """Yield the rows of the log, in the order of their positions."""

    def stored_keys(self) -> Iterator[StoredKey]:
        """Yield all keys, destroyed ones too."""

    def small_blobs(self) -> Iterator[UUID]:
        """Yield the ids of the originals in the database."""

    def blob_file(self, blob_id: UUID) -> Path | None:
        """The encrypted file of a blob; None if it is missing."""


class LiveSource:
    """The installation as it stands, read in short transactions."""

    def __init__(self, made: Service) -> None:
        self._made = made
        self.keyring: Final = made.keyring

    def require_whole(self) -> None:
        """Nothing to do: the databases prove their own tables."""

    def events(self) -> Iterator[Any]:
        """Yield the rows of the log, up to its end when this began."""
        yield from self._made.log.rows(until=self._made.log.head().position)

    def stored_keys(self) -> Iterator[StoredKey]:
        """Yield all keys."""
        for row in _rows(self._made.keys_database, data_keys, data_keys.c.key_id):
            yield StoredKey(row.key_id, row.kek_id)

    def small_blobs(self) -> Iterator[UUID]:
        """Yield the ids of the originals in the database."""
        with self._made.database.reading() as connection:
            yield from connection.scalars(sa.select(small_blobs.c.blob_id))

    def blob_file(self, blob_id: UUID) -> Path | None:
        """The encrypted file, also where it was set aside."""
        return self._made.blob_files.file_of(blob_id)


class BackupSource:
    """A backup in its folder."""

    def __init__(self, backup: StoredBackup) -> None:
        self._backup = backup
        self.keyring: Final = backup.keyring
        self._there = set(backup.blob_ids())

    def require_whole(self) -> None:
        """Read every part but the log. Raises BackupUnreadable."""
        for part in self._backup.manifest.parts:
            if part.table == events.name:
                continue
            if sum(1 for _ in self._backup.rows(part.database, part.table)) != part.rows:
                raise BackupUnreadable(f"The part {part.table} of this backup is not complete.", table=part.table)

    def events(self) -> Iterator[Any]:
        """Yield the rows of the log. Raises BackupUnreadable, also where it ends elsewhere than the manifest says."""
        position = 0
        for row in self._backup.rows("main", events.name):
            position = row["position"]
            yield SimpleNamespace(**row)
        if position != self._backup.manifest.position:
            raise BackupUnreadable("The log in this backup does not end where its manifest says.")

    def stored_keys(self) -> Iterator[StoredKey]:
        """Yield all keys. Raises BackupUnreadable."""
        for row in self._backup.rows("keys", "data_keys"):
            yield StoredKey(row["key_id"], row["kek_id"])

    def small_blobs(self) -> Iterator[UUID]:
        """Yield the ids of the originals in the database. Raises BackupUnreadable."""
        for row in self._backup.rows("main", "small_blobs"):
            yield row["blob_id"]

    def blob_file(self, blob_id: UUID) -> Path | None:
        """The encrypted file, if it was there when the backup was made."""
        return self._backup.blobs.file_of(blob_id) if blob_id in self._there else None


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows(database: Database, table: sa.Table, key: sa.Column[Any]) -> Iterator[Any]:
    query, last = sa.select(table).order_by(key).limit(_CHUNK), None
    while True:
        with database.reading() as connection:
            rows = connection.execute(query if last is None else query.where(key > last)).all()
        yield from rows
        if len(rows) < _CHUNK:
            return
        last = rows[-1]._mapping[key.name]
