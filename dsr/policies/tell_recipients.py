"""Whenever data was rectified, erased or restricted, tell each recipient of it (GDPR Art. 19); whenever a restriction
was lifted, draft a letter to each recipient that was told of it, before or after.

Where a part was refused, the notice waits for a handler: a processor that erases what is kept destroys it for good. It
also waits where an objection restricts for a while only: a person may find that telling everybody is disproportionate.
"""

from typing import ClassVar
from uuid import UUID

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.execution import ItemDone
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.recipients import (
    RecipientAdded,
    RecipientsListed,
    RecipientTold,
    to_hear_of_lifting,
    was_lifted,
)
from dsr.domain.request.restriction import RestrictionLifted
from dsr.policies.correspondence import Correspondence


class TellRecipients:
    """Whenever data was rectified, erased or restricted, tell each recipient of it (GDPR Art. 19)."""

    name: ClassVar[str] = "tell-recipients"
    handles: ClassVar[frozenset[type[Event]]] = frozenset(
        {ItemDone, RecipientsListed, RecipientAdded, RecipientTold, RestrictionLifted}
    )

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event = recorded.event
        case = self._letters.case(self, recorded)
        if isinstance(event, RestrictionLifted):
            self._tell_of_lifting(recorded, case, event.restriction_id)
            return
        if isinstance(event, RecipientTold):  # it may have been told, or the notice of it recorded, after the lifting
            for each in case.restrictions.values():
                if each.item_id == event.item_id:
                    self._tell_of_lifting(recorded, case, each.restriction_id)
            return
        assert isinstance(event, ItemDone | RecipientsListed | RecipientAdded)  # noqa: S101 - all that it handles else
        if was_lifted(case, event.item_id):
            return  # a handler says why the recipient is not told
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

    def _tell_of_lifting(self, recorded: Recorded, case: Request, restriction_id: UUID) -> None:
        """Draft a letter that is not written yet. The law asks for none, so a handler decides whether it leaves
        (docs/law §11).
        """
        for recipient in to_hear_of_lifting(case, self._letters.history(recorded), restriction_id):
            self._letters.draft(
                self,
                recorded,
                LetterKind.RECIPIENT_LIFTING,
                recipient,
                item_ids=(case.restrictions[restriction_id].item_id,),
                concerns=str(restriction_id),
                recipient=recipient,
            )
