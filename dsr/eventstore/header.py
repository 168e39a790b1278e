"""The header of a stored event, which evidence hashes, signs and gives to an authority, byte for byte.

Canonical JSON: keys in the order below, no spaces, UTF-8. It names the keys that sealed personal data of the event, and
the digest of the payload, so it proves the payload without containing it.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

FORMAT_VERSION: Final = 1


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields, in the order in which they are written."""

    format: int
    log: str
    position: int
    stream_id: UUID
    stream_version: int
    name: str
    recorded_at: str
    key_ids: tuple[UUID, ...]
    """Sorted, each once."""
    payload_sha256: str
    """Hex digest of the stored payload's UTF-8 bytes."""

    def proves(self, payload: bytes) -> bool:
        """Whether this is the stored payload."""
        return hashlib.sha256(payload).hexdigest() == self.payload_sha256


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Header).decode


def build_header(
    *,
    log: str,
    position: int,
    stream_id: UUID,
    stream_version: int,
    name: str,
    recorded_at: str,
    key_ids: Iterable[UUID],
    payload: bytes,
) -> bytes:
    """Return the canonical bytes for one event; `recorded_at` as `format_instant` writes it."""
    return _encode(
        Header(
            format=FORMAT_VERSION,
            log=log,
            position=position,
            stream_id=stream_id,
            stream_version=stream_version,
            name=name,
            recorded_at=recorded_at,
            key_ids=tuple(sorted(set(key_ids))),
            payload_sha256=hashlib.sha256(payload).hexdigest(),
        )
    )


def parse_header(header: bytes) -> Header:
    """Read stored header bytes.

    Raises ValueError unless they are canonical: parsing and building again gives the same bytes.
    """
    try:
        parsed = _decode(header)
    except msgspec.DecodeError as error:
        raise ValueError("not a header") from error
    if parsed.format != FORMAT_VERSION or _encode(parsed) != header:
        raise ValueError("not a canonical header of this format")
    return parsed


def format_instant(instant: datetime) -> str:
    """ISO 8601 in UTC with microseconds and `Z`, always 27 characters, so that text order is time order."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """The aware UTC instant that `format_instant` wrote."""
    return datetime.fromisoformat(text)
