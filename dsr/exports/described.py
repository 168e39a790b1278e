"""Fields and their descriptions: every field has one, and what is marked inferred leaves with all beneath it.

A field within another is named by its path with dots (`address.city`); arrays add nothing to a path. A description
holds for everything beneath its field. A field marked inferred takes everything beneath it along, whatever that is
marked.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import Provenance
from dsr.exports.data_file import Record
from dsr.exports.errors import DataFieldsUndescribed
from dsr.exports.redaction import MARKER

_MOST_NAMED = 20


def require_described(records: Sequence[Record], fields: Iterable[FieldDescription]) -> None:
    """Raise DataFieldsUndescribed with the first record that has undescribed fields, and their places in it.

    A place is a number, since a key may itself be personal data: `4.2` is the second field of the fourth field.
    A blank description describes nothing and is refused (`description` is its number).
    """
    described = tuple(fields)
    for number, field in enumerate(described, 1):
        if not field.name.strip() or not field.description.strip():
            raise DataFieldsUndescribed("A description of a field is blank, or names no field.", description=number)
    names = frozenset(field.name for field in described)
    for number, record in enumerate(records, 1):
        places = list(dict.fromkeys(_undescribed(record, None, "", names))) if record else []
        if places:
            raise DataFieldsUndescribed(record=number, fields=places[:_MOST_NAMED], count=len(places))


def inferred_fields(fields: Iterable[FieldDescription]) -> tuple[FieldDescription, ...]:
    """Those that portability leaves out: marked inferred, or beneath one that is."""
    described = tuple(fields)
    marked = _marked(described)
    return tuple(field for field in described if _is_beneath(field.name, marked))


def without_inferred(records: Sequence[Record], fields: Iterable[FieldDescription]) -> list[Record]:
    """Copies of the records without any value of an inferred field (GDPR Art. 20(1): "provided by")."""
    marked = _marked(fields)
    return [_pruned(record, None, marked) for record in records]


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
        case dict() if value.keys() == {MARKER}:
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
