"""Whenever the person writes while they are asked which data is meant, take it as the answer (GDPR recital 63).

The clock resumes at the arrival. A question about identity is never answered so: that a mail comes from the same
address proves nothing.
"""

from typing import ClassVar

from dsr.desk.casebook import Casebook
from dsr.desk.deadlines import DeadlineDesk
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.clarification import ClarificationReceived, ClarificationRequested
from dsr.domain.request.intake import FollowUpReceived
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
        asked = self._asked(recorded)
        if asked is None or event.received_at < asked.asked_at or self._is_automatic(event):
            return
        self._deadlines.receive_clarification(
            recorded.stream_id, call_for(self, recorded), answer="", answered_at=event.received_at
        )

    def _asked(self, recorded: Recorded) -> ClarificationRequested | None:
        """The question that is still open, and was asked before the message was taken in."""
        open_question: ClarificationRequested | None = None
        for event in self._letters.history(recorded):
            if isinstance(event, ClarificationRequested):
                open_question = event if event.originator_version < recorded.stream_version else None
            elif isinstance(event, ClarificationReceived):
                open_question = None
        is_open = self._letters.case(self, recorded).clarification_asked_on is not None
        return open_question if is_open else None

    def _is_automatic(self, event: FollowUpReceived) -> bool:
        """Whether a machine wrote it; what was forgotten is not opened, and answers nothing."""
        try:
            message = self._book.sealer.open_json(event.message, stream_id=event.originator_id, field="message")
        except KeyDestroyed:
            return True
        return isinstance(message, dict) and bool(message.get("auto_submitted"))
