"""Whenever the person writes while a clarification question is open, take the message as the answer (GDPR recital 63).

The clock resumes on arrival. An identity question is never answered this way, since a mail from the same address proves
nothing.
"""

from datetime import datetime
from typing import ClassVar

from dsr.desk.deadlines import DeadlineDesk
from dsr.desk.repository import Repository
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.clarification import ClarificationRequested
from dsr.domain.request.intake import FollowUpReceived
from dsr.domain.request.letters import LetterKind
from dsr.domain.sealed import KeyDestroyed
from dsr.policies.correspondence import Correspondence
from dsr.policies.policy import call_for


class ResumeClock:
    """Whenever the person writes while a clarification question is open, take the message as the answer (GDPR
    recital 63).
    """

    name: ClassVar[str] = "resume-clock"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({FollowUpReceived, AnswerSent, ClarificationRequested})
    """Includes the question and its letter, since an answer may be taken in before the letter is recorded."""

    def __init__(self, repository: Repository, deadlines: DeadlineDesk, letters: Correspondence) -> None:
        self._repository = repository
        self._deadlines = deadlines
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """The message itself stays in the follow-up. Raises what `receive_clarification` raises."""
        if self._letters.case(self, recorded).clock.clarification_asked_on is None:
            return
        asked_at, messages = self._since_the_question(recorded)
        answers = (each for each in messages if asked_at is not None and each.received_at >= asked_at)
        answer = next((each for each in answers if not self._is_automatic(each)), None)
        if answer is not None:
            self._deadlines.receive_clarification(
                recorded.stream_id, call_for(self, recorded), answer="", answered_at=answer.received_at
            )

    def _since_the_question(self, recorded: Recorded) -> tuple[datetime | None, list[FollowUpReceived]]:
        """When the open question was sent (None if not yet), and all messages."""
        decided_at = asked_at = None
        messages: list[FollowUpReceived] = []
        for event in self._letters.history(recorded):
            match event:
                case FollowUpReceived():
                    messages.append(event)
                case ClarificationRequested():
                    decided_at, asked_at = event.asked_at, event.asked_at if event.asked_otherwise else None
                case AnswerSent(letter=letter) if letter.kind is LetterKind.CLARIFICATION and decided_at is not None:
                    asked_at = asked_at or max(decided_at, letter.dispatched_at)
                case _:
                    pass
        return asked_at, messages

    def _is_automatic(self, event: FollowUpReceived) -> bool:
        """Whether it was sent automatically; an erased message can't be opened and answers nothing."""
        try:
            message = self._repository.sealer.open_json(event.message, stream_id=event.originator_id, field="message")
        except KeyDestroyed:
            return True
        return isinstance(message, dict) and bool(message.get("auto_submitted"))
