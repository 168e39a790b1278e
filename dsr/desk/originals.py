"""Originals of arrived messages and files: blobs under keys of their own, stored with their event."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dsr.database.errors import DatabaseUnavailable
from dsr.desk.repository import Repository
from dsr.domain.sealed import BlobRef, BlobStore, DataKey, KeyIntroduction, KeyPurpose, SealedBlob


@dataclass
class Kept:
    """The keys of an original, and its blob if any."""

    keys: tuple[DataKey, ...]
    introductions: tuple[KeyIntroduction, ...]
    sealed: SealedBlob | None
    blobs: BlobStore
    is_stored: bool = False

    @property
    def case_key(self) -> DataKey:
        """The key of a new case file."""
        return self.keys[0]

    @property
    def message_key(self) -> DataKey:
        """The key of a message after the first."""
        return self.keys[0]

    @property
    def blob(self) -> BlobRef | None:
        """The blob's reference for the event."""
        return None if self.sealed is None else self.sealed.ref

    def store(self) -> None:
        """Store a small original, as an effect of the transaction that appends the event."""
        if self.sealed is not None:
            self.blobs.keep(self.sealed)
        self.is_stored = True


@contextmanager
def kept(
    repository: Repository, content: bytes | Iterable[bytes] | None, media_type: str, *purposes: KeyPurpose
) -> Iterator[Kept]:
    """Take keys for `purposes` (default: a new case file, and a blob for its content) and seal the content.

    Content in chunks becomes a file and is never held in memory as a whole. A small original is stored in the
    transaction of its event: `Kept.store` must be an effect of that transaction, otherwise RuntimeError is raised
    afterwards. If the event is not stored, the file is deleted; if the connection was lost, the event may be stored, so
    the file is left to the sweep.

    Keys come from the reserve of this process. Keys that no event introduces are swept later.
    """
    if not purposes:
        purposes = (KeyPurpose.CASE_FILE,) if content is None else (KeyPurpose.CASE_FILE, KeyPurpose.BLOB)
    keys, sealed = repository.keystore.take(*purposes), None
    if isinstance(content, bytes):
        sealed = repository.blobs.seal(keys[-1], content, media_type)
    elif content is not None:
        sealed = SealedBlob(repository.blobs.write(keys[-1], content, media_type), None)
    done = Kept(keys, tuple(key.introduction() for key in keys), sealed, repository.blobs)
    try:
        yield done
    except DatabaseUnavailable:
        raise
    except BaseException:
        if sealed is not None:
            repository.blobs.discard(sealed)
        raise
    if sealed is not None and sealed.content is not None and not done.is_stored:
        raise RuntimeError("an original was not stored with its event")
