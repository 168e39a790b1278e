"""Keeping the original of what arrived: a blob under a key of its own, made before the event that names it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from dsr.domain.sealed import BlobRef, BlobStore, DataKey, KeyIntroduction, KeyPurpose, KeyStore


@dataclass(frozen=True)
class Kept:
    """The keys that were made, and the blob where there is one."""

    keys: tuple[DataKey, ...]
    introductions: tuple[KeyIntroduction, ...]
    blob: BlobRef | None

    @property
    def case_key(self) -> DataKey:
        """The key of a new case file."""
        return self.keys[0]


@contextmanager
def kept(
    keystore: KeyStore,
    blobs: BlobStore,
    stream_id: UUID,
    content: bytes | Iterable[bytes] | None,
    media_type: str,
    *purposes: KeyPurpose,
) -> Iterator[Kept]:
    """Make keys for `purposes` (default: a new case file, and a blob for its content) and write the blob.

    Content that comes in chunks is never held as a whole.
    Where the event fails to be stored, the blob goes again.

    All keys are made in one commit of the key database. Keys that no event uses are swept later.
    """
    if not purposes:
        purposes = (KeyPurpose.CASE_FILE,) if content is None else (KeyPurpose.CASE_FILE, KeyPurpose.BLOB)
    keys = keystore.create(stream_id, *purposes)
    chunks = [content] if isinstance(content, bytes) else content
    blob = None if chunks is None else blobs.write(keys[-1], chunks, media_type)
    stored = False
    try:
        yield Kept(keys, tuple(key.introduction() for key in keys), blob)
        stored = True
    finally:
        if blob is not None and not stored:
            blobs.delete(blob.blob_id)
