"""Whenever a request is registered, confirm that it arrived and how it is understood (GDPR Art. 12(2), (3)).

If the sender is in doubt, the letter leaves once a handler has confirmed them.
"""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.sender import SenderConfirmed
from dsr.domain.request.triage import RequestRegistered
from dsr.policies.correspondence import Correspondence


class AcknowledgeReceipt:
    """Whenever a request is registered, confirm that it arrived and how it is understood (GDPR Art. 12(2), (3))."""

    name: ClassVar[str] = "acknowledge-receipt"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({RequestRegistered, SenderConfirmed})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        if isinstance(recorded.event, SenderConfirmed):
            self._letters.release_drafts(self, recorded, LetterKind.ACKNOWLEDGEMENT)
        else:
            self._letters.send(self, recorded, LetterKind.ACKNOWLEDGEMENT)
