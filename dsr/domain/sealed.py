"""Sealed values: personal data inside events, as ciphertext with the id of its key.

Events hold personal data only in `Sealed` values or behind a `BlobRef`, so that destroying keys erases a person from a
log that never changes (GDPR Art. 5(1)(e), 17, 32).
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from dsr.domain.errors import Broken, Gone


class KeyPurpose(StrEnum):
    """Purpose of a data key; each case has one random key per purpose, each blob a key of its own."""

    CASE_FILE = "case-file"
    IDENTITY_EVIDENCE = "identity-evidence"
    EXPORT = "export"
    BLOB = "blob"
    MESSAGE = "message"
    """Key of one message after the first."""
    WORK_ADDRESS = "work-address"
    """Key of a member of staff, not of a case."""
    SIGNING = "signing"
    """Key of a controller, not of a case: its 32 bytes are the private signing key (Ed25519)."""


@dataclass(frozen=True)
class Sealed:
    """AES-256-GCM ciphertext bound to its place: log, stream, seal id, field and key id are associated data."""

    key_id: UUID
    seal_id: UUID
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True)
class BlobRef:
    """A file beside the log, encrypted under a key of its own."""

    blob_id: UUID
    key_id: UUID
    size: int
    """Bytes of plaintext."""
    media_type: str
    ciphertext_sha256: str
    """Hex digest of the stored file; never of the plaintext."""


@dataclass(frozen=True)
class SealedBlob:
    """An original encrypted for an event that is not stored yet."""

    ref: BlobRef
    content: bytes | None = field(repr=False)
    """Sealed content to store beside the event; None if the blob is already a file."""


@dataclass(frozen=True)
class StoredFile:
    """A file of a store: a blob, or the remains of an interrupted write."""

    blob_id: UUID
    whole: bool
    aside_since: datetime | None = None
    """When it was set aside because nothing named it; None: it was not."""


@dataclass(frozen=True)
class MadeKey:
    """A key of a store, as the sweep sees it."""

    key_id: UUID
    opens: bool
    """False once it was destroyed."""
    of_reserve: bool
    """Whether it was made ahead of need; most such keys that nothing names were never used."""
    aside_since: datetime | None = None
    """When it was set aside because nothing named it; None: it was not."""


@dataclass(frozen=True)
class KeyIntroduction:
    """Introduces a key in the event that first uses it.

    AES-GCM does not commit to its key, so the event keeps HMAC-SHA256(key, "commit" ‖ key id): no other key can later
    be passed off as the one used.
    """

    key_id: UUID
    purpose: KeyPurpose
    commitment: str
    """Hex."""


@dataclass(frozen=True)
class DataKey:
    """An opened data key, kept in memory only."""

    key_id: UUID
    purpose: KeyPurpose
    material: bytes = field(repr=False)
    """32 random bytes."""

    def introduction(self) -> KeyIntroduction:
        """The introduction of this key for the event that first uses it."""
        commitment = hmac.new(self.material, b"commit" + self.key_id.bytes, hashlib.sha256).hexdigest()
        return KeyIntroduction(key_id=self.key_id, purpose=self.purpose, commitment=commitment)


class KeyUnknown(Broken):
    """The key database does not hold this key. Check that it belongs to this event database."""

    code = "key-unknown"


class KeyDestroyed(Gone):
    """The personal data is erased for good: its key was destroyed."""

    code = "key-destroyed"


class SealBroken(Broken):
    """The sealed data can't be opened: it was altered, moved, or sealed with another key."""

    code = "seal-broken"


class BlobMissing(Broken):
    """The encrypted file is not there. Check the blob folder, or restore it from its backup."""

    code = "blob-missing"


class KeyStore(Protocol):
    """Port: store of data keys, apart from the log and its backups."""

    def create(self, stream_id: UUID, *purposes: KeyPurpose) -> tuple[DataKey, ...]:
        """Create one random key per purpose for the stream; durable on return, before any event uses it."""

    def take(self, *purposes: KeyPurpose) -> tuple[DataKey, ...]:
        """Take one prepared key per purpose, for the event that introduces it; already durable."""

    def open(self, key_id: UUID) -> DataKey:
        """Return the key. Raises KeyUnknown (never created here) or KeyDestroyed."""

    def destroy(self, key_ids: Iterable[UUID]) -> None:
        """Destroy the keys for good; idempotent. Raises KeyUnknown."""

    def opening(self, key_ids: Iterable[UUID]) -> set[UUID]:
        """Those of these keys that are there and not destroyed."""

    def made_before(self, moment: datetime) -> Iterator[MadeKey]:
        """Yield every key created before that moment, destroyed ones too.

        A prepared key counts from the moment it can no longer be taken.
        """

    def set_aside(self, key_ids: Iterable[UUID]) -> None:
        """Note that nothing names these keys; they still open. Idempotent."""

    def take_back(self, key_ids: Iterable[UUID]) -> None:
        """Take back that note. Idempotent."""


class BlobStore(Protocol):
    """Port: encrypted files beside the database, and small originals in it."""

    def seal(self, key: DataKey, content: bytes, media_type: str) -> SealedBlob:
        """Encrypt an original; a large one is durable on return."""

    def keep(self, blob: SealedBlob) -> None:
        """Store a small original in the transaction of its event; does nothing for a large one."""

    def discard(self, blob: SealedBlob) -> None:
        """Remove an original sealed for an event that was not stored."""

    def write(self, key: DataKey, chunks: Iterable[bytes], media_type: str) -> BlobRef:
        """Encrypt and store the chunks; durable on return."""

    def read(self, ref: BlobRef, key: DataKey, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the plaintext from byte `start` up to, not including, `stop` (None: to the end).

        While iterated, raises BlobMissing, SealBroken (a chunk was altered, cut, swapped or repeated), or ValueError (a
        range outside the blob). Only reading the whole proves that the file is the one written.
        """

    def head(self, ref: BlobRef) -> bytes:
        """The first bytes of the stored blob: with its key and plaintext, anybody can make its ciphertext again.

        Raises BlobMissing, SealBroken.
        """

    def delete(self, blob_id: UUID) -> None:
        """Remove the blob; idempotent."""

    def files(self, *, older_than: datetime) -> Iterator[StoredFile]:
        """Yield every blob last written before that moment, including half-written ones, and all that are set
        aside.
        """

    def set_aside(self, blob_id: UUID, at: datetime) -> None:
        """Note that nothing names this blob from `at` on; it still opens. Idempotent."""

    def take_back(self, blob_id: UUID) -> None:
        """Take back that note. Idempotent."""

    def delete_half_written(self, blob_id: UUID) -> None:
        """Remove the remains of an interrupted write; idempotent."""
