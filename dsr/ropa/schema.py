"""The JSON Schema of the document, with messages that tell the author what to write."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from dsr.domain.ropa import RopaProblem

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

SCHEMA: dict[str, Any] = json.loads(files(__package__).joinpath("schema.json").read_text(encoding="utf-8"))
"""JSON Schema 2020-12; every field carries its description."""

INTEGER_FIELDS: frozenset[str] = frozenset(
    name
    for shape in SCHEMA["$defs"].values()
    for name, field in shape.get("properties", {}).items()
    if field.get("type") == "integer"
)
"""Names of the fields with a whole number; elsewhere digits are text."""


TEXT_FIELDS: frozenset[str] = frozenset(
    name
    for shape in SCHEMA["$defs"].values()
    for name, field in shape.get("properties", {}).items()
    if field.get("type") == ["string", "object"]
)
"""Names of the fields whose text may be given in several languages."""


def schema_problems(document: object) -> Iterable[RopaProblem]:
    """Problems found by the schema, each once, unordered, without lines."""
    return dict.fromkeys(problem for error in _validator().iter_errors(document) for problem in _in_words(error))


def pointer_of(*path: str | int) -> str:
    """The JSON Pointer (RFC 6901) of a path of keys and indexes."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


@cache
def _validator() -> "Draft202012Validator":
    # The import compiles all dialects of JSON Schema, which only few processes need.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(SCHEMA)


def _in_words(error: "ValidationError") -> Iterator[RopaProblem]:
    place = pointer_of(*error.absolute_path)
    instance: Any = error.instance
    schema: Any = error.schema
    expected: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = ", ".join(schema["properties"])
            for name in instance.keys() - schema["properties"].keys():
                yield RopaProblem(
                    "field-unknown", f"{place}{pointer_of(name)}", f"There is no field {name} here: use {known}."
                )
        case "required":
            for name in (name for name in expected if name not in instance):
                yield RopaProblem("field-missing", place, f"The field {name} is missing. {_meaning(schema, name)}")
        case "type":
            wanted = " or ".join(_TYPES[each] for each in ([expected] if isinstance(expected, str) else expected))
            yield RopaProblem("type-wrong", place, f"This must be {wanted}.")
        case "enum":
            yield RopaProblem("value-unknown", place, f"Use one of {', '.join(expected)}.")
        case "pattern":
            yield RopaProblem("value-malformed", place, f"{instance[:60]!r} does not fit. {schema['description']}")
        case "minItems" | "minLength" | "minProperties":
            yield RopaProblem("value-empty", place, "This must not be empty: give at least one value.")
        case "maxItems" | "maxLength":
            yield RopaProblem("value-too-long", place, f"This is too long: at most {expected} are allowed.")
        case "uniqueItems":
            yield RopaProblem("value-repeated", place, "This value is repeated: keep one.")
        case other:
            raise AssertionError(f"schema.json uses {other}: say here in words what it asks for")


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number, without quotes",
}


def _meaning(schema: dict[str, Any], name: str) -> str:
    """The description of a field, its own or that of its `$ref`."""
    field = schema["properties"][name]
    if "description" not in field:
        field = SCHEMA["$defs"][field["$ref"].rsplit("/", 1)[1]]
    return str(field["description"])
