"""Redactions of a copy to protect others: kinds, rights, places (GDPR Art. 15(4), 20(4))."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from dsr.domain.request.attachment import Attachment
from dsr.domain.request.data_set import DataSet, FieldDescription

Step = str | None
"""One step of a pointer: a token of RFC 6901, or None for every member. A number means a member of an array, counted
from 0, or the field of that name, whichever the records hold.
"""

_TOKEN: Final = re.compile(r"(?:[^~/]|~[01])+")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


class OthersRight(StrEnum):
    """The right of others that limits the copy; recital 63 names trade secrets and intellectual property."""

    PRIVACY = "privacy-of-another"
    """Personal data of another person."""
    TRADE_SECRET = "trade-secret"  # noqa: S105 - a right, no password
    """A trade secret (recital 63)."""
    INTELLECTUAL_PROPERTY = "intellectual-property"
    """Intellectual property, such as the copyright of software (recital 63)."""
    FREEDOMS = "freedoms-of-another"
    """Another freedom of another person."""


class RedactionKind(StrEnum):
    """How much of a data set or file a redaction leaves out."""

    JSON_POINTER = "json-pointer"
    """Single values; a mark at their place shows that something was there."""
    COLUMN = "column"
    """A field, with everything below it, in every record."""
    WHOLE_FILE = "whole-file"
    """All of it; nothing replaces it."""
    REPLACED = "replaced"
    """All of it; a redacted copy, collected for the same item, replaces it."""

    @property
    def has_place(self) -> bool:
        """Whether the kind needs a place within the records of a data set."""
        return self in (RedactionKind.JSON_POINTER, RedactionKind.COLUMN)


@dataclass(frozen=True)
class Redaction:
    """One decision to redact a part of a data set or file for the sake of others. The written reason stays sealed in
    its event.
    """

    redaction_id: UUID
    target_id: UUID
    """The data set or the attachment."""
    kind: RedactionKind
    place: str
    """The pointer, or the name of the field; empty for all of it. It holds names of described fields only, never a
    value.
    """
    right: OthersRight
    values: int | None
    """Number of values it removes from the records; None for all of it."""
    replacement_id: UUID | None = None
    """The data set or attachment that replaces it."""


@dataclass(frozen=True)
class RedactionDuty:
    """A data set or attachment with data of another person: it is handed over redacted, or replaced by a redacted
    copy.
    """

    original: DataSet | Attachment
    copy: UUID | None = None
    """The redacted copy collected to replace it."""

    def waits_for(self, collected: DataSet | Attachment) -> bool:
        """Whether this is its redacted copy: of the same kind, item, system and name."""
        return self.copy is None and _place(collected) == _place(self.original)


def pointer_steps(pointer: str) -> tuple[Step, ...] | None:
    """Read a JSON Pointer (RFC 6901) into the records of a data set; None if it is not valid.

    The first step chooses the record, the others go on within it; there are at least two. A number means a member of an
    array or the field of that name; `*` means every member of an array or object; any other token names a field. So
    `/*/calls/*/number` is one value of each call of each record, and `/3/*` is everything in the fourth record.
    """
    if not pointer.startswith("/"):
        return None
    tokens = pointer[1:].split("/")
    steps = tuple(_step(token) for token in tokens)
    if len(steps) < 2 or not all(map(_TOKEN.fullmatch, tokens)) or not (steps[0] is None or _is_number(steps[0])):
        return None
    return steps


def is_chosen(step: Step, place: str | int) -> bool:
    """Whether a step selects this field of an object, or this member of an array by its number."""
    return step is None or step == str(place)


def is_described(steps: tuple[Step, ...], described: Collection[str]) -> bool:
    """Whether a pointer names described fields only, so that none of its names is a value (such as a number used as a
    key).

    Below a described field, parts without descriptions of their own are reached by numbers and `*`. Only the records
    show whether such a number is the index of a member or a name that needs a description: `is_named` checks that
    later.
    """
    within = {""}
    for depth, step in enumerate(steps[1:]):
        if step is None:
            continue
        named = {path for path in (joined(outer, step) for outer in within) if is_named(path, described)}
        # A record is an object, so the first step within it is a name even if it is a number.
        within = named | within if depth and _is_number(step) else named
    return bool(within)


def is_named(path: str, described: Collection[str]) -> bool:
    """Whether the names on the way to a value, joined with dots, are a described field or lead to one."""
    return not path or any(name == path or name.startswith(f"{path}.") for name in described)


def joined(path: str, name: str) -> str:
    """The path of a field, given the path of its parent; a record has an empty path."""
    return f"{path}.{name}" if path else name


def is_left_out(redactions: Iterable[Redaction]) -> bool:
    """Whether a whole data set or attachment is left out or replaced."""
    return not all(redaction.kind.has_place for redaction in redactions)


def described_still(
    fields: Iterable[FieldDescription], redactions: Iterable[Redaction]
) -> tuple[FieldDescription, ...]:
    """The descriptions of the fields not removed as a column or below one."""
    columns = columns_of(redactions)
    return tuple(field for field in fields if not is_beneath(field.name, columns))


def columns_of(redactions: Iterable[Redaction]) -> frozenset[str]:
    """The fields that are removed from every record."""
    return frozenset(each.place for each in redactions if each.kind is RedactionKind.COLUMN)


def is_beneath(path: str, columns: Collection[str]) -> bool:
    """Whether a field is one of these columns or lies below one; removing a column removes everything below it."""
    return any(path == column or path.startswith(f"{column}.") for column in columns)


def _place(collected: DataSet | Attachment) -> tuple[type, str, str, str]:
    """The name a redacted copy must have; a file's extension does not count, since a redacted recording may have
    another format.
    """
    name = collected.stem if isinstance(collected, Attachment) else collected.name
    return type(collected), collected.item_id, collected.system, name


def _step(token: str) -> Step:
    if token == "*":  # noqa: S105 - a place, no password
        return None
    return token.replace("~1", "/").replace("~0", "~")


def _is_number(step: str) -> bool:
    return _NUMBER.fullmatch(step) is not None
