"""Enumerations in the specification: each once, by its name, with the meaning of every code.

The meaning of a code is the docstring below it, where the enumeration stands: it is written nowhere else.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Any, Final

ENUMERATION: Final = "x-enumeration"
"""In a schema while the document is written: the enumeration whose codes it takes."""
KEYS: Final = "x-keys"
"""As above, of an object: the enumeration whose codes are its keys."""


@cache
def meanings(kind: type[StrEnum]) -> Mapping[str, str]:
    """Meanings of the codes, in the order of the enumeration; codes without a docstring are left out."""
    members: dict[str, str] = {}
    body = _class_in(inspect.getsource(inspect.getmodule(kind) or kind), kind.__name__).body
    for statement, following in pairwise(body):
        match statement, following:
            case ast.Assign([ast.Name(name)]), ast.Expr(ast.Constant(str(text))):
                members[kind[name].value] = " ".join(text.split())
    return members


def _class_in(source: str, name: str) -> ast.ClassDef:
    return next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == name)


def name_enumerations(document: dict[str, Any]) -> None:
    """Give each enumeration a schema of its own, and let every field that takes its codes refer to that."""
    named: dict[str, type[StrEnum]] = {}
    for schema in _schemas(document):
        if KEYS in schema:
            schema["propertyNames"] = _reference(schema.pop(KEYS), named)
        if ENUMERATION in schema:
            _refer(schema, schema.pop(ENUMERATION), named)
    schemas: dict[str, Any] = document["components"]["schemas"]
    for name, kind in named.items():
        schemas[name] = _described(kind)
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _refer(schema: dict[str, Any], kind: type[StrEnum], named: dict[str, type[StrEnum]]) -> None:
    """Replace type and codes of one schema by a reference; one that takes only some of the codes keeps them."""
    nullable = None in schema.get("enum", ()) or "null" in schema.pop("type", ())
    codes = [str(code) for code in schema.pop("enum", kind) if code is not None]
    if len(codes) < len(kind):
        schema |= {"type": "string", "enum": codes} if not nullable else {"enum": [*codes, None]}
        return
    schema.pop("pattern", None)
    reference = _reference(kind, named)
    schema |= {"anyOf": [reference, {"type": "null"}]} if nullable else reference


def _reference(kind: type[StrEnum], named: dict[str, type[StrEnum]]) -> dict[str, str]:
    if named.setdefault(kind.__name__, kind) is not kind:
        raise LookupError(f"two enumerations are called {kind.__name__}")
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _described(kind: type[StrEnum]) -> dict[str, Any]:
    """Also in words, since not every reader of a specification knows `x-enumDescriptions`."""
    meaning = meanings(kind)
    listed = "\n".join(f"- `{code}`: {text}" for code, text in meaning.items())
    return {
        "type": "string",
        "enum": [code.value for code in kind],
        "description": f"{' '.join((inspect.getdoc(kind) or '').split())}\n\n{listed}",
        "x-enumDescriptions": dict(meaning),
    }


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document, inner ones first."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in list(children):
        yield from _schemas(child)
    if isinstance(node, dict):
        yield node
