"""Detection of media types by content: open formats that a person can open without buying a program (docs/law §6).

A claimed media type is only a hint, which decides between kinds of text that their bytes do not distinguish.
"""

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from dsr.domain.errors import Invalid

ENDINGS: Final = {
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "application/json": "json",
    "text/csv": "csv",
    "text/plain": "txt",
}
"""File extension by media type; other types are not accepted."""

_FOUND_AS: Final = {
    "audio/wave": "audio/wav",
    "audio/wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/flac": "audio/flac",
    "audio/mpeg": "audio/mpeg",
    "application/pdf": "application/pdf",
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
}
"""Names of the binary formats in the library."""

_HEAD_BYTES: Final = 4096
_OGG_CODECS: Final = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")
"""Start of the first packet of a sound; other content of this container is not sound."""

_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_LARGEST_JSON: Final = 16 * 1024 * 1024
"""Size in bytes up to which text is checked for JSON; larger text counts as plain text."""


class FileTypeUnsupported(Invalid):
    """The content of this file has none of the open formats: convert it to WAV, FLAC, Ogg, MP3, PDF, PNG, JPEG or UTF-8
    text.
    """

    code = "file-type-unsupported"


class Inspection:
    """Inspects a file while it is streamed, so that it is not read twice or held in memory."""

    def __init__(self, chunks: Iterable[bytes], hint: str = "") -> None:
        """`hint`: the claimed media type."""
        self._chunks, self._hint = chunks, hint
        self._digest = hashlib.sha256()
        self._head = bytearray()
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._json: bytearray | None = bytearray()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        """The unchanged chunks. Raises FileTypeUnsupported at the first one that shows an unsupported type."""
        for chunk in self._chunks:
            self._look_at(chunk)
            yield chunk
        self._decode(b"", final=True)

    @property
    def sha256(self) -> str:
        """SHA-256 of the streamed bytes, hex."""
        return self._digest.hexdigest()

    @property
    def media_type(self) -> str:
        """The media type, once the file was streamed. Raises FileTypeUnsupported."""
        binary = _binary_type(bytes(self._head))
        if binary is not None:
            return binary
        if self._decoder is None:
            raise FileTypeUnsupported()
        if self._json and _is_json(bytes(self._json)):
            return "application/json"
        return "text/csv" if self._hint == "text/csv" else "text/plain"

    def _look_at(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._digest.update(chunk)
        if len(self._head) < _HEAD_BYTES:
            self._head += chunk[: _HEAD_BYTES - len(self._head)]
        self._decode(chunk, final=False)
        if self._json is not None:
            self._json += chunk
            if self._decoder is None or len(self._json) > _LARGEST_JSON:
                self._json = None
        if self._decoder is None and len(self._head) == _HEAD_BYTES and _binary_type(bytes(self._head)) is None:
            raise FileTypeUnsupported()

    def _decode(self, chunk: bytes, *, final: bool) -> None:
        """Decode as text; once a chunk fails, the file is not text."""
        if self._decoder is None:
            return
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self._decoder = None
        if _NO_TEXT.search(chunk):
            self._decoder = None


def _binary_type(head: bytes) -> str | None:
    """The binary format that a file starts with, if accepted."""
    if head.startswith(b"OggS"):
        return "audio/ogg" if any(codec in head[:64] for codec in _OGG_CODECS) else None
    import puremagic  # noqa: PLC0415 - reads its table of formats, which few processes ask

    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):  # an unknown format or empty content
        return None
    return _FOUND_AS.get(found[0].mime_type)


def _is_json(text: bytes) -> bool:
    if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)  # parses without building values
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
