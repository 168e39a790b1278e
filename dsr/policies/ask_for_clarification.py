"""Whenever clarification was decided on, send the question (GDPR recital 63)."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.clarification import ClarificationRequested
from dsr.domain.request.letters import LetterKind
from dsr.policies.correspondence import Correspondence


class AskForClarification:
    """Whenever clarification was decided on, send the question (GDPR recital 63)."""

    name: ClassVar[str] = "ask-for-clarification"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({ClarificationRequested})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        if (
            self._letters.case(self, recorded).clock.clarification_asked_on is not None
        ):  # else it was answered meanwhile
            self._letters.send(self, recorded, LetterKind.CLARIFICATION)
