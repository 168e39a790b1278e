"""Whenever two people ended a request as moot or as none, send the reasons and the remedies (GDPR Art. 12(4))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.ending import EndApproved
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import End, ItemStatus
from dsr.policies.correspondence import Correspondence


class TellOfEnd:
    """Whenever two people ended a request as moot or as none, send the reasons and the remedies (GDPR Art. 12(4))."""

    name: ClassVar[str] = "tell-of-end"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({EndApproved})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event, items = recorded.event, self._letters.case(self, recorded).items.values()
        assert isinstance(event, EndApproved)  # noqa: S101 - all that it handles
        ended = tuple(each.item_id for each in items if each.status is ItemStatus.ENDED and not each.answered)
        if event.end is not End.DECEASED and ended:
            self._letters.send(self, recorded, LetterKind.ENDING, item_ids=ended)
