"""What a backup says of itself: what is in it, and up to which event. Proved by the keyring."""

import hmac
import os
from datetime import datetime
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import msgspec

from dsr.domain.errors import Unavailable
from dsr.domain.sealed import BlobRef, DataKey, KeyPurpose
from dsr.vault import Keyring

FILE: Final = "manifest.json"


class BackupUnreadable(Unavailable):
    """This is no backup that the keyring can open: it was made with another keyring, was altered, or is not complete.
    Name the folder of one backup, and in DSR_KEYRING the keyring of the service that made it.
    """

    code = "backup-unreadable"


class StoredTable(msgspec.Struct, frozen=True):
    """The rows of one table."""

    database: Literal["main", "keys"]
    table: str
    rows: int
    file: BlobRef


class Manifest(msgspec.Struct, frozen=True):
    """The description of one backup."""

    backup_id: UUID
    made_at: datetime
    program: str
    """Version of the program that made it."""
    revisions: dict[str, str]
    """Revision of the tables, by database."""
    log_id: str
    """Digest of the first event: tells this log from any other."""
    position: int
    """Of the last event."""
    header_sha256: str
    """Digest of the header of the last event."""
    parts: tuple[StoredTable, ...]
    blobs: int
    """Number of encrypted files that were there."""
    blob_names: BlobRef
    """Their ids, one in a line."""
    kek_ids: tuple[UUID, ...] | None = None
    """The key-encryption keys without which its data keys do not open; None in backups from before 0.3.0."""
    format: Literal["dsr-backup/1"] = "dsr-backup/1"


class _File(msgspec.Struct, frozen=True):
    manifest: msgspec.Raw
    hmac_sha256: str


def keys_of(backup_id: UUID, keyring: Keyring) -> list[DataKey]:
    """The keys that the parts of one backup may be encrypted under, that for a new one first."""
    return [
        DataKey(backup_id, KeyPurpose.BLOB, hmac.digest(key.material, backup_id.bytes, "sha256"))
        for key in keyring.index_keys("backup")
    ]


def write_manifest(folder: Path, manifest: Manifest, keyring: Keyring) -> None:
    """Write the manifest of a backup, with the proof that only the keyring can make."""
    raw = msgspec.json.encode(manifest)
    file = _File(msgspec.Raw(raw), _proofs(raw, keyring)[0])
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(msgspec.json.encode(file) + b"\n")


def read_manifest(folder: Path, keyring: Keyring) -> tuple[Manifest, DataKey]:
    """Read the manifest of a backup, and find the key of its parts. Raises BackupUnreadable."""
    try:
        file = msgspec.json.decode((folder / FILE).read_bytes(), type=_File)
        proofs = _proofs(bytes(file.manifest), keyring)
        right = [place for place, each in enumerate(proofs) if hmac.compare_digest(file.hmac_sha256, each)]
        if not right:
            raise BackupUnreadable(path=str(folder))
        manifest = msgspec.json.decode(file.manifest, type=Manifest)
        return manifest, keys_of(manifest.backup_id, keyring)[right[0]]
    except (OSError, msgspec.DecodeError):
        raise BackupUnreadable(path=str(folder)) from None


def _proofs(raw: bytes, keyring: Keyring) -> list[str]:
    """Under every key that it may have been made under, that for a new one first."""
    return [hmac.digest(key.material, raw, "sha256").hex() for key in keyring.index_keys("backup manifest")]
