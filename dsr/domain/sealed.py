"""Personal data inside events: ciphertext, and what is needed to find its key again.

Everything about a person stands in an event only inside a `Sealed` value or behind a `BlobRef`, so that destroying
keys makes a person vanish from a log that never changes (GDPR Art. 5(1)(e), 17, 32).
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
    """What a data key seals; each case has one random key per purpose, each blob one of its own."""

    CASE_FILE = "case-file"
    IDENTITY_EVIDENCE = "identity-evidence"
    EXPORT = "export"
    BLOB = "blob"
    WORK_ADDRESS = "work-address"
    """Of a member of staff, not of a case."""
    SIGNING = "signing"
    """Of a controller, not of a case: the 32 bytes are the private key with which it signs (Ed25519)."""


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
    """An original that was encrypted for an event that is about to be stored."""

    ref: BlobRef
    content: bytes | None = field(repr=False)
    """What is stored beside the event, sealed; None where the blob is a file already."""


@dataclass(frozen=True)
class StoredFile:
    """A file of a store: a blob, or what a write left behind that was killed in the middle."""

    blob_id: UUID
    whole: bool


@dataclass(frozen=True)
class KeyIntroduction:
    """Stands in the event that first uses a key.

    AES-GCM does not commit to its key, so the event keeps HMAC-SHA256(key, "commit" ‖ key id): later no other key
    can be passed off as the one that was used.
    """

    key_id: UUID
    purpose: KeyPurpose
    commitment: str
    """Hex."""


@dataclass(frozen=True)
class DataKey:
    """An opened data key. Lives in memory only."""

    key_id: UUID
    purpose: KeyPurpose
    material: bytes = field(repr=False)
    """32 random bytes."""

    def introduction(self) -> KeyIntroduction:
        """What the event that first uses this key says of it."""
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
    """Port: where data keys live, apart from the log and its backups."""

    def create(self, stream_id: UUID, *purposes: KeyPurpose) -> tuple[DataKey, ...]:
        """Make one random key per purpose for the stream; durable when this returns, before any event uses it."""

    def take(self, *purposes: KeyPurpose) -> tuple[DataKey, ...]:
        """One key per purpose that was made ahead of need, for an event that introduces it; durable already."""

    def open(self, key_id: UUID) -> DataKey:
        """Return the key. Raises KeyUnknown (never made here) or KeyDestroyed (forgotten)."""

    def destroy(self, key_ids: Iterable[UUID]) -> None:
        """Destroy the keys for good; doing so again is no error. Raises KeyUnknown."""

    def made_before(self, moment: datetime) -> Iterator[tuple[UUID, bool]]:
        """Yield every key that was made before that moment, and whether it still opens.

        A key that was made ahead of need counts from when it may be taken no more.
        """


class BlobStore(Protocol):
    """Port: encrypted files beside the database, and small originals in it."""

    def seal(self, key: DataKey, content: bytes, media_type: str) -> SealedBlob:
        """Encrypt an original; a large one is durable when this returns."""

    def keep(self, blob: SealedBlob) -> None:
        """Store a small original in the transaction of its event; of a large one nothing is left to do."""

    def discard(self, blob: SealedBlob) -> None:
        """Remove what was sealed for an event that failed to be stored."""

    def write(self, key: DataKey, chunks: Iterable[bytes], media_type: str) -> BlobRef:
        """Encrypt and keep the chunks; durable when this returns."""

    def read(self, ref: BlobRef, key: DataKey, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the plaintext, from byte `start` up to and without `stop` (None: to the end).

        Raises, once iterated, BlobMissing, or SealBroken when a chunk was altered, cut, swapped or repeated; ValueError
        for a range that lies not inside of the blob. That the file is the one that was written is proved only when the
        whole is read.
        """

    def delete(self, blob_id: UUID) -> None:
        """Remove the blob; doing so again is no error."""

    def files(self, *, older_than: datetime) -> Iterator[StoredFile]:
        """Yield every blob that was last written before that moment, whole and half-written ones."""

    def delete_half_written(self, blob_id: UUID) -> None:
        """Remove what a write left behind that was killed in the middle; doing so again is no error."""
