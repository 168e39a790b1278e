"""The shape of every payload of the log as JSON Schema, by name and version of its event, earlier versions included.

The present shape is that of the event's class. Those before stand in `earlier_schemas`, and are never changed: payloads
of these versions stay in the log as they were written.
"""

import re
from importlib.resources import files
from typing import Any, Final

import msgspec

from dsr.domain.events import Event, event_types

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_COLUMNS: Final = frozenset({"originator_id", "originator_version"})
"""Fields of an event that stand beside its payload, in its header."""

_FILE: Final = re.compile(r"(.+)\.v(\d+)\.json")

Schemas = dict[str, dict[int, dict[str, Any]]]


def class_version(event_type: type[Event]) -> int:
    """The version of the shape in which the event is written now."""
    return int(getattr(event_type, "class_version", 1))


def payload_schema(event_type: type[Event]) -> dict[str, Any]:
    """The shape of the payloads that are written now."""
    (whole,), parts = msgspec.json.schema_components([event_type], ref_template="#/$defs/{name}")
    root: dict[str, Any] = parts.pop(whole["$ref"].removeprefix("#/$defs/"))
    version = class_version(event_type)
    root["properties"] = {name: each for name, each in root["properties"].items() if name not in _COLUMNS}
    # What is absent where nobody acted through anything, as `EventMapper` writes it.
    required = [name for name in root["required"] if name not in (*_COLUMNS, "credential")]
    if version > 1:
        root["properties"]["class_version"] = {"const": version}
        required.append("class_version")
    return {"$schema": _DIALECT} | root | {"required": required, "$defs": parts}


def payload_schemas() -> Schemas:
    """Every shape that the log may hold, by name and version of the event."""
    found: Schemas = {name: {class_version(each): payload_schema(each)} for name, each in event_types().items()}
    for path in (files("dsr.eventstore") / "earlier_schemas").iterdir():
        match = _FILE.fullmatch(path.name)
        assert match is not None, path.name  # noqa: S101 - the folder is ours
        found.setdefault(match[1], {})[int(match[2])] = msgspec.json.decode(path.read_bytes())
    return {name: dict(sorted(versions.items())) for name, versions in sorted(found.items())}
