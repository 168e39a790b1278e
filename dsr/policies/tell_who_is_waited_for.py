"""Whenever somebody is waited for, tell them: at once where it is urgent, else in the digest of the next working day
(GDPR Art. 12(3), 24(1)).

The policy only notes whom to tell. The worker sends one mail for all that is due, and leaves out work that was done
in the meantime.
"""

from typing import ClassVar

from dsr.desk.telling import TELLING_EVENTS, TellingDesk
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded


class TellWhoIsWaitedFor:
    """Whenever somebody is waited for, tell them (GDPR Art. 12(3), 24(1))."""

    name: ClassVar[str] = "tell-who-is-waited-for"
    handles: ClassVar[frozenset[type[Event]]] = TELLING_EVENTS

    def __init__(self, telling: TellingDesk) -> None:
        self._telling = telling

    def react(self, recorded: Recorded) -> None:
        """Raises what `TellingDesk.note` raises."""
        self._telling.note(recorded)
