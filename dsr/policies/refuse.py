"""Whenever two people refused an item, send the reasons and the remedies (GDPR Art. 12(4))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.refusal import ItemRefused
from dsr.policies.correspondence import Correspondence


class Refuse:
    """Whenever two people refused an item, send the reasons and the remedies (GDPR Art. 12(4))."""

    name: ClassVar[str] = "refuse"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({ItemRefused})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event = recorded.event
        assert isinstance(event, ItemRefused)  # noqa: S101 - all that it handles
        self._letters.send(self, recorded, LetterKind.REFUSAL, item_ids=(event.item_id,))
