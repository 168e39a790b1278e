"""The port `BlobStore`: files for what is large, rows of the log's database for small originals."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from dsr.blobs.small import MOST_BYTES, SmallBlobs
from dsr.blobs.store import FileBlobStore, read_sealed, sealed_whole
from dsr.domain.sealed import BlobRef, DataKey, SealedBlob, StoredFile


class BlobStorage:
    """Reads, deletes and lists both alike. Each blob is either a row or a file."""

    def __init__(self, files: FileBlobStore, small: SmallBlobs) -> None:
        self._files = files
        self._small = small

    def seal(self, key: DataKey, content: bytes, media_type: str) -> SealedBlob:
        """Encrypt an original. A large one is a file already when this returns; `keep` stores a small one.

        Raises StorageFull.
        """
        if len(content) <= MOST_BYTES:
            sealed = sealed_whole(key, content, media_type)
            if sealed.content is not None and len(sealed.content) <= MOST_BYTES:
                return sealed
        return SealedBlob(self._files.write(key, [content], media_type), None)

    def keep(self, blob: SealedBlob) -> None:
        """Store a small original in the transaction that is open here, beside the event that names it."""
        if blob.content is not None:
            self._small.add(blob.ref.blob_id, blob.content)

    def write(self, key: DataKey, chunks: Iterable[bytes], media_type: str) -> BlobRef:
        """Encrypt the chunks into a file, durable when this returns. Raises StorageFull."""
        return self._files.write(key, chunks, media_type)

    def read(self, ref: BlobRef, key: DataKey, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the plaintext, or a part of it; see the port."""
        content = self._small.find(ref.blob_id) if ref.size <= MOST_BYTES else None
        if content is not None:
            yield from read_sealed(content, ref, key, start, stop)
        else:
            yield from self._files.read(ref, key, start, stop)

    def delete(self, blob_id: UUID) -> None:
        """Remove the blob for good; doing so again is no error."""
        if not self._files.delete(blob_id):
            self._small.delete(blob_id)

    def discard(self, blob: SealedBlob) -> None:
        """Remove what was sealed for an event that failed to be stored: a row went with its transaction."""
        if blob.content is None:
            self._files.delete(blob.ref.blob_id)

    def files(self, *, older_than: datetime) -> Iterator[StoredFile]:
        """Yield every file that was last written, and every row that was stored, before that moment."""
        yield from self._files.files(older_than=older_than)
        for blob_id in self._small.kept_before(older_than):
            yield StoredFile(blob_id, whole=True)

    def delete_half_written(self, blob_id: UUID) -> None:
        """Remove what a write left behind that was killed in the middle; doing so again is no error."""
        self._files.delete_half_written(blob_id)
