"""Byte layout of a package: entries, directory, end record, and nothing else.

A zip is read from its end, so bytes outside the directory are invisible to programs and digests: gaps between entries,
bytes after packed content, comments, extra fields. The service writes none of these; only the fields for a zip of more
than 4 GiB (zip64) are allowed.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

_END: Final = struct.Struct("<4s4H2IH")
_LARGE_END: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR: Final = struct.Struct("<4sIQI")
_HEADER: Final = struct.Struct("<4s5H3I2H")
_LARGE_SIZES: Final = struct.Struct("<2H2Q")
_IN_DIRECTORY: Final = 46
"""Bytes of an entry of the directory before its name."""
_LONGEST_COMMENT: Final = 1 << 16
_FULL: Final = 0xFFFF_FFFF
"""Marks a 32-bit field whose value is in the zip64 field."""
_SIZES_FOLLOW: Final = 0x8
_UTF_8: Final = 0x800
_CHUNK_BYTES: Final = 1 << 20


class ForeignBytes(Exception):
    """The file holds bytes that belong to no entry."""


class EntryDamaged(Exception):
    """The packed content differs from the directory, or bytes follow it."""


@dataclass(frozen=True)
class Directory:
    """Location of a zip's directory."""

    start: int
    size: int
    """Size in bytes, regardless of the number of entries."""
    entries: int


def find_directory(package: IO[bytes]) -> Directory:
    """Read only the end record, however large the directory is.

    Raises BadZipFile if it is missing; ForeignBytes if bytes follow it, or lie between directory and end record.
    """
    size = package.seek(0, io.SEEK_END)
    end_at = size - _END.size
    end = _read(package, end_at, _END.size)
    if end_at < 0 or end[:4] != b"PK\5\6" or end[-2:] != b"\0\0":
        if b"PK\5\6" in _read(package, size - _END.size - _LONGEST_COMMENT, size)[: 1 - _END.size]:
            raise ForeignBytes()
        raise zipfile.BadZipFile()
    _, *disks, here, entries, length, start, _ = _END.unpack(end)
    located = _read(package, end_at - _LOCATOR.size, _LOCATOR.size)
    if located[:4] == b"PK\6\7":
        end_at -= _LOCATOR.size + _LARGE_END.size
        large = _read(package, end_at, _LARGE_END.size)
        if end_at < 0 or located != _LOCATOR.pack(b"PK\6\7", 0, end_at, 1):
            raise ForeignBytes()
        if large[:12] != b"PK\6\6" + struct.pack("<Q", 44):
            raise ForeignBytes()
        short = here, entries, length, start
        _, _, _, _, *more_disks, here, entries, length, start = _LARGE_END.unpack(large)
        disks += more_disks
        if short != (min(here, 0xFFFF), min(entries, 0xFFFF), min(length, _FULL), min(start, _FULL)):
            raise ForeignBytes()
    if any(disks) or here != entries or start + length != end_at:
        raise ForeignBytes()
    return Directory(start, length, entries)


def require_seamless(archive: zipfile.ZipFile, directory: Directory) -> None:
    """Raise ForeignBytes unless each entry starts where the one before ends, and the directory after the last.

    The directory must hold exactly these entries, without comments and extra fields, and each entry's header must agree
    with it.
    """
    entries = archive.infolist()
    if len(entries) != directory.entries or directory.size != sum(
        _IN_DIRECTORY + len(_raw_name(entry)) + len(entry.extra) for entry in entries
    ):
        raise ForeignBytes()
    at = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset != at or entry.comment or not _is_large_field(entry):
            raise ForeignBytes()
        at = _end_of(_file(archive), entry)
    if at != directory.start:
        raise ForeignBytes()


def unpacked(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The content of an entry in chunks, at most the size in the directory.

    Raises EntryDamaged, also if bytes follow the packed content, which other programs ignore.
    """
    file, entry = _file(archive), archive.getinfo(name)
    at = _content_at(file, entry)
    end, size, checksum, packed = at + entry.compress_size, 0, 0, b""
    inflating = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while True:
        if not packed and at < end:
            packed = _read(file, at, min(end - at, _CHUNK_BYTES))
            at += len(packed)
            if not packed:
                raise EntryDamaged()
        if inflating is None:
            chunk, packed = packed, b""
        else:
            try:
                chunk = inflating.decompress(packed, _CHUNK_BYTES)
            except zlib.error as error:
                raise EntryDamaged() from error
            packed = inflating.unconsumed_tail
        size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
        if size > entry.file_size:
            raise EntryDamaged()
        if chunk:
            yield chunk
        elif (not packed and at >= end) or (inflating is not None and inflating.eof):
            break
    is_whole = at == end and (inflating is None or (inflating.eof and not inflating.unused_data))
    if not is_whole or (size, checksum) != (entry.file_size, entry.CRC):
        raise EntryDamaged()


def _end_of(file: IO[bytes], entry: zipfile.ZipInfo) -> int:
    """Where the next entry has to start. Raises ForeignBytes if this one's header differs from the directory."""
    header = _read(file, entry.header_offset, _HEADER.size)
    if len(header) < _HEADER.size:
        raise ForeignBytes()
    signature, _, flags, method, _, _, *sizes, name_length, extra_length = _HEADER.unpack(header)
    name = _read(file, entry.header_offset + _HEADER.size, name_length)
    extra = _read(file, entry.header_offset + _HEADER.size + name_length, extra_length)
    if (signature, name, flags, method) != (b"PK\3\4", _raw_name(entry), entry.flag_bits, entry.compress_type):
        raise ForeignBytes()
    said = [entry.CRC, entry.compress_size, entry.file_size]
    in_header = [0, 0, 0] if flags & _SIZES_FOLLOW else said
    if extra:
        large = _LARGE_SIZES.pack(1, 16, in_header[2], in_header[1])
        if extra != large or sizes != [in_header[0], _FULL, _FULL]:
            raise ForeignBytes()
    elif sizes != in_header:
        raise ForeignBytes()
    end: int = entry.header_offset + _HEADER.size + name_length + extra_length + entry.compress_size
    if not flags & _SIZES_FOLLOW:
        return end
    if not extra and max(said) > _FULL:
        raise ForeignBytes()
    following = struct.pack("<4sI2Q" if extra else "<4s3I", b"PK\7\10", *said)
    if _read(file, end, len(following)) != following:
        raise ForeignBytes()
    return end + len(following)


def _is_large_field(entry: zipfile.ZipInfo) -> bool:
    """Whether a directory entry's extra fields are empty or a correct zip64 field."""
    if not entry.extra:
        return True
    words, left = divmod(len(entry.extra) - 4, 8)
    if left or words not in (1, 2, 3) or entry.extra[:4] != struct.pack("<2H", 1, words * 8):
        return False
    values = struct.unpack(f"<{words}Q", entry.extra[4:])
    return set(values) <= {entry.file_size, entry.compress_size, entry.header_offset}


def _content_at(file: IO[bytes], entry: zipfile.ZipInfo) -> int:
    name_length, extra_length = struct.unpack("<2H", _read(file, entry.header_offset + _HEADER.size - 4, 4))
    at: int = entry.header_offset + _HEADER.size + name_length + extra_length
    return at


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    """The name as in the file."""
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF_8 else "cp437")


def _file(archive: zipfile.ZipFile) -> IO[bytes]:
    assert archive.fp is not None  # noqa: S101 - it is open
    return archive.fp


def _read(file: IO[bytes], at: int, size: int) -> bytes:
    """The bytes from there on, possibly fewer."""
    file.seek(max(at, 0))
    return file.read(size)
