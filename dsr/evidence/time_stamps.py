"""Asks a time-stamp authority to confirm when a checkpoint was there (RFC 3161). Its answer holds even if the keys of
the log and of all witnesses are stolen later.

The question has one shape. This module reads of the answer only the part that shows that it answers this question. The
verifier of a bundle checks the signature, by certificates that its reader trusts.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from dsr.domain.errors import Unavailable
from dsr.evidence.egress import NoAnswer, post

_QUERY: Final = "application/timestamp-query"
_SHA256: Final = bytes.fromhex("0609608648016503040201")
_GRANTED: Final = (b"\x00", b"\x01")
_INTEGER, _BOOLEAN, _OCTETS, _NULL, _SEQUENCE = 0x02, 0x01, 0x04, 0x05, 0x30


class TimeStampAway(Unavailable):
    """The time-stamp authority did not answer as RFC 3161 says. Check that it can be reached, and its address in
    DSR_TIMESTAMP_URL.
    """

    code = "time-stamp-away"


@dataclass(frozen=True)
class TimeStampAuthority:
    """A time-stamp authority."""

    url: str

    def stamp(self, text: str) -> bytes:
        """A time-stamp token over this text (DER). Raises TimeStampAway."""
        digest, nonce = hashlib.sha256(text.encode()).digest(), secrets.token_bytes(8)
        number = _written(_INTEGER, b"\x01" + nonce)
        try:
            answer = post(self.url, _question(digest, number), {"Content-Type": _QUERY})
        except NoAnswer:
            raise TimeStampAway from None
        if answer.status != 200:
            raise TimeStampAway(status=answer.status)
        try:
            return _token(answer.body, digest, number)
        except (ValueError, IndexError):
            raise TimeStampAway(status=answer.status) from None


def _question(digest: bytes, number: bytes) -> bytes:
    """Version 1, the digest, a random number, and the request for certificates."""
    algorithm = _written(_SEQUENCE, _SHA256 + _written(_NULL, b""))
    imprint = _written(_SEQUENCE, algorithm + _written(_OCTETS, digest))
    return _written(_SEQUENCE, _written(_INTEGER, b"\x01") + imprint + number + _written(_BOOLEAN, b"\xff"))


def _token(answer: bytes, digest: bytes, number: bytes) -> bytes:
    """The token of an answer to this question. Raises ValueError, IndexError."""
    status, token, *_ = _Der.read(answer).parts
    if status.parts[0].content not in _GRANTED:
        raise ValueError("refused")
    _, _, wrapped, *_ = token.parts[1].parts[0].parts
    info = _Der.read(wrapped.parts[1].parts[0].content).parts
    if info[2].parts[1].content != digest or number not in [each.whole for each in info[5:]]:
        raise ValueError("an answer to another question")
    return token.whole


def _written(tag: int, content: bytes) -> bytes:
    """A value of less than 128 bytes in DER."""
    return bytes([tag, len(content)]) + content


@dataclass(frozen=True)
class _Der:
    """A value in DER: its content, and all its bytes."""

    content: bytes
    whole: bytes

    @classmethod
    def read(cls, data: bytes) -> "_Der":
        """The first value. Raises ValueError, IndexError."""
        length, start = data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        if len(data) < start + length:
            raise ValueError("cut")
        return cls(data[start : start + length], data[: start + length])

    @property
    def parts(self) -> list["_Der"]:
        found, rest = [], self.content
        while rest:
            found.append(_Der.read(rest))
            rest = rest[len(found[-1].whole) :]
        return found
