"""What is left out of a copy because it is somebody else's: kinds, rights, places (GDPR Art. 15(4), 20(4))."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from dsr.domain.request.attachment import Attachment
from dsr.domain.request.data_set import DataSet, FieldDescription

Step = str | None
"""Of a pointer: a token of RFC 6901, or None for every member. A number is a member of an array, from 0, or the field
of that name, whichever is found there."""

_TOKEN: Final = re.compile(r"(?:[^~/]|~[01])+")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


class OthersRight(StrEnum):
    """Whose right, or which, limits the copy: recital 63 names the second and the third."""

    PRIVACY = "privacy-of-another"
    """Personal data of somebody else."""
    TRADE_SECRET = "trade-secret"  # noqa: S105 - a right, no password
    """A trade secret (recital 63)."""
    INTELLECTUAL_PROPERTY = "intellectual-property"
    """Intellectual property, such as the copyright of software (recital 63)."""
    FREEDOMS = "freedoms-of-another"
    """Another freedom of somebody else."""


class RedactionKind(StrEnum):
    """How much of a data set or file is left out."""

    JSON_POINTER = "json-pointer"
    """Single values, whose place says that something was there."""
    COLUMN = "column"
    """A field, with all beneath it, of every record."""
    WHOLE_FILE = "whole-file"
    """All of it; nothing leaves in its place."""
    REPLACED = "replaced"
    """All of it; a redacted copy, collected for the same item, leaves in its place."""

    @property
    def has_place(self) -> bool:
        """Whether it is about a place within the records of a data set."""
        return self in (RedactionKind.JSON_POINTER, RedactionKind.COLUMN)


@dataclass(frozen=True)
class Redaction:
    """One decision that a part of a data set or file is somebody else's. Why, in words, stays sealed in its event."""

    redaction_id: UUID
    target_id: UUID
    """The data set or the attachment."""
    kind: RedactionKind
    place: str
    """The pointer, or the name of the field; empty for all of it. Never a value: only names that are described."""
    right: OthersRight
    values: int | None
    """How many values of the records it takes out, whatever they are; None for all of it."""
    replacement_id: UUID | None = None
    """The data set or attachment that takes the place."""


@dataclass(frozen=True)
class RedactionDuty:
    """A data set or attachment that holds data of somebody else: it leaves only redacted, or a copy in its place."""

    original: DataSet | Attachment
    copy: UUID | None = None
    """What was collected in its place."""

    def waits_for(self, collected: DataSet | Attachment) -> bool:
        """Whether this is a copy in its place: of the same kind, item and system, and of the same name."""
        return self.copy is None and _place(collected) == _place(self.original)


def pointer_steps(pointer: str) -> tuple[Step, ...] | None:
    """Read a JSON Pointer (RFC 6901) into the records of a data set; None where it is no such pointer.

    The first step chooses the record, the others go on within it; there are at least two. A number is a member of an
    array or the field of that name, `*` every member of an array or object; all else names a field. So
    `/*/calls/*/number` is one value of each call of each record, and `/3/*` is all that the fourth record holds.
    """
    if not pointer.startswith("/"):
        return None
    tokens = pointer[1:].split("/")
    steps = tuple(_step(token) for token in tokens)
    if len(steps) < 2 or not all(map(_TOKEN.fullmatch, tokens)) or not (steps[0] is None or _is_number(steps[0])):
        return None
    return steps


def is_chosen(step: Step, place: str | int) -> bool:
    """Whether a step leads to this field of an object, or to the member of an array with this number."""
    return step is None or step == str(place)


def is_described(steps: tuple[Step, ...], described: Collection[str]) -> bool:
    """Whether a pointer may name described fields only, so that none of its names is a value (a number as a key, say).

    Beneath a described field, what holds no descriptions of its own is reached with numbers and `*`. Only the records
    show whether such a number is that of a member, or a name that has to be described: `is_named` says so then.
    """
    within = {""}
    for depth, step in enumerate(steps[1:]):
        if step is None:
            continue
        named = {path for path in (joined(outer, step) for outer in within) if is_named(path, described)}
        # A record is an object: what stands first in it is a name, also where it is a number.
        within = named | within if depth and _is_number(step) else named
    return bool(within)


def is_named(path: str, described: Collection[str]) -> bool:
    """Whether the names on the way to a value, joined with dots, are those of a described field, or lead to one."""
    return not path or any(name == path or name.startswith(f"{path}.") for name in described)


def joined(path: str, name: str) -> str:
    """The path of a field, by that of the one that it stands in; this is empty for a record."""
    return f"{path}.{name}" if path else name


def is_left_out(redactions: Iterable[Redaction]) -> bool:
    """Whether all of a data set or attachment is left out: as a whole, or since another takes its place."""
    return not all(redaction.kind.has_place for redaction in redactions)


def described_still(
    fields: Iterable[FieldDescription], redactions: Iterable[Redaction]
) -> tuple[FieldDescription, ...]:
    """The descriptions of fields that are not removed as a column, nor beneath one."""
    columns = columns_of(redactions)
    return tuple(field for field in fields if not is_beneath(field.name, columns))


def columns_of(redactions: Iterable[Redaction]) -> frozenset[str]:
    """The fields that are removed from every record."""
    return frozenset(each.place for each in redactions if each.kind is RedactionKind.COLUMN)


def is_beneath(path: str, columns: Collection[str]) -> bool:
    """Whether a field is one of these columns, or stands within one: a column that is left out takes all beneath it."""
    return any(path == column or path.startswith(f"{column}.") for column in columns)


def _place(collected: DataSet | Attachment) -> tuple[type, str, str, str]:
    """Of a file the ending does not count: a redacted recording may come in another format."""
    name = collected.stem if isinstance(collected, Attachment) else collected.name
    return type(collected), collected.item_id, collected.system, name


def _step(token: str) -> Step:
    if token == "*":  # noqa: S105 - a place, no password
        return None
    return token.replace("~1", "/").replace("~0", "~")


def _is_number(step: str) -> bool:
    return _NUMBER.fullmatch(step) is not None
