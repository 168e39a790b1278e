"""Readable facts of an event without keys: its plain fields as JSON, and the names of sealed ones."""

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from operator import attrgetter
from threading import Lock
from typing import Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from dsr.domain.events import Event
from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed

_ELSEWHERE: Final = {"originator_id", "originator_version", "originator_topic", "timestamp", "actor", "credential"}
"""Fields with columns of their own, or of no interest to a reader."""

_HAPPENED: Final = (
    "received_at",
    "asked_at",
    "answered_at",
    "paid_at",
    "letter.dispatched_at",
    "notice.dispatched_at",
    "data_set.collected_at",
    "verified_at",
    "sent_at",
)
"""Fields with the time of something that happened before it was recorded."""

_encode: Final = msgspec.json.Encoder().encode
_convert: Final = msgspec.convert


class _Plan(NamedTuple):
    """How events of one type are shown."""

    view: type[msgspec.Struct]
    """The plain fields, in the structure of the event."""
    sealed: tuple[tuple[str, ...], ...]
    """Paths of the fields that are sealed."""
    always: list[str] | None
    """Their names, if none of them is optional."""
    happened: Callable[[Event], datetime]


_MAKING_PLANS: Final = Lock()
_plans: Final[dict[type[Event], _Plan]] = {}


class EventFacts(NamedTuple):
    """An event for anyone who may see the case."""

    shown: msgspec.Raw
    """A JSON object, written once."""
    sealed: list[str]
    """Names of the sealed fields, whose opening is a disclosure; nested ones as `letter.text`."""
    happened_at: datetime


def facts_of(event: Event) -> EventFacts:
    """Read an event of any type. Raises TypeError for a type with several indistinguishable sealed parts."""
    plan = _plans.get(type(event)) or _plan_of(type(event))
    view, paths, sealed, happened = plan
    if sealed is None:
        sealed = [".".join(path) for path in paths if _at(event, path) is not None]
    return EventFacts(msgspec.Raw(_encode(_convert(event, view, from_attributes=True))), sealed, happened(event))


def _at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = getattr(value, name, None)
    return value


def _plan_of(event_type: type[Event]) -> _Plan:
    with _MAKING_PLANS:
        return _plans.get(event_type) or _new_plan(event_type)


def _new_plan(event_type: type[Event]) -> _Plan:
    every = get_type_hints(event_type)
    hints = {each.name: every[each.name] for each in fields(event_type) if each.name not in _ELSEWHERE}
    view, sealed = _view_of(hints)
    msgspec.json.Decoder(view)  # under the lock: msgspec inspects a type on first use, which is not thread-safe
    paths = tuple(sealed)
    always = None if any(sealed.values()) else [".".join(path) for path in paths]
    happened = attrgetter(next((path for path in _HAPPENED if path.split(".")[0] in hints), "timestamp"))
    _plans[event_type] = _Plan(view, paths, always, happened)
    return _plans[event_type]


def _view_of(hints: dict[str, Any]) -> tuple[type[msgspec.Struct], dict[tuple[str, ...], bool]]:
    """The plain fields, the mixed parts, and each sealed path with whether it may be None."""
    plain: list[tuple[str, Any]] = []
    parts: list[tuple[str, Any]] = []
    sealed: dict[tuple[str, ...], bool] = {}
    sealed_in_parts: dict[tuple[str, ...], bool] = {}
    for name, hint in hints.items():
        named = _types_in(hint)
        may_be_none = types.NoneType in named
        if named & {Sealed, BlobRef}:
            sealed[(name,)] = may_be_none
        elif KeyIntroduction in named:
            continue  # which key sealed it is of no interest to a reader
        elif inner := [each for each in named if _holds_sealed(each)]:
            if len(inner) > 1 or get_origin(hint) is tuple:
                raise TypeError(f"{name}: several values with sealed parts")
            part, paths = _view_of(get_type_hints(inner[0]))
            parts.append((name, part | None))
            sealed_in_parts |= {(name, *path): may_be_none or optional for path, optional in paths.items()}
        else:
            plain.append((name, Any))
    return msgspec.defstruct("View", [*plain, *parts], gc=False), sealed | sealed_in_parts


def _holds_sealed(named: type[Any]) -> bool:
    if not is_dataclass(named):
        return False
    hints = get_type_hints(named)
    return any(
        inner in (Sealed, BlobRef) or _holds_sealed(inner)
        for field in fields(named)
        for inner in _types_in(hints[field.name])
    )


def _types_in(hint: Any) -> set[type[Any]]:
    """The types in an annotation: `tuple[Item, ...] | None` names Item and None."""
    if get_origin(hint) in (Union, types.UnionType, tuple, list, dict, frozenset):
        return {inner for argument in get_args(hint) if argument is not ... for inner in _types_in(argument)}
    return {hint} if isinstance(hint, type) else set()
