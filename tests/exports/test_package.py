"""What lies in a package, and what a portable one must never hold."""

import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dsr.domain.export import ExportEmpty, ExportKind
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import Provenance
from dsr.exports import (
    MANIFEST_SCHEMA,
    Collected,
    ControllerFacts,
    DataFieldsUndescribed,
    DataSetNameInvalid,
    DataUnreadable,
    PackageContents,
    PackageStream,
    PackageSummary,
    Record,
    described,
    require_name,
    verify_package,
)
from dsr.exports.redaction import MARKER

GOLDEN = Path(__file__).parent / "golden"
CANARY = b"CANARY-INFERRED"


@dataclass(frozen=True)
class Built:
    """A whole package in memory, as only tests hold one."""

    content: bytes
    summary: PackageSummary

    @property
    def sha256(self) -> str:
        return self.summary.sha256

    @property
    def manifest(self) -> dict[str, Any]:
        return self.summary.manifest


def build_package(contents: PackageContents) -> Built:
    stream = PackageStream(contents)
    content = b"".join(stream)
    return Built(content, stream.summary)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_records(contents: PackageContents, records: list[dict[str, Any]], *fields: tuple[str, Provenance]) -> Any:
    first = contents.data[0]
    described = tuple(replace(first.data_set.fields[0], name=name, provenance=origin) for name, origin in fields)
    data_set = replace(first.data_set, fields=described)
    return replace(contents, data=(Collected(data_set, lambda: records),), attachments=())


@pytest.mark.parametrize("kind", ExportKind)
def test_the_manifest_is_as_agreed(kind: ExportKind, contents: Callable[[ExportKind], PackageContents]) -> None:
    """DSR_UPDATE_GOLDEN=1 writes the file anew; read the difference before it is kept."""
    manifest = unpacked(build_package(contents(kind)).content)["manifest.json"]
    golden = GOLDEN / f"manifest-{kind}.json"
    if os.environ.get("DSR_UPDATE_GOLDEN"):
        golden.write_bytes(manifest)
    assert manifest == golden.read_bytes()


def test_the_schema_is_valid_and_describes_every_field() -> None:
    Draft202012Validator.check_schema(MANIFEST_SCHEMA)

    def walk(schema: dict[str, Any]) -> None:
        for name, field in schema.get("properties", {}).items():
            target = MANIFEST_SCHEMA["$defs"][field["$ref"].rsplit("/", 1)[1]] if "$ref" in field else {}
            assert field.get("description") or target.get("description"), name
            walk(field)
            walk(field.get("items", {}))
        for part in schema.get("$defs", {}).values():
            walk(part)

    walk({key: MANIFEST_SCHEMA[key] for key in ("properties", "$defs")})


def test_access_holds_everything(access: PackageContents) -> None:
    package = build_package(access)
    files = unpacked(package.content)
    assert list(files) == [
        "data/account.json",
        "schemas/account.schema.json",
        "pages/account.html",
        "data/calls.json",
        "schemas/calls.schema.json",
        "pages/calls.html",
        "data/churn.json",
        "schemas/churn.schema.json",
        "pages/churn.html",
        "attachments/call-2026-02-01.wav",
        "attachments/mood.txt",
        "information.json",
        "index.html",
        "manifest.schema.json",
        "manifest.json",
    ]
    assert package.summary.files == 5
    assert b"".join(files.values()).count(CANARY) == 13
    assert package.manifest["left_out"] == []


def test_portability_holds_no_inferred_value_and_says_what_it_left_out(portability: PackageContents) -> None:
    package = build_package(portability)
    files = unpacked(package.content)
    assert CANARY not in b"".join(files.values())
    assert [(one["name"], one["field"]) for one in package.manifest["left_out"]] == [
        ("account", "address.segment"),
        ("account", "visits.intent"),
        ("account", "profile"),
        ("account", "profile.risk"),
        ("calls", "mood"),
        ("churn", None),
        ("mood.txt", None),
    ]
    assert {one["provision"] for one in package.manifest["left_out"]} == {"GDPR Art. 20(1)"}
    assert json.loads(files["data/account.json"])[0] == {
        "name": "Zoë Ångström",
        "customer_no": 900719925474099312345,
        "balance": 10.5,
        "address": {"city": "Köln"},
        "visits": [{"at": "2026-01-01T00:00:00Z"}, {"at": None}],
    }


def test_portability_states_that_nothing_was_erased(portability: PackageContents, access: PackageContents) -> None:
    assert [one["code"] for one in build_package(portability).manifest["statements"]] == ["nothing-erased"]
    assert build_package(access).manifest["statements"] == []


TREES = st.recursive(
    st.just("kept") | st.integers(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    match value:
        case dict() if value:
            return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
        case list() if value:
            return [leaf for inner in value for leaf in leaves(inner, path)]
        case _:
            return [path]


def poisoned(value: Any, marked: set[str], path: tuple[str, ...] = ()) -> Any:
    """Replace every value at or beneath a marked path by the canary."""
    under = any(".".join(path[:depth]) in marked for depth in range(1, len(path) + 1))
    match value:
        case dict() if value:
            return {key: poisoned(inner, marked, (*path, key)) for key, inner in value.items()}
        case list() if value:
            return [poisoned(inner, marked, path) for inner in value]
        case _:
            return CANARY.decode() if under else value


@settings(deadline=None)  # a busy machine is no reason to fail
@given(st.dictionaries(st.sampled_from("abc"), TREES, min_size=1, max_size=3), st.data())
def test_no_inferred_value_passes_however_it_nests(
    contents: Callable[[ExportKind], PackageContents], record: dict[str, Any], data: st.DataObject
) -> None:
    paths = sorted({".".join(leaf[:depth]) for leaf in leaves(record) for depth in range(1, len(leaf) + 1)})
    marked = set(data.draw(st.lists(st.sampled_from(paths), unique=True)))
    fields = [(path, Provenance.INFERRED if path in marked else Provenance.OBSERVED) for path in paths]
    portable = with_records(contents(ExportKind.PORTABILITY), [poisoned(record, marked)], *fields)
    try:
        package = build_package(portable)
    except ExportEmpty:
        return
    assert CANARY not in b"".join(unpacked(package.content).values())
    assert verify_package(io.BytesIO(package.content)) == []


def test_a_portable_package_of_inferred_data_alone_is_refused(portability: PackageContents) -> None:
    with pytest.raises(ExportEmpty):
        build_package(replace(portability, data=portability.data[2:], attachments=portability.attachments[1:]))
    with pytest.raises(ExportEmpty):
        build_package(with_records(portability, [{"a": 1}], ("a", Provenance.INFERRED)))


def test_the_same_contents_give_the_same_digest_in_any_order(access: PackageContents) -> None:
    first = build_package(access)
    second = build_package(replace(access, data=access.data[::-1], attachments=access.attachments[::-1]))
    assert first.sha256 == second.sha256
    assert first.content == second.content


def test_two_data_sets_of_one_name_get_a_file_each(access: PackageContents) -> None:
    calls = access.data[0]
    again = replace(calls, data_set=replace(calls.data_set, data_set_id=UUID(int=9), system="archive"))
    package = build_package(replace(access, data=(again, calls)))
    assert [(file["path"], file["system"]) for file in package.manifest["files"]] == [
        ("data/calls.json", "system-1"),
        ("data/calls-2.json", "archive"),
    ]
    assert verify_package(io.BytesIO(package.content)) == []


@pytest.mark.parametrize("name", ["con", "nul", "aux", "prn", "com1", "lpt9", "com0"])
def test_a_name_that_windows_keeps_for_a_device_is_refused(name: str, access: PackageContents) -> None:
    with pytest.raises(DataSetNameInvalid, match=f"{name}-data"):
        require_name(name)
    # and what was accepted under it before is unpacked everywhere
    calls = access.data[0]
    package = build_package(replace(access, data=(replace(calls, data_set=replace(calls.data_set, name=name)),)))
    assert package.manifest["files"][0]["path"] == f"data/{name}-2.json"
    assert verify_package(io.BytesIO(package.content)) == []


@pytest.mark.parametrize("name", ["console", "auxiliary", "com", "com10", "con-1"])
def test_a_name_that_only_begins_like_a_device_is_accepted(name: str, access: PackageContents) -> None:
    require_name(name)
    calls = access.data[0]
    package = build_package(replace(access, data=(replace(calls, data_set=replace(calls.data_set, name=name)),)))
    assert package.manifest["files"][0]["path"] == f"data/{name}.json"


@pytest.mark.parametrize("name", ["../calls", "Calls", "", "-x", "a/b", "a" * 61, "calls\n"])
def test_a_name_that_is_no_plain_file_name_is_refused(name: str, access: PackageContents) -> None:
    calls = access.data[0]
    with pytest.raises(DataSetNameInvalid):
        build_package(replace(access, data=(replace(calls, data_set=replace(calls.data_set, name=name)),)))


@pytest.mark.parametrize(
    ("record", "places"),
    [
        ({"known": 1, "anna@example.org": 2}, ["2"]),
        ({"known": {"anything": 1}, "group": {"a": 1, "b": 2}}, ["group.b"]),
        ({"group": [{"a": 1}, {"c": 1}, {"a": 2, "d": 3}]}, ["group.c", "group.d"]),
        ({"group": {}}, ["group"]),
        ({"known": 1, "Anna Smith": 2, "+49 30 1234567": 3}, ["2", "3"]),
        ({"": {"known": 1}}, ["1.known"]),
    ],
)
def test_an_undescribed_field_is_refused_by_name_or_by_place_where_the_name_may_be_about_somebody(
    record: dict[str, Any], places: list[str], access: PackageContents
) -> None:
    contents = with_records(
        access, [{"known": 0}, record], ("known", Provenance.OBSERVED), ("group.a", Provenance.OBSERVED)
    )
    with pytest.raises(DataFieldsUndescribed) as caught:
        build_package(contents)
    assert caught.value.facts == {"record": 2, "fields": places, "count": len(places)}
    assert "anna" not in f"{caught.value}{caught.value.facts}".casefold()


def test_a_blank_description_describes_nothing(access: PackageContents) -> None:
    field = replace(access.data[0].data_set.fields[0], description=" ")
    with pytest.raises(DataFieldsUndescribed):
        described([], [field])


@pytest.mark.parametrize(
    "record",
    [
        {MARKER: ["privacy-of-another"]},
        {"a": {MARKER: ["privacy-of-another"]}},
        {"a": {MARKER: ["CANARY-BOB"]}},
        {"a": [1, {"b": {MARKER: 1, "c": 2}}]},
    ],
)
def test_no_source_says_that_something_was_redacted(record: Record) -> None:
    """What it called hidden would be there; only what the package redacts itself is marked."""
    fields = [FieldDescription(name, "m", Provenance.OBSERVED) for name in ("a", MARKER)]
    with pytest.raises(DataUnreadable) as caught:
        list(described([{"a": 1}, record], fields))
    assert caught.value.facts == {"reason": "name-reserved", "record": 2}
    assert "CANARY" not in str(caught.value.facts) + caught.value.detail


def test_a_description_of_a_field_that_no_record_has_is_kept(access: PackageContents) -> None:
    contents = with_records(access, [], ("a", Provenance.OBSERVED))
    assert build_package(contents).manifest["files"][0]["fields"][0]["name"] == "a"


def test_facts_that_do_not_come_from_people_must_be_there(access: PackageContents) -> None:
    with pytest.raises(ValueError, match="zone"):
        build_package(replace(access, prepared_at=datetime(2026, 3, 5, 10)))  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="callcentre-at"):
        build_package(replace(access, joint_controllers=()))
    with pytest.raises(ValueError, match="/controller/country"):
        build_package(replace(access, controller=ControllerFacts("callcentre-de", "Call Centre", "Germany", "x")))
