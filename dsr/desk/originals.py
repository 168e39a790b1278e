"""Keeping the original of what arrived: a blob under a key of its own, stored with the event that names it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dsr.desk.repository import Repository
from dsr.domain.sealed import BlobRef, BlobStore, DataKey, KeyIntroduction, KeyPurpose, SealedBlob


@dataclass
class Kept:
    """The keys that were made, and the blob where there is one."""

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
    def blob(self) -> BlobRef | None:
        """What the event says of the blob."""
        return None if self.sealed is None else self.sealed.ref

    def store(self) -> None:
        """Store a small original: an effect of the commit that appends the event."""
        if self.sealed is not None:
            self.blobs.keep(self.sealed)
        self.is_stored = True


@contextmanager
def kept(
    repository: Repository, content: bytes | Iterable[bytes] | None, media_type: str, *purposes: KeyPurpose
) -> Iterator[Kept]:
    """Take keys for `purposes` (default: a new case file, and a blob for its content) and seal the content.

    Content that comes in chunks is a file, and is never held as a whole. An original that comes as a whole is stored in
    the transaction of its event where it is small: `Kept.store` belongs to the effects of that commit, or RuntimeError
    is raised afterwards. Where the event fails to be stored, a file goes again.

    The keys come from the reserve of this process. Keys that no event introduces are swept later.
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
    except BaseException:
        if sealed is not None:
            repository.blobs.discard(sealed)
        raise
    if sealed is not None and sealed.content is not None and not done.is_stored:
        raise RuntimeError("an original was not stored with its event")
