#!/usr/bin/env python3
"""Verifies an audit bundle of a data-subject-rights service, offline: `python verify.py bundle.zip --key KEY`.

It needs Python 3.11 or newer and the package `cryptography`, on Windows also `tzdata`; it needs nothing of the service,
and shares no code with it. KEY is the public key of the log (`name+hash+key`), which you got from the controller by
another way than the bundle; with `--witness KEY`, a cosignature by that witness is demanded too. It reads the bundle
and changes nothing.

What is checked, in this order:

1. The file: a signature of the log's key over every byte; each entry has the digest in the manifest.
2. The log: the headers of all events, which are the leaves of a Merkle tree (RFC 6962). Its root is in a checkpoint
   (C2SP tlog-checkpoint) that the log's key signed, and witnesses cosigned; a time stamp (RFC 3161) may say when. With
   `--time-authority FILE`, the certificates in that file have to vouch for it. Positions and the versions of each
   stream have no gap, and times never decrease.
3. Completeness: every event of a stream in scope has its payload, with the digest in its header.
4. Keys and data: a key belongs to the event that introduced it (HMAC), an opened value to its ciphertext (AES-256-GCM),
   a file to the digest of its ciphertext. A key that is missing was destroyed by an event that says so.
5. The law: each case is replayed from its facts. Arrival, suspensions, extension and every deadline are computed again
   (GDPR Art. 12(3), Reg. (EEC, Euratom) No 1182/71 Art. 3) and compared with what was recorded and told; so are
   reminders, and the dates of complaints, incidents and letters of authorities (GDPR Art. 33(1), DPA 2018 s. 164A(3)).
   What takes two people was decided by two.

The exit status is 0 only if all of this holds, 1 if anything does not, 2 if the command itself is wrong.
"""

import argparse
import base64
import binascii
import calendar
import hashlib
import hmac
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import ExtendedKeyUsageOID

FORMATS = (1,)
"""Formats of bundles that this verifier knows."""

LISTED = 200
"""Findings of one kind that are listed; further ones are counted."""

LONGEST_PLACE = 300
"""Characters of a finding's place."""

LONGEST_LINE, LARGEST_ENTRY = 64 << 20, 256 << 20
"""Bytes of a line, and of an entry that is read as a whole: no bundle comes near, and a bomb ends there."""

PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How the entries of a bundle are packed."""

TIME_STAMP = "time-stamp.der"

WITHHELD = ("export", "signing", "work-address")
"""Purposes of the keys that a bundle does not disclose: of packages, of signatures, of addresses of staff."""

STATES = ("opened", "destroyed", "withheld", "lost")
"""What a bundle says of each key: whether it is there, and if not, why."""

DAY = timedelta(days=1)

MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
"""What reading a file raises that was not written as it should be."""

NO_CERTIFICATE = (x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion, UnsupportedAlgorithm)

UNREADABLE = (
    *(*MALFORMED, *NO_CERTIFICATE, zipfile.BadZipFile, zlib.error),
    *(EOFError, OSError, RuntimeError, struct.error),
)

# The report ----------------------------------------------------------------------------------------------------

MEANINGS = {
    "file-altered": "the file is not the one that was signed",
    "bundle-unreadable": "a part of the bundle can't be read",
    "format-unknown": "this verifier does not know the format of the bundle",
    "key-unknown": "a signature was made by a key that you did not name, and for which none of your keys vouches",
    "checkpoint-unsigned": "the checkpoint is not signed by the key of the log",
    "checkpoint-foreign": "the checkpoint belongs to another log",
    "witness-missing": "a witness that you named has not cosigned the checkpoint",
    "time-stamp-differs": "the time stamp is not over this checkpoint, or its signature is broken",
    "time-stamp-untrusted": "no certificate that you named vouches for the time stamp",
    "time-stamp-missing": "you named a time-stamp authority, and the checkpoint has no time stamp",
    "clock-ahead": "an event claims to be later than the time stamp of the log that holds it",
    "entry-missing": "the manifest lists a file that is not there",
    "entry-unlisted": "a file is there that the manifest does not list, or it is there twice",
    "entry-differs": "a file is not the one that the manifest lists",
    "manifest-differs": "the manifest does not match what the bundle holds",
    "header-unreadable": "the header of an event is not written in the one way that is allowed, or lacks a key",
    "position-gap": "the log has a hole, or an event twice",
    "version-gap": "an event of a case is missing, or is there twice",
    "time-decreases": "an event claims to be older than the one before it",
    "log-cut": "the log is shorter or longer than its checkpoint says",
    "root-differs": "the events are not those that were signed",
    "payload-missing": "the content of an event in scope is not in the bundle",
    "payload-foreign": "the bundle holds content that belongs to no event in scope",
    "payload-differs": "the content of an event is not the one whose digest was signed",
    "stream-missing": "something in scope is not in the bundle",
    "key-differs": "a data key is not the one that the log introduced",
    "part-unaccounted": "an encrypted part of an event, or its key, is not accounted for",
    "seal-broken": "a ciphertext of the log does not open with its key",
    "opened-differs": "opened data is not what the log holds encrypted",
    "part-lost": "a part that should open does not: its key or its file is lost or was altered",
    "destruction-unexplained": "a key is gone, and no event says that it was destroyed",
    "destruction-undone": "a key is in the bundle although an event says that it was destroyed",
    "original-differs": "a file is not the one that was received",
    "record-differs": "a record of processing is not the one that was adopted",
    "arrival-differs": "the day of arrival is not the local date on which the request or matter arrived",
    "deadline-differs": "a recorded deadline is not the one that follows from the facts",
    "day-without-fact": "the clock was stopped or started on a day on which nothing happened",
    "due-differs": "a date is recorded as approaching, due or missed, and nobody waited for it then",
    "authority-differs": "whom an incident is notified to is not whom the record of processing names",
    "late-differs": "an answer, refusal or notification is recorded as late and was in time, or the other way round",
    "four-eyes": "one person alone decided what two people have to decide",
    "proposer-differs": "the person whom a decision names as its proposer did not propose it",
    "told-differs": "a letter told the person another date than the one on record",
    "letter-differs": "a letter in the bundle is missing, or is not worded as the one that left",
    "claim-differs": "what the service says of a case is not what follows from its events",
    "case-unreadable": "the events of a case or matter contradict each other",
}
"""Every finding by its code."""


@dataclass
class Report:
    """What holds, what does not, and what this verifier can't know."""

    holds: list[str] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)
    """Codes with the place of each."""
    unknown: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def find(self, code: str, where: str) -> None:
        """Note what does not hold."""
        self.counts[code] += 1
        if self.counts[code] <= LISTED:
            self.findings.append((code, printable(where)))

    def hold(self, sentence: str, *codes: str) -> None:
        """Note what holds, unless one of these codes was found."""
        if not any(self.counts[code] for code in codes):
            self.holds.append(sentence)

    @property
    def all_holds(self) -> bool:
        return not self.findings

    @property
    def codes(self) -> set[str]:
        """The codes of everything that was found."""
        return {code for code, _ in self.findings}

    def as_json(self) -> dict[str, Any]:
        return {
            "all_holds": self.all_holds,
            "holds": self.holds,
            "findings": [{"code": code, "meaning": MEANINGS[code], "where": where} for code, where in self.findings],
            "cannot_know": self.unknown,
            "counts": {code: number for code, number in sorted(self.counts.items()) if code in MEANINGS},
        }

    def in_words(self) -> str:
        lines = ["What holds:", *(f"  + {each}" for each in self.holds or ["nothing"]), ""]
        lines += ["What does not hold:"]
        lines += [f"  ! {code}: {MEANINGS[code]} ({where})" for code, where in self.findings] or ["  nothing was found"]
        hidden = sum(self.counts[code] for code in MEANINGS) - len(self.findings)
        lines += [f"  … and {hidden} more"] if hidden else []
        lines += ["", "What this verifier can't know:", *(f"  ? {each}" for each in self.unknown), ""]
        lines += ["Result: all of it holds." if self.all_holds else "Result: NOT verified. See what does not hold."]
        return "\n".join(lines)


def printable(text: str) -> str:
    """What a bundle says, without line ends or signs that would let it write the report itself."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text[:LONGEST_PLACE])


# Signed notes (C2SP signed-note, tlog-cosignature) ---------------------------------------------------------------

LOG_KEY, WITNESS_KEY = 1, 4


@dataclass(frozen=True)
class Key:
    """A public key of a log or of a witness, written `name+hash+key`."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Key":
        match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})", text.strip())
        if match is None:
            raise ValueError("a key reads name+hash+key")
        raw = strict_base64(match[3])
        key = cls(match[1], raw[0], raw[1:])
        if len(raw) != 33 or key.kind not in (LOG_KEY, WITNESS_KEY) or key.id.hex() != match[2]:
            raise ValueError("the key is damaged, or no Ed25519 key of a log or of a witness")
        return key

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def verifies(self, line: str, text: str) -> bool:
        """Whether this line is a signature by this key over the text."""
        match = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})", line)
        if match is None or match[1] != self.name:
            return False
        raw = strict_base64(match[2])
        signed, signature = text.encode(), raw[4:]
        if raw[:4] != self.id:
            return False
        if self.kind == WITNESS_KEY:
            at = int.from_bytes(signature[:8], "big")
            signed, signature = f"cosignature/v1\ntime {at}\n{text}".encode(), signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Note:
    """A text and lines of signatures."""

    text: str
    lines: tuple[str, ...]

    @classmethod
    def parse(cls, raw: str) -> "Note":
        text, gap, lines = raw.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise ValueError("a note is a text, an empty line, and lines of signatures")
        return cls(text + "\n", tuple(lines[:-1].split("\n")))

    def signed_by(self, key: Key) -> bool:
        return any(key.verifies(line, self.text) for line in self.lines)


def strict_base64(text: str) -> bytes:
    """Decode base64 that is written in the one right way. Raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("base64 is written in another way than it should be")
    return raw


def strict_hex(text: str) -> bytes:
    """Decode hex digits that are written in the one right way. Raises ValueError."""
    raw = bytes.fromhex(text)
    if raw.hex() != text:
        raise ValueError("hex digits are written in another way than they should be")
    return raw


# The Merkle tree (RFC 6962 section 2.1) ---------------------------------------------------------------------------


class Tree:
    """Grows leaf by leaf, and keeps one hash for each perfect subtree."""

    def __init__(self) -> None:
        self.size = 0
        self._perfect: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        node, size = hashlib.sha256(b"\x00" + leaf).digest(), self.size
        while size & 1:
            node, size = hashlib.sha256(b"\x01" + self._perfect.pop() + node).digest(), size >> 1
        self._perfect.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._perfect:
            return hashlib.sha256().digest()
        *before, node = self._perfect
        for left in reversed(before):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node


# Time stamps (RFC 3161, RFC 5652) ------------------------------------------------------------------------------------

SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
HASHES: dict[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clocks of the service and of the authority may be apart."""
MOST_CERTIFICATES = 20
"""In one time stamp."""


@dataclass(frozen=True)
class Der:
    """A value in DER: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    @classmethod
    def read(cls, data: bytes) -> "Der":
        """The first value. Raises ValueError."""
        tag, length, start = data[0], data[1], 2
        if length & 0x80:
            start += length & 0x7F
            if not 2 < start <= 6:
                raise ValueError("a length that DER does not allow")
            length = int.from_bytes(data[2:start], "big")
        if tag & 0x1F == 0x1F or len(data) < start + length:
            raise ValueError("DER that is cut, or has a long tag")
        return cls(tag, data[start : start + length], data[: start + length])

    @property
    def parts(self) -> list["Der"]:
        found, rest = [], self.content
        while rest:
            found.append(Der.read(rest))
            rest = rest[len(found[-1].whole) :]
        return found

    @property
    def oid(self) -> str:
        if self.tag != 6:
            raise ValueError("no object identifier")
        numbers, number = list[int](), 0
        for byte in self.content:
            number = number << 7 | byte & 0x7F
            if not byte & 0x80:
                numbers.append(number)
                number = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


@dataclass(frozen=True)
class TimeStamp:
    """A time-stamp token, taken apart."""

    algorithm: str
    digest: bytes
    at: datetime
    info: bytes
    signed: bytes
    """The attributes, as they were signed."""
    attributes: dict[str, Der]
    hash: hashes.HashAlgorithm
    signature: bytes
    certificates: list[x509.Certificate]

    @classmethod
    def parse(cls, token: bytes) -> "TimeStamp":
        """Take a token apart. Raises ValueError, IndexError."""
        kind, content = Der.read(token).parts
        if kind.oid != SIGNED_DATA:
            raise ValueError("no signed data")
        _, _, wrapped, *rest = content.parts[0].parts
        [signer] = rest[-1].parts
        what, inner = wrapped.parts
        if what.oid != TST_INFO:
            raise ValueError("no time stamp")
        info = inner.parts[0].content
        _, _, imprint, _, at, *_ = Der.read(info).parts
        algorithm, digest = imprint.parts
        _, _, hashed_by, attributes, _, signature, *_ = signer.parts
        if attributes.tag != 0xA0 or at.tag != 0x18:
            raise ValueError("no signed attributes, or no time")
        certificates = [each.whole for of in rest if of.tag == 0xA0 for each in of.parts]
        if len(certificates) > MOST_CERTIFICATES:
            raise ValueError("more certificates than a time stamp needs")
        return cls(
            algorithm.parts[0].oid,
            digest.content,
            generalized_time(at.content.decode()),
            info,
            b"\x31" + attributes.whole[1:],
            {each.parts[0].oid: each.parts[1].parts[0] for each in attributes.parts},
            HASHES[hashed_by.parts[0].oid],
            signature.content,
            list(map(x509.load_der_x509_certificate, certificates)),
        )

    def is_over(self, text: str) -> bool:
        return self.algorithm in HASHES and self.digest == digest_of(HASHES[self.algorithm], text.encode())

    def signer(self) -> x509.Certificate | None:
        """The certificate whose key signed the token, which may sign time stamps; None if there is none."""
        if self.attributes[CONTENT_TYPE].oid != TST_INFO:
            return None
        if self.attributes[MESSAGE_DIGEST].content != digest_of(self.hash, self.info):
            return None
        return next((each for each in self.certificates if self._names(each) and self._signed_by(each)), None)

    def _names(self, certificate: x509.Certificate) -> bool:
        """Whether the signed attributes name the certificate (RFC 5816), and it is one for time stamps, valid then."""
        if SIGNING_CERTIFICATE_V2 in self.attributes:
            first = self.attributes[SIGNING_CERTIFICATE_V2].parts[0].parts[0].parts
            algorithm = HASHES[first[0].parts[0].oid] if first[0].tag == 0x30 else hashes.SHA256()
            named = first[1 if first[0].tag == 0x30 else 0].content
        else:
            algorithm = hashes.SHA1()  # noqa: S303 - the first version of the attribute knows no other
            named = self.attributes[SIGNING_CERTIFICATE].parts[0].parts[0].parts[0].content
        if certificate.fingerprint(algorithm) != named or not is_valid(certificate, self.at):
            return False
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]

    def _signed_by(self, certificate: x509.Certificate) -> bool:
        key = certificate.public_key()
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(self.signature, self.signed, padding.PKCS1v15(), self.hash)
            elif isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(self.signature, self.signed, ec.ECDSA(self.hash))
            elif isinstance(key, Ed25519PublicKey):
                key.verify(self.signature, self.signed)
            else:
                return False
        except InvalidSignature:
            return False
        return True

    def is_vouched_for(self, certificate: x509.Certificate, by: Sequence[x509.Certificate]) -> bool:
        """Whether one of these certificates is this one, or issued it, directly or through others in the token."""
        reached = [certificate]
        for each in reached:
            known = (issuer for issuer in (*by, *self.certificates) if issuer not in reached)
            reached += [issuer for issuer in known if is_issued_by(each, issuer, self.at)]
        return any(each in by for each in reached)


def digest_of(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    return hashlib.new(algorithm.name, data).digest()


def generalized_time(text: str) -> datetime:
    """A time in UTC, with or without parts of a second. Raises ValueError."""
    whole, dot, parts = text.removesuffix("Z").partition(".")
    if not text.endswith("Z"):
        raise ValueError("a time of no zone")
    return datetime.strptime(whole + "." + (parts if dot else "0")[:6], "%Y%m%d%H%M%S.%f").replace(tzinfo=UTC)


def is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    """Whether an authority issued the certificate, and was valid at the time."""
    try:
        certificate.verify_directly_issued_by(issuer)
        is_authority = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (InvalidSignature, TypeError, ValueError, *NO_CERTIFICATE):
        return False
    return is_authority and is_valid(issuer, at)


# The file -----------------------------------------------------------------------------------------------------------


class Bundle:
    """The zip, read entry by entry."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.archive = zipfile.ZipFile(file)
        if any(entry.compress_type not in PACKED for entry in self.archive.infolist()):
            raise ValueError("an entry is packed as none of a bundle is")

    def chunks(self, path: str) -> Iterator[bytes]:
        with self.archive.open(path) as entry:
            while chunk := entry.read(1 << 17):
                yield chunk

    def whole(self, path: str) -> bytes:
        parts, size = list[bytes](), 0
        for chunk in self.chunks(path):
            parts.append(chunk)
            size += len(chunk)
            if size > LARGEST_ENTRY:
                raise ValueError(f"{path} is larger than that entry of any bundle")
        return b"".join(parts)

    def json(self, path: str) -> Any:
        return json.loads(self.whole(path))

    def lines(self, path: str) -> Iterator[bytes]:
        with self.archive.open(path) as entry:
            reader = io.BufferedReader(entry, 1 << 17)  # type: ignore[type-var]
            while line := reader.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise ValueError(f"{path} ends in the middle of a line, or has one that is too long")
                yield line[:-1]

    def rows(self, path: str) -> Iterator[dict[str, Any]]:
        return map(json.loads, self.lines(path))


def split_comment(file: IO[bytes]) -> tuple[str, str]:
    """Digest of all bytes before the length of the zip's comment, and the comment. Raises ValueError."""
    end = file.seek(0, io.SEEK_END)
    file.seek(max(0, end - (1 << 16) - 22))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    comment = tail[place + 22 :]
    if place < 0 or int.from_bytes(tail[place + 20 : place + 22], "little") != len(comment):
        raise ValueError("the file is no zip with a signed comment")
    left, digest = end - len(comment) - 2, hashlib.sha256()
    file.seek(0)
    while left:
        chunk = file.read(min(left, 1 << 20))
        if not chunk:
            raise ValueError("the file is cut")
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest(), comment.decode()


# Verifying ------------------------------------------------------------------------------------------------------------


HEADER_FIELDS = (
    *("format", "log", "position", "stream_id", "stream_version"),
    *("name", "recorded_at", "key_ids", "payload_sha256"),
)


@dataclass(frozen=True)
class SignedHeader:
    """What the signed header of an event says."""

    position: int
    stream_id: str
    version: int
    name: str
    recorded_at: str
    key_ids: tuple[str, ...]
    payload_sha256: str

    @classmethod
    def parse(cls, raw: bytes) -> "SignedHeader":
        told = json.loads(raw)
        if tuple(told) != HEADER_FIELDS or told["format"] != 1:
            raise ValueError("not a header of a format that this verifier knows")
        if json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode() != raw:
            raise ValueError("not written in the one way that is allowed")
        return cls(
            told["position"],
            told["stream_id"],
            told["stream_version"],
            told["name"],
            told["recorded_at"],
            tuple(told["key_ids"]),
            told["payload_sha256"],
        )


@dataclass(frozen=True)
class ScopedEvent:
    """An event in scope."""

    header: SignedHeader
    facts: dict[str, Any]
    opened: dict[str, Any]
    """Opened values by JSON Pointer."""

    @property
    def name(self) -> str:
        return self.header.name

    @property
    def at(self) -> datetime:
        return instant(self.facts["timestamp"])

    @property
    def place(self) -> str:
        return f"event {self.header.position}, {self.name} of {self.header.stream_id}"


def instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return moment.astimezone(UTC)


class Verifier:
    """Goes through one bundle."""

    def __init__(
        self,
        file: IO[bytes],
        keys: Sequence[Key],
        witnesses: Sequence[Key] = (),
        authorities: Sequence[x509.Certificate] = (),
    ) -> None:
        self.file = file
        self.trusted = list(keys)
        self.witnesses = witnesses
        self.authorities = authorities
        self.latest = ""
        """When the last event says that it was recorded."""
        self.report = Report()
        self.manifest: dict[str, Any] = {}
        self.data_keys: dict[str, dict[str, Any]] = {}
        self.introduced: dict[str, dict[str, Any]] = {}
        self.destroyed: dict[str, str] = {}
        """Keys that the log says were destroyed, with the place."""
        self.used: set[str] = set()
        self.files: dict[tuple[int, str], dict[str, Any]] = {}
        """The files that events name, by position and JSON Pointer."""
        self.contents: dict[str, str] = {}
        """Keys of collected data, by the id under which it is discarded."""
        self.case_of: dict[str, str] = {}
        """The case of each letter, package and quarantined message; of another file that is forgotten, itself."""
        self.keys_of: dict[str, set[str]] = {}
        """Keys that a stream introduces, or that seal something of it."""
        self.keys_elsewhere: dict[str, set[str]] = {}
        """Keys in the headers of streams that are not in the bundle, where whoever made it may not see all."""
        self.fences: dict[str, str] = {}
        """Cases and files that were ordered to be forgotten, with the place: their keys may be gone."""
        self.attested: set[str] = set()
        """Cases and files of which all keys have to be gone."""
        self.cases: dict[str, ReplayedCase] = {}
        self.matters: dict[str, ReplayedMatter] = {}
        self.own_files: dict[str, ReplayedFile] = {}
        self.records: dict[int, Record] = {}
        self.letters: dict[str, dict[str, Any]] = {}
        self.parts: Counter[str] = Counter()
        self.checked: Counter[str] = Counter()
        self.stamped = ""
        """What a time-stamp authority confirms that you named."""

    @contextmanager
    def stage(self, code: str, where: str) -> Iterator[None]:
        """What can't be read is a finding, and the stages after it go on."""
        try:
            yield
        except UNREADABLE as error:
            self.report.find(code, f"{where}: {type(error).__name__}: {str(error)[:120]}")

    def run(self) -> Report:
        """Check all of it."""
        bundle: Bundle | None = None
        with self.stage("bundle-unreadable", "the file"):
            bundle = Bundle(self.file)
            self.manifest = dict(bundle.json("manifest.json").items())
            if self.manifest["format"] not in FORMATS:
                self.report.find("format-unknown", str(self.manifest["format"]))
                return self.report
        if bundle is not None:
            for path, stage in (
                ("keys.jsonl", self._read_keys),
                ("headers.jsonl", self._log),
                ("files.jsonl", self._originals),
                ("manifest.json", self._entries),
                ("records", self._records_as_adopted),
                ("letters", self._letters_as_worded),
                ("cases", self._claims),
            ):
                with self.stage("bundle-unreadable", path):
                    stage(bundle)
            with self.stage("bundle-unreadable", "keys.jsonl"):
                self._destructions()
        with self.stage("file-altered", "the comment of the zip"):
            self._seal()
        with self.stage("bundle-unreadable", "manifest.json"):
            self._conclude()
        self.report.unknown = list(map(printable, self.report.unknown))
        return self.report

    # 1. The file ------------------------------------------------------------------------------------------------

    def _seal(self) -> None:
        digest, comment = split_comment(self.file)
        note = Note.parse(comment)
        origin, what, signed, *rest = note.text.split("\n")
        if what != "audit bundle" or rest != [""] or origin != self.manifest.get("origin"):
            self.report.find("file-altered", "the signed comment is not that of a bundle of this log")
        elif signed != digest:
            self.report.find("file-altered", "the digest of the file is not the one that was signed")
        if len(note.lines) != 1 or not any(note.signed_by(key) for key in self.trusted):
            self.report.find("key-unknown", "the signature of the file")

    def _entries(self, bundle: Bundle) -> None:
        listed = {each["path"]: each for each in self.manifest["files"]}
        there = Counter(entry.filename for entry in bundle.archive.infolist())
        for path, times in there.items():
            if times > 1 or (path not in listed and path != "manifest.json"):
                self.report.find("entry-unlisted", path)
        for path, told in listed.items():
            if path not in there:
                self.report.find("entry-missing", path)
                continue
            digest, size = hashlib.sha256(), 0
            with self.stage("entry-differs", path):
                for chunk in bundle.chunks(path):
                    digest.update(chunk)
                    size += len(chunk)
                if (digest.hexdigest(), size) != (told["sha256"], told["size"]):
                    self.report.find("entry-differs", path)

    # 2. and 3. The log ------------------------------------------------------------------------------------------

    def _read_keys(self, bundle: Bundle) -> None:
        for told in bundle.rows("keys.jsonl"):
            self.data_keys[told["key_id"]] = told

    def _log(self, bundle: Bundle) -> None:
        """One pass over headers, payloads and opened values, which are all in the order of the log."""
        is_partly_seen = "all" in self.manifest["scope"] and self.manifest["withheld"]
        streams = {told["stream_id"]: told["kind"] for told in bundle.rows("streams.jsonl")}
        payloads, opened = Merge(bundle.rows("payloads.jsonl")), Merge(bundle.rows("opened.jsonl"))
        tree, versions, latest, begun = Tree(), Counter[str](), "", dict[str, tuple[str, int]]()
        for place, raw in enumerate(bundle.lines("headers.jsonl"), 1):
            tree.add(raw)
            try:
                header = SignedHeader.parse(raw)
            except MALFORMED:
                self.report.find("header-unreadable", f"event {place}")
                continue
            if header.position != place:
                self.report.find("position-gap", f"event {place}")
            versions[header.stream_id] += 1
            if header.version != versions[header.stream_id]:
                self.report.find("version-gap", f"event {place}, version {header.version} of {header.stream_id}")
                versions[header.stream_id] = header.version
            if header.recorded_at < latest:
                self.report.find("time-decreases", f"event {place}")
            latest = header.recorded_at
            begun.setdefault(header.stream_id, (header.name, place))
            if is_partly_seen and header.stream_id not in streams:
                self.keys_elsewhere.setdefault(header.stream_id, set()).update(header.key_ids)
            told = payloads.at(header.position)
            values = opened.all_at(header.position)
            if told is not None:
                if header.stream_id not in streams:
                    self.report.find("payload-foreign", f"event {place} is of a stream that is not in scope")
                self._event(header, told["payload"], values)
            elif header.stream_id in streams or self._is_ours(header):
                self.report.find("payload-missing", f"event {place}, {header.name} of {header.stream_id}")
        for place in (*payloads.left(), *opened.left()):
            self.report.find("payload-foreign", f"position {place}")
        self.latest = latest
        self._require_scope(streams, begun)
        self._checkpoint(bundle, tree)
        self.checked["elsewhere"] = sum(
            name == "dsr.request.received" and stream_id not in streams for stream_id, (name, _) in begun.items()
        )
        self.checked["events"] = tree.size
        self.checked["streams"] = len(versions)

    def _is_ours(self, header: SignedHeader) -> bool:
        """Whether the event is sealed by the key of a case in scope, so that its content belongs here."""
        return any(
            self.data_keys.get(key_id, {}).get("purpose") == "case-file" and self.data_keys[key_id]["material"]
            for key_id in header.key_ids
        )

    def _require_scope(self, streams: dict[str, str], begun: dict[str, tuple[str, int]]) -> None:
        """Everything that the scope names by its id is here; of a whole log, every case and matter.

        Whoever made the bundle may not see some of it: that many may be missing, and no more.
        """
        withheld, scope = self.manifest["withheld"], self.manifest["scope"]
        named = [
            part for part in scope if part.startswith(("case:", "matter:")) and part.partition(":")[2] not in streams
        ]
        if "all" in scope:
            self._require_all(streams, begun, withheld)
        elif len(set(named)) > withheld:
            for part in named:
                self.report.find("stream-missing", part)
        else:
            self.report.unknown += [
                f"What {part} says, which the scope names: by the bundle, whoever made it may not see that."
                for part in named
            ]
        for stream_id, kind in streams.items():
            if stream_id in begun and begun[stream_id][0].rpartition(".")[0] != kind:
                self.report.find("manifest-differs", f"the stream {stream_id} is not of the kind {kind}")
            if stream_id not in begun and kind not in ("dsr.ropa", "dsr.log-signing"):
                self.report.find("payload-missing", f"the stream {stream_id} has no event")

    def _require_all(self, streams: dict[str, str], begun: dict[str, tuple[str, int]], withheld: int) -> None:
        """Every case and matter is here, but for as many as are withheld, and every letter of those that are here."""
        absent = {
            stream_id: (name, place)
            for stream_id, (name, place) in begun.items()
            if stream_id not in streams and place <= self.manifest["selected_until"]
        }
        subjects = {each for each, (name, _) in absent.items() if name.startswith(("dsr.request.", "dsr.matter."))}
        if len(subjects) < withheld:
            self.report.find("manifest-differs", f"{withheld} are said to be withheld, and {len(subjects)} are missing")
        keys = {key_id for each in subjects for key_id in self.keys_elsewhere.get(each, ())}
        for stream_id, (name, place) in absent.items():
            is_missing = len(subjects) > withheld if stream_id in subjects else name.startswith("dsr.dispatch.")
            if is_missing and stream_id not in subjects:
                is_missing = keys.isdisjoint(self.keys_elsewhere.get(stream_id, ()))
            if is_missing or (name.startswith("dsr.export.") and not subjects):
                self.report.find("stream-missing", f"{name} at event {place}")

    def _checkpoint(self, bundle: Bundle, tree: Tree) -> None:
        note = Note.parse(bundle.whole("checkpoint.txt").decode())
        origin, size, root = note.text.split("\n")[:3]
        if origin != self.manifest["origin"] or origin not in {key.name for key in self.trusted}:
            self.report.find("checkpoint-foreign", origin[:80])
        if int(size) != tree.size or self.manifest["size"] != tree.size:
            self.report.find("log-cut", f"signed up to {size}, here are {tree.size}")
        if strict_base64(root) != tree.root():
            self.report.find("root-differs", f"the tree over {tree.size} events")
        if not any(note.signed_by(key) for key in self.trusted):
            self.report.find("checkpoint-unsigned", f"at {size}")
        for witness in self.witnesses:
            if not note.signed_by(witness):
                self.report.find("witness-missing", witness.name)
        if TIME_STAMP in bundle.archive.namelist():
            with self.stage("time-stamp-differs", TIME_STAMP):
                self._time_stamp(TimeStamp.parse(bundle.whole(TIME_STAMP)), note.text)
        elif self.authorities:
            self.report.find("time-stamp-missing", f"the checkpoint at {size}")

    def _time_stamp(self, stamp: TimeStamp, text: str) -> None:
        """Somebody else says when the log was already as long as this."""
        signer = stamp.signer()
        if not stamp.is_over(text) or signer is None:
            self.report.find("time-stamp-differs", TIME_STAMP)
            return
        name = printable(signer.subject.rfc4514_string())
        said = f"{stamp.at:%Y-%m-%d %H:%M:%S} UTC"
        if instant(self.latest) > stamp.at + CLOCKS_DIFFER:
            self.report.find("clock-ahead", f"the last event at {self.latest}, the time stamp at {said}")
        if not self.authorities:
            self.report.unknown.append(
                f"Whether you trust {name}, whose time stamp says that the log was signed by {said}: name the "
                "certificate of its authority with --time-authority."
            )
        elif not stamp.is_vouched_for(signer, self.authorities):
            self.report.find("time-stamp-untrusted", name)
        else:
            self.stamped = f"{name} confirms that the log was signed by {said}."

    def _event(self, header: SignedHeader, payload: str, values: list[dict[str, Any]]) -> None:
        if hashlib.sha256(payload.encode()).hexdigest() != header.payload_sha256:
            self.report.find("payload-differs", f"event {header.position}, {header.name} of {header.stream_id}")
        with self.stage("case-unreadable", f"event {header.position}, {header.name}"):
            facts = json.loads(payload)
            seals, files = {}, dict[str, dict[str, Any]]()
            for pointer, value in objects(facts, ""):
                if value.keys() == {"key_id", "seal_id", "nonce", "ciphertext"}:
                    seals[pointer] = value
                elif value.keys() == {"blob_id", "key_id", "size", "media_type", "ciphertext_sha256"}:
                    files[pointer] = value
                elif value.keys() == {"key_id", "purpose", "commitment"}:
                    self._introduction(value, header)
            named = {each["key_id"] for each in (*seals.values(), *files.values())}
            self.used |= named
            self.files |= {(header.position, pointer): value for pointer, value in files.items()}
            self._note_case(header, facts, named)
            if not named <= set(header.key_ids):
                self.report.find("header-unreadable", f"event {header.position} uses keys that its header lacks")
            event = ScopedEvent(header, facts, self._opened(header, seals, values))
            self._note_destructions(event)
            self._replay(event)

    # 4. Keys and data -------------------------------------------------------------------------------------------

    def _introduction(self, told: dict[str, Any], header: SignedHeader) -> None:
        key_id = told["key_id"]
        self.introduced.setdefault(key_id, told)
        self.keys_of.setdefault(header.stream_id, set()).add(key_id)
        key = self.data_keys.get(key_id)
        if key is None:
            self.report.find("part-unaccounted", f"the key {key_id} of event {header.position}")
            return
        if key["purpose"] != told["purpose"]:
            self.report.find("key-differs", f"the purpose of the key {key_id} of event {header.position}")
        if key["material"] is not None:
            material = strict_hex(key["material"])
            commitment = hmac.new(material, b"commit" + uuid_bytes(key_id), hashlib.sha256).hexdigest()
            if commitment != told["commitment"]:
                self.report.find("key-differs", f"the key {key_id} of event {header.position}")
            self.checked["keys"] += 1

    def _opened(self, header: SignedHeader, seals: dict[str, Any], values: list[dict[str, Any]]) -> dict[str, Any]:
        told = {each["pointer"]: each for each in values}
        place = f"event {header.position}, {header.name}"
        if told.keys() != seals.keys() or len(told) != len(values):
            self.report.find("part-unaccounted", place)
        opened = {}
        for pointer, seal in seals.items():
            said = told.get(pointer)
            if said is None:
                continue
            self.parts[said["state"]] += 1
            material = self._material(seal["key_id"])
            if said["state"] == "opened" and material is not None and "value" in said:
                plain = self._open(header, seal, said["field"], material, f"{place}{pointer}")
                if plain is not None:
                    opened[pointer] = json.loads(plain)
                    if not same(opened[pointer], said["value"]):
                        self.report.find("opened-differs", f"{place}{pointer}")
            else:
                self._account(said["state"], seal["key_id"], f"{place}{pointer}")
                if said.keys() != {"position", "pointer", "state"}:
                    self.report.find("part-unaccounted", f"{place}{pointer}: words beside a part that nobody opens")
        return opened

    def _material(self, key_id: str) -> bytes | None:
        key = self.data_keys.get(key_id)
        return None if key is None or key["material"] is None else strict_hex(key["material"])

    def _account(self, state: str, key_id: str, place: str) -> None:
        """A part that is not opened has to be one that nobody opens, or that this bundle may not open."""
        told = self.data_keys.get(key_id, {"state": "lost", "material": None})["state"]
        if state != told or state not in ("destroyed", "withheld"):
            self.report.find("part-lost" if state == "lost" else "part-unaccounted", place)

    def _open(self, header: SignedHeader, seal: dict[str, Any], name: str, material: bytes, place: str) -> bytes | None:
        around = associated_data(
            b"dsr seal 1",
            b"main",
            uuid_bytes(header.stream_id),
            uuid_bytes(seal["seal_id"]),
            name.encode(),
            uuid_bytes(seal["key_id"]),
        )
        try:
            plain = AESGCM(material).decrypt(
                base64.b64decode(seal["nonce"]), base64.b64decode(seal["ciphertext"]), around
            )
        except (InvalidTag, *MALFORMED):
            self.report.find("seal-broken", place)
            return None
        self.checked["opened"] += 1
        return plain

    def _originals(self, bundle: Bundle) -> None:
        """Each file, encrypted again with its key, has to give the ciphertext whose digest the log has."""
        told = {(each["position"], each["pointer"]): each for each in bundle.rows("files.jsonl")}
        for (position, pointer), value in self.files.items():
            place = f"event {position}{pointer}"
            said = told.pop((position, pointer), None)
            if said is None:
                self.report.find("part-unaccounted", place)
                continue
            self.parts[said["state"]] += 1
            material = self._material(value["key_id"])
            if said["state"] != "opened" or material is None:
                self._account(said["state"], value["key_id"], place)
                continue
            with self.stage("original-differs", place):
                content = bundle.chunks(said["path"])
                digest = encrypted_again(strict_hex(said["head"]), value, material, content)
                if digest != value["ciphertext_sha256"]:
                    self.report.find("original-differs", said["path"])
                self.checked["files"] += 1
        for position, pointer in told:
            self.report.find("payload-foreign", f"a file of event {position}{pointer}")

    def _note_case(self, header: SignedHeader, facts: dict[str, Any], key_ids: set[str]) -> None:
        """To which case the keys of an event belong."""
        stream_id = header.stream_id
        if header.name.startswith(("dsr.request.", "dsr.own-file.")):
            self.case_of[stream_id] = stream_id
        elif header.name in ("dsr.dispatch.prepared", "dsr.export.prepared", "dsr.quarantine.entered"):
            self.case_of[stream_id] = facts["request_id"]
        self.keys_of.setdefault(stream_id, set()).update(key_ids)

    def _note_destructions(self, event: ScopedEvent) -> None:
        """Which keys the event says were destroyed."""
        facts, place = event.facts, event.place
        for name in ("evidence_destroyed", "keys_destroyed"):
            self.destroyed |= dict.fromkeys(facts.get(name) or (), place)
        match event.name:
            case "dsr.request.data-collected":
                self.contents[facts["data_set"]["data_set_id"]] = facts["data_set"]["content"]["key_id"]
            case "dsr.request.attachment-collected":
                self.contents[facts["attachment"]["attachment_id"]] = facts["attachment"]["content"]["key_id"]
            case "dsr.request.data-discarded" | "dsr.request.attachment-discarded":
                discarded = facts["data_set_id" if "data_set_id" in facts else "attachment_id"]
                self.destroyed[self.contents[discarded]] = place
            case "dsr.export.prepared":
                self.contents[event.header.stream_id] = facts["package"]["key_id"]
            case "dsr.export.purged":
                self.destroyed[self.contents[event.header.stream_id]] = place
            case "dsr.request.received" if facts["original"] is not None:
                self.contents[event.header.stream_id] = facts["original"]["key_id"]
            case (
                "dsr.request.forgetting-ordered"
                | "dsr.request.forgetting-restored"
                | "dsr.own-file.forgetting-ordered"
                | "dsr.own-file.forgetting-restored"
            ):
                self.fences[event.header.stream_id] = place
            case "dsr.request.forgetting-attested" | "dsr.own-file.forgetting-attested":
                self.attested.add(event.header.stream_id)
            case "dsr.request.joined" if event.header.stream_id in self.contents:
                self.destroyed[self.contents[event.header.stream_id]] = place

    def _destructions(self) -> None:
        for stream_id, case_id in self.case_of.items():
            if case_id in self.fences:
                gone = dict.fromkeys(self.keys_of.get(stream_id, ()), self.fences[case_id])
                # Until it is attested, a key may still be there.
                self.destroyed |= (
                    gone
                    if case_id in self.attested
                    else {
                        key_id: place
                        for key_id, place in gone.items()
                        if self.data_keys.get(key_id, {}).get("material") is None
                    }
                )
        for key_id, key in self.data_keys.items():
            if key["state"] == "withheld" and self.introduced.get(key_id, {}).get("purpose") not in WITHHELD:
                self.report.find("part-unaccounted", f"the key {key_id} may not be withheld")
            if key["state"] == "destroyed" and key_id not in self.destroyed:
                self.report.find("destruction-unexplained", f"the key {key_id}")
            if key["material"] is not None and key_id in self.destroyed:
                self.report.find("destruction-undone", f"the key {key_id}: {self.destroyed[key_id]}")
            if key["state"] == "lost":
                self.report.find("part-lost", f"the key {key_id}")
            if key["state"] not in STATES or (key["state"] == "opened") != (key["material"] is not None):
                self.report.find("part-unaccounted", f"what the bundle says of the key {key_id} is not true")
            if key["material"] is not None and key_id not in self.introduced:
                self.report.find("key-differs", f"the key {key_id} is introduced by no event")
        for key_id in self.used - self.data_keys.keys():
            self.report.find("part-unaccounted", f"the key {key_id}")

    # 5. The law -------------------------------------------------------------------------------------------------

    def _replay(self, event: ScopedEvent) -> None:
        header, facts = event.header, event.facts
        if header.name == "dsr.log-signing.key-introduced":
            self._log_key(facts)
        elif header.name == "dsr.ropa.adopted":
            self.records[facts["number"]] = Record(facts)
        elif header.name.startswith("dsr.dispatch."):
            self._letter(event)
        elif header.name.startswith("dsr.request."):
            if header.name == "dsr.request.received":
                self.cases[header.stream_id] = ReplayedCase(self.records, self.report)
            if header.name == "dsr.request.order-date-noted":
                self._order(event)
            self.cases[header.stream_id].replay(event)
        elif header.name == "dsr.matter.opened":
            self.matters[header.stream_id] = ReplayedMatter(self.records, self.report)
        if header.name.startswith("dsr.matter.") or header.stream_id in self.matters:
            self.matters[header.stream_id].replay(event)
        if header.name in OWN_FILES:
            self.own_files[header.stream_id] = ReplayedFile(self.records, self.report)
        if header.stream_id in self.own_files:
            self.own_files[header.stream_id].replay(event)

    def _order(self, event: ScopedEvent) -> None:
        """What a case notes of an order is the date of that order, if the order is in scope too."""
        order = self.matters.get(event.facts["matter_id"])
        if order is not None and event.facts["due_on"] != (order.date or {}).get("on"):
            self.report.find("deadline-differs", f"{event.place}: the order sets {(order.date or {}).get('on')}")

    def _log_key(self, facts: dict[str, Any]) -> None:
        """Whoever trusts the key before trusts the one that it vouches for."""
        key = Key.parse(facts["verifier"])
        text = f"{key.name}\nnew key\n{facts['verifier']}\n"
        if key not in self.trusted and any(each.verifies(facts["vouched_by"], text) for each in self.trusted):
            self.trusted.append(key)

    def _letter(self, event: ScopedEvent) -> None:
        letter = self.letters.setdefault(event.header.stream_id, {})
        letter["request_id"] = event.facts["request_id"]
        if "/filling/content" in event.opened:
            letter["content"] = event.opened["/filling/content"]
        if event.name == "dsr.dispatch.sent" and "content" in letter:
            letter["sent"] = True
            case, standing = self.cases.get(letter["request_id"]), letter["content"]["standing"]
            if case is not None and standing["received_on"] != case.received_on.isoformat():
                self.report.find("told-differs", f"{event.place}: arrival on {standing['received_on']}")
        if case := self.cases.get(event.facts["request_id"]):
            case.letters[event.header.stream_id] = letter

    def _letters_as_worded(self, bundle: Bundle) -> None:
        paths = set(bundle.archive.namelist())
        for dispatch_id, letter in self.letters.items():
            wording = letter.get("content", {}).get("wording")
            if not letter.get("sent") or wording is None:
                continue
            path = f"letters/{letter['request_id']}/{dispatch_id}"
            for ending, said in (("txt", wording["text"]), ("html", wording["html"])):
                if f"{path}.{ending}" not in paths or bundle.whole(f"{path}.{ending}") != said.encode():
                    self.report.find("letter-differs", f"{path}.{ending}")
            self.checked["letters"] += 1

    def _records_as_adopted(self, bundle: Bundle) -> None:
        """The records of processing in the bundle say what the events of their adoption say."""
        paths = {path for path in bundle.archive.namelist() if path.startswith("records/")}
        for number, record in self.records.items():
            path = f"records/{number:04}.json"
            if path not in paths or not record.is_told_by(bundle.json(path)):
                self.report.find("record-differs", path)
            paths.discard(path)
        for path in paths:
            self.report.find("record-differs", path)

    def _claims(self, bundle: Bundle) -> None:
        """What the service says of each case follows from its events."""
        made_at, paths = instant(self.manifest["made_at"]), set(bundle.archive.namelist())
        for case_id, case in self.cases.items():
            with self.stage("claim-differs", case_id):
                case.compare(bundle.json(f"cases/{case_id}.json"), made_at, case_id)
                if f"cases/{case_id}.html" not in paths:
                    self.report.find("claim-differs", f"{case_id}: the report is not there")

    def _conclude(self) -> None:
        report, checked, parts = self.report, self.checked, self.parts
        checked["deadlines"] = sum(case.deadlines for case in self.cases.values())
        checked["dates"] = sum(case.dates for case in self.cases.values())
        checked["dates"] += sum(matter.dates for matter in self.matters.values())
        checked["dates"] += sum(file.dates for file in self.own_files.values())
        if self.manifest and self.manifest.get("parts") != {
            state: parts[state] for state in ("opened", "destroyed", "withheld", "lost")
        }:
            report.find("manifest-differs", "the numbers of opened and closed parts")
        if self.manifest and self.manifest.get("cases") != len(self.cases):
            report.find("manifest-differs", "the number of cases")
        if self.manifest and self.manifest.get("matters") != len(self.matters):
            report.find("manifest-differs", "the number of matters")
        if report.codes & {"bundle-unreadable"}:
            return
        report.hold(
            "The file is complete, and unchanged since the key of the log signed it.",
            *("file-altered", "key-unknown", "entry-missing", "entry-unlisted", "entry-differs", "manifest-differs"),
        )
        report.hold(
            f"The log has {number(checked['events'], 'event')} without a gap, and the checkpoint signs the log.",
            *("header-unreadable", "position-gap", "version-gap", "time-decreases", "log-cut", "root-differs"),
            *("checkpoint-unsigned", "checkpoint-foreign"),
        )
        if self.witnesses:
            names = ", ".join(witness.name for witness in self.witnesses)
            report.hold(f"The checkpoint is cosigned by {names}.", "witness-missing")
        if self.stamped:
            report.hold(self.stamped, "time-stamp-differs", "clock-ahead", "root-differs", "log-cut")
        report.hold(
            f"Nothing of the {number(len(self.cases), 'case')} and {number(len(self.matters), 'matter')} in scope is "
            "left out.",
            *("payload-missing", "payload-foreign", "payload-differs", "stream-missing", "part-unaccounted"),
        )
        report.hold(
            f"{number(checked['opened'], 'opened value')} and {number(checked['files'], 'file')}: each is what the log "
            f"holds encrypted, under {number(checked['keys'], 'key')} that the log introduced.",
            *("key-differs", "seal-broken", "opened-differs", "part-lost", "original-differs"),
        )
        report.hold(
            f"{number(parts['destroyed'], 'part')} that nobody can open any more: for each, an event says why.",
            *("destruction-unexplained", "destruction-undone"),
        )
        report.hold(
            f"{number(checked['deadlines'], 'recorded deadline')}, and {number(checked['dates'], 'further date')} of "
            "reminders, replies and matters: each follows from facts, calendars and the law.",
            *(
                "arrival-differs",
                "deadline-differs",
                "day-without-fact",
                "late-differs",
                "claim-differs",
                "due-differs",
            ),
            *("case-unreadable", "record-differs", "authority-differs"),
        )
        report.hold("Each decision that takes two people was made by two.", "four-eyes", "proposer-differs")
        report.hold(
            f"{number(checked['letters'], 'letter')}: each told the dates on record, and is worded as it left.",
            *("told-differs", "letter-differs"),
        )
        report.unknown += [
            "Whether everything that arrived was entered: a letter that nobody recorded leaves no trace here.",
            "Whether the facts that people recorded are true, such as when a letter was posted.",
            "Whether two user names belong to two people.",
            "Whether the pages, the printed letters, and what files in cases/ say besides the dates follow from the "
            "events: where they differ, the events count.",
        ]
        if any(str(part).startswith(("controller:", "period:")) for part in self.manifest.get("scope", ())):
            report.unknown.append(
                "Whether more cases belong to these controllers or days: headers name neither. The log has "
                f"{number(checked['elsewhere'], 'more case')}, of which only the headers are here."
            )
        if parts["withheld"]:
            report.unknown.append(
                f"The content of {number(parts['withheld'], 'part')}: packages for the person, signing keys and "
                "addresses of staff are not opened for an audit."
            )
        if not self.witnesses:
            report.unknown.append(
                "Whether the controller signed a second, different log with this key: name a witness with --witness."
            )
        if "all" not in self.manifest.get("scope", ()):
            report.unknown.append("What cases outside the scope say: only the headers of their events are here.")
        if self.manifest.get("withheld"):
            report.unknown.append(
                "What cases and matters in scope say that whoever made the bundle may not see: there are "
                f"{self.manifest['withheld']}."
            )


class Merge:
    """Rows in the order of the log, taken along with it."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._rows = rows
        self._next = next(rows, None)
        self._skipped: list[int] = []

    def _skip_to(self, position: int) -> None:
        while self._next is not None and self._next["position"] < position:
            self._skipped.append(self._next["position"])
            self._next = next(self._rows, None)

    def at(self, position: int) -> dict[str, Any] | None:
        found = self.all_at(position)
        self._skipped += [position] * (len(found) - 1)
        return found[0] if found else None

    def all_at(self, position: int) -> list[dict[str, Any]]:
        self._skip_to(position)
        found = []
        while self._next is not None and self._next["position"] == position:
            found.append(self._next)
            self._next = next(self._rows, None)
        return found

    def left(self) -> list[int]:
        """Positions of rows that belong to no event."""
        rest = [] if self._next is None else [self._next["position"], *(row["position"] for row in self._rows)]
        self._next = None
        return self._skipped + rest


def objects(value: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a payload with its JSON Pointer (RFC 6901)."""
    if isinstance(value, dict):
        yield pointer, value
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            yield from objects(inner, f"{pointer}/{name}")


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON; `==` takes 1 for true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def uuid_bytes(text: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
        raise ValueError("not a UUID")
    return binascii.unhexlify(text.replace("-", ""))


def associated_data(*parts: bytes) -> bytes:
    """Each part after its length."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


BLOB_HEADER = struct.Struct(">10sBI16s7s")
"""Of an encrypted file: mark, version, size of chunks, id, first bytes of each nonce."""


def encrypted_again(head: bytes, ref: dict[str, Any], material: bytes, content: Iterator[bytes]) -> str:
    """Digest of the ciphertext that the key makes of this content. Raises ValueError for another head."""
    mark, version, chunk_bytes, blob_id, prefix = BLOB_HEADER.unpack(head)
    if (mark, version, blob_id) != (b"dsr-blob\r\n", 1, uuid_bytes(ref["blob_id"])) or not 0 < chunk_bytes <= 1 << 24:
        raise ValueError("the head of another file")
    cipher, around, digest = AESGCM(material), head + uuid_bytes(ref["key_id"]), hashlib.sha256(head)
    size = 0
    for counter, (chunk, is_last) in enumerate(regular(content, chunk_bytes)):
        nonce = prefix + counter.to_bytes(4, "big") + bytes([is_last])
        digest.update(cipher.encrypt(nonce, chunk, around))
        size += len(chunk)
    if size != ref["size"]:
        raise ValueError("the file has another size")
    return digest.hexdigest()


def regular(content: Iterator[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Chunks of this size; only the last one may be shorter, or empty."""
    held = b""
    for chunk in content:
        held += chunk
        while len(held) > size:
            yield held[:size], False
            held = held[size:]
    yield held, True


def number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


# Calendars and deadlines ---------------------------------------------------------------------------------------------


NO_ZONES = "this computer has no time zones; install them with `python -m pip install tzdata`, and verify again"


def time_zone(name: str) -> ZoneInfo:
    """Raises ValueError if this computer does not know the zone."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise ValueError(f"no time zone {name} is known; update them: `python -m pip install -U tzdata`") from None


@dataclass(frozen=True)
class Calendar:
    """Working days and local dates of one controller, as they held when its record of processing was adopted."""

    country: str
    zone: str
    first_year: int
    last_year: int
    holidays: frozenset[date]

    def local_date(self, moment: datetime) -> date:
        return moment.astimezone(time_zone(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """24:00 local on that day."""
        return datetime.combine(day + DAY, time.min, time_zone(self.zone)).astimezone(UTC)

    def begin_of(self, day: date) -> datetime:
        return self.end_of(day - DAY)

    def is_working_day(self, day: date) -> bool:
        """Neither Saturday, Sunday nor public holiday (Reg. 1182/71 Art. 2(2))."""
        if not self.first_year <= day.year <= self.last_year:
            raise ValueError(f"the calendar of {self.country} does not know the year {day.year}")
        return day.weekday() < 5 and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        while not self.is_working_day(day):
            day += DAY
        return day

    def on_or_before(self, day: date) -> date:
        while not self.is_working_day(day):
            day -= DAY
        return day

    def add(self, day: date, count: int) -> date:
        """The count-th working day after that day."""
        for _ in range(count):
            day = self.on_or_after(day + DAY)
        return day

    def subtract(self, day: date, count: int) -> date:
        for _ in range(count):
            day = self.on_or_before(day - DAY)
        return day


class Record:
    """A version of the record of processing."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.controllers = {each["id"]: each for each in facts["document"]["controllers"]}
        self._calendars: dict[str, Calendar] = {}

    def is_told_by(self, said: dict[str, Any]) -> bool:
        """Whether a file says the same; what its shape has since then, and is empty, does not count."""
        ours, theirs = self.facts, said
        if [theirs[name] for name in ("number", "sha256", "adopted_at")] != [
            *(ours["number"], ours["sha256"], ours["timestamp"])
        ]:
            return False
        return covers(theirs["document"], ours["document"]) and covers(theirs["calendars"], ours["calendars"])

    def calendar(self, controller_id: str) -> Calendar:
        """The days that count for this controller: its own, or those of the controller that receives for it."""
        if controller_id not in self._calendars:
            self._calendars[controller_id] = self._calendar(controller_id)
        return self._calendars[controller_id]

    def _calendar(self, controller_id: str) -> Calendar:
        holder = self.controllers[controller_id]
        if holder.get("mailbox_of") and not is_inside(holder):
            holder = self.controllers[holder["mailbox_of"]]
        for each in self.facts["calendars"]:
            if (each["country"], each["zone"]) == (holder["country"], holder["zone"]):
                return own_days(each, holder.get("calendar") or {})
        raise ValueError(f"the record has no calendar for {controller_id}")


EEA = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS"),
        *("IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)


def is_inside(controller: dict[str, Any]) -> bool:
    """Whether its regime applies to the controller where it is established."""
    return controller["country"] in (EEA if controller["regime"] == "eu-gdpr" else {"GB"})


def own_days(told: dict[str, Any], own: dict[str, Any]) -> Calendar:
    """The calendar with the days that the controller added or removed."""
    first, last = told["first_year"], told["last_year"]
    added, removed = ({date.fromisoformat(each["day"]) for each in own.get(which) or ()} for which in ("add", "remove"))
    holidays = {date.fromisoformat(day) for day in told["holidays"]}
    holidays |= {day for day in added if first <= day.year <= last}
    return Calendar(told["country"], told["zone"], first, last, frozenset(holidays - removed))


def covers(said: Any, adopted: Any) -> bool:
    """Whether what is said has everything that was adopted, and besides it only what is empty."""
    if same(said, adopted):
        return True
    if isinstance(adopted, dict) and isinstance(said, dict):
        besides = (said[name] for name in said.keys() - adopted.keys())
        return all(name in said and covers(said[name], adopted[name]) for name in adopted) and all(
            map(is_empty, besides)
        )
    if isinstance(adopted, list) and isinstance(said, list):
        return len(said) == len(adopted) and all(map(covers, said, adopted))
    return False


def is_empty(value: Any) -> bool:
    """Whether it says nothing: no text, no entry, or only such."""
    return all(map(is_empty, value.values())) if isinstance(value, dict) else not value


@dataclass(frozen=True)
class RulesOnTime:
    """The rules on time. Days are calendar days unless they are called working days."""

    month_starts_with_fee: bool = False
    """The month runs from the latest of the request, the proof of identity and the fee."""
    answer_day_counts: bool = False
    """Whether the day of the answer counts as suspended, as the day of the question does."""
    promise_days: int = 30
    ask_within: int = 5
    """Working days after arrival within which a question stops the clock."""
    acknowledge_within: int = 1
    warnings: tuple[int, ...] = (10, 5, 1)
    propose_before: int = 5
    remind_after: int = 7
    """Days after a question to the person that has no answer."""
    tell_within: int = 5
    """Working days after an operation within which recipients hear of it (GDPR Art. 19)."""


REGIMES = {
    ("eu-gdpr", 1): RulesOnTime(),
    ("uk-gdpr", 1): RulesOnTime(month_starts_with_fee=True, answer_day_counts=True),
}


@dataclass(frozen=True)
class Span:
    """Days in which the controller waited for the person."""

    kind: str
    asked: date
    answered: date | None


class TooLate(Exception):
    """The notice of extension left after the date that it was to extend."""


@dataclass(frozen=True)
class Facts:
    """What decides the dates of one case."""

    regime: RulesOnTime
    calendar: Calendar
    received_on: date
    spans: tuple[Span, ...]
    extended_at: datetime | None

    def known_on(self, day: date) -> "Facts":
        """A question asked later is unknown, and one answered later is open."""
        known = tuple(
            each if each.answered is None or each.answered <= day else Span(each.kind, each.asked, None)
            for each in self.spans
            if each.asked <= day
        )
        is_extended = self.extended_at is not None and self.calendar.local_date(self.extended_at) <= day
        return replace(self, spans=known, extended_at=self.extended_at if is_extended else None)

    def closed_only(self) -> "Facts":
        """Without the questions that are still open."""
        return replace(self, spans=tuple(each for each in self.spans if each.answered is not None))

    def counted(self) -> list[Span]:
        """The questions that stop the clock: asked without undue delay, and a fee only where the regime says so."""
        if not self.spans:
            return []
        last = self.calendar.add(self.received_on, self.regime.ask_within)
        return [
            each
            for each in self.spans
            if each.asked <= last and (each.kind != "fee" or self.regime.month_starts_with_fee)
        ]


def add_months(day: date, months: int) -> date:
    """The same day number, or the last day of a shorter month (Reg. 1182/71 Art. 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


KEPT_FOR = "P3Y"
"""How long a case file is kept where the record of processing says nothing."""


def add_period(day: date, period: str) -> date:
    """The end of an ISO 8601 period of years, months, weeks and days."""
    match = re.fullmatch(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", period)
    if match is None:
        raise ValueError(f"{period} is no period")
    years, months, weeks, days = (int(group or 0) for group in match.groups())
    return add_months(day, 12 * years + months) + (7 * weeks + days) * DAY


@dataclass(frozen=True)
class Dates:
    """What follows from the facts on one day."""

    start: date
    stopped: int
    unextended: date
    extended: date | None
    promise: date

    @property
    def statutory(self) -> date:
        return self.extended or self.unextended

    @property
    def effective(self) -> date:
        return self.extended or min(self.unextended, self.promise)


def reckon(facts: Facts, on: date) -> Dates:
    """One month from arrival, plus the days on which the clock stood still, to the next working day; an extension adds
    two months. An open question counts as answered on that day.
    """
    regime, counted = facts.regime, facts.counted()
    start, stopping = facts.received_on, counted
    if regime.month_starts_with_fee:
        awaited = [each.answered or on for each in counted if each.kind != "clarification"]
        start, stopping = max([start, *awaited]), [each for each in counted if each.kind == "clarification"]
    days = stopped_days(stopping, on, answer_day=regime.answer_day_counts)
    if start > facts.received_on:
        days = {day for day in days if day > start}
    for_identity = len(stopped_days([each for each in counted if each.kind == "identity"], on, answer_day=False))
    suspension = len(days) * DAY
    roll = facts.calendar.on_or_after
    return Dates(
        start,
        len(days),
        roll(add_months(start, 1) + suspension),
        None if facts.extended_at is None else roll(add_months(start, 3) + suspension),
        facts.received_on + (regime.promise_days + for_identity) * DAY,
    )


def stopped_days(spans: list[Span], on: date, *, answer_day: bool) -> set[date]:
    """Days that overlap count once."""
    return {
        each.asked + passed * DAY
        for each in spans
        for passed in range(((each.answered or on) - each.asked).days + answer_day)
    }


def end_of_month(facts: Facts, at: datetime, calendars: Sequence[Calendar]) -> datetime:
    """When the date without extension ends, by what was known on the day of that moment."""
    day = calendars[0].local_date(at)
    known = facts.known_on(day)
    return min(each.end_of(reckon(replace(known, calendar=each), day).unextended) for each in calendars)


def deadline(facts: Facts, on: date, calendars: Sequence[Calendar]) -> dict[str, Any]:
    """The dates as an event records them. Of joint controllers the earlier date holds (GDPR Art. 26(3)).

    Raises TooLate.
    """
    known = facts.known_on(on)
    if known.extended_at is not None:
        without = replace(known, calendar=calendars[0], extended_at=None)
        if known.extended_at >= end_of_month(without, known.extended_at, calendars[:1]):
            raise TooLate
    return earliest([one_deadline(replace(known, calendar=each), on) for each in calendars])


def one_deadline(known: Facts, on: date) -> dict[str, Any]:
    days, certain, it = reckon(known, on), reckon(known.closed_only(), on), known.calendar
    certainly = min(days.effective, certain.effective)
    certainly_operational = it.on_or_before(certainly)
    certainly_statutory = min(days.statutory, certain.statutory)
    unsuspended = min(days.unextended, certain.unextended)
    return {
        "received_on": known.received_on,
        "statutory_due": days.statutory,
        "promise_due": None if days.extended else days.promise,
        "effective_due": days.effective,
        "operational_due": it.on_or_before(days.effective),
        "effective_ends_at": it.end_of(days.effective),
        "extended": days.extended is not None,
        "suspended_days": (days.start - known.received_on).days + days.stopped,
        "provisional": any(each.answered is None for each in known.counted()),
        "certain_statutory_due": certainly_statutory,
        "certain_effective_due": certainly,
        "certain_operational_due": certainly_operational,
        "certain_effective_ends_at": it.end_of(certainly),
        "warnings": [it.begin_of(it.subtract(certainly_operational, each)) for each in known.regime.warnings],
        "promise_ends_at": None if days.extended else it.end_of(min(days.promise, certain.promise)),
        "statutory_ends_at": it.end_of(certainly_statutory),
        "unsuspended_due": unsuspended,
        "propose_unidentified_at": it.begin_of(it.subtract(unsuspended, known.regime.propose_before)),
    }


def earliest(several: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each date the earlier one."""
    first, *others = several
    for other in others:
        first = {name: earlier(name, ours, other[name]) for name, ours in first.items()}
    return first


def earlier(name: str, ours: Any, theirs: Any) -> Any:
    if name == "extended":
        return ours
    if name == "provisional":
        return ours or theirs
    if name == "warnings":
        return list(map(min, ours, theirs))
    return min((each for each in (ours, theirs) if each is not None), default=None)


CERTAIN = (
    *("certain_statutory_due", "certain_effective_due", "certain_operational_due", "certain_effective_ends_at"),
    *("warnings", "promise_ends_at", "statutory_ends_at"),
)


# Replaying a case ----------------------------------------------------------------------------------------------------

QUESTION_OF_FACT = {
    "identity-question": "identity",
    "clarification-question": "clarification",
    "fee-notice": "fee",
    "payment": "fee",
}

TWO_PEOPLE = {
    "dsr.request.extension-approved": "dsr.request.extension-proposed",
    "dsr.request.extension-declined": "dsr.request.extension-proposed",
    "dsr.request.item-refused": "dsr.request.refusal-proposed",
    "dsr.request.item-refused-in-part": "dsr.request.refusal-proposed",
    "dsr.request.refusal-declined": "dsr.request.refusal-proposed",
    "dsr.request.end-approved": "dsr.request.end-proposed",
    "dsr.request.end-declined": "dsr.request.end-proposed",
    "dsr.request.exception-approved": "dsr.request.exception-proposed",
    "dsr.request.exception-declined": "dsr.request.exception-proposed",
    "dsr.request.forgetting-ordered": "dsr.request.forgetting-proposed",
    "dsr.request.forgetting-declined": "dsr.request.forgetting-proposed",
}
"""Decisions, and what somebody else has to have proposed before."""


class ReplayedCase:
    """One case, from its facts."""

    def __init__(self, records: dict[int, Record], report: Report) -> None:
        self.records = records
        self.report = report
        self.deadlines = self.dates = 0
        self.current: dict[str, Any] = {}
        """The dates by the last event that moved them."""
        self.awaited: dict[tuple[str, str], list[tuple[str, datetime]]] = {}
        """Dates beside those of the answer, with the instant from which each is due, by kind and what it is about."""
        self.messages: dict[str, datetime] = {}
        """When each message arrived."""
        self.closed_at: datetime | None = None
        self.received_on = date.min
        self.regime = RulesOnTime()
        self.held_by: list[str] = []
        self.pinned = self.calendar_version = 0
        self.spans: list[Span] = []
        self.extended_at: datetime | None = None
        self.put: dict[str, set[int | None]] = {}
        """The questions that the person knows, by the versions of the letters that asked them; None: otherwise."""
        self.unheard: set[str] = set()
        self.fact_days: set[date] = set()
        self.stated: dict[int, ScopedEvent] = {}
        self.fees: dict[str, dict[str, Any]] = {}
        self.proposed: dict[tuple[str, str], str] = {}
        """Who proposed, by event and item."""
        self.refuses: set[str] = set()
        """Items of which all or a part is refused or ended."""
        self.items: set[str] = set()
        self.done: set[str] = set()
        self.undelivered: set[str] = set()
        self.letters: dict[str, dict[str, Any]] = {}
        self.has_returned = False

    # State ------------------------------------------------------------------------------------------------------

    def calendars(self, *also: str, version: int | None = None) -> list[Calendar]:
        """The working days of each controller that had the case, by the pinned record or a later correction."""
        pinned, later = self.records[self.pinned], self.records[version or self.calendar_version]
        found = []
        for controller_id in (*self.held_by, *also):
            known = pinned.calendar(controller_id)
            if controller_id in later.controllers:
                anew = later.calendar(controller_id)
                known = anew if (anew.country, anew.zone) == (known.country, known.zone) else known
            if known not in found:
                found.append(known)
        return found

    def local(self, moment: datetime) -> date:
        return self.calendars()[0].local_date(moment)

    def was_put(self, kind: str) -> bool:
        return kind == "fee" or bool(self.put.get(kind))

    def open_span(self, kind: str) -> Span | None:
        return next((each for each in self.spans if each.kind == kind and each.answered is None), None)

    def last_span(self, kind: str) -> Span | None:
        return next((each for each in reversed(self.spans) if each.kind == kind), None)

    def as_of(self, spans: list[Span], day: date) -> list[Span]:
        """A question that was decided on and not sent stops the clock on that day only; a fee until its offer ends."""
        known = []
        for each in spans:
            if each.answered is None and day > each.asked and not self.was_put(each.kind):
                continue
            if each.kind == "fee" and each.answered is None:
                until = max([each.asked, *(fee["until"] for fee in self.fees.values() if "until" in fee)])
                known.append(Span(each.kind, each.asked, until) if day > until else each)
            else:
                known.append(each)
        return known

    def reckoned(
        self,
        on: date,
        *,
        spans: list[Span] | None = None,
        extended_at: datetime | None = None,
        received_on: date | None = None,
        calendars: list[Calendar] | None = None,
    ) -> dict[str, Any]:
        """The dates on that day, with what an event is about to change."""
        known = self.as_of(self.spans if spans is None else spans, on)
        put = [each for each in known if each.answered is not None or self.was_put(each.kind)]
        extended_at, received_on = extended_at or self.extended_at, received_on or self.received_on
        by = calendars or self.calendars()

        def dates(counted: list[Span]) -> dict[str, Any]:
            facts = Facts(self.regime, by[0], received_on, tuple(counted), extended_at)
            try:
                return deadline(facts, on, by)
            except TooLate:
                return deadline(Facts(self.regime, by[0], received_on, tuple(counted), None), on, by)

        told = dates(known)
        if put != known:
            certain = dates(put)
            told |= {name: certain[name] for name in CERTAIN}
        return told

    # Replay -----------------------------------------------------------------------------------------------------

    def replay(self, event: ScopedEvent) -> None:
        """Compare the event with the facts before it, then go on from it."""
        self._two_people(event)
        name = event.name.removeprefix("dsr.request.")
        if name == "received":
            self._received(event)
        self._note_days(event)
        rule = getattr(self, "_" + name.replace("-", "_"), None)
        if rule is not None and name != "received":
            rule(event)

    def _compare(self, event: ScopedEvent, computed: dict[str, Any]) -> None:
        self.deadlines += 1
        recorded = event.facts["deadline"]
        for name, value in computed.items():
            if plain(value) != plain_recorded(name, recorded[name]):
                self.report.find(
                    "deadline-differs", f"{event.place}: {name} is {recorded[name]}, by the law {plain(value)}"
                )
        self.current = computed

    def _require(self, event: ScopedEvent, **computed: Any) -> None:
        """Compare further dates of an event with those that follow."""
        self.dates += len(computed)
        compare_dates(self.report, event, computed)

    def _await(self, kind: str, about: str, due: date, at: datetime) -> None:
        self.awaited.setdefault((kind, about), []).append((due.isoformat(), at))

    def _note_days(self, event: ScopedEvent) -> None:
        """The local days of everything that the event says has happened."""
        for name, value in texts(event.facts):
            if (name == "timestamp" or name.endswith("_at")) and isinstance(value, str):
                moment = instant(value)
                if moment <= event.at:
                    self.fact_days.add(self.local(moment))
            elif name == "offer_ends_on":
                self.fact_days.add(date.fromisoformat(value))

    def _require_fact(self, event: ScopedEvent, day: date | None) -> None:
        if day is not None and day not in self.fact_days:
            self.report.find("day-without-fact", f"{event.place}: {day}")

    def _received(self, event: ScopedEvent) -> None:
        facts = event.facts
        self.regime = REGIMES[facts["regime"], facts["regime_version"]]
        self.held_by = [facts["controller_id"]]
        self.pinned = self.calendar_version = facts["ropa_version"]
        self.received_on = date.fromisoformat(facts["received_on"])
        here = self.calendars()[0]
        if self.records[self.pinned].controllers[facts["controller_id"]]["regime"] != facts["regime"]:
            self.report.find("deadline-differs", f"{event.place}: by the record, other rules on time hold")
        if facts["message"] is not None:
            self.messages[facts["message"]["seal_id"]] = instant(facts["received_at"])
        if here.local_date(instant(facts["received_at"])) != self.received_on or here.zone != facts["zone"]:
            self.report.find("arrival-differs", event.place)
        self._acknowledgement(event, self.received_on, here)
        self._compare(event, self.reckoned(self.received_on))

    def _acknowledgement(self, event: ScopedEvent, received_on: date, here: Calendar) -> None:
        by = here.add(received_on, self.regime.acknowledge_within)
        self._require(event, acknowledge_by=by, acknowledge_ends_at=here.end_of(by))
        self.awaited["acknowledgement-overdue", ""] = [(by.isoformat(), here.end_of(by))]

    def _identity_requested(self, event: ScopedEvent) -> None:
        self._asked("identity", event)
        self._identity_reminder(event, self.local(instant(event.facts["asked_at"])))

    def _identity_insufficient(self, event: ScopedEvent) -> None:
        self._identity_reminder(event, self.local(event.at))

    def _identity_reminder(self, event: ScopedEvent, asked_on: date) -> None:
        remind_on, at = self._reminder(event, asked_on)
        self.awaited["identity-reminder-due", ""] = [(remind_on.isoformat(), at)]

    def _reminder(self, event: ScopedEvent, asked_on: date) -> tuple[date, datetime]:
        """The person is reminded some days after the question."""
        remind_on = asked_on + self.regime.remind_after * DAY
        at = self.calendars()[0].begin_of(remind_on)
        self._require(event, remind_on=remind_on, remind_at=at)
        return remind_on, at

    def _question_asked(self, event: ScopedEvent) -> None:
        if event.facts["put_by"] is None:
            self._require(event, remind_on=None, remind_at=None)
        else:
            self._question_reminder(event, instant(event.facts["asked_at"]))

    def _question_sent(self, event: ScopedEvent) -> None:
        self._question_reminder(event, instant(event.facts["letter"]["dispatched_at"]))

    def _question_reminder(self, event: ScopedEvent, asked_at: datetime) -> None:
        self._await("question-reminder-due", event.facts["question_id"], *self._reminder(event, self.local(asked_at)))

    def _processing_restricted(self, event: ScopedEvent) -> None:
        """A restriction is reviewed from the beginning of the day that a person set."""
        review_on = date.fromisoformat(event.facts["review_on"])
        at = self.calendars()[0].begin_of(review_on)
        self._require(event, review_at=at)
        self._await("restriction-review-due", event.facts["restriction_id"], review_on, at)

    _restriction_reviewed = _processing_restricted

    def _recipients_listed(self, event: ScopedEvent) -> None:
        self._recipients(event, self.local(event.at))

    _recipient_added = _recipients_listed

    def _recipients(self, event: ScopedEvent, done_on: date) -> None:
        """Recipients hear within some working days what was done (GDPR Art. 19)."""
        here = self.calendars()[0]
        by = here.add(done_on, self.regime.tell_within)
        self._require(event, tell_by=by, tell_ends_at=here.end_of(by))
        self._await("recipients-untold", event.facts["item_id"], by, here.end_of(by))

    def _follow_up_received(self, event: ScopedEvent) -> None:
        message_id = event.facts["message"]["seal_id"]
        self.messages[message_id] = instant(event.facts["received_at"])
        if event.facts.get("examine_by") is not None:
            self._message(event, message_id)

    def _thread_claimed(self, event: ScopedEvent) -> None:
        self._message(event, event.facts["message_id"])

    def _message(self, event: ScopedEvent, message_id: str) -> None:
        """A message has the dates of a new request, and is examined by the day on which that would be acknowledged."""
        here, received_at = self.calendars()[0], instant(event.facts["received_at"])
        received_on = here.local_date(received_at)
        by = here.add(received_on, self.regime.acknowledge_within)
        due = self._as_if_new(received_on)["effective_due"]
        self._require(event, received_on=received_on, due=due, examine_by=by, examine_ends_at=here.end_of(by))
        self._await("message-overdue", message_id, by, here.end_of(by))

    def _as_if_new(self, received_on: date) -> dict[str, Any]:
        by = self.calendars()
        return deadline(Facts(self.regime, by[0], received_on, (), None), received_on, by)

    def _reply_dated(self, event: ScopedEvent) -> None:
        """A message that reopened the case is replied to within a month."""
        received_at = self.messages.get(event.facts["message_id"])
        if received_at is None:
            self.report.find("day-without-fact", f"{event.place}: no such message arrived")
            return
        here, reply = self.calendars()[0], event.facts["reply"]
        due = self._as_if_new(self.local(received_at))["statutory_due"]
        warn_at, ends_at = here.begin_of(here.subtract(due, 5)), here.end_of(due)
        self.dates += 3
        compare_dates(self.report, event, {"due": due, "warn_at": warn_at, "ends_at": ends_at}, reply)
        self.awaited["reply-approaching", ""] = [(due.isoformat(), warn_at)]
        self.awaited["reply-missed", ""] = [(due.isoformat(), ends_at)]

    def _closed(self, event: ScopedEvent) -> None:
        self.closed_at = event.at

    _duplicate_linked = _forwarded = _joined = _split = _dismissed = _closed

    def _reopened(self, _: ScopedEvent) -> None:
        self.closed_at = None

    def _forgetting_ordered(self, event: ScopedEvent) -> None:
        """From the end of the year in which the case was closed, its file is kept as long as the controller says."""
        kept_until = None
        if self.closed_at is not None:
            holder = self.records[self.pinned].controllers[self.held_by[-1]]
            period = (holder.get("retention") or {}).get("case_files", KEPT_FOR)
            kept_until = add_period(date(self.local(self.closed_at).year + 1, 1, 1), period)
        self._require(event, kept_until=kept_until)

    def _extension_proposed(self, event: ScopedEvent) -> None:
        new_due = self.reckoned(self.local(event.at), extended_at=event.at)["effective_due"]
        self._require(event, new_due=new_due)

    # What came due ----------------------------------------------------------------------------------------------

    def _came_due(self, event: ScopedEvent, about: str = "") -> None:
        """One of the dates that were awaited, and its time had come."""
        kind = event.name.removeprefix("dsr.request.")
        self._require_due(event, self.awaited.get((kind, about), []))

    _acknowledgement_overdue = _identity_reminder_due = _reply_approaching = _reply_missed = _came_due

    def _require_due(self, event: ScopedEvent, awaited: list[tuple[str, datetime]]) -> None:
        self.dates += 1
        if not any(event.facts["due"] == due and event.at >= at for due, at in awaited):
            told = ", ".join(due for due, _ in awaited) or "nothing"
            self.report.find("due-differs", f"{event.place}: {event.facts['due']}, awaited was {told}")

    def _question_reminder_due(self, event: ScopedEvent) -> None:
        self._came_due(event, event.facts["question_id"])

    def _restriction_review_due(self, event: ScopedEvent) -> None:
        self._came_due(event, event.facts["restriction_id"])

    def _recipients_untold(self, event: ScopedEvent) -> None:
        self._came_due(event, event.facts["item_id"])

    def _message_overdue(self, event: ScopedEvent) -> None:
        self._came_due(event, event.facts["message_id"])

    def _dates_of_answer(self, event: ScopedEvent) -> dict[str, Any]:
        """The dates that count at an event: while a question is open, those of that day."""
        is_open = any(each.answered is None for each in self.spans)
        return self.reckoned(max(self.local(event.at), self.received_on)) if is_open else self.current

    def _deadline_approaching(self, event: ScopedEvent) -> None:
        dates, days = self._dates_of_answer(event), event.facts["working_days"]
        at = dict(zip(self.regime.warnings, dates["warnings"], strict=True))[days]
        self._require_due(event, [(plain(dates["certain_effective_due"]), at)])

    def _promise_missed(self, event: ScopedEvent) -> None:
        dates = self._dates_of_answer(event)
        awaited = [] if dates["promise_due"] is None else [(plain(dates["promise_due"]), dates["promise_ends_at"])]
        self._require_due(event, awaited)

    def _statutory_date_missed(self, event: ScopedEvent) -> None:
        dates = self._dates_of_answer(event)
        self._require_due(event, [(plain(dates["certain_statutory_due"]), dates["statutory_ends_at"])])

    def _identity_unanswered(self, event: ScopedEvent) -> None:
        """Nobody is given up before the time for a reminder has passed."""
        [(_, remind_at)] = self.awaited["identity-reminder-due", ""]
        at = max(self.current["propose_unidentified_at"], remind_at)
        self._require_due(event, [(plain(self.current["unsuspended_due"]), at)])

    def _fee_expired(self, event: ScopedEvent) -> None:
        ends = self.fees[event.facts["fee_id"]]["ends"]
        self._require_due(event, [(plain(ends), self.calendars()[0].end_of(ends))])

    # Questions and the clock --------------------------------------------------------------------------------------

    def _clarification_requested(self, event: ScopedEvent) -> None:
        self._asked("clarification", event)

    def _asked(self, kind: str, event: ScopedEvent) -> None:
        if self.local(instant(event.facts["asked_at"])).isoformat() != event.facts["asked_on"]:
            self.report.find("day-without-fact", f"{event.place}: {event.facts['asked_on']}")
        self.put[kind] = {None} if event.facts.get("asked_otherwise") else set()
        self.unheard.discard(kind)
        if event.facts.get("unconfirmed"):
            self.stated[event.header.version] = event

    def _identity_evidence_received(self, event: ScopedEvent) -> None:
        if event.facts["knew_of_question"]:
            self.put.setdefault("identity", set()).add(None)

    _identity_answer_received = _identity_evidence_received

    def _clock_suspended(self, event: ScopedEvent) -> None:
        asked = date.fromisoformat(event.facts["asked_on"])
        self._require_fact(event, asked)
        spans = [*self.spans, Span(event.facts["kind"], asked, None)]
        self._compare(event, self.reckoned(self.local(event.at), spans=spans))
        self.spans = spans

    def _clock_resumed(self, event: ScopedEvent) -> None:
        kind, until = event.facts["kind"], event.facts["sufficient_on"]
        running = self.last_span(kind)
        if running is None or running.asked.isoformat() != event.facts["asked_on"]:
            self.report.find("day-without-fact", f"{event.place}: the clock did not stand still")
            return
        answered = None if until is None else date.fromisoformat(until)
        self._require_fact(event, answered)
        if answered is not None and answered < running.asked:
            self.report.find("day-without-fact", f"{event.place}: answered before it was asked")
        if answered is None and self.was_put(kind):
            self.report.find("day-without-fact", f"{event.place}: the question was sent")
        ended = [Span(kind, running.asked, answered)] if answered is not None else []
        spans = [new for each in self.spans for new in (ended if each is running else [each])]
        self._compare(event, self.reckoned(self.local(event.at), spans=spans))
        self.spans = spans

    def _question_delayed(self, event: ScopedEvent) -> None:
        facts, kind = event.facts, event.facts["kind"]
        left_on = date.fromisoformat(facts["left_on"])
        self._require_fact(event, left_on)
        running = self.open_span(kind)
        if running is None and kind in self.unheard:
            running = Span(kind, left_on, None)
        counts_on = self.local(event.at) if facts.get("unconfirmed") else left_on
        spans = [each for each in self.spans if each is not running]
        if running is not None and facts["suspends"]:
            spans.append(Span(kind, counts_on, running.answered))
        self._compare(event, self.reckoned(self.local(event.at), spans=spans))
        self.unheard.discard(kind)
        self.spans = spans
        if facts["remind_on"] is not None:
            self._identity_reminder(event, left_on)
        if facts.get("unconfirmed"):
            self.stated[event.header.version] = event

    def _deadline_extended(self, event: ScopedEvent) -> None:
        left_at = instant(event.facts["notice"]["dispatched_at"])
        by = self.calendars()
        day = by[0].local_date(left_at)
        known = Facts(self.regime, by[0], self.received_on, tuple(self.as_of(self.spans, day)), None)
        if left_at >= end_of_month(known, left_at, by):
            self.report.find("deadline-differs", f"{event.place}: the notice left too late to extend anything")
        computed = self.reckoned(self.local(event.at), extended_at=left_at)
        self._compare(event, computed)
        self.extended_at = left_at
        letter = self.letters.get(event.facts["notice"].get("dispatch_id") or "", {})
        announced = self.reckoned(day, extended_at=left_at)["effective_due"].isoformat()
        told = announced_in(letter.get("content", {}))
        if told not in (None, announced):
            self.report.find("told-differs", f"{event.place}: the notice announces {told}, by the law {announced}")

    def _letter_returned(self, event: ScopedEvent) -> None:
        facts = event.facts
        self.undelivered |= set(facts.get("item_ids") or ())
        self.has_returned = True
        if facts.get("letter_version") is None:
            return
        kind = facts.get("unheard")
        if kind is not None and facts.get("deadline") is not None:
            running = self.open_span(kind)
            spans = [each for each in self.spans if each is not running]
            self._compare(event, self.reckoned(self.local(event.at), spans=spans))
            self.spans = spans
            self.unheard.add(kind)
        self.put = {kind: how - {facts["letter_version"]} for kind, how in self.put.items()}

    def _arrival_corrected(self, event: ScopedEvent) -> None:
        received_on = date.fromisoformat(event.facts["received_on"])
        if self.local(instant(event.facts["received_at"])) != received_on:
            self.report.find("arrival-differs", event.place)
        counted = self.received_on if event.facts["unconfirmed"] else received_on
        as_of = max(self.local(event.at), counted)
        self._compare(event, self.reckoned(as_of, received_on=counted))
        self._acknowledgement(event, counted, self.calendars()[0])
        self.received_on = counted
        if event.facts["unconfirmed"]:
            self.stated[event.header.version] = event

    def _calendar_corrected(self, event: ScopedEvent) -> None:
        version = event.facts["ropa_version"]
        by = self.calendars(version=version)
        self._compare(event, self.reckoned(self.local(event.at), calendars=by))
        self._acknowledgement(event, self.received_on, by[0])
        self.calendar_version = version

    def _reassigned(self, event: ScopedEvent) -> None:
        by = self.calendars(event.facts["controller_id"])
        if event.facts["received_on"] != self.received_on.isoformat():
            self.report.find("arrival-differs", event.place)
        self._compare(event, self.reckoned(self.local(event.at), calendars=by))
        self.held_by.append(event.facts["controller_id"])

    def _earlier_fact_confirmed(self, event: ScopedEvent) -> None:
        facts = event.facts
        stated = self.stated.get(facts["fact"])
        if stated is None or facts["recorded_by"] != stated.facts["actor"]:
            self.report.find("proposer-differs", event.place)
        if facts["recorded_by"] == facts["actor"]:
            self.report.find("four-eyes", event.place)
        spans = self.spans
        if facts["asked_on"] is not None:
            self._require_fact(event, date.fromisoformat(facts["asked_on"]))
            spans = self._restated(facts)
        self._compare(event, self.reckoned(self.local(event.at), spans=spans))
        self.spans = spans

    def _restated(self, facts: dict[str, Any]) -> list[Span]:
        """The spans, with the one that counted from the day of the entry as it was stated."""
        kind, until = QUESTION_OF_FACT[facts["kind"]], facts["sufficient_on"]
        said = Span(kind, date.fromisoformat(facts["asked_on"]), None if until is None else date.fromisoformat(until))
        entered_on = self.local(instant(facts["recorded_at"]))
        same_day = [
            each
            for each in self.spans
            if (each.kind, each.asked, each.answered is None) == (kind, entered_on, until is None)
        ]
        counted = self.last_span(kind) if kind == "fee" else same_day[-1] if same_day else None
        if counted is None:
            return [*self.spans, said]
        return [said if each is counted else each for each in self.spans]

    def _answer_sent(self, event: ScopedEvent) -> None:
        facts, letter = event.facts, event.facts["letter"]
        kind, items = letter["kind"], facts["item_ids"]
        self._lateness(event, kind, items)
        if kind == "identity-question":
            self.put.setdefault("identity", set()).add(event.header.version)
        if kind == "clarification":
            self.put.setdefault("clarification", set()).add(event.header.version)
        if facts.get("unconfirmed"):
            self.stated[event.header.version] = event
        self.undelivered -= set(items)

    def _lateness(self, event: ScopedEvent, kind: str, items: list[str]) -> None:
        """Whether the letter left after the date that held on the day it left (GDPR Art. 12(3) and (4))."""
        answers = bool(items) or kind == "refusal"
        is_further = bool(items) and set(items) <= self.undelivered
        if not answers or is_further or event.facts.get("unconfirmed") or (not items and self.has_returned):
            return
        left_at = instant(event.facts["letter"]["dispatched_at"])
        left_on = self.local(left_at)
        dates = self.reckoned(left_on)
        late = left_on > dates["statutory_due"]
        if kind == "refusal" or self.refuses & set(items):
            late = self._is_late_refusal(left_at, suspended=bool(items))
        missed = dates["promise_due"] is not None and left_on > dates["promise_due"]
        if (late, missed) != (event.facts["late"], event.facts["promise_missed"]):
            self.report.find("late-differs", event.place)

    def _is_late_refusal(self, at: datetime, *, suspended: bool = True) -> bool:
        by = self.calendars()
        spans = tuple(self.as_of(self.spans, by[0].local_date(at))) if suspended else ()
        return at >= end_of_month(Facts(self.regime, by[0], self.received_on, spans, None), at, by)

    def _item_refused(self, event: ScopedEvent) -> None:
        if self._is_late_refusal(event.at) != event.facts["late"]:
            self.report.find("late-differs", event.place)
        self.refuses.add(event.facts["item_id"])

    _item_refused_in_part = _item_refused

    def _end_approved(self, _: ScopedEvent) -> None:
        self.refuses |= {item for item in self.items if item not in self.done}

    def _item_opened(self, event: ScopedEvent) -> None:
        self.items.add(event.facts["item_id"])
        self.done.discard(event.facts["item_id"])
        self.refuses.discard(event.facts["item_id"])

    def _item_done(self, event: ScopedEvent) -> None:
        self.done.add(event.facts["item_id"])
        if event.facts["recipients"]:
            self._recipients(event, self.local(instant(event.facts["done_at"])))

    def _nothing_held(self, event: ScopedEvent) -> None:
        self.done.add(event.facts["item_id"])

    def _fee_proposed(self, event: ScopedEvent) -> None:
        self.fees[event.facts["fee_id"]] = {"ends": date.fromisoformat(event.facts["offer_ends_on"])}

    def _fee_quoted(self, event: ScopedEvent) -> None:
        fee = self.fees[event.facts["fee_id"]]
        last = self.calendars()[0].add(self.received_on, self.regime.ask_within)
        left_on = self.local(instant(event.facts["notice"]["dispatched_at"]))
        self._require(event, quoted_on=left_on, offer_ends_at=self.calendars()[0].end_of(fee["ends"]))
        counted = self.local(event.at) if event.facts.get("unconfirmed") else left_on
        if counted <= last:
            fee["until"] = fee["ends"]
        if event.facts.get("unconfirmed"):
            self.stated[event.header.version] = event

    def _fee_paid(self, event: ScopedEvent) -> None:
        fee = self.fees[event.facts["fee_id"]]
        paid_on = self.local(instant(event.facts["paid_at"]))
        if "until" in fee:
            fee["until"] = min(paid_on, fee["ends"]) if event.facts.get("unconfirmed") else paid_on
        if event.facts.get("unconfirmed"):
            self.stated[event.header.version] = event

    def _extension_notice_stated(self, event: ScopedEvent) -> None:
        self.stated[event.header.version] = event

    def _recipient_told(self, event: ScopedEvent) -> None:
        if event.facts.get("unconfirmed"):
            self.stated[event.header.version] = event

    # Two people -------------------------------------------------------------------------------------------------

    def _two_people(self, event: ScopedEvent) -> None:
        facts, about = event.facts, str(event.facts.get("item_id") or event.facts.get("hold_id") or "")
        if event.name.endswith("-proposed"):
            self.proposed[event.name, about] = facts["actor"]
        if event.name == "dsr.request.forgetting-restored" and facts["ordered_by"] == facts["proposed_by"]:
            self.report.find("four-eyes", event.place)
        proposal = TWO_PEOPLE.get(event.name)
        if proposal is None:
            return
        if facts["actor"] == facts["proposed_by"]:
            self.report.find("four-eyes", event.place)
        if self.proposed.get((proposal, about)) != facts["proposed_by"]:
            self.report.find("proposer-differs", event.place)

    # What the service says of the case ------------------------------------------------------------------------------

    def compare(self, said: dict[str, Any], made_at: datetime, case_id: str) -> None:
        """Compare the present dates, as the service explains them, with those that follow."""
        on = max(self.local(made_at), self.received_on)
        computed = self.reckoned(on)
        told = said["deadline"]
        for name in ("received_on", "statutory_due", "promise_due", "effective_due", "operational_due", "extended"):
            if plain(computed[name]) != told[name]:
                self.report.find(
                    "claim-differs", f"{case_id}: {name} is {told[name]}, by the law {plain(computed[name])}"
                )
        if said["request"]["received_on"] != self.received_on.isoformat():
            self.report.find("claim-differs", f"{case_id}: received_on")


# Replaying a matter ---------------------------------------------------------------------------------------------------

LETTERS = ("inquiry", "order", "court-claim")
"""Matters that a letter of an authority or a court begins, which sets their date."""

READ_BY_TWO = ("answer", "authority-reply", "incident-notice")
"""Letters of matters that somebody other than their writer releases."""

UK_COMPLAINTS_SINCE, UK_COMPLAINTS_DAYS = date(2026, 6, 19), 30
"""DPA 2018 s. 164A(3): a complaint is acknowledged in the 30 days that begin when it is received."""

NOTIFY_WITHIN = timedelta(hours=72)
"""GDPR Art. 33(1). Hours are never moved to a working day (Reg. 1182/71 Art. 3(4), second subparagraph)."""


class ReplayedMatter:
    """A complaint, an incident, or a letter of an authority or court, from its facts."""

    def __init__(self, records: dict[int, Record], report: Report) -> None:
        self.records = records
        self.report = report
        self.dates = 0
        self.kind = self.controller_id = ""
        self.received_at = datetime.min.replace(tzinfo=UTC)
        self.number = 0
        self.date: dict[str, Any] | None = None
        """What it waits for, as recorded; None once that is done."""
        self.authorities: list[str] = []
        self.notified: Counter[str] = Counter()
        self.not_notified = self.warned = self.missed = False
        self.letters: dict[str, tuple[str, str]] = {}
        """Kind and writer of each letter."""

    @property
    def calendar(self) -> Calendar:
        return self.records[self.number].calendar(self.controller_id)

    def replay(self, event: ScopedEvent) -> None:
        """Compare the event with the facts before it, then go on from it."""
        rule = getattr(self, "_" + event.name.rpartition(".")[2].replace("-", "_"), None)
        if rule is not None:
            rule(event)

    def _forgetting_restored(self, _: ScopedEvent) -> None:
        """Forgotten again after a restore, it is closed as it had been, and waits for no date."""
        self.date = None

    def _require(self, event: ScopedEvent, **computed: Any) -> None:
        self.dates += len(computed)
        compare_dates(self.report, event, computed)

    def _require_date(self, event: ScopedEvent, computed: dict[str, Any] | None) -> None:
        """Compare the date of the matter with the one that follows."""
        recorded = event.facts["date"]
        self.dates += 1
        if computed is None or recorded is None:
            if computed is not recorded:
                said, law = ("a date" if each else "no date" for each in (recorded, computed))
                self.report.find("deadline-differs", f"{event.place}: {said}, by the rules {law}")
        else:
            compare_dates(self.report, event, computed, recorded)

    def _late(self, event: ScopedEvent, late: bool) -> None:
        self.dates += 1
        if event.facts["late"] != late:
            self.report.find("late-differs", event.place)

    def _opened(self, event: ScopedEvent) -> None:
        facts = event.facts
        self.kind, self.controller_id, self.number = facts["kind"], facts["controller_id"], facts["ropa_version"]
        self.received_at, self.date = instant(facts["received_at"]), facts["date"]
        received_on = self.calendar.local_date(self.received_at)
        if facts["received_on"] != received_on.isoformat():
            self.report.find("arrival-differs", event.place)
        if self.kind == "complaint":
            self._require_date(event, self._acknowledgement(received_on))
        elif self.kind in LETTERS:
            self._require_date(event, self._reply(facts["date"]))
        elif facts["date"] is not None:
            self._require_date(event, self._notification())

    def _acknowledgement(self, received_on: date) -> dict[str, Any] | None:
        """By statute, or as the controller promises in its record of processing; the earlier one holds."""
        holder, found = self.records[self.number].controllers[self.controller_id], list[tuple[date, date | None]]()
        if holder["regime"] == "uk-gdpr" and received_on >= UK_COMPLAINTS_SINCE:
            found.append((received_on + (UK_COMPLAINTS_DAYS - 1) * DAY, received_on + UK_COMPLAINTS_DAYS * DAY))
        if (promised := holder.get("acknowledge_complaints_within_days")) is not None:
            found.append((received_on + promised * DAY, None))
        if not found:
            return None
        on, latest_on = min(found, key=lambda each: each[0])
        return {"due": "acknowledge", "latest_on": latest_on, **self._day(on)}

    def _reply(self, recorded: dict[str, Any] | None) -> dict[str, Any]:
        """The day that the letter sets is a fact; what follows from it is computed."""
        if recorded is None:
            raise ValueError("the letter sets no date")
        return {"due": "reply", "latest_on": None, **self._day(date.fromisoformat(recorded["on"]))}

    def _day(self, on: date) -> dict[str, Any]:
        """The end of a day, and the warning five working days before."""
        here = self.calendar
        return {"on": on, "ends_at": here.end_of(on), "warn_at": here.begin_of(here.subtract(on, 5))}

    def _notification(self) -> dict[str, Any]:
        """72 hours after somebody was reasonably certain of the incident."""
        ends_at = self.received_at + NOTIFY_WITHIN
        on = self.calendar.local_date(ends_at)
        return {"due": "notify", "on": on, "ends_at": ends_at, "warn_at": ends_at - DAY, "latest_on": None}

    def _incident_described(self, event: ScopedEvent) -> None:
        """By the record of processing, the authority of its controller is notified, or the controller that it works for
        is told; only then the incident waits for no date.
        """
        self.authorities = event.facts["authorities"]
        record, other = self.records[self.number], event.facts["processor_for"]
        own = record.controllers[self.controller_id]["authority"]
        served = record.facts["document"].get("processing_for") or ()
        if other is None:
            agrees = own in self.authorities
        else:
            works_for = any(each["id"] == other and self.controller_id in each["processors"] for each in served)
            agrees = works_for and not self.authorities
        if not agrees:
            self.report.find("authority-differs", event.place)
        if (self.date is None) != (other is not None):
            self.report.find("deadline-differs", f"{event.place}: an incident of our own waits for its 72 hours")

    def _risk_assessed(self, event: ScopedEvent) -> None:
        """A risk that is found after it seemed unlikely brings the 72 hours back."""
        again = self.not_notified and event.facts["risk"] != "unlikely"
        if again:
            self._require_date(event, self._notification())
            self.warned = self.missed = False
        elif not same(event.facts["date"], self.date):
            self.report.find("deadline-differs", f"{event.place}: an assessment moves no date")
        self.not_notified = self.not_notified and not again
        self.date = event.facts["date"]

    def _authority_notified(self, event: ScopedEvent) -> None:
        authority = event.facts["authority"]
        if authority not in self.authorities:
            self.report.find("authority-differs", f"{event.place}: {authority}")
        self.notified[authority] += 1
        is_first = self.notified[authority] == 1
        self._late(event, is_first and event.at >= self.received_at + NOTIFY_WITHIN)
        complete = set(self.notified) == set(self.authorities)
        if (event.facts["phase"], event.facts["complete"]) != (self.notified[authority], complete):
            self.report.find("authority-differs", f"{event.place}: phase {event.facts['phase']}")
        if complete:
            self.date = None

    def _notification_omitted(self, _: ScopedEvent) -> None:
        self.not_notified, self.date = True, None

    def _date_moved(self, event: ScopedEvent) -> None:
        self._require_date(event, self._reply(event.facts["date"]))
        self.date, self.warned, self.missed = event.facts["date"], False, False

    def _acknowledged(self, event: ScopedEvent) -> None:
        self._late(event, self.date is not None and event.at >= instant(self.date["ends_at"]))
        self.date = None

    _answer_recorded = _acknowledged

    def _date_approaching(self, event: ScopedEvent) -> None:
        self._came_due(event, "warn_at", again=self.warned or self.missed)
        self.warned = True

    def _date_missed(self, event: ScopedEvent) -> None:
        self._came_due(event, "ends_at", again=self.missed)
        self.missed = True

    def _came_due(self, event: ScopedEvent, moment: str, *, again: bool) -> None:
        self.dates += 1
        told = (event.facts["due"], event.facts["on"])
        if again or self.date is None or told != (self.date["due"], self.date["on"]):
            self.report.find("due-differs", f"{event.place}: {event.facts['on']}")
        elif event.at < instant(self.date[moment]):
            self.report.find("due-differs", f"{event.place}: recorded before its time")

    def _letter_written(self, event: ScopedEvent) -> None:
        self.letters[event.facts["letter_id"]] = event.facts["kind"], event.facts["actor"]

    def _letter_released(self, event: ScopedEvent) -> None:
        kind, writer = self.letters[event.facts["letter_id"]]
        if kind in READ_BY_TWO and event.facts["actor"] == writer:
            self.report.find("four-eyes", event.place)


# Replaying the end of a file that is no case --------------------------------------------------------------------------

OWN_FILES = {
    "dsr.matter.opened": ("matter", "matters"),
    "dsr.quarantine.message-quarantined": ("quarantine", "quarantine"),
    "dsr.authority-disclosure.requested": ("disclosure", "disclosures"),
    "dsr.own-erasure.reported": ("own-erasure", "own_erasures"),
}
"""By the first event of a file: its kind, and where the record of processing says how long it is kept."""

ENDS = (
    *("dsr.matter.closed", "dsr.quarantine.discarded", "dsr.authority-disclosure.given"),
    *("dsr.own-erasure.carried-out", "dsr.own-erasure.cancelled"),
)
"""Events that close a file; its period begins when that year ends."""


class ReplayedFile:
    """How a file was closed, and then forgotten by two people."""

    def __init__(self, records: dict[int, Record], report: Report) -> None:
        self.records = records
        self.report = report
        self.dates = 0
        self.kind = self.period = self.proposed_by = ""
        self.controller_id: str | None = None
        self.number: int | None = None
        """The version of the record that it pinned; a message pins none."""
        self.closed_at: datetime | None = None
        self.fenced = False

    def replay(self, event: ScopedEvent) -> None:
        facts = event.facts
        if self.fenced and event.name != "dsr.own-file.forgetting-attested":
            self.report.find("case-unreadable", f"{event.place}: the file was forgotten before")
        if event.name in OWN_FILES:
            self.kind, self.period = OWN_FILES[event.name]
            self.controller_id, self.number = facts["controller_id"], facts.get("ropa_version")
        elif event.name in ENDS or (event.name == "dsr.authority-disclosure.reviewed" and facts["finding"] == "refuse"):
            self.closed_at = event.at
        elif event.name == "dsr.own-file.forgetting-proposed":
            self.proposed_by = facts["actor"]
        elif event.name == "dsr.own-file.forgetting-declined":
            self._two_people(event, facts["actor"])
            self.proposed_by = ""
        elif event.name == "dsr.own-file.forgetting-ordered":
            self._two_people(event, facts["actor"])
            self._ordered(event)
            self.fenced = True
        elif event.name == "dsr.own-file.forgetting-restored":
            if facts["ordered_by"] == facts["proposed_by"]:
                self.report.find("four-eyes", event.place)
            self.fenced = True

    def _two_people(self, event: ScopedEvent, decided_by: str) -> None:
        if decided_by == event.facts["proposed_by"]:
            self.report.find("four-eyes", event.place)
        if self.proposed_by != event.facts["proposed_by"]:
            self.report.find("proposer-differs", event.place)

    def _ordered(self, event: ScopedEvent) -> None:
        """From the end of the year in which the file was closed, it is kept as long as the controller says."""
        facts = event.facts
        if (facts["kind"], facts["controller_id"]) != (self.kind, self.controller_id) or self.closed_at is None:
            self.report.find("case-unreadable", f"{event.place}: another file, or one that is open")
            return
        whose = self.controller_id
        knowing = [number for number, each in self.records.items() if whose is None or whose in each.controllers]
        record = self.records[max(knowing) if self.number is None else self.number]
        kept_until, today = max(
            self._kept(record, each, self.closed_at, event.at)
            for each in (record.controllers if whose is None else [whose])
        )
        self.dates += 2
        compare_dates(self.report, event, {"closed_at": self.closed_at, "kept_until": kept_until})
        if facts["ground"] == "period" and today < kept_until:
            self.report.find("deadline-differs", f"{event.place}: the period ends on {kept_until}")

    def _kept(self, record: Record, whose: str, closed_at: datetime, at: datetime) -> tuple[date, date]:
        """How long this controller keeps the file, and its local day at this moment."""
        period = (record.controllers[whose].get("retention") or {}).get(self.period, KEPT_FOR)
        calendar = record.calendar(whose)
        return add_period(date(calendar.local_date(closed_at).year + 1, 1, 1), period), calendar.local_date(at)


def compare_dates(
    report: Report, event: ScopedEvent, computed: dict[str, Any], recorded: dict[str, Any] | None = None
) -> None:
    """Compare days and instants of an event, or of a part of it, with those that follow."""
    said = event.facts if recorded is None else recorded
    for name, value in computed.items():
        agrees = (
            instant(said[name]) == value
            if isinstance(value, datetime) and said[name] is not None
            else said[name] == plain(value)
        )
        if not agrees:
            report.find("deadline-differs", f"{event.place}: {name} is {said[name]}, by the rules {plain(value)}")


def announced_in(content: dict[str, Any]) -> str | None:
    """The new date that a notice of extension names; what a person put in counts before the facts of the case."""
    for part in ("given", "standing"):
        said = content.get(part, {}).get("statements", {}).get("new-date")
        if said is not None:
            return str(said["date"])
    return None


def plain(value: Any) -> Any:
    """A date or moment as events write it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        return list(map(plain, value))
    return value.isoformat() if isinstance(value, date) else value


def plain_recorded(name: str, value: Any) -> Any:
    return [each["begins_at"] for each in value] if name == "warnings" else value


def texts(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value of a payload with the name of its property, without what is sealed."""
    if isinstance(value, dict):
        if "ciphertext" not in value:
            for inner_name, inner in value.items():
                if inner_name != "deadline":
                    yield from texts(inner, inner_name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name)
    elif value is not None:
        yield name, value


# The command ---------------------------------------------------------------------------------------------------------


def verify(
    file: IO[bytes], keys: Sequence[str], witnesses: Sequence[str] = (), authorities: Sequence[bytes] = ()
) -> Report:
    """Check a bundle; `authorities` are PEM files. Raises ValueError for a key that is none, and on a computer without
    time zones.
    """
    try:
        ZoneInfo("Europe/Brussels")
    except ZoneInfoNotFoundError:
        raise ValueError(NO_ZONES) from None
    return Verifier(
        file,
        [Key.parse(each) for each in keys],
        [Key.parse(each) for each in witnesses],
        [certificate for each in authorities for certificate in x509.load_pem_x509_certificates(each)],
    ).run()


def main(arguments: Sequence[str] | None = None, say: Callable[[str], object] = print) -> int:
    """Verify, report, and return the exit status."""
    parser = argparse.ArgumentParser(description="Verify an audit bundle offline.")
    parser.add_argument("bundle", help="the zip file")
    parser.add_argument("--key", action="append", required=True, help="public key of the log: name+hash+key")
    parser.add_argument("--witness", action="append", default=[], help="public key of a witness that has to cosign")
    parser.add_argument("--time-authority", action="append", default=[], help="PEM file: who has to vouch for the time")
    parser.add_argument("--json", action="store_true", help="one object, for programs")
    given = parser.parse_args(arguments)
    try:
        with open(given.bundle, "rb") as file:
            authorities = [Path(each).read_bytes() for each in given.time_authority]
            report = verify(file, given.key, given.witness, authorities)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    say(json.dumps(report.as_json(), indent=2, ensure_ascii=False) if given.json else report.in_words())
    return 0 if report.all_holds else 1


if __name__ == "__main__":
    sys.exit(main())
