"""Stored payloads are plain JSON that an authority can read; reading them back is typed."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from dsr.domain.errors import DomainError
from dsr.domain.events import CreatedEvent, Event
from dsr.domain.sealed import BlobRef, KeyIntroduction, KeyPurpose, Sealed
from dsr.eventstore.errors import EventUnknown, EventUnreadable
from dsr.eventstore.mapper import EventMapper

STREAM = UUID("5f2d8a4e-0b7c-4d53-9a61-2f6f3f0c9b10")
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
KEYS = [UUID(int=number) for number in range(1, 6)]


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    label: str
    sealed: Sealed | None = None


class Shown(CreatedEvent):
    TOPIC = "test.mapper.shown"
    on: date
    colours: tuple[Colour, ...]
    price: Decimal
    reference: UUID
    text: Sealed
    parts: tuple[Part, ...]
    by_name: dict[str, BlobRef]
    keys: tuple[KeyIntroduction, ...]
    note: str | None = None


class Plain(Event):
    TOPIC = "test.mapper.plain"


class Reshaped(Event):
    """Was `name` (version 1), then `label` (2), is now `labels` (3)."""

    TOPIC = "test.mapper.reshaped"
    class_version = 3
    labels: tuple[str, ...]

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["label"] = state.pop("name")

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        state["labels"] = [state.pop("label")]


def sealed(key: UUID) -> Sealed:
    return Sealed(key_id=key, seal_id=UUID(int=99), nonce=b"nonce", ciphertext=b"\x00\xff")


E = TypeVar("E", bound=Event)


def event(kind: type[E], stream_id: UUID, version: int, **fields: Any) -> E:
    """The library makes each event a dataclass when its class is made, which the type checker can't see."""
    return kind(originator_id=stream_id, originator_version=version, timestamp=NOON, **{"actor": "ann"} | fields)


def shown() -> Shown:
    return event(
        Shown,
        STREAM,
        1,
        originator_topic="test.mapper",
        on=date(2026, 3, 5),
        colours=(Colour.RED,),
        price=Decimal("12.50"),
        reference=UUID(int=7),
        text=sealed(KEYS[3]),
        parts=(Part("a"), Part("b", sealed(KEYS[1]))),
        by_name={"file": BlobRef(UUID(int=8), KEYS[2], 3, "text/plain", "ab")},
        keys=(KeyIntroduction(KEYS[0], KeyPurpose.CASE_FILE, "cd"), KeyIntroduction(KEYS[1], KeyPurpose.EXPORT, "ef")),
    )


def test_the_payload_is_plain_json_under_the_fields_own_names() -> None:
    stored = EventMapper().to_stored_event(shown())
    assert stored.topic == "test.mapper.shown"
    assert json.loads(stored.state) == {
        "timestamp": "2026-03-05T12:00:00Z",
        "actor": "ann",
        "originator_topic": "test.mapper",
        "on": "2026-03-05",
        "colours": ["red"],
        "price": "12.50",
        "reference": str(UUID(int=7)),
        "text": {
            "key_id": str(KEYS[3]),
            "seal_id": str(UUID(int=99)),
            "nonce": "bm9uY2U=",
            "ciphertext": "AP8=",
        },
        "parts": [
            {"label": "a", "sealed": None},
            {
                "label": "b",
                "sealed": {
                    "key_id": str(KEYS[1]),
                    "seal_id": str(UUID(int=99)),
                    "nonce": "bm9uY2U=",
                    "ciphertext": "AP8=",
                },
            },
        ],
        "by_name": {
            "file": {
                "blob_id": str(UUID(int=8)),
                "key_id": str(KEYS[2]),
                "size": 3,
                "media_type": "text/plain",
                "ciphertext_sha256": "ab",
            }
        },
        "keys": [
            {"key_id": str(KEYS[0]), "purpose": "case-file", "commitment": "cd"},
            {"key_id": str(KEYS[1]), "purpose": "export", "commitment": "ef"},
        ],
        "note": None,
    }


def test_reading_gives_back_the_same_event_with_the_same_types() -> None:
    mapper = EventMapper()
    assert mapper.to_domain_event(mapper.to_stored_event(shown())) == shown()


def test_a_stored_event_knows_every_key_that_it_uses_or_introduces() -> None:
    assert EventMapper().to_stored_event(shown()).key_ids == tuple(KEYS[:4])


@pytest.mark.parametrize(
    "payload",
    [
        '{"timestamp":"2026-03-05T12:00:00Z","actor":"ann","name":"x"}',
        '{"timestamp":"2026-03-05T12:00:00Z","actor":"ann","label":"x","class_version":2}',
        '{"timestamp":"2026-03-05T12:00:00Z","actor":"ann","labels":["x"],"class_version":3}',
    ],
)
def test_every_old_shape_is_upcast_to_the_present_one(payload: str) -> None:
    mapper = EventMapper()
    read = mapper.to_domain_event(StoredEvent(STREAM, 2, Reshaped.TOPIC, payload.encode()))
    assert read == event(Reshaped, STREAM, 2, labels=("x",))
    assert json.loads(mapper.to_stored_event(read).state)["class_version"] == 3


def test_an_event_that_this_program_does_not_know_is_named() -> None:
    with pytest.raises(EventUnknown) as raised:
        EventMapper().to_domain_event(StoredEvent(STREAM, 1, "test.mapper.unheard-of", b"{}"))
    assert raised.value.facts == {"name": "test.mapper.unheard-of"}


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b"[]",
        b"{}",
        b"\xff}",
        b'{"timestamp":"2026-03-05T12:00:00Z","actor":7,"labels":["canary"],"class_version":3}',
    ],
)
def test_an_unreadable_event_is_told_by_its_place_and_never_by_its_content(payload: bytes) -> None:
    with pytest.raises(EventUnreadable) as raised:
        EventMapper().to_domain_event(StoredEvent(STREAM, 4, Reshaped.TOPIC, payload))
    error: DomainError = raised.value
    assert (error.facts["stream_id"], error.facts["stream_version"]) == (str(STREAM), 4)
    assert "canary" not in f"{error} {error.facts} {error.__cause__}"


def test_nothing_in_a_payload_takes_the_place_of_its_columns() -> None:
    payload = '{"timestamp":"2026-03-05T12:00:00Z","actor":"ann","labels":[],"originator_version":9,"class_version":3}'
    read = EventMapper().to_domain_event(StoredEvent(STREAM, 4, Reshaped.TOPIC, payload.encode()))
    assert (read.originator_id, read.originator_version) == (STREAM, 4)


def test_an_event_type_defined_after_the_mapper_was_made_is_found() -> None:
    mapper = EventMapper()
    mapper.to_domain_event(mapper.to_stored_event(shown()))

    class Late(Event):
        TOPIC = "test.mapper.late"

    late = event(Late, uuid4(), 1)
    assert mapper.to_domain_event(mapper.to_stored_event(late)) == late


def test_an_event_without_a_credential_is_stored_as_before_there_were_any() -> None:
    # given
    plain, named = event(Plain, STREAM, 1), event(Plain, STREAM, 1, credential="token:1")
    mapper = EventMapper()
    # then
    assert "credential" not in json.loads(mapper.to_stored_event(plain).state)
    assert json.loads(mapper.to_stored_event(named).state)["credential"] == "token:1"
    assert mapper.to_domain_event(mapper.to_stored_event(plain)) == plain
    assert mapper.to_domain_event(mapper.to_stored_event(named)) == named
