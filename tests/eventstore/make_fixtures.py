"""Writes a stored example of each event's present shape that has none yet: `python tests/eventstore/make_fixtures.py`.

A file that exists is never written again: it stands for events that are out there. (Before the first release nothing
is, so a file may be deleted and made anew.)

    python tests/eventstore/make_fixtures.py dsr.request.received

keeps the JSON Schema of the present shape of that event: run it before you change the shape.
"""

import importlib
import json
import pkgutil
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import dsr.domain
from dsr.domain.events import Event, event_types
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.payload_schemas import class_version, payload_schema

FOLDER = Path(__file__).parent / "fixtures"
EARLIER = Path(__file__).parents[2] / "dsr" / "eventstore" / "earlier_schemas"
STREAM = UUID("5f2d8a4e-0b7c-4d53-9a61-2f6f3f0c9b10")

PLAIN: dict[type, object] = {
    str: "text",
    int: 7,
    bool: True,
    float: 0.5,
    bytes: b"bytes",
    date: date(2026, 3, 5),
    datetime: datetime(2026, 3, 5, 9, 30, tzinfo=UTC),
    Decimal: Decimal("12.50"),
    UUID: UUID("c1a7e0d4-6a3b-4f0e-8d29-5b7c1e9f3a42"),
    type(None): None,
}


def stored_types() -> dict[str, type[Event]]:
    """Every event of the domain by name; events that other tests define are left out."""
    for module in pkgutil.walk_packages(dsr.domain.__path__, "dsr.domain."):
        importlib.import_module(module.name)
    return {name: found for name, found in event_types().items() if found.__module__.startswith("dsr.")}


def example(annotation: Any) -> Any:
    """A value of the type, the same each time."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return example(next(choice for choice in arguments if choice is not type(None)))
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return tuple(example(inner) for inner in arguments if inner is not Ellipsis)
    if origin in (list, set, frozenset):
        return origin([example(arguments[0])])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {example(arguments[0]): example(arguments[1])}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation))
    if isinstance(annotation, type) and is_dataclass(annotation):
        hints = get_type_hints(annotation)
        return annotation(**{field.name: example(hints[field.name]) for field in fields(annotation) if field.init})
    raise TypeError(f"no example for {annotation}")


def example_event(event_type: type[Event]) -> Event:
    """An event of the type with every field filled in."""
    hints = {name: hint for name, hint in get_type_hints(event_type).items() if get_origin(hint) is not ClassVar}
    values = {field.name: example(hints[field.name]) for field in fields(event_type) if not is_identity(field.name)}
    return event_type(originator_id=STREAM, originator_version=1, **values)


def is_identity(name: str) -> bool:
    return name in {"originator_id", "originator_version"}


def missing() -> Iterator[tuple[Path, type[Event]]]:
    """The files that should be there for the present shapes and are not."""
    for name, event_type in sorted(stored_types().items()):
        path = FOLDER / f"{name}.v{class_version(event_type)}.json"
        if not path.exists():
            yield path, event_type


def keep_schema(name: str) -> None:
    """Keep the present shape as an earlier one."""
    event_type = stored_types()[name]
    path = EARLIER / f"{name}.v{class_version(event_type)}.json"
    path.write_text(json.dumps(payload_schema(event_type), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in sys.argv[1:]:
        keep_schema(each)
    mapper = EventMapper()
    for path, event_type in missing():
        path.write_bytes(mapper.to_stored_event(example_event(event_type)).state + b"\n")
