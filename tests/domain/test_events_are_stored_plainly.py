"""Events and errors of the domain have stable names, survive the JSON that they are kept in, and only assign."""

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import pytest

import dsr.domain
from dsr.domain.errors import DomainError, all_errors
from dsr.domain.events import Aggregate, CreatedEvent, Event, event_types

for module in pkgutil.walk_packages(dsr.domain.__path__, "dsr.domain."):
    importlib.import_module(module.name)


def descendants(root: type[Any]) -> set[type[Any]]:
    """All subclasses that the domain defines."""
    found: set[type[Any]] = set()
    for child in root.__subclasses__():
        found |= {child} | descendants(child)
    return {each for each in found if each.__module__.startswith("dsr.domain")}


EVENTS = sorted((e for e in descendants(Event) if not e.__subclasses__()), key=lambda each: each.__qualname__)
AGGREGATES = sorted((a for a in descendants(Aggregate) if "TOPIC" in vars(a)), key=lambda each: each.__qualname__)
ERRORS = sorted((e for e in all_errors() if e.__module__.startswith("dsr.domain")), key=lambda each: each.__qualname__)
IRREGULAR = {
    "done",
    "given",
    "held",
    "insufficient",
    "left",
    "out",
    "written",
    "paid",
    "read",
    "sent",
    "split",
    "told",
    "withdrawn",
}
IRREGULAR |= {
    "approaching",
    "drawn",
    "due",
    "overdue",
    "split",
    "untold",
}  # what the clock found, as the law's people say it
QUALIFIED = {
    "dsr.request.item-refused-in-part",
    "dsr.request.objection-treated-as-withdrawal",
    "dsr.request.subject-signed-in",
}
"""Names that say more after their verb."""

by_name = pytest.mark.parametrize("event_type", EVENTS, ids=lambda each: each.__name__)


def test_there_are_events_aggregates_and_errors_to_look_at() -> None:
    assert len(EVENTS) > 40
    assert {"Request", "Staff"} <= {each.__name__ for each in AGGREGATES}
    assert len(ERRORS) > 40


OF_SEVERAL = "dsr.own-file"
"""Before the names of events that several aggregates record: how the file of each is forgotten (`OwnFile`)."""


# Names -------------------------------------------------------------------------------------------------------------


@by_name
def test_every_event_has_its_own_name_in_the_past_tense_below_its_aggregate(event_type: Any) -> None:
    assert "TOPIC" in vars(event_type)
    owner, _, name = event_type.TOPIC.rpartition(".")
    assert owner in {*(each.TOPIC for each in AGGREGATES), OF_SEVERAL}
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    last = re.sub(r"-(in|up)$", "", name).rpartition("-")[2]  # signed in, stepped up
    if event_type.TOPIC in QUALIFIED:
        last = next(word for word in name.split("-") if word.endswith("ed"))
    assert last.endswith("ed") or last in IRREGULAR


def test_no_two_events_or_aggregates_share_a_name() -> None:
    names = [each.TOPIC for each in [*EVENTS, *AGGREGATES]]
    assert len(names) == len(set(names))


def test_every_event_is_found_by_its_name() -> None:
    known = event_types()
    assert all(known[each.TOPIC] is each for each in EVENTS)


@by_name
def test_every_event_says_what_it_means(event_type: Any) -> None:
    assert (event_type.__doc__ or "").strip().endswith((".", ")"))
    assert not event_type.__doc__.startswith(f"{event_type.__name__}(")  # what a dataclass writes where nobody did


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.__name__)
def test_every_error_has_a_code_and_a_sentence(error: type[DomainError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", vars(error)["code"])
    assert (vars(error)["__doc__"] or "").strip().endswith((".", ")"))


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in ERRORS]
    assert len(codes) == len(set(codes))


# Storage -----------------------------------------------------------------------------------------------------------

ATOMS: dict[Any, Any] = {
    str: "text",
    int: 7,
    bool: True,
    float: 1.5,
    bytes: b"\x00\xff",
    date: date(2026, 3, 2),
    datetime: datetime(2026, 3, 2, 9, 30, 0, 1, tzinfo=UTC),
    Decimal: Decimal("12.50"),
    UUID: UUID("6f1d2f6e-4a53-4e7c-9a53-3a3c5d2f6b10"),
}


def example(kind: Any, *, full: bool) -> Any:
    """A value of the type; `full` fills what may be empty, else it stays empty. Raises TypeError for other types."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in ATOMS:
        return ATOMS[kind]
    if isinstance(kind, TypeVar):  # the library lets the id of a stream be of several types; ours are UUIDs
        return ATOMS[UUID]
    if origin in (Union, types.UnionType):
        present = next(each for each in inner if each is not type(None))
        return example(present, full=full) if full or type(None) not in inner else None
    if origin is tuple:
        members = inner[:1] if inner[-1] is Ellipsis else inner
        return tuple(example(each, full=full) for each in members) if full or inner[-1] is not Ellipsis else ()
    if origin in (dict, Mapping):
        return {example(inner[0], full=full): example(inner[1], full=full)} if full else {}
    if origin is frozenset:
        return frozenset({example(inner[0], full=full)}) if full else frozenset()
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[-1]
    if is_dataclass(kind):
        return filled(kind, full=full)
    raise TypeError(kind)


def filled(kind: Any, *, full: bool) -> Any:
    """An instance of a dataclass with an example in every field."""
    hints = get_type_hints(kind)
    return kind(**{field.name: example(hints[field.name], full=full) for field in fields(kind)})


@by_name
@pytest.mark.parametrize("full", [True, False], ids=["full", "sparse"])
def test_every_field_of_every_event_survives_its_json(event_type: Any, full: bool) -> None:
    event = filled(event_type, full=full)
    again = msgspec.json.decode(msgspec.json.encode(event), type=event_type)
    assert again == event
    for field in fields(event_type):
        assert type(getattr(again, field.name)) is type(getattr(event, field.name))


@by_name
def test_an_authority_can_read_an_event_without_this_program(event_type: Any) -> None:
    event = filled(event_type, full=True)
    plain = msgspec.json.decode(msgspec.json.encode(event))
    assert set(plain) == {field.name for field in fields(event_type)}
    assert plain["timestamp"] == "2026-03-02T09:30:00.000001Z"
    assert plain["originator_id"] == "6f1d2f6e-4a53-4e7c-9a53-3a3c5d2f6b10"


@by_name
def test_every_event_is_frozen_and_says_who_did_it(event_type: Any) -> None:
    event = filled(event_type, full=True)
    assert event.actor == "text"
    with pytest.raises(AttributeError):
        event.actor = "somebody else"


# Replay ------------------------------------------------------------------------------------------------------------

READS_THE_WORLD = {"now", "today", "utcnow", "uuid4", "compute", "explain", "open", "record", "trigger_event"}


@by_name
def test_applying_an_event_only_assigns(event_type: Any) -> None:
    body = ast.parse(textwrap.dedent(inspect.getsource(event_type.apply)))
    for node in ast.walk(body):
        assert not isinstance(
            node, ast.Raise | ast.Assert | ast.Try | ast.With | ast.While | ast.Import | ast.ImportFrom
        )
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in READS_THE_WORLD
            assert not called.startswith(("_require", "check_"))


def test_events_are_made_in_one_way() -> None:
    """`Aggregate.create` and `Aggregate.record` fill timestamp and actor; the library's own methods would not."""
    beside = [
        str(path)
        for path in Path("dsr/domain").rglob("*.py")
        if path != Path("dsr/domain/events.py")
        and re.search(r"\.(trigger_event|_create)\(", path.read_text(encoding="utf-8"))
    ]
    assert beside == []


def test_only_creation_starts_a_stream() -> None:
    created = {each.TOPIC.rpartition(".")[0] for each in EVENTS if issubclass(each, CreatedEvent)}
    assert created == {each.TOPIC for each in AGGREGATES}
