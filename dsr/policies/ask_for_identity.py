"""Whenever identity is in doubt, or still is after a proof, send the question to the person (GDPR Art. 12(6))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.identity import IdentityInsufficient, IdentityRequested
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import IN_QUESTION
from dsr.policies.correspondence import Correspondence


class AskForIdentity:
    """Whenever identity is in doubt, or still is after a proof, send the question to the person (GDPR Art. 12(6))."""

    name: ClassVar[str] = "ask-for-identity"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({IdentityRequested, IdentityInsufficient})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """A letter that asks for known facts, in the handler's words, stays a draft: a person reads and releases it.

        Raises what `Correspondence.send` raises.
        """
        identity = self._letters.case(self, recorded).identity
        if identity.status not in IN_QUESTION:  # it was answered meanwhile
            return
        write = self._letters.draft if identity.asks_for_facts else self._letters.send
        write(self, recorded, LetterKind.IDENTITY_QUESTION)
