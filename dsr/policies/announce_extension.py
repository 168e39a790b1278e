"""Whenever an extension was approved, send its notice, with which it takes effect (GDPR Art. 12(3))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.extension import ExtensionApproved
from dsr.domain.request.letters import LetterKind
from dsr.policies.correspondence import Correspondence


class AnnounceExtension:
    """Whenever an extension was approved, send its notice, with which it takes effect (GDPR Art. 12(3))."""

    name: ClassVar[str] = "announce-extension"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({ExtensionApproved})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises ExtensionTooLate, and what `Correspondence.send` raises."""
        extension = self._letters.case(self, recorded).clock.extension
        if extension is not None and extension.approved_at is not None:  # else its notice left meanwhile, by hand
            self._letters.send(self, recorded, LetterKind.EXTENSION)
