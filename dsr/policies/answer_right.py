"""Whenever an item was carried out, or no data was found, draft its answer for the handler (GDPR Art. 12(3))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.execution import ItemDone, NothingHeld
from dsr.domain.request.letters import ANSWER_OF
from dsr.policies.correspondence import Correspondence


class AnswerRight:
    """Whenever an item was carried out, or no data was found, draft its answer for the handler (GDPR Art. 12(3))."""

    name: ClassVar[str] = "answer-right"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({ItemDone, NothingHeld})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """A draft: a person completes and releases it. Raises what `Correspondence.draft` raises."""
        event = recorded.event
        assert isinstance(event, ItemDone | NothingHeld)  # noqa: S101 - all that it handles
        item = self._letters.case(self, recorded).item(event.item_id)
        if not item.answered:
            self._letters.draft(self, recorded, ANSWER_OF[item.right], item_ids=(item.item_id,))
