"""Descriptions of fields: every field needs one, and inferred fields are left out with everything below them.

A nested field is named by its path with dots (`address.city`); arrays add nothing to a path. A description covers
everything below its field. A field marked as inferred makes everything below it inferred.
"""

import re
from collections.abc import Iterable, Iterator, Set
from itertools import islice
from typing import Any

from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import Provenance
from dsr.exports.errors import DataFieldsUndescribed, DataUnreadable
from dsr.exports.redaction import MARKER, is_marker
from dsr.exports.strict_json import Record

_MOST_NAMED = 20
_MOST_FOUND = 1000
"""Undescribed values of a record that are looked at; more would only keep the caller waiting."""

_FIELD_NAME = re.compile(r"[a-z]{1,20}(?:_[a-z]{1,20}){0,5}")
"""As tables name their columns: no address or number of a person is written so, nor a name with its capitals."""


class Described:
    """The descriptions for the records of one file."""

    def __init__(self, fields: Iterable[FieldDescription]) -> None:
        """Raises DataFieldsUndescribed: for a blank description (`description` is its number)."""
        described = tuple(fields)
        for number, field in enumerate(described, 1):
            if not field.name.strip() or not field.description.strip():
                raise DataFieldsUndescribed("A description of a field is blank, or names no field.", description=number)
        self._names = frozenset(field.name for field in described)

    def require(self, number: int, record: Record) -> None:
        """Raise DataFieldsUndescribed if the record with this number has undescribed fields; the error names them.

        A key may itself be personal data, so a key that does not look like a field name is replaced by its number:
        `calls.2` is the second field of `calls`.
        """
        found = islice(_undescribed(record, None, "", self._names), _MOST_FOUND) if record else ()
        places = list(dict.fromkeys(found))
        if places:
            raise DataFieldsUndescribed(record=number, fields=places[:_MOST_NAMED], count=len(places))


def described(records: Iterable[Record], fields: Iterable[FieldDescription]) -> Iterator[Record]:
    """The records of a source, after checking that their fields are described.

    Raises DataFieldsUndescribed while iterated, and at once for a blank description; DataUnreadable for a field with
    the name of the redaction marker, since its visible value would be reported as hidden.
    """
    return _passing(records, Described(fields))


def occurring(records: Iterable[Record], names: Set[str]) -> frozenset[str]:
    """Those of the names that a record has a field for, until all are found."""
    left = set(names)
    for record in records:
        left -= {name for name in left if _has(record, name.split("."))}
        if not left:
            break
    return frozenset(names - left)


def _has(value: Any, steps: list[str]) -> bool:
    if isinstance(value, list):
        return any(_has(each, steps) for each in value)
    if not steps:
        return True
    return isinstance(value, dict) and steps[0] in value and _has(value[steps[0]], steps[1:])


def _passing(records: Iterable[Record], descriptions: Described) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        if _uses_marker(record):
            raise DataUnreadable(
                f"No field may have the name {MARKER}: it marks a redacted value.",
                reason="name-reserved",
                record=number,
            )
        descriptions.require(number, record)
        yield record


def _uses_marker(value: Any) -> bool:
    match value:
        case dict():
            return MARKER in value or any(map(_uses_marker, value.values()))
        case list():
            return any(map(_uses_marker, value))
        case _:
            return False


def inferred_fields(fields: Iterable[FieldDescription]) -> tuple[FieldDescription, ...]:
    """Fields that portability leaves out: marked as inferred, or below one that is."""
    every = tuple(fields)
    marked = _marked(every)
    return tuple(field for field in every if _is_beneath(field.name, marked))


def without_inferred(records: Iterable[Record], fields: Iterable[FieldDescription]) -> Iterator[Record]:
    """Copies of the records without any value of an inferred field (GDPR Art. 20(1): "provided by")."""
    marked = _marked(fields)
    return (_pruned(record, None, marked) for record in records)


def _marked(fields: Iterable[FieldDescription]) -> tuple[str, ...]:
    return tuple(field.name for field in fields if field.provenance is Provenance.INFERRED)


def _is_beneath(path: str, marked: tuple[str, ...]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in marked)


def _pruned(value: Any, path: str | None, marked: tuple[str, ...]) -> Any:
    match value:
        case dict():
            paths = {key: _join(path, key) for key in value}
            return {
                key: _pruned(inner, paths[key], marked)
                for key, inner in value.items()
                if not _is_beneath(paths[key], marked)
            }
        case list():
            return [_pruned(inner, path, marked) for inner in value]
        case _:
            return value


def _undescribed(value: Any, path: str | None, place: str, names: frozenset[str]) -> Iterator[str]:
    match value:
        case dict() if is_marker(value):
            return  # the marker describes itself
        case dict() if value:
            for number, (key, inner) in enumerate(value.items(), 1):
                below = _join(path, key)
                if below not in names:
                    named = key if _FIELD_NAME.fullmatch(key) else str(number)
                    yield from _undescribed(inner, below, f"{place}.{named}" if place else named, names)
        case list() if value:
            for inner in value:
                yield from _undescribed(inner, path, place, names)
        case _:
            yield place


def _join(path: str | None, name: str) -> str:
    return name if path is None else f"{path}.{name}"
