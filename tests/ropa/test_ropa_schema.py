"""The published JSON Schema: valid itself, closed, documented, and in step with the types of the domain."""

import dataclasses
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dsr.domain.request.values import Provenance
from dsr.domain.ropa import (
    AutomatedDecisions,
    Controller,
    DataCategory,
    DataSource,
    JointArrangement,
    LegalBasis,
    Notice,
    OwnDay,
    OwnDays,
    OwnRetention,
    ProcessingActivity,
    Recipient,
    RecipientKind,
    Retention,
    Ropa,
    Safeguard,
    ServedController,
    SubjectGroup,
    SubProcessor,
    System,
    SystemField,
    Transfer,
)
from dsr.ropa import SCHEMA

SHAPES: dict[str, type[Any]] = {
    "own_day": OwnDay,
    "own_days": OwnDays,
    "controller": Controller,
    "recipient": Recipient,
    "served_controller": ServedController,
    "sub_processor": SubProcessor,
    "system": System,
    "system_field": SystemField,
    "subject_group": SubjectGroup,
    "activity": ProcessingActivity,
    "data_category": DataCategory,
    "retention": Retention,
    "own_retention": OwnRetention,
    "transfer": Transfer,
    "automated_decisions": AutomatedDecisions,
    "joint_arrangement": JointArrangement,
    "notice": Notice,
}


BESIDE = {"translations"}
"""Made from the texts in several languages."""


def objects() -> Iterator[tuple[dict[str, Any], type[Any]]]:
    yield SCHEMA, Ropa
    for name, shape in SHAPES.items():
        yield SCHEMA["$defs"][name], shape


def test_the_schema_is_a_valid_json_schema_2020_12() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMA)


def test_every_object_of_the_schema_is_a_type_of_the_domain() -> None:
    described = {name for name, each in SCHEMA["$defs"].items() if each.get("type") == "object"}

    assert described == set(SHAPES)


def test_fields_and_required_fields_are_those_of_the_types_and_nothing_else_is_allowed() -> None:
    for schema, shape in objects():
        fields = dataclasses.fields(shape)
        assert set(schema["properties"]) == {field.name for field in fields} - BESIDE
        assert set(schema["required"]) == {field.name for field in fields if field.default is dataclasses.MISSING}
        assert schema["additionalProperties"] is False


def test_every_field_says_what_it_means() -> None:
    for schema, _ in objects():
        for name, field in schema["properties"].items():
            meaning = field if "description" in field else SCHEMA["$defs"][field["$ref"].rsplit("/", 1)[1]]
            assert meaning["description"].endswith("."), name


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        (("activity", "legal_basis"), LegalBasis),
        (("data_category", "source"), DataSource),
        (("recipient", "kind"), RecipientKind),
        (("transfer", "safeguard"), Safeguard),
        (("system_field", "provenance"), Provenance),
    ],
)
def test_the_schema_knows_every_code(place: tuple[str, str], codes: type[StrEnum]) -> None:
    name, field = place

    assert SCHEMA["$defs"][name]["properties"][field]["enum"] == [code.value for code in codes]
