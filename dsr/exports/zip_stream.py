"""A streamed zip: entries of any size, never held as a whole.

Order, times and permissions are fixed, so that the same entries give the same bytes.
"""

import hashlib
import zipfile
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Final

BUFFER_BYTES: Final = 128 * 1024
"""Bytes gathered before they are yielded."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold; the manifest has the time of the package."""

_UNPACKED: Final = frozenset(
    {"audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "application/pdf", "image/png", "image/jpeg"}
)
"""Media types that are compressed already, such as sound: packing costs time and saves little."""


class ZipStream:
    """Takes entries one after the other and yields bytes of the zip."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._archive = zipfile.ZipFile(self._sink, "w")

    def add(
        self, path: str, media_type: str, chunks: Iterable[bytes], *, size: int | None = None
    ) -> Generator[bytes, None, dict[str, Any]]:
        """Write one entry; yields its bytes and returns its facts (`yield from`).

        `size` is the content's size in bytes, if known; it is required above 2 GiB. Raises ValueError if it was wrong.
        """
        entry = zipfile.ZipInfo(path, date_time=_EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3  # the same on every system
        entry.external_attr = 0o644 << 16
        # Level 0 of deflate, not "stored": a reader that streams has to see where an entry of unknown size ends.
        entry._compresslevel = 0 if media_type in _UNPACKED else 6  # type: ignore[attr-defined]
        entry.file_size = size or 0
        digest, length = hashlib.sha256(), 0
        with self._archive.open(entry, "w") as file:
            for chunk in chunks:
                digest.update(chunk)
                length += len(chunk)
                file.write(chunk)
                if self._sink.waiting >= BUFFER_BYTES:
                    yield self._sink.take()
        if size is not None and length != size:
            raise ValueError(f"a file of the package has {length} bytes and was said to have {size}")
        return entry_facts(path, media_type, length, digest.hexdigest())

    def close(self) -> Iterator[bytes]:
        """Write the directory of the zip, and yield the rest."""
        self._archive.close()
        yield self._sink.take()


def entry_facts(path: str, media_type: str, size: int, sha256: str) -> dict[str, Any]:
    """The manifest's facts of every file."""
    return {"path": path, "media_type": media_type, "size": size, "sha256": sha256}


class _Sink:
    """Takes what zipfile writes; can't seek, so zipfile puts sizes after the content."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.waiting = 0
        """Bytes to be taken."""

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is buffered."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        self.waiting = 0
        return taken
