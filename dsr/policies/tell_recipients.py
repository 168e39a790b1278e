"""Whenever data was rectified, erased or restricted, tell each recipient of it (GDPR Art. 19).

Where a part was refused, the notice waits for a handler: a processor that erases what is kept destroys it for good. It
also waits where an objection restricts for a while only: a person may find that telling everybody is disproportionate.
"""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.execution import ItemDone
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.recipients import RecipientAdded, RecipientsListed
from dsr.policies.correspondence import Correspondence


class TellRecipients:
    """Whenever data was rectified, erased or restricted, tell each recipient of it (GDPR Art. 19)."""

    name: ClassVar[str] = "tell-recipients"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({ItemDone, RecipientsListed, RecipientAdded})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event = recorded.event
        assert isinstance(event, ItemDone | RecipientsListed | RecipientAdded)  # noqa: S101 - all that it handles
        case = self._letters.case(self, recorded)
        told = case.recipients
        waits = isinstance(event, RecipientsListed) or bool(case.item(event.item_id).refused_in_part)
        write = self._letters.draft if waits else self._letters.send
        for recipient in (event.recipient,) if isinstance(event, RecipientAdded) else event.recipients:
            if not told.get((event.item_id, recipient), False):  # told or excused by a person meanwhile
                write(
                    self,
                    recorded,
                    LetterKind.RECIPIENT_NOTICE,
                    recipient,
                    item_ids=(event.item_id,),
                    recipient=recipient,
                )
