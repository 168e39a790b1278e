"""The schema of one data file: what each field means, its unit, its zone, and which types were found in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.exports.data_file import Record

JSON_SCHEMA: Final = "application/schema+json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@dataclass
class _Node:
    """One field, or one that leads to described fields beneath it."""

    description: FieldDescription | None = None
    types: set[str] = field(default_factory=set)
    """Of its values."""
    element_types: set[str] = field(default_factory=set)
    """Of what stands in arrays there, however they nest."""
    inner: dict[str, "_Node"] = field(default_factory=dict)


def schema_of(data_set: DataSet, records: Iterable[Record]) -> dict[str, Any]:
    """JSON Schema 2020-12 of a file that is an array of these records.

    Types are those that were found, so that the file follows its schema and a receiver knows what to expect.
    """
    root = _Node()
    for described in data_set.fields:
        node = root
        for step in described.name.split("."):
            node = node.inner.setdefault(step, _Node())
        node.description = described
    for record in records:
        _learn(root, record)
    return {
        "$schema": _DIALECT,
        "title": data_set.name,
        "description": data_set.purpose,
        "type": "array",
        "items": {"type": "object"} | _inner(root),
    }


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
    if node.types:
        schema["type"] = _named(node.types)
    schema |= _inner(node)
    if node.element_types:
        items: dict[str, Any] = {"type": _named(node.element_types)}
        schema["items"] = items if "array" in node.element_types else items | _inner(node)
    return schema


def _inner(node: _Node) -> dict[str, Any]:
    """What holds for objects; arrays and plain values pass it by."""
    return {"properties": {name: _schema(below) for name, below in node.inner.items()}} if node.inner else {}


def _named(types: set[str]) -> str | list[str]:
    found = sorted(types - {"integer"} if "number" in types else types)
    return found[0] if len(found) == 1 else found
