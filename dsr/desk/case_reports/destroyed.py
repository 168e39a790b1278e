"""Which sealed parts of a case nobody can open any more, and which of its events destroyed their keys."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from dsr.desk.sealed_parts import Parts, parts_of

Destroyed = Mapping[tuple[int, str], "Destruction"]
"""What destroyed a part, by the version of its event and its name (`letter.text`)."""

_LISTS: Final = ("evidence_destroyed", "keys_destroyed")
_ORDERS: Final = frozenset({"dsr.request.forgetting-ordered", "dsr.request.forgetting-restored"})
_ATTESTED: Final = "dsr.request.forgetting-attested"


@dataclass(frozen=True)
class Destruction:
    """An event by which a key was destroyed."""

    version: int
    name: str
    recorded_at: Any


@dataclass(frozen=True)
class _Told:
    """An event as the log holds it."""

    what: Destruction
    parts: Parts
    facts: dict[str, Any]


def destroyed_in(rows: Sequence[Any]) -> Destroyed:
    """What is destroyed of a case, from all its rows of the log in their order.

    The order to forget a case destroys all its keys, as soon as an event attests that they are gone.
    """
    told = [
        _Told(
            Destruction(row.stream_version, row.name, row.recorded_at),
            parts_of(row.payload),
            msgspec.json.decode(row.payload),
        )
        for row in rows
    ]
    destroyed = dict(_destructions(told))
    if told and any(each.what.name == _ATTESTED for each in told):
        order = next(each.what for each in told if each.what.name in _ORDERS)
        every = {key_id for each in told for key_id in each.parts.all_key_ids}
        destroyed = dict.fromkeys(every, order) | destroyed
    return {
        (each.what.version, pointer[1:].replace("/", ".")): destroyed[key_id]
        for each in told
        for pointer, key_id in each.parts.keys_by_pointer
        if key_id in destroyed
    }


def _destructions(told: Sequence[_Told]) -> Iterator[tuple[UUID, Destruction]]:
    """Each key that an event destroyed by itself."""
    contents = dict[str, UUID]()
    for each in told:
        for name in _LISTS:
            yield from ((UUID(key_id), each.what) for key_id in each.facts.get(name) or ())
        for what in ("data_set", "attachment"):
            if (collected := each.facts.get(what)) is not None and "content" in collected:
                contents[collected[f"{what}_id"]] = UUID(collected["content"]["key_id"])
            elif each.what.name.endswith("-discarded") and (gone := contents.get(each.facts.get(f"{what}_id", ""))):
                yield gone, each.what
