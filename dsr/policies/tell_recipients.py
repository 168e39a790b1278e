"""Whenever data was rectified, erased or restricted, tell each recipient of it (GDPR Art. 19).

Where a part was refused, the notice waits for a handler: a processor that erases what is kept destroys it for good.
"""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.execution import ItemDone
from dsr.domain.request.letters import LetterKind
from dsr.policies.correspondence import Correspondence


class TellRecipients:
    """Whenever data was rectified, erased or restricted, tell each recipient of it (GDPR Art. 19)."""

    name: ClassVar[str] = "tell-recipients"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({ItemDone})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event = recorded.event
        assert isinstance(event, ItemDone)  # noqa: S101 - all that it handles
        case = self._letters.case(self, recorded)
        told = case.recipients
        write = self._letters.draft if case.item(event.item_id).refused_in_part else self._letters.send
        for recipient in event.recipients:
            if not told.get((event.item_id, recipient), False):  # told or excused by a person meanwhile
                write(
                    self,
                    recorded,
                    LetterKind.RECIPIENT_NOTICE,
                    recipient,
                    item_ids=(event.item_id,),
                    recipient=recipient,
                )
