"""Whenever a fee was proposed, send its notice, with reasons and remedies (GDPR Art. 12(5)(a), 15(3))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.fees import FeeProposed
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import FeeStatus
from dsr.policies.correspondence import Correspondence


class QuoteFee:
    """Whenever a fee was proposed, send its notice, with reasons and remedies (GDPR Art. 12(5)(a), 15(3))."""

    name: ClassVar[str] = "quote-fee"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({FeeProposed})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event = recorded.event
        assert isinstance(event, FeeProposed)  # noqa: S101 - all that it handles
        fee = self._letters.case(self, recorded).fees[event.fee_id]
        if fee.status is FeeStatus.PROPOSED:  # else it was quoted or waived meanwhile
            self._letters.send(self, recorded, LetterKind.FEE, concerns=str(event.fee_id))
