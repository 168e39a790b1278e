"""Makes a backup while the service works.

The order matters. The log comes first, in one snapshot with everything that changes with it. Keys and files are durable
before the event that names them, so copies made later hold all that this log needs, except for what was destroyed in
between, which must not come back. Keys come last: a key is destroyed before its file is deleted, so of a file that
vanished in between, the backup knows that its key was destroyed.
"""

import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree
from typing import Final, Literal
from uuid import UUID, uuid4

import sqlalchemy as sa

from dsr.backup.manifest import Manifest, StoredTable, keys_of, write_manifest
from dsr.backup.rows import PlainRows
from dsr.backup.stored import BLOBS, PARTS
from dsr.blobs import FileBlobStore
from dsr.bootstrap import Service, fence_journal_of
from dsr.database import metadata
from dsr.database.migrations import head_revision
from dsr.disk import named_errors
from dsr.domain.sealed import DataKey
from dsr.projections import PROJECTIONS
from dsr.vault.keystore import data_keys

LEFT_OUT: Final = {
    *(each.name for each in PROJECTIONS),
    "projections",
    "heartbeats",
    "attempts",
    "named_in_log",
    "indexed_logs",
}
"""What is made anew from the log, and what is true for minutes only."""

_LINES: Final = "text/plain"

Told = Callable[[str, int], None]
"""Called with what was done, and how many of it."""


def back_up(made: Service, folder: Path, told: Told = lambda _what, _number: None) -> Path:
    """Make a backup in its own new folder below `folder`, and return that folder.

    It appears under its name once it is complete. The files of all backups are kept in `blobs`, each copied once.
    Raises StorageUnavailable if `folder` holds backups of another installation or can't be written; StorageFull.
    """
    with named_errors():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log_id = made.log_id()
        blobs = FileBlobStore(folder / BLOBS)
        if not blobs.is_there:
            blobs = FileBlobStore.create(folder / BLOBS, log_id=log_id)
        blobs.require_folder(log_id)
        made_at = made.clock.now().astimezone(UTC)
        name = f"{made_at:%Y-%m-%dT%H-%M-%SZ}-{secrets.token_hex(4)}"
        fence_journal_of(made.settings).begin()
        making = folder / f".{name}"
        making.mkdir(mode=0o700)
        try:
            _fill(made, making, blobs, made_at, told)
            os.sync()
            return making.rename(folder / name)
        except BaseException:
            rmtree(making, ignore_errors=True)  # a disk that is full would stay full
            raise


def _fill(made: Service, making: Path, blobs: FileBlobStore, made_at: datetime, told: Told) -> None:
    log_id, backup_id = made.log_id(), uuid4()
    key, parts = keys_of(backup_id, made.keyring)[0], FileBlobStore.create(making / PARTS, log_id=log_id)
    with made.database.reading() as connection:
        end = made.log.end()
        stored = _dump("main", connection, parts, key, told)
    copied: list[UUID] = []
    for blob_id in made.blob_files.copy_to(blobs):
        copied.append(blob_id)
        told("files", 1)
    with made.keys_database.reading() as connection:
        stored += _dump("keys", connection, parts, key, told)
        wrapped_by = connection.scalars(sa.select(data_keys.c.kek_id).where(data_keys.c.kek_id.is_not(None)).distinct())
        kek_ids = tuple(sorted(wrapped_by))
    names = parts.write(key, ["".join(f"{each}\n" for each in sorted(copied)).encode()], _LINES)
    manifest = Manifest(
        backup_id=backup_id,
        made_at=made_at,
        program=version("data-subject-rights"),
        revisions={"main": head_revision("main"), "keys": head_revision("keys")},
        log_id=log_id,
        position=0 if end is None else end.position,
        header_sha256="" if end is None else end.header_sha256,
        parts=tuple(stored),
        blobs=len(copied),
        blob_names=names,
        kek_ids=kek_ids,
    )
    write_manifest(making, manifest, made.keyring)


def _dump(
    kind: Literal["main", "keys"], connection: sa.Connection, store: FileBlobStore, key: DataKey, told: Told
) -> list[StoredTable]:
    tables, parts = metadata.main if kind == "main" else metadata.keys, []
    for table in sorted(tables.tables.values(), key=lambda each: each.name):
        if table.name in LEFT_OUT:
            continue
        rows = PlainRows(table)
        file = store.write(key, rows.read(connection), _LINES)
        told("rows", rows.count)
        parts.append(StoredTable(kind, str(table.name), rows.count, file))
    return parts
