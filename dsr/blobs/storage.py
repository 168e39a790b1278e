"""Adapter of the port `BlobStore`: files for large content, rows of the log's database for small originals."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from dsr.blobs.small import MOST_BYTES, SmallBlobs
from dsr.blobs.store import FileBlobStore, head_of, read_sealed, sealed_whole
from dsr.domain.sealed import BlobRef, DataKey, SealedBlob, StoredFile


class BlobStorage:
    """Handles blobs in rows and in files alike; each blob is one or the other."""

    def __init__(self, files: FileBlobStore, small: SmallBlobs) -> None:
        self._files = files
        self._small = small

    def seal(self, key: DataKey, content: bytes, media_type: str) -> SealedBlob:
        """Encrypt an original. A large one is a file on return; `keep` stores a small one.

        Raises StorageFull, StorageUnavailable.
        """
        if len(content) <= MOST_BYTES:
            sealed = sealed_whole(key, content, media_type)
            if sealed.content is not None and len(sealed.content) <= MOST_BYTES:
                return sealed
        return SealedBlob(self._files.write(key, [content], media_type), None)

    def keep(self, blob: SealedBlob) -> None:
        """Store a small original in the open transaction, with the event that refers to it."""
        if blob.content is not None:
            self._small.add(blob.ref.blob_id, blob.content)

    def write(self, key: DataKey, chunks: Iterable[bytes], media_type: str) -> BlobRef:
        """Encrypt the chunks into a file, durable on return. Raises StorageFull, StorageUnavailable."""
        return self._files.write(key, chunks, media_type)

    def read(self, ref: BlobRef, key: DataKey, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the plaintext, or a part of it; see the port."""
        content = self._small.find(ref.blob_id) if ref.size <= MOST_BYTES else None
        if content is not None:
            yield from read_sealed(content, ref, key, start, stop)
        else:
            yield from self._files.read(ref, key, start, stop)

    def head(self, ref: BlobRef) -> bytes:
        """The first bytes of the stored blob; see the port."""
        content = self._small.find(ref.blob_id) if ref.size <= MOST_BYTES else None
        return self._files.head(ref) if content is None else head_of(content, ref)

    def delete(self, blob_id: UUID) -> None:
        """Remove the blob for good; idempotent."""
        if not self._files.delete(blob_id):
            self._small.delete(blob_id)

    def discard(self, blob: SealedBlob) -> None:
        """Remove an original sealed for an event that was not stored; a row was rolled back with its transaction."""
        if blob.content is None:
            self._files.delete(blob.ref.blob_id)

    def files(self, *, older_than: datetime) -> Iterator[StoredFile]:
        """Yield every file last written, and every row stored, before that moment; and files that are set aside."""
        yield from self._files.files(older_than=older_than)
        for blob_id in self._small.kept_before(older_than):
            yield StoredFile(blob_id, whole=True)

    def set_aside(self, blob_id: UUID, at: datetime) -> None:
        """Set a file aside; a row goes at once, since an older database that lacks its event lacks the row too."""
        if not self._files.set_aside(blob_id, at):
            self._small.delete(blob_id)

    def take_back(self, blob_id: UUID) -> None:
        """Give a file that was set aside its name again; idempotent."""
        self._files.take_back(blob_id)

    def delete_half_written(self, blob_id: UUID) -> None:
        """Remove the remains of an interrupted write; idempotent."""
        self._files.delete_half_written(blob_id)
