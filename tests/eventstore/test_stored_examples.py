"""Events never change: whatever was stored once can be read for ever."""

import json
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest
from eventsourcing.persistence import StoredEvent

from dsr.domain.events import event_types
from dsr.eventstore.mapper import EventMapper
from dsr.eventstore.payload_schemas import Schemas, payload_schemas

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE / "fixtures").glob("*.json"))
STREAM = UUID("5f2d8a4e-0b7c-4d53-9a61-2f6f3f0c9b10")


def import_the_domain() -> None:
    import importlib
    import pkgutil

    import dsr.domain

    for module in pkgutil.walk_packages(dsr.domain.__path__, "dsr.domain."):
        importlib.import_module(module.name)


def name_and_version(example: Path) -> tuple[str, int]:
    name, _, version = example.stem.rpartition(".v")
    return name, int(version)


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    import_the_domain()
    return payload_schemas()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_stored_event_fits_the_schema_of_its_version(example: Path, schemas: Schemas) -> None:
    name, version = name_and_version(example)
    assert version in schemas[name], (
        f"run python tests/eventstore/make_fixtures.py {name} in the code from before you changed its shape"
    )
    jsonschema.Draft202012Validator(schemas[name][version]).validate(json.loads(example.read_bytes()))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_stored_event_can_still_be_read(example: Path) -> None:
    import_the_domain()
    name, version = name_and_version(example)
    payload = example.read_bytes().rstrip(b"\n")
    mapper = EventMapper()
    event = mapper.to_domain_event(StoredEvent(STREAM, 1, name, payload))
    assert name == event.TOPIC
    if version == getattr(type(event), "class_version", 1):
        assert mapper.to_stored_event(event).state == payload


def test_every_shape_of_every_event_has_a_stored_example() -> None:
    import_the_domain()
    expected = {
        (name, version)
        for name, found in event_types().items()
        if found.__module__.startswith("dsr.")
        for version in range(1, getattr(found, "class_version", 1) + 1)
    }
    missing = expected - {name_and_version(example) for example in EXAMPLES}
    assert missing == set(), "run python tests/eventstore/make_fixtures.py and look at what it wrote"
