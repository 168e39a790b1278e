"""Opens what a bundle discloses: data keys, sealed values, files. What can't be opened is named, never left out.

With its key, a value can be checked against the ciphertext in the log, and no other value of the log opens with it: a
key belongs to one case and purpose, or to one file (docs/decisions/0084-a-bundle-brings-its-keys.md).
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from dsr.desk.repository import Repository
from dsr.desk.sealed_parts import FilePart, SealedPart
from dsr.domain.sealed import (
    BlobMissing,
    DataKey,
    KeyDestroyed,
    KeyPurpose,
    KeyUnknown,
    SealBroken,
)

OPENED: Final = frozenset({KeyPurpose.CASE_FILE, KeyPurpose.IDENTITY_EVIDENCE, KeyPurpose.MESSAGE, KeyPurpose.BLOB})
"""Purposes of the keys that a bundle discloses: not those that sign, nor those of packages, of which the person has the
only copy, nor of addresses of staff.
"""


class PartState(StrEnum):
    """What became of a part."""

    OPENED = "opened"
    DESTROYED = "destroyed"
    """Its key was destroyed, so nobody opens it any more."""
    WITHHELD = "withheld"
    """Its key opens packages, signs, or belongs to a member of staff."""
    LOST = "lost"
    """It should open and does not: the key or the file is missing, or was altered."""


class Opener:
    """Opens the parts of one log."""

    def __init__(self, repository: Repository, closed: frozenset[UUID] = frozenset()) -> None:
        """`closed`: keys of cases that were ordered to be forgotten, which may still be there."""
        self._repository = repository
        self._closed = closed
        self._key = lru_cache(maxsize=4096)(self._read_key)

    def key(self, key_id: UUID) -> tuple[PartState, DataKey | None]:
        """The key, if the bundle discloses it."""
        return self._key(key_id)

    def _read_key(self, key_id: UUID) -> tuple[PartState, DataKey | None]:
        if key_id in self._closed:
            return PartState.DESTROYED, None
        try:
            key = self._repository.keystore.open(key_id)
        except KeyDestroyed:
            return PartState.DESTROYED, None
        except (KeyUnknown, SealBroken):
            return PartState.LOST, None
        return (PartState.OPENED, key) if key.purpose in OPENED else (PartState.WITHHELD, None)

    def value(self, part: SealedPart, *, stream_id: UUID) -> dict[str, Any]:
        """The opened value, as a line of `opened.jsonl`; of what does not open, only its place, since nothing would
        prove more.
        """
        told: dict[str, Any] = {"pointer": part.pointer}
        state, _ = self.key(part.sealed.key_id)
        if state is not PartState.OPENED:
            return told | {"state": state}
        try:
            value = self._repository.sealer.open_json(part.sealed, stream_id=stream_id, field=part.field)
        except (SealBroken, KeyDestroyed, msgspec.DecodeError):
            return told | {"state": PartState.LOST}
        return told | {"state": state, "field": part.field, "value": value}

    def file(self, part: FilePart) -> tuple[PartState, bytes, Iterator[bytes]]:
        """What became of a file, the first bytes of its ciphertext, and its content.

        With the key, content and first bytes give the ciphertext, whose digest the log has. Iterating raises SealBroken
        where a later chunk was altered.
        """
        state, key = self.key(part.ref.key_id)
        if key is None:
            return state, b"", iter(())
        try:
            head = self._repository.blobs.head(part.ref)
            chunks = self._repository.blobs.read(part.ref, key)
            first = next(chunks, b"")
        except (BlobMissing, SealBroken):
            return PartState.LOST, b"", iter(())
        return state, head, _after(first, chunks)


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
