"""Encrypted files beside the database: one file per blob, encrypted chunk by chunk, so that its size does not affect
memory.

File = header (38 bytes: format, version, chunk size, blob id, nonce prefix) and then chunks of `chunk size` plaintext
bytes, each AES-256-GCM encrypted with its 16-byte tag. Only the last chunk may be shorter or empty. Nonce = random
prefix (7) ‖ counter (4) ‖ 1 for the last chunk, else 0: a chunk that was cut off, swapped, repeated or taken from
elsewhere fails to decrypt. Header and key id are associated data of every chunk.
"""

import hashlib
import os
import re
import secrets
import shutil
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, Self
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dsr.disk import named_errors, sync_folder
from dsr.domain.errors import StorageUnavailable
from dsr.domain.sealed import BlobMissing, BlobRef, DataKey, SealBroken, SealedBlob, StoredFile

CHUNK_BYTES: Final = 128 * 1024
_TAG_BYTES: Final = 16
_HEADER: Final = struct.Struct(">10sBI16s7s")
_MAGIC: Final = b"dsr-blob\r\n"  # the line end shows a transfer in text mode
_VERSION: Final = 1
_NAME: Final = re.compile(r"(?P<blob_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?P<kind>blob|part|aside)")


class FileBlobStore:
    """The port `BlobStore` on a folder, in sub-folders by the first two hex digits of the blob id.

    A stored file identifies only its blob; the log holds its case. The folder may be backed up, since its content is
    useless without keys.
    """

    def __init__(self, folder: Path) -> None:
        """The folder must exist and be marked, see `create`; a sub-folder is made with its first blob."""
        self._folder = folder
        self._marker = folder / "log-id"
        self._rooms: set[Path] = set()
        """Durable sub-folders, whose names this process has synced."""

    @classmethod
    def create(cls, folder: Path, *, log_id: str) -> Self:
        """Create the folder (mode 0700) and mark it as that of this log, for a new service only.

        Elsewhere a folder that is missing, or is there without its mark, is a disk that is not mounted: an empty one in
        its place would hide the originals. Raises OSError.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = cls(folder)
        store.mark(log_id)
        return store

    def mark(self, log_id: str) -> None:
        """Mark the folder, which must exist, as that of this log. Raises OSError."""
        temporary = self._marker.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{log_id}\n".encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self._marker)
        sync_folder(self._folder)

    @property
    def is_there(self) -> bool:
        """Whether the folder exists."""
        return self._folder.is_dir()

    @property
    def is_marked(self) -> bool:
        """Whether the folder is there, with a mark of any log."""
        return self._marker.is_file()

    @property
    def holds_blobs(self) -> bool:
        """Whether any blob is in the folder."""
        return next(self._folder.glob("*/*.blob"), None) is not None

    def require_folder(self, log_id: str) -> None:
        """Raise StorageUnavailable unless the folder is there, can be written, and is marked as that of this log."""
        if not (self._folder.is_dir() and os.access(self._folder, os.W_OK | os.X_OK)):
            raise self._unavailable("is missing or can't be written")
        self._require_marked()
        if self._marker.read_text(encoding="ascii").strip() != log_id:
            raise self._unavailable("belongs to another service")

    def probe(self) -> None:
        """Write, read and remove a small file. Raises StorageFull, StorageUnavailable."""
        path, content = self._folder / f".probe-{secrets.token_hex(8)}", secrets.token_bytes(32)
        with named_errors():
            try:
                path.write_bytes(content)
                if path.read_bytes() != content:
                    raise self._unavailable("gives back something else than was written")
            finally:
                path.unlink(missing_ok=True)

    def _require_marked(self) -> None:
        if not self.is_marked:
            raise self._unavailable("lacks its mark, so its disk is probably not mounted")

    def _unavailable(self, why: str) -> StorageUnavailable:
        return StorageUnavailable(
            f"The folder of the encrypted files {why}: {self._folder}. Mount it, restore it, or correct DSR_BLOBS. If "
            "it is the right one all the same, run `dsr blobs mark-folder`.",
            path=str(self._folder),
        )

    def write(self, key: DataKey, chunks: Iterable[bytes], media_type: str) -> BlobRef:
        """Encrypt and store the chunks; durable on return.

        An error, including one raised by `chunks`, leaves nothing behind. Use a key for one blob only, or for the few
        packages of one export. Raises StorageFull, StorageUnavailable.
        """
        blob_id = uuid4()
        path = self._path(blob_id)
        prefix = secrets.token_bytes(7)
        header = _HEADER.pack(_MAGIC, _VERSION, CHUNK_BYTES, blob_id.bytes, prefix)
        cipher, place = AESGCM(key.material), header + key.key_id.bytes
        digest, size = hashlib.sha256(header), 0
        temporary = path.with_suffix(".part")
        with named_errors():
            self._make_room(path.parent)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb", buffering=0) as file:
                    _write_all(file.fileno(), header)
                    for counter, (chunk, last) in enumerate(_regular(chunks)):
                        sealed = cipher.encrypt(_nonce(prefix, counter, last=last), chunk, place)
                        _write_all(file.fileno(), sealed)
                        digest.update(sealed)
                        size += len(chunk)
                    os.fsync(file.fileno())
                temporary.rename(path)
            except BaseException:
                with suppress(OSError):  # the next sweep removes it
                    temporary.unlink(missing_ok=True)
                raise
            sync_folder(path.parent)
        return BlobRef(
            blob_id=blob_id, key_id=key.key_id, size=size, media_type=media_type, ciphertext_sha256=digest.hexdigest()
        )

    def read(self, ref: BlobRef, key: DataKey, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the plaintext in chunks, from byte `start` up to, not including, `stop` (None: to the end).

        Reading the whole verifies the whole: the last chunk is yielded only if the file has the digest in `ref`.
        Reading a part authenticates only its chunks, each at its place, and the length of the file: a chunk that was
        altered, moved or taken from elsewhere is detected, one encrypted again by a holder of the key is not. While
        iterated, raises BlobMissing, StorageUnavailable, or SealBroken if anything was altered, cut, swapped or
        repeated; chunks yielded before are authentic but incomplete. Raises ValueError for a range outside the blob.
        """
        with self._opened(ref.blob_id) as file:
            chunks = _read(file, ref, key, start, stop)
            while True:
                with named_errors():
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                yield chunk

    def head(self, ref: BlobRef) -> bytes:
        """The first bytes of the stored file: with key and plaintext, they give the rest of it again.

        Raises BlobMissing, StorageUnavailable, SealBroken (a file that ends before).
        """
        with self._opened(ref.blob_id) as file, named_errors():
            return head_of(file.read(_HEADER.size), ref)

    def files(self, *, older_than: datetime) -> Iterator[StoredFile]:
        """Yield every file last written before that moment, including half-written ones.

        Files with other names than this store's are ignored.
        """
        self._require_marked()
        for folder in sorted(self._folder.iterdir()):
            if not folder.is_dir():
                continue
            with os.scandir(folder) as entries:
                for entry in entries:
                    named = _NAME.fullmatch(entry.name)
                    if named is None or not entry.is_file(follow_symlinks=False):
                        continue
                    written_at = _written_at(entry)
                    if written_at is None:
                        continue
                    if named["kind"] == "aside":
                        yield StoredFile(UUID(named["blob_id"]), whole=True, aside_since=written_at)
                    elif written_at < older_than:
                        yield StoredFile(UUID(named["blob_id"]), whole=named["kind"] == "blob")

    def set_aside(self, blob_id: UUID, at: datetime) -> bool:
        """Rename a blob that nothing names, from `at` on; it still opens. Return whether it existed. Idempotent."""
        return self._rename(self._path(blob_id), self._aside(blob_id), at)

    def take_back(self, blob_id: UUID) -> bool:
        """Give a blob that was set aside its name again; return whether it existed. Idempotent."""
        return self._rename(self._aside(blob_id), self._path(blob_id))

    def _rename(self, before: Path, after: Path, at: datetime | None = None) -> bool:
        with named_errors():
            try:
                if at is not None:
                    os.utime(before, (at.timestamp(), at.timestamp()))
                before.rename(after)
            except FileNotFoundError:
                return False
            sync_folder(after.parent)
        return True

    def file_of(self, blob_id: UUID) -> Path | None:
        """The encrypted file of a blob, also where it was set aside; None if it is missing."""
        return next((each for each in (self._path(blob_id), self._aside(blob_id)) if each.is_file()), None)

    def copy_to(self, other: Self) -> Iterator[UUID]:
        """Copy every blob that the other folder lacks; yield the ids of all that are in this one.

        A blob never changes, so one that is there needs no second copy. One that vanishes meanwhile was destroyed.
        """
        self._require_marked()
        for folder in sorted(each for each in self._folder.iterdir() if each.is_dir()):
            for path in sorted(folder.iterdir()):
                named = _NAME.fullmatch(path.name)
                if named is None or named["kind"] == "part":
                    continue
                blob_id = UUID(named["blob_id"])
                if other.file_of(blob_id) is not None or self.copy_one(blob_id, other._folder):
                    yield blob_id

    def copy_one(self, blob_id: UUID, folder: Path) -> bool:
        """Copy one encrypted file into another folder of this kind; False if it is missing. Durable on return."""
        found = self.file_of(blob_id)
        if found is None:
            return False
        room = folder / blob_id.hex[:2]
        temporary = room / f"{blob_id}.part"
        with named_errors():
            room.mkdir(mode=0o700, exist_ok=True)
            try:
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with found.open("rb") as source, os.fdopen(descriptor, "wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
                    target.flush()
                    os.fsync(target.fileno())
                temporary.rename(room / f"{blob_id}.blob")
                sync_folder(room)
            except FileNotFoundError:
                return False
            finally:
                with suppress(OSError):  # it was renamed, or the copy failed
                    temporary.unlink(missing_ok=True)
        return True

    def delete_half_written(self, blob_id: UUID) -> None:
        """Remove the remains of an interrupted write; idempotent. Raises StorageUnavailable."""
        path = self._path(blob_id).with_suffix(".part")
        with named_errors(), suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)

    def delete(self, blob_id: UUID) -> bool:
        """Remove the file for good, also one that was set aside; return whether it existed. Idempotent.

        Raises StorageUnavailable.
        """
        self._require_marked()
        existed = False
        for path in (self._path(blob_id), self._aside(blob_id)):
            with named_errors(), suppress(FileNotFoundError):
                path.unlink()
                sync_folder(path.parent)
                existed = True
        return existed

    def _make_room(self, room: Path) -> None:
        """Create the sub-folder of a blob if missing; never the folder itself."""
        if room in self._rooms:
            return
        self._require_marked()
        room.mkdir(mode=0o700, exist_ok=True)
        sync_folder(self._folder)  # another process may have created it without syncing it yet
        self._rooms.add(room)

    def _opened(self, blob_id: UUID) -> BinaryIO:
        """The file of a blob, also where it was set aside. Raises BlobMissing, StorageUnavailable."""
        with named_errors():
            for path in (self._path(blob_id), self._aside(blob_id), self._path(blob_id)):  # it may move meanwhile
                with suppress(FileNotFoundError):
                    return path.open("rb")
        self._require_marked()
        raise BlobMissing(blob_id=blob_id)

    def _path(self, blob_id: UUID) -> Path:
        return self._folder / blob_id.hex[:2] / f"{blob_id}.blob"

    def _aside(self, blob_id: UUID) -> Path:
        return self._path(blob_id).with_suffix(".aside")


def sealed_whole(key: DataKey, content: bytes, media_type: str) -> SealedBlob:
    """Content of at most one chunk, encrypted in memory in the format of a stored file."""
    blob_id, prefix = uuid4(), secrets.token_bytes(7)
    header = _HEADER.pack(_MAGIC, _VERSION, CHUNK_BYTES, blob_id.bytes, prefix)
    sealed = header + AESGCM(key.material).encrypt(_nonce(prefix, 0, last=True), content, header + key.key_id.bytes)
    ref = BlobRef(
        blob_id=blob_id,
        key_id=key.key_id,
        size=len(content),
        media_type=media_type,
        ciphertext_sha256=hashlib.sha256(sealed).hexdigest(),
    )
    return SealedBlob(ref, sealed)


def head_of(sealed: bytes, ref: BlobRef) -> bytes:
    """The header of a stored blob. Raises SealBroken if it is cut."""
    if len(sealed) < _HEADER.size:
        raise SealBroken(blob_id=ref.blob_id)
    return sealed[: _HEADER.size]


def read_sealed(sealed: bytes, ref: BlobRef, key: DataKey, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Yield the plaintext of a stored blob in memory, as `FileBlobStore.read` does for a file."""
    return _read(BytesIO(sealed), ref, key, start, stop)


def _read(file: BinaryIO, ref: BlobRef, key: DataKey, start: int, stop: int | None) -> Iterator[bytes]:
    stop = ref.size if stop is None else stop
    if not 0 <= start <= stop <= ref.size:
        raise ValueError("this range is outside the blob")
    opened = _Opened(file, ref, key)
    yield from opened.whole() if (start, stop) == (0, ref.size) else opened.part(start, stop)


class _Opened:
    """A stored blob that is being read."""

    def __init__(self, file: BinaryIO, ref: BlobRef, key: DataKey) -> None:
        """Raises SealBroken if the header does not belong to this blob."""
        self._file, self._ref = file, ref
        self._broken = SealBroken(blob_id=ref.blob_id, key_id=key.key_id)
        self._header = file.read(_HEADER.size)
        if len(self._header) != _HEADER.size or key.key_id != ref.key_id:
            raise self._broken
        magic, version, self._chunk_bytes, blob_id, self._prefix = _HEADER.unpack(self._header)
        if (magic, version, blob_id) != (_MAGIC, _VERSION, ref.blob_id.bytes) or not 0 < self._chunk_bytes <= 1 << 24:
            raise self._broken
        self._cipher, self._place = AESGCM(key.material), self._header + key.key_id.bytes

    def whole(self) -> Iterator[bytes]:
        digest, size = hashlib.sha256(self._header), 0
        stored_bytes = self._chunk_bytes + _TAG_BYTES
        sealed, counter = self._file.read(stored_bytes), 0
        while True:
            following = self._file.read(stored_bytes)
            chunk = self._decrypted(sealed, counter, last=not following)
            digest.update(sealed)
            size += len(chunk)
            if not following:
                break
            yield chunk
            sealed, counter = following, counter + 1
        if size != self._ref.size or digest.hexdigest() != self._ref.ciphertext_sha256:
            raise self._broken
        if chunk:
            yield chunk

    def part(self, start: int, stop: int) -> Iterator[bytes]:
        size, chunk_bytes = self._ref.size, self._chunk_bytes
        chunks = max(1, -(-size // chunk_bytes))
        if self._file.seek(0, os.SEEK_END) != _HEADER.size + size + chunks * _TAG_BYTES:
            raise self._broken
        first = start // chunk_bytes
        self._file.seek(_HEADER.size + first * (chunk_bytes + _TAG_BYTES))
        for counter in range(first, -(-stop // chunk_bytes) if start < stop else first):
            begins = counter * chunk_bytes
            sealed = self._file.read(chunk_bytes + _TAG_BYTES)
            chunk = self._decrypted(sealed, counter, last=counter == chunks - 1)
            yield chunk[max(0, start - begins) : stop - begins]

    def _decrypted(self, sealed: bytes, counter: int, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(self._prefix, counter, last=last), sealed, self._place)
        except InvalidTag:
            raise self._broken from None


def _written_at(entry: os.DirEntry[str]) -> datetime | None:
    """When a file was last written; None if it no longer exists."""
    try:
        return datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
    except FileNotFoundError:
        return None


def _regular(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Chunks of exactly CHUNK_BYTES and a last, possibly shorter one, each with whether it is the last."""
    pending = bytearray()
    for chunk in chunks:
        pending += chunk
        while len(pending) > CHUNK_BYTES:
            yield bytes(pending[:CHUNK_BYTES]), False
            del pending[:CHUNK_BYTES]
    yield bytes(pending), True


def _nonce(prefix: bytes, counter: int, *, last: bool) -> bytes:
    return prefix + counter.to_bytes(4, "big") + bytes([last])


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
