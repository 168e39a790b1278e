"""A backup in its folder: its parts opened, one after the other."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

import msgspec
import sqlalchemy as sa

from dsr.backup.manifest import FILE, BackupUnreadable, Manifest, StoredTable, read_manifest
from dsr.backup.rows import PlainRows
from dsr.blobs import FileBlobStore
from dsr.database import metadata
from dsr.database.migrations import Kind
from dsr.domain.sealed import BlobMissing, DataKey, SealBroken
from dsr.vault import Keyring

BLOBS: Final = "blobs"
PARTS: Final = "parts"


def table_of(database: Kind, name: str) -> sa.Table:
    """A table of one of the two databases, by its name in the manifest.

    Looked up when it is asked for: each module adds its tables when it is imported, which may be later than this one.
    """
    return (metadata.main if database == "main" else metadata.keys).tables[name]


class StoredBackup:
    """One backup."""

    def __init__(self, folder: Path, manifest: Manifest, key: DataKey, keyring: Keyring) -> None:
        """Use `open`."""
        self.folder: Final = folder
        self.manifest: Final = manifest
        self.keyring: Final = keyring
        self.blobs: Final = FileBlobStore(folder.parent / BLOBS)
        self._parts = FileBlobStore(folder / PARTS)
        self._key = key

    @classmethod
    def open(cls, folder: Path, keyring: Keyring) -> Self:
        """Open a backup. Raises BackupUnreadable."""
        return cls(folder, *read_manifest(folder, keyring), keyring)

    @property
    def opens(self) -> bool:
        """Whether the keyring still holds the key-encryption keys of this backup. Raises BackupUnreadable."""
        wrapped = self.manifest.kek_ids
        if wrapped is None:
            wrapped = tuple({row["kek_id"] for row in self.rows("keys", "data_keys")} - {None})
        return set(wrapped) <= set(self.keyring.key_ids)

    def rows(self, database: Kind, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of one table. Raises BackupUnreadable where its part is damaged or missing."""
        for part in self.manifest.parts:
            if (part.database, part.table) == (database, table):
                try:
                    yield from PlainRows(table_of(database, table)).decoded(self.chunks(part))
                except (zlib.error, msgspec.DecodeError):  # another part in its place
                    raise BackupUnreadable(f"The part {table} of this backup is damaged.", table=table) from None

    def chunks(self, part: StoredTable) -> Iterator[bytes]:
        """Yield what `PlainRows.read` wrote. Raises BackupUnreadable."""
        try:
            yield from self._parts.read(part.file, self._key)
        except (BlobMissing, SealBroken):
            raise BackupUnreadable(f"The part {part.table} of this backup is damaged.", table=part.table) from None

    def blob_ids(self) -> Iterator[UUID]:
        """Yield the ids of the files that were there. Raises BackupUnreadable."""
        try:
            names = b"".join(self._parts.read(self.manifest.blob_names, self._key)).decode()
        except (BlobMissing, SealBroken):
            raise BackupUnreadable("The list of files of this backup is damaged.") from None
        yield from map(UUID, names.split())


def backups_in(folder: Path, keyring: Keyring) -> list[StoredBackup]:
    """All backups of a folder that this keyring opens, oldest first."""
    found = []
    for manifest in sorted(folder.glob(f"*/{FILE}")):
        try:
            found.append(StoredBackup.open(manifest.parent, keyring))
        except BackupUnreadable:
            continue
    return sorted(found, key=lambda each: each.manifest.made_at)


@dataclass(frozen=True)
class BackupTimes:
    """When backups were made; None without one."""

    newest: datetime | None
    oldest_that_opens: datetime | None


@dataclass(frozen=True)
class SeenBackup:
    """A backup as it stands in its folder."""

    name: str
    """Of its folder."""
    made_at: datetime | None
    """None where it can't be read."""
    opens: bool
    """Whether the keyring of this service opens it."""


class BackupWatch:
    """Looks at a folder of backups again and again. Each is opened once, and again when the keyring has other keys, or
    until it can be read.
    """

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._folder = folder
        self._keyring = keyring
        self._seen: dict[tuple[str, tuple[UUID, ...]], SeenBackup] = {}

    def look(self) -> BackupTimes:
        """The times of the backups that are there now."""
        times = [(each.made_at, each.opens) for each in self.every() if each.made_at is not None]
        opening = [made_at for made_at, opens in times if opens]
        return BackupTimes(times[0][0] if times else None, opening[-1] if opening else None)

    def every(self) -> Sequence[SeenBackup]:
        """The backups that are there now, those that can't be read first, then the newest."""
        keys = self._keyring.key_ids
        names = {(manifest.parent.name, keys) for manifest in self._folder.glob(f"*/{FILE}")}
        read = {each: seen for each, seen in self._seen.items() if seen.made_at is not None}
        self._seen = {each: read.get(each) or self._opened(each[0]) for each in names}
        by_time = sorted(self._seen.values(), key=lambda each: each.made_at.timestamp() if each.made_at else inf)
        return by_time[::-1]

    def _opened(self, name: str) -> SeenBackup:
        try:
            backup = StoredBackup.open(self._folder / name, self._keyring)
            return SeenBackup(name, backup.manifest.made_at, backup.opens)
        except BackupUnreadable:
            return SeenBackup(name, None, opens=False)
