"""The manifest of a package: its published schema, and the document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from dsr.domain.export import ExportKind
from dsr.exports.schemas import Violation, validator, violations

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

SCHEMA_BYTES: Final = files(__package__).joinpath("manifest.schema.json").read_bytes()
"""Name of the schema, served by the service and included in every package."""

MANIFEST_SCHEMA: Final[dict[str, Any]] = json.loads(SCHEMA_BYTES)
"""JSON Schema 2020-12; every field carries its description."""

VERSION: Final[str] = MANIFEST_SCHEMA["properties"]["schema"]["properties"]["version"]["const"]

PUBLISHED: Final[dict[str, bytes]] = {
    "2.0": files(__package__).joinpath("former", "manifest-2.0.schema.json").read_bytes(),
    VERSION: SCHEMA_BYTES,
}
"""The schemas of the packages that were ever made, by version: an old package stays good."""

PROVISION: Final = {ExportKind.ACCESS: "GDPR Art. 15(3)", ExportKind.PORTABILITY: "GDPR Art. 20(1)"}

NOTHING_ERASED: Final = {
    "code": "nothing-erased",
    "text": "This export erased nothing. You still have the right to have your data erased (GDPR Art. 17, 20(3)).",
}

_REASON: Final = "This was inferred from other data. The right covers data that you provided or that was observed."


@dataclass(frozen=True)
class ControllerFacts:
    """A controller that answers or whose system held the data, as shown to the data subject."""

    id: str
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    contact: str
    """Contact: the privacy mailbox or an address."""

    def as_json(self) -> dict[str, Any]:
        """Its entry in the manifest."""
        return {"id": self.id, "name": self.name, "country": self.country, "contact": self.contact}


def left_out(name: str, field: str | None = None) -> dict[str, Any]:
    """An entry for a field, data set or attachment that portability leaves out."""
    return {
        "name": name,
        "field": field,
        "provenance": "inferred",
        "reason": _REASON,
        "provision": PROVISION[ExportKind.PORTABILITY],
    }


def version_of(manifest: object) -> str:
    """The version of the schema that a manifest says it follows; the present one if it names none that exists."""
    match manifest:
        case {"schema": {"version": str(version)}} if version in PUBLISHED:
            return version
        case _:
            return VERSION


def schema_problems(manifest: object) -> Iterator[Violation]:
    """Violations of the schema that the manifest says it follows."""
    return violations(_validator(version_of(manifest)), manifest)


@cache
def _validator(version: str) -> "Draft202012Validator":
    return validator(json.loads(PUBLISHED[version]))
