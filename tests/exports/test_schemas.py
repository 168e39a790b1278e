"""Every data file comes with a JSON Schema that it follows, and that says what its fields mean."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dsr.domain.export import ExportKind
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.values import Provenance
from dsr.exports import PackageContents
from dsr.exports.schemas import SchemaOf

VALUES = st.recursive(
    st.sampled_from((None, True, 7, 1.5, "x")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", ExportKind)
def test_each_data_file_follows_the_schema_beside_it(
    kind: ExportKind,
    contents: Callable[[ExportKind], PackageContents],
    unpacked: Callable[[PackageContents], dict[str, bytes]],
) -> None:
    entries = unpacked(contents(kind))
    for file in json.loads(entries["manifest.json"])["files"]:
        schema = json.loads(entries[file["schema"]])
        Draft202012Validator.check_schema(schema)
        assert list(Draft202012Validator(schema).iter_errors(json.loads(entries[file["path"]]))) == []


@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=3))
def test_records_follow_the_schema_made_of_them(
    contents: Callable[[ExportKind], PackageContents], records: list[dict[str, Any]]
) -> None:
    fields = tuple(
        FieldDescription(name, f"What {name} is", Provenance.OBSERVED) for name in ("a", "b", "b.a", "c.b", "c.b.a")
    )
    data_set = replace(contents(ExportKind.ACCESS).data[0].data_set, fields=fields)
    schema = schema_of(data_set, records)
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(records)) == []


def schema_of(data_set: DataSet, records: list[dict[str, Any]]) -> dict[str, Any]:
    schema = SchemaOf(data_set)
    assert list(schema.learning(records)) == records
    return schema.as_json()


def test_units_zones_and_types_are_told(access: PackageContents) -> None:
    fields = (
        FieldDescription("call.seconds", "How long it took", Provenance.OBSERVED, unit="s"),
        FieldDescription("call.at", "When it began", Provenance.OBSERVED, zone="Europe/Berlin"),
        FieldDescription("tags", "What it was about", Provenance.PROVIDED),
    )
    data_set = replace(access.data[0].data_set, fields=fields)
    schema = schema_of(
        data_set,
        [{"call": {"seconds": 3, "at": "2026-01-01T10:00"}, "tags": ["a", None]}, {"call": {"seconds": None}}],
    )
    assert schema["items"]["properties"] == {
        "call": {
            "type": "object",
            "properties": {
                "seconds": {
                    "description": "How long it took",
                    "x-provenance": "observed",
                    "x-unit": "s",
                    "type": ["integer", "null"],
                },
                "at": {
                    "description": "When it began",
                    "x-provenance": "observed",
                    "x-time-zone": "Europe/Berlin",
                    "type": "string",
                },
            },
        },
        "tags": {
            "description": "What it was about",
            "x-provenance": "provided",
            "type": "array",
            "items": {"type": ["null", "string"]},
        },
    }
