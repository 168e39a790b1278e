"""Fields and their descriptions: every field has one, and what is marked inferred leaves with all beneath it.

A field within another is named by its path with dots (`address.city`); arrays add nothing to a path. A description
holds for everything beneath its field. A field marked inferred takes everything beneath it along, whatever that is
marked.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import Provenance
from dsr.exports.errors import DataFieldsUndescribed, DataUnreadable
from dsr.exports.redaction import MARKER, is_marker
from dsr.exports.strict_json import Record

_MOST_NAMED = 20


class Described:
    """The descriptions that the records of one file have to go by."""

    def __init__(self, fields: Iterable[FieldDescription]) -> None:
        """Raises DataFieldsUndescribed: a blank description describes nothing (`description` is its number)."""
        described = tuple(fields)
        for number, field in enumerate(described, 1):
            if not field.name.strip() or not field.description.strip():
                raise DataFieldsUndescribed("A description of a field is blank, or names no field.", description=number)
        self._names = frozenset(field.name for field in described)

    def require(self, number: int, record: Record) -> None:
        """Raise DataFieldsUndescribed where the record of this number has undescribed fields, with their places in it.

        A place is a number, since a key may itself be personal data: `4.2` is the second field of the fourth field.
        """
        places = list(dict.fromkeys(_undescribed(record, None, "", self._names))) if record else []
        if places:
            raise DataFieldsUndescribed(record=number, fields=places[:_MOST_NAMED], count=len(places))


def described(records: Iterable[Record], fields: Iterable[FieldDescription]) -> Iterator[Record]:
    """The records of a source, each once its fields were found described.

    Raises DataFieldsUndescribed while it is iterated, and at once for a blank description; DataUnreadable for the name
    that stands where something was redacted: nothing was yet, and what looks so would be called hidden and be there.
    """
    return _passing(records, Described(fields))


def _passing(records: Iterable[Record], descriptions: Described) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        if _uses_marker(record):
            raise DataUnreadable(
                f"No field may have the name {MARKER}: it stands where something was redacted.",
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
    """Those that portability leaves out: marked inferred, or beneath one that is."""
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
            return  # says itself what it is
        case dict() if value:
            for number, (key, inner) in enumerate(value.items(), 1):
                below = _join(path, key)
                if below not in names:
                    yield from _undescribed(inner, below, f"{place}.{number}" if place else str(number), names)
        case list() if value:
            for inner in value:
                yield from _undescribed(inner, path, place, names)
        case _:
            yield place


def _join(path: str | None, name: str) -> str:
    return name if path is None else f"{path}.{name}"
