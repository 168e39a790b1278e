"""Examines whether an installation, or a backup, holds all that its log names.

It proves that events, keys and files fit each other. It does not prove that the events are those that were once
written: an attacker who can write the database can write other headers too.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dsr.backup.source import Source, sha256_of
from dsr.eventstore.checking import FLAWS, RowCheck

EXAMPLES: Final = 5
_LOOKS: Final = 2
"""How often to look for a file: a sweep may set it aside, or take it back, meanwhile."""
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BLOB: Final = re.compile(
    rf'"blob_id":"({_UUID})","key_id":"({_UUID})","size":\d+,"media_type":"[^"]*","ciphertext_sha256":"([0-9a-f]{{64}})"'
)

MEANING: Final = FLAWS | {
    "key-unopenable": "a key is wrapped by a key-encryption key that the keyring does not hold",
    "file-missing": "an event names a file that is not there, although its key exists",
    "file-wrong": "a file does not have the digest that its event names: it was altered or cut",
}
"""What each finding means."""


@dataclass(frozen=True)
class Defect:
    """Something that is not as the log says."""

    code: str
    count: int
    examples: tuple[str, ...]
    """Positions or ids of the first of them."""

    @property
    def meaning(self) -> str:
        """What it means, in words."""
        return MEANING[self.code]


@dataclass(frozen=True)
class Examination:
    """What was looked at, and what was found."""

    events: int
    keys: int
    files: int
    findings: tuple[Defect, ...]


def examine(source: Source, *, digests: bool = True, told: Callable[[str], None] = lambda _: None) -> Examination:
    """Compare log, keys and files. Without `digests`, files are looked for, but not read.

    Keys are read last. A file that is destroyed meanwhile, even after it was found and before it was read, is not
    missing: its key was destroyed before.
    `told` is called with `event` or `file` for each that was examined. Raises BackupUnreadable for a damaged backup.
    """
    source.require_whole()
    found: dict[str, list[str]] = defaultdict(list)
    blobs: dict[UUID, tuple[UUID, str]] = {}
    rows = RowCheck()
    for row in source.events():
        told("event")
        for flaw in rows.flaws(row):
            found[flaw].append(str(row.position))
        for blob_id, key_id, sha256 in _BLOB.findall(row.payload):
            blobs[UUID(blob_id)] = (UUID(key_id), sha256)
    small, amiss = set(source.small_blobs()), dict[UUID, str]()
    for blob_id, (_, sha256) in blobs.items():
        if blob_id in small:
            continue
        told("file")
        code = _defect_of(source, blob_id, sha256 if digests else None)
        if code is not None:
            amiss[blob_id] = code
    keys = {key.key_id: key.kek_id for key in source.stored_keys()}
    for blob_id, code in amiss.items():
        if keys.get(blobs[blob_id][0]) is not None:
            found[code].append(str(blob_id))
    found["key-missing"] += [str(each) for each in sorted(rows.key_ids - keys.keys())]
    held = set(source.keyring.key_ids)
    found["key-unopenable"] += [
        str(each) for each in sorted(rows.key_ids & keys.keys()) if keys[each] is not None and keys[each] not in held
    ]
    findings = (Defect(code, len(found[code]), tuple(found[code][:EXAMPLES])) for code in MEANING if found[code])
    return Examination(rows.events, len(keys), len(blobs), tuple(findings))


def _defect_of(source: Source, blob_id: UUID, sha256: str | None) -> str | None:
    """The code of what is wrong with a file, None if nothing is; without a digest it is looked for, but not read."""
    for _ in range(_LOOKS):
        file = source.blob_file(blob_id)
        if file is None:
            continue
        if sha256 is None:
            return None
        try:
            found = sha256_of(file)
        except FileNotFoundError:
            continue
        return None if found == sha256 else "file-wrong"
    return "file-missing"
