"""Whenever a question that never stops the clock stays unanswered, send a reminder (GDPR Art. 12(2))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.due import QuestionReminderDue
from dsr.domain.request.letters import LetterKind
from dsr.policies.correspondence import Correspondence


class RemindOfQuestion:
    """Whenever a question that never stops the clock stays unanswered, send a reminder (GDPR Art. 12(2))."""

    name: ClassVar[str] = "remind-of-question"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({QuestionReminderDue})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event, case = recorded.event, self._letters.case(self, recorded)
        assert isinstance(event, QuestionReminderDue)  # noqa: S101 - all that it handles
        question = case.questions[event.question_id]
        if question.is_open and question.was_put and not case.messages_waiting:  # else it was answered, or may be
            about = str(event.question_id)
            self._letters.send(self, recorded, LetterKind.QUESTION_REMINDER, about, concerns=about)
