"""Schemas of data files: the meaning, unit, time zone and types of each field.

They use only the subset of JSON Schema 2020-12 in PROFILE. So a validator loads nothing (`$ref`), runs no endless
expression (`pattern`), and can read the file record by record.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.exports.strict_json import Record

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

JSON_SCHEMA: Final = "application/schema+json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = ["array", "boolean", "integer", "null", "number", "object", "string"]
_TEXT: Final = {"type": "string"}

PROFILE: Final[dict[str, Any]] = {
    "$schema": _DIALECT,
    "title": "The schema of a data file",
    "type": "object",
    "required": ["$schema", "type", "items"],
    "properties": {"$schema": {"const": _DIALECT}, "title": _TEXT, "type": {"const": "array"}},
    "$ref": "#/$defs/shape",
    "unevaluatedProperties": False,
    "$defs": {
        "shape": {
            "type": "object",
            "properties": {
                "description": _TEXT,
                "type": {"anyOf": [{"enum": _TYPES}, {"type": "array", "items": {"enum": _TYPES}, "minItems": 1}]},
                "properties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/part"}},
                "items": {"$ref": "#/$defs/part"},
            },
            "patternProperties": {"^x-": True},
        },
        "part": {"$ref": "#/$defs/shape", "unevaluatedProperties": False},
    },
}
"""The allowed subset for schemas of data files, itself a JSON Schema; names that begin with `x-` are notes."""

_PARTS_KEPT: Final = 100_000
"""Maximum number of remembered shapes of valid records."""


@dataclass
class _Node:
    """A field, or the parent of described fields."""

    description: FieldDescription | None = None
    term: str | None = None
    types: set[str] = field(default_factory=set)
    """Of its values."""
    element_types: set[str] = field(default_factory=set)
    """Types of members of arrays at this place, however nested."""
    inner: dict[str, "_Node"] = field(default_factory=dict)


class SchemaOf:
    """Builds the JSON Schema 2020-12 of a file from the records streamed through it.

    It lists the types found, so that the file follows its schema and a receiver knows what to expect.
    """

    def __init__(self, data_set: DataSet, terms: Mapping[str, str] = MappingProxyType({})) -> None:
        """`terms`: the address of a term of a common vocabulary, by the name of the field."""
        self._data_set = data_set
        self._root = _Node()
        for described in data_set.fields:
            node = self._root
            for step in described.name.split("."):
                node = node.inner.setdefault(step, _Node())
            node.description, node.term = described, terms.get(described.name)

    def learning(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records."""
        for record in records:
            _learn(self._root, record)
            yield record

    def as_json(self) -> dict[str, Any]:
        """The schema of the records seen so far."""
        return {
            "$schema": _DIALECT,
            "title": self._data_set.name,
            "description": self._data_set.purpose,
            "type": "array",
            "items": {"type": "object"} | _inner(self._root),
        }


@dataclass(frozen=True)
class Violation:
    """A place where a document violates its schema, without the value there, which may be personal data."""

    pointer: str
    """JSON Pointer (RFC 6901), empty for the whole document."""
    rule: str
    """The keyword of the schema."""

    def __str__(self) -> str:
        return f"{self.pointer or '/'} ({self.rule})"


def validator(schema: dict[str, Any]) -> "Draft202012Validator":
    """A validator for a schema of JSON Schema 2020-12."""
    # The import compiles all dialects of JSON Schema, which only few processes need.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(schema)


def violations(by: "Draft202012Validator", document: object, *place: int) -> Iterator[Violation]:
    """Violations of the schema; `place` is the location of the document."""
    for error in by.iter_errors(document):
        steps = (*place, *error.absolute_path)
        pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
        yield Violation(pointer, str(error.validator))


def profile_problems(document: object) -> Iterator[Violation]:
    """Parts of a schema outside PROFILE."""
    return violations(_profile_validator(), document)


@cache
def _profile_validator() -> "Draft202012Validator":
    return validator(PROFILE)


class DataSchema:
    """The schema of a data file, for checking its records one by one.

    Places consist of array indexes and field names from the schema, so they hold no personal data.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        """`document` follows PROFILE."""
        self._records = validator(document["items"])
        self._followed: set[Any] = set()
        self._room = _PARTS_KEPT

    def violations(self, number: int, record: Record) -> Iterator[Violation]:
        """Violations of the record with this number, counted from 0.

        PROFILE checks only types, so a record of the same shape as a valid one is not checked again.
        """
        if (shape := _shape(record)) in self._followed:
            return
        violated = False
        for each in violations(self._records, record, number):
            violated = True
            yield each
        if not violated and (parts := _parts(shape)) <= self._room:
            self._followed.add(shape)
            self._room -= parts


def _shape(value: Any) -> Any:
    """A key that is equal for records no schema of PROFILE distinguishes."""
    match value:
        case dict():
            return tuple([(key, _shape(held)) for key, held in value.items()])
        case list():
            return frozenset(map(_shape, value))
        case _:
            return type(value)


def _parts(shape: Any) -> int:
    return 1 + sum(map(_parts, shape)) if isinstance(shape, tuple | frozenset) else 1


def _learn(node: _Node, value: Any) -> None:
    match value:
        case dict():
            for key, held in value.items():
                if (below := node.inner.get(key)) is not None:
                    below.types.add(_type(held))
                    _learn(below, held)
        case list():
            for held in value:
                node.element_types.add(_type(held))
                _learn(node, held)


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case Decimal() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _schema(node: _Node) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if (described := node.description) is not None:
        schema |= {"description": described.description, "x-provenance": described.provenance.value}
        if described.unit is not None:
            schema["x-unit"] = described.unit
        if described.zone is not None:
            schema["x-time-zone"] = described.zone
    if node.term is not None:
        schema["x-term"] = node.term
    if node.types:
        schema["type"] = _named(node.types)
    schema |= _inner(node)
    if node.element_types:
        items: dict[str, Any] = {"type": _named(node.element_types)}
        schema["items"] = items if "array" in node.element_types else items | _inner(node)
    return schema


def _inner(node: _Node) -> dict[str, Any]:
    """The schema for objects, looked up through arrays."""
    return {"properties": {name: _schema(below) for name, below in node.inner.items()}} if node.inner else {}


def _named(types: set[str]) -> str | list[str]:
    found = sorted(types - {"integer"} if "number" in types else types)
    return found[0] if len(found) == 1 else found
