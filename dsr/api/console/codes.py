"""The codes that pages say as words, for the catalogue: of states and grounds, fields of forms, events and their parts.

They are collected from the code, so that a new one is missed by `make lint` until it is translated.
"""

from collections.abc import Iterator
from dataclasses import fields as parts_of
from dataclasses import is_dataclass
from enum import StrEnum
from typing import Any, Final, get_args, get_type_hints

from marshmallow import Schema, fields

from dsr.api.console.forms import label_of
from dsr.api.console.words import code_in_english
from dsr.api.enumerations import ENUMERATION
from dsr.api.fields import Body
from dsr.desk.heartbeats import Part
from dsr.domain.events import Event
from dsr.domain.request.kept import KeptGround
from dsr.domain.request.statement_code import StatementCode
from dsr.domain.sealed import Sealed

_OURS: Final = "dsr."
"""Topics of events begin with it, unless another program in the same process has events of its own."""

_OPENED: Final = ("dsr.request.", "dsr.matter.", "dsr.dispatch.")
"""Topics of events whose sealed parts a history names."""

_BESIDE: Final[tuple[type[StrEnum], ...]] = (KeptGround, StatementCode, Part)
"""Enumerations that pages show and that no field of the interface takes."""


def said_codes() -> frozenset[str]:
    """Their English words, which are the keys of the catalogue."""
    kinds = {*_BESIDE, *_enumerations()}
    codes = {code.value for kind in kinds for code in kind}
    labels = {label_of(each.data_key or name) for body in _all(Body) for name, each in body().load_fields.items()}
    return frozenset(map(code_in_english, codes | labels | set(_events())))


def _enumerations() -> Iterator[type[StrEnum]]:
    for schema in _all(Schema):
        for each in schema().fields.values():
            inner = each.inner if isinstance(each, fields.List) else each
            if ENUMERATION in inner.metadata:
                yield inner.metadata[ENUMERATION]


def _events() -> Iterator[str]:
    """The names of events, all of which the log shows, and of parts that are sealed."""
    for event in _all(Event):
        topic = getattr(event, "TOPIC", "")
        if topic.startswith(_OURS):
            yield topic.rpartition(".")[2]
        if topic.startswith(_OPENED):
            yield from _sealed(event)


def _sealed(kind: Any) -> Iterator[str]:
    if not is_dataclass(kind):
        return
    hints = get_type_hints(kind)
    for part in parts_of(kind):
        for inner in (hints[part.name], *get_args(hints[part.name])):
            if inner is Sealed:
                yield part.name
            yield from _sealed(inner)


def _all(base: type[Any]) -> Iterator[type[Any]]:
    for each in base.__subclasses__():
        yield each
        yield from _all(each)
