"""The sealed values, files and keys that a payload names, as plain JSON, each with its place in the payload."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed

_SEALED = frozenset({"key_id", "seal_id", "nonce", "ciphertext"})
_BLOB = frozenset({"blob_id", "key_id", "size", "media_type", "ciphertext_sha256"})
_KEY = frozenset({"key_id", "purpose", "commitment"})

_LETTER = "letter"


@dataclass(frozen=True)
class SealedPart:
    """A sealed value of a payload."""

    pointer: str
    """JSON Pointer (RFC 6901) into the payload."""
    field: str
    """The name under which it was sealed."""
    sealed: Sealed


@dataclass(frozen=True)
class FilePart:
    """A file that a payload names."""

    pointer: str
    ref: BlobRef


@dataclass(frozen=True)
class Parts:
    """All of a payload."""

    sealed: tuple[SealedPart, ...]
    files: tuple[FilePart, ...]
    keys: tuple[KeyIntroduction, ...]

    @property
    def keys_by_pointer(self) -> tuple[tuple[str, UUID], ...]:
        """Each sealed value and file with the key that opens it."""
        values = ((each.pointer, each.sealed.key_id) for each in self.sealed)
        return (*values, *((each.pointer, each.ref.key_id) for each in self.files))

    @property
    def key_ids(self) -> frozenset[UUID]:
        """The keys that open something of it."""
        return frozenset(key_id for _, key_id in self.keys_by_pointer)

    @property
    def all_key_ids(self) -> frozenset[UUID]:
        """Also those that it introduces."""
        return self.key_ids | {each.key_id for each in self.keys}


def parts_of(payload: str) -> Parts:
    """Find them in the order of the payload."""
    sealed, files, keys = [], [], []
    for pointer, names, value in _objects(msgspec.json.decode(payload), "", ("",)):
        if value.keys() == _SEALED:
            sealed.append(SealedPart(pointer, _field(names), msgspec.convert(value, Sealed)))
        elif value.keys() == _BLOB:
            files.append(FilePart(pointer, msgspec.convert(value, BlobRef)))
        elif value.keys() == _KEY:
            keys.append(msgspec.convert(value, KeyIntroduction))
    return Parts(tuple(sealed), tuple(files), tuple(keys))


def _objects(value: Any, pointer: str, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    """Every object with its pointer and the names of the properties that lead to it."""
    if isinstance(value, dict):
        yield pointer, names, value
        for name, inner in value.items():
            yield from _objects(inner, f"{pointer}/{name}", (*names, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _objects(inner, f"{pointer}/{place}", names)


def _field(names: tuple[str, ...]) -> str:
    """A value is sealed under the name of its property; the text of a letter, and the content of one, as `letter`."""
    if names[-1] == "text" and names[-2] in ("letter", "notice"):
        return _LETTER
    if names[-2:] == ("filling", "content"):
        return _LETTER
    return names[-1]
