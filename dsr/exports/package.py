"""The package itself: a zip with a manifest, the manifest's schema, and each data set as JSON.

The same contents give the same bytes (order, times and permissions inside the zip are fixed), so that the digest in
the log can be computed again from what was collected.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from dsr.domain.export import ExportEmpty, ExportKind
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.values import Provenance
from dsr.exports.data_file import JSON, Record, write_json
from dsr.exports.described import inferred_fields, require_described, without_inferred
from dsr.exports.errors import DataSetNameInvalid
from dsr.exports.manifest import (
    MANIFEST_SCHEMA,
    NOTHING_ERASED,
    PROVISION,
    SCHEMA_BYTES,
    ControllerFacts,
    left_out,
    schema_problems,
)

MANIFEST: Final = "manifest.json"
SCHEMA: Final = "manifest.schema.json"

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold; when the package was made stands in the manifest."""


@dataclass(frozen=True)
class Collected:
    """A data set with what was read from its file."""

    data_set: DataSet
    records: list[Record]


@dataclass(frozen=True)
class PackageContents:
    """All that a package is made of."""

    reference: str
    kind: ExportKind
    controller: ControllerFacts
    """Who answers."""
    prepared_at: datetime
    """Aware."""
    data: tuple[Collected, ...]
    joint_controllers: tuple[ControllerFacts, ...] = ()
    """The other controllers that `data` names."""


@dataclass(frozen=True)
class Package:
    """A finished package, in memory only."""

    content: bytes
    sha256: str
    """Hex digest of `content`: a digest of personal data, to be sealed."""
    manifest: dict[str, Any]

    @property
    def files(self) -> int:
        """Number of data files."""
        return len(self.manifest["files"])


def require_name(name: str) -> None:
    """Raise DataSetNameInvalid unless the name of a data set can be that of a file, on any system."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", name):
        raise DataSetNameInvalid()


def build_package(contents: PackageContents) -> Package:
    """Make the zip: access keeps everything, portability leaves out what was inferred and says so.

    Raises ExportEmpty where nothing is left, DataFieldsUndescribed, DataSetNameInvalid; ValueError where facts that
    do not come from people are missing (a time without zone, a controller that is not named).
    """
    covered, omitted = _covered(contents)
    if not covered:
        raise ExportEmpty()
    entries: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    for path, collected in _with_paths(covered):
        entries[path] = write_json(collected.records)
        listed.append(_file(path, entries[path], collected))
    manifest = _manifest(contents, listed, omitted)
    content = _zip({MANIFEST: write_json(manifest), SCHEMA: SCHEMA_BYTES, **entries})
    return Package(content=content, sha256=hashlib.sha256(content).hexdigest(), manifest=manifest)


def _covered(contents: PackageContents) -> tuple[list[Collected], list[dict[str, Any]]]:
    """What the right covers, in a fixed order, and what the manifest says of the rest."""
    covered: list[Collected] = []
    omitted: list[dict[str, Any]] = []
    for collected in sorted(contents.data, key=lambda one: (one.data_set.name, str(one.data_set.data_set_id))):
        data_set = collected.data_set
        require_name(data_set.name)
        require_described(collected.records, data_set.fields)
        if contents.kind is ExportKind.ACCESS:
            covered.append(collected)
            continue
        inferred = inferred_fields(data_set.fields)
        if data_set.provenance is Provenance.INFERRED or len(inferred) == len(data_set.fields) > 0:
            omitted.append(left_out(data_set.name))
            continue
        omitted += [left_out(data_set.name, field.name) for field in inferred]
        kept = tuple(field for field in data_set.fields if field not in inferred)
        records = without_inferred(collected.records, data_set.fields)
        covered.append(replace(collected, data_set=replace(data_set, fields=kept), records=records))
    return covered, omitted


def _with_paths(covered: list[Collected]) -> Iterator[tuple[str, Collected]]:
    """Give each data set a file of its own, also where two systems call theirs the same."""
    taken: set[str] = set()
    for collected in covered:
        name, number = collected.data_set.name, 1
        while name in taken:
            number += 1
            name = f"{collected.data_set.name}-{number}"
        taken.add(name)
        yield f"data/{name}.json", collected


def _file(path: str, content: bytes, collected: Collected) -> dict[str, Any]:
    data_set = collected.data_set
    return {
        "path": path,
        "media_type": JSON,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "data_set": data_set.name,
        "system": data_set.system,
        "controller": data_set.controller_id,
        "purpose": data_set.purpose,
        "provenance": data_set.provenance.value,
        "collected_at": _instant(data_set.collected_at),
        "records": len(collected.records),
        "fields": [
            {"name": field.name, "description": field.description, "provenance": field.provenance.value}
            for field in data_set.fields
        ],
    }


def _manifest(contents: PackageContents, listed: list[dict[str, Any]], omitted: list[dict[str, Any]]) -> dict[str, Any]:
    version = MANIFEST_SCHEMA["properties"]["schema"]["properties"]["version"]["const"]
    manifest = {
        "schema": {"id": MANIFEST_SCHEMA["$id"], "version": version},
        "kind": contents.kind.value,
        "provision": PROVISION[contents.kind],
        "reference": contents.reference,
        "controller": contents.controller.as_json(),
        "joint_controllers": [one.as_json() for one in contents.joint_controllers],
        "prepared_at": _instant(contents.prepared_at),
        "statements": [NOTHING_ERASED] if contents.kind is ExportKind.PORTABILITY else [],
        "files": listed,
        "left_out": omitted,
    }
    named = {contents.controller.id, *(one.id for one in contents.joint_controllers)}
    if unnamed := {file["controller"] for file in listed} - named:
        raise ValueError(f"the package does not say who these controllers are: {sorted(unnamed)}")
    if problems := list(schema_problems(manifest)):
        raise ValueError(f"the manifest does not follow its schema: {problems}")
    return manifest


def _instant(moment: datetime) -> str:
    if moment.utcoffset() is None:
        raise ValueError("a time in a package needs its zone")
    return moment.isoformat()


def _zip(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same on every system
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target.getvalue()
