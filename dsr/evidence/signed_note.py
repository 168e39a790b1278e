"""Signed notes as transparency logs exchange them (C2SP signed-note and tlog-cosignature, Ed25519).

A note is a text that ends with a line end, an empty line, and lines `— name base64`, each one signature. A signature
begins with four bytes that tell by which key it was made. A cosignature of a witness also says when it was made.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG_KEY: Final = 0x01
"""Type of a key that signs notes of its own."""

WITNESS_KEY: Final = 0x04
"""Type of a key that cosigns checkpoints of others, each with its time."""

_LINE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_KEY: Final = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_LAST_SECOND: Final = 253_402_300_799
"""The end of the year 9999: no calendar shows a later time, so a cosignature with one does not count."""

_MOST_BYTES: Final = 1_000_000
_MOST_SIGNATURES: Final = 100


class NoteInvalid(ValueError):
    """This is no signed note, or no verifier key. The message says what is wrong with it."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name under which it signs, as `name+hash+key`."""

    name: str
    kind: int
    """LOG_KEY or WITNESS_KEY."""
    public_key: bytes
    """Ed25519, 32 bytes."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+hash+key`. Raises NoteInvalid, also where the hash belongs to another key or name."""
        match = _KEY.fullmatch(text)
        if match is None:
            raise NoteInvalid("a verifier key reads name+hash+key")
        name, key_hash, encoded = match.groups()
        raw = _decoded(encoded)
        if len(raw) != 33 or raw[0] not in (LOG_KEY, WITNESS_KEY):
            raise NoteInvalid("the key is no Ed25519 key of a log (type 1) or of a witness (type 4)")
        key = cls(name, raw[0], raw[1:])
        if key.key_hash.hex() != key_hash:
            raise NoteInvalid("the hash does not belong to this name and key")
        return key

    @property
    def key_hash(self) -> bytes:
        """The four bytes by which its signatures begin."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key).digest()[:4]

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.kind]) + self.public_key).decode()
        return f"{self.name}+{self.key_hash.hex()}+{encoded}"

    def verifies(self, signature: "NoteSignature", text: str) -> bool:
        """Whether the signature is by this key and over this text."""
        if (signature.name, signature.key_hash) != (self.name, self.key_hash):
            return False
        signed, raw = text.encode(), signature.raw
        if self.kind == WITNESS_KEY:
            if len(raw) != 72:
                return False
            if signature.cosigned_at > _LAST_SECOND:
                return False
            signed, raw = _cosigned(text, signature.cosigned_at), raw[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(raw, signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class NoteSignature:
    """One signature of a note, not verified yet."""

    name: str
    key_hash: bytes
    raw: bytes
    """What follows the hash: of a log 64 bytes, of a witness eight bytes of time before these."""

    @property
    def cosigned_at(self) -> int:
        """When a witness says that it cosigned, in seconds since 1970; only of a verified cosignature."""
        return int.from_bytes(self.raw[:8])

    @property
    def line(self) -> str:
        """As it stands in a note, without the line end."""
        return f"— {self.name} {base64.b64encode(self.key_hash + self.raw).decode()}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a line of a note. Raises NoteInvalid."""
        match = _LINE.fullmatch(line)
        if match is None:
            raise NoteInvalid("a signature reads — name base64")
        raw = _decoded(match[2])
        if len(raw) < 5:
            raise NoteInvalid("a signature is longer than its key hash")
        return cls(match[1], raw[:4], raw[4:])


@dataclass(frozen=True)
class NoteSigner:
    """A private key that signs notes, or cosigns them."""

    key: Ed25519PrivateKey
    verifier: VerifierKey

    @classmethod
    def of(cls, key: Ed25519PrivateKey, name: str, kind: int) -> Self:
        """A signer under that name. Raises ValueError for a name with white space or a plus sign."""
        if not re.fullmatch(r"[^\s+]+", name):
            raise ValueError("the name of a key has no white space and no plus sign")
        return cls(key, VerifierKey(name, kind, key.public_key().public_bytes_raw()))

    def sign(self, text: str, *, at: int | None = None) -> NoteSignature:
        """Sign the text of a note; `at` is the time of a cosignature in seconds since 1970."""
        verifier = self.verifier
        if (at is None) is not (verifier.kind == LOG_KEY):
            raise ValueError("a cosignature has a time, and only a cosignature")
        raw = self.key.sign(text.encode()) if at is None else at.to_bytes(8) + self.key.sign(_cosigned(text, at))
        return NoteSignature(verifier.name, verifier.key_hash, raw)


@dataclass(frozen=True)
class SignedNote:
    """A text and its signatures."""

    text: str
    """Ends with a line end."""
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, raw: str) -> Self:
        """Read a note. Raises NoteInvalid."""
        if len(raw) > _MOST_BYTES or len(raw.encode()) > _MOST_BYTES:
            raise NoteInvalid("the note is too long")
        text, gap, lines = raw.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise NoteInvalid("a note is a text, an empty line, and lines of signatures")
        if any(each < " " and each != "\n" for each in raw):
            raise NoteInvalid("a note has no control characters")
        signatures = tuple(NoteSignature.parse(line) for line in lines[:-1].split("\n"))
        if len(signatures) > _MOST_SIGNATURES:
            raise NoteInvalid("the note has too many signatures")
        return cls(text + "\n", signatures)

    def __str__(self) -> str:
        return self.text + "\n" + "".join(each.line + "\n" for each in self.signatures)

    def with_signatures(self, further: Iterable[NoteSignature]) -> "SignedNote":
        """The note with these signatures too, each once."""
        return SignedNote(self.text, tuple(dict.fromkeys([*self.signatures, *further])))

    def verified_by(self, key: VerifierKey) -> NoteSignature | None:
        """The first signature by this key that holds; None if there is none."""
        return next((each for each in self.signatures if key.verifies(each, self.text)), None)


def _cosigned(text: str, at: int) -> bytes:
    """What a witness signs."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise NoteInvalid("this is not base64") from None
