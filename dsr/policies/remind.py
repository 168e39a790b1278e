"""Whenever an identity question stays unanswered, send a reminder (GDPR Art. 12(2), 12(6))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.due import IdentityReminderDue
from dsr.domain.request.letters import LetterKind
from dsr.policies.correspondence import Correspondence


class Remind:
    """Whenever an identity question stays unanswered, send a reminder (GDPR Art. 12(2), 12(6))."""

    name: ClassVar[str] = "remind"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({IdentityReminderDue})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event, case = recorded.event, self._letters.case(self, recorded)
        assert isinstance(event, IdentityReminderDue)  # noqa: S101 - all that it handles
        if case.awaits_identity and case.identity.remind_on == event.due:  # else no more
            self._letters.send(self, recorded, LetterKind.REMINDER)
