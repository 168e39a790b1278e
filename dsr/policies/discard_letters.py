"""Whenever a case is closed because the person died, discard the letters that wait for them (docs/law §3)."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.closing import RequestClosed
from dsr.domain.request.values import Outcome
from dsr.policies.correspondence import Correspondence


class DiscardLetters:
    """Whenever a case is closed because the person died, discard the letters that wait for them (docs/law §3)."""

    name: ClassVar[str] = "discard-letters"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({RequestClosed})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.discard` raises."""
        event = recorded.event
        assert isinstance(event, RequestClosed)  # noqa: S101 - all that it handles
        if event.outcome is Outcome.DECEASED:
            self._letters.discard(self, recorded, reason="The person has died.")
