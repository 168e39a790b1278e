"""Whenever the person writes while they are asked which data is meant, take it as the answer (GDPR recital 63).

The clock resumes at the arrival. A question about identity is never answered so: that a mail comes from the same
address proves nothing.
"""

from datetime import datetime
from typing import ClassVar

from dsr.desk.casebook import Casebook
from dsr.desk.deadlines import DeadlineDesk
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.clarification import ClarificationReceived, ClarificationRequested
from dsr.domain.request.intake import FollowUpReceived
from dsr.domain.request.letters import LetterKind
from dsr.domain.sealed import KeyDestroyed
from dsr.policies.correspondence import Correspondence
from dsr.policies.policy import call_for


class ResumeClock:
    """Whenever the person writes while they are asked which data is meant, take it as the answer (GDPR recital 63)."""

    name: ClassVar[str] = "resume-clock"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({FollowUpReceived})

    def __init__(self, book: Casebook, deadlines: DeadlineDesk, letters: Correspondence) -> None:
        self._book = book
        self._deadlines = deadlines
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """The message itself stays where it is: in the follow-up. Raises what `receive_clarification` raises."""
        event = recorded.event
        assert isinstance(event, FollowUpReceived)  # noqa: S101 - all that it handles
        asked_at = self._asked_at(recorded)
        if asked_at is None or event.received_at < asked_at or self._is_automatic(event):
            return
        self._deadlines.receive_clarification(
            recorded.stream_id, call_for(self, recorded), answer="", answered_at=event.received_at
        )

    def _asked_at(self, recorded: Recorded) -> datetime | None:
        """When the letter left that asks; None where no question is open, or nobody knows of it yet."""
        left_at: datetime | None = None
        for event in self._letters.history(recorded):
            match event:
                case ClarificationRequested() | ClarificationReceived():
                    left_at = None
                case AnswerSent(letter=letter) if letter.kind is LetterKind.CLARIFICATION:
                    left_at = left_at or letter.dispatched_at
                case _:
                    pass
        is_open = self._letters.case(self, recorded).clarification_asked_on is not None
        return left_at if is_open else None

    def _is_automatic(self, event: FollowUpReceived) -> bool:
        """Whether a machine wrote it; what was forgotten is not opened, and answers nothing."""
        try:
            message = self._book.sealer.open_json(event.message, stream_id=event.originator_id, field="message")
        except KeyDestroyed:
            return True
        return isinstance(message, dict) and bool(message.get("auto_submitted"))
