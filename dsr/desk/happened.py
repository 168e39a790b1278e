"""What happened to a stream of events after the version that a writer saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from dsr.desk.repository import Repository
from dsr.domain.dispatch.events import DispatchOpened
from dsr.domain.events import Event
from dsr.domain.matter.state import MatterPartsOpened
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.disclosure import PersonalDataDisclosed
from dsr.domain.request.letters import LetterKind

MOST: Final = 20
"""Events that are looked at."""
_READINGS: Final = frozenset({PersonalDataDisclosed.TOPIC, DispatchOpened.TOPIC, MatterPartsOpened.TOPIC})


@dataclass(frozen=True)
class Happened:
    """One event, without what it says."""

    version: int
    """Of the stream after it."""
    name: str
    actor: str
    recorded_at: datetime
    is_harmless: bool
    """True if no decision depends on it: somebody opened sealed text, or the acknowledgement of receipt left."""


def happened_since(repository: Repository, stream_id: UUID, version: int) -> Sequence[Happened]:
    """The last events after this version, `MOST` at most, the last first."""
    found = repository.application.events.get(stream_id, gt=version, desc=True, limit=MOST)
    return [
        Happened(each.originator_version, each.TOPIC, each.actor, each.timestamp, _is_harmless(each))
        for each in cast("list[Event]", list(found))
    ]


def _is_harmless(event: Event) -> bool:
    if isinstance(event, AnswerSent):
        return event.letter.kind is LetterKind.ACKNOWLEDGEMENT
    return event.TOPIC in _READINGS
