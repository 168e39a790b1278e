"""Encrypted files beside the database: one file per blob, sealed chunk by chunk, so that size never meets memory.

File = header (38 bytes: format, version, chunk size, blob id, nonce prefix) and then chunks of `chunk size` plaintext
bytes, each AES-256-GCM encrypted with its 16-byte tag. The last chunk is the only one that may be shorter, and may be
empty. Nonce = random prefix (7) ‖ counter (4) ‖ 1 for the last chunk, else 0: a chunk that was cut off, swapped,
repeated or taken from elsewhere does not open. Header and key id are associated data of every chunk.
"""

import errno
import hashlib
import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dsr.domain.errors import StorageFull
from dsr.domain.sealed import BlobMissing, BlobRef, DataKey, SealBroken

CHUNK_BYTES: Final = 128 * 1024
_TAG_BYTES: Final = 16
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_HEADER: Final = struct.Struct(">10sBI16s7s")
_MAGIC: Final = b"dsr-blob\r\n"  # the line end shows a transfer in text mode
_VERSION: Final = 1


class FileBlobStore:
    """The port `BlobStore` on a folder, in sub-folders by the first two hex digits of the blob id.

    The stored file names its blob and nothing else; which case it belongs to stands in the log. The folder may be
    backed up: without keys it opens nothing.
    """

    def __init__(self, folder: Path) -> None:
        """The folder and its sub-folders are made (mode 0700) where they do not exist."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(256):
            (folder / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder)
        self._folder = folder

    def write(self, key: DataKey, chunks: Iterable[bytes], media_type: str) -> BlobRef:
        """Encrypt and keep the chunks; durable when this returns.

        An error, also one raised by `chunks`, leaves nothing behind. A key is meant for one blob, or for the few
        packages of one export. Raises StorageFull.
        """
        blob_id = uuid4()
        path = self._path(blob_id)
        prefix = secrets.token_bytes(7)
        header = _HEADER.pack(_MAGIC, _VERSION, CHUNK_BYTES, blob_id.bytes, prefix)
        cipher, place = AESGCM(key.material), header + key.key_id.bytes
        digest, size = hashlib.sha256(header), 0
        temporary = path.with_suffix(".part")
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
        except BaseException as error:
            temporary.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                raise StorageFull from error
            raise
        _sync_folder(path.parent)
        return BlobRef(
            blob_id=blob_id, key_id=key.key_id, size=size, media_type=media_type, ciphertext_sha256=digest.hexdigest()
        )

    def read(self, ref: BlobRef, key: DataKey) -> Iterator[bytes]:
        """Yield the plaintext by chunks, the last one only when the whole file proved to be the one `ref` names.

        Raises, once iterated, BlobMissing, or SealBroken when anything was altered, cut, swapped or repeated: what was
        yielded before is authentic, but not the whole.
        """
        try:
            file = self._path(ref.blob_id).open("rb")
        except FileNotFoundError:
            raise BlobMissing(blob_id=ref.blob_id) from None
        broken = SealBroken(blob_id=ref.blob_id, key_id=key.key_id)
        with file:
            header = file.read(_HEADER.size)
            if len(header) != _HEADER.size or key.key_id != ref.key_id:
                raise broken
            magic, version, chunk_bytes, blob_id, prefix = _HEADER.unpack(header)
            if (magic, version, blob_id) != (_MAGIC, _VERSION, ref.blob_id.bytes) or not 0 < chunk_bytes <= 1 << 24:
                raise broken
            cipher, place = AESGCM(key.material), header + key.key_id.bytes
            digest, size = hashlib.sha256(header), 0
            sealed, counter = file.read(chunk_bytes + _TAG_BYTES), 0
            while True:
                following = file.read(chunk_bytes + _TAG_BYTES)
                try:
                    chunk = cipher.decrypt(_nonce(prefix, counter, last=not following), sealed, place)
                except InvalidTag:
                    raise broken from None
                digest.update(sealed)
                size += len(chunk)
                if not following:
                    break
                yield chunk
                sealed, counter = following, counter + 1
        if size != ref.size or digest.hexdigest() != ref.ciphertext_sha256:
            raise broken
        if chunk:
            yield chunk

    def delete(self, blob_id: UUID) -> None:
        """Remove the file for good; doing so again is no error."""
        path = self._path(blob_id)
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def _path(self, blob_id: UUID) -> Path:
        return self._folder / blob_id.hex[:2] / f"{blob_id}.blob"


def _regular(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Chunks of exactly CHUNK_BYTES and a last, shorter or full one; says of each whether it is the last."""
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


def _sync_folder(folder: Path) -> None:
    """Make a new, renamed or removed name in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
