"""Whenever a request was forwarded to the controller for which we process the data, tell the person (docs/law §9)."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.forwarding import RequestForwarded
from dsr.domain.request.letters import LetterKind
from dsr.policies.correspondence import Correspondence


class TellOfForwarding:
    """Whenever a request was forwarded to the controller for which we process the data, tell the person (docs/law
    §9).
    """

    name: ClassVar[str] = "tell-of-forwarding"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({RequestForwarded})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        self._letters.send(self, recorded, LetterKind.FORWARDING)
