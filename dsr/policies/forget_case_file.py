"""Whenever a case file is ordered to be forgotten, destroy its keys and all that was derived from it (docs/law §7)."""

from typing import ClassVar

from dsr.desk.forgetting import ForgettingDesk
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.forgetting import ForgettingOrdered
from dsr.policies.policy import call_for


class ForgetCaseFile:
    """Whenever a case file is ordered to be forgotten, destroy its keys and all that was derived from it
    (docs/law §7).
    """

    name: ClassVar[str] = "forget-case-file"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({ForgettingOrdered})

    def __init__(self, forgetting: ForgettingDesk) -> None:
        self._forgetting = forgetting

    def react(self, recorded: Recorded) -> None:
        """Raises what `ForgettingDesk.purge` raises; it goes on where it was broken off."""
        self._forgetting.purge(recorded.stream_id, call_for(self, recorded))
