"""Whenever it was decided to ask the person something by letter, send the question (GDPR Art. 12(2))."""

from typing import ClassVar

from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.questions import QuestionAsked
from dsr.policies.correspondence import Correspondence


class AskQuestion:
    """Whenever it was decided to ask the person something by letter, send the question (GDPR Art. 12(2))."""

    name: ClassVar[str] = "ask-question"
    handles: ClassVar[frozenset[type[Event]]] = frozenset({QuestionAsked})

    def __init__(self, letters: Correspondence) -> None:
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event = recorded.event
        assert isinstance(event, QuestionAsked)  # noqa: S101 - all that it handles
        question = self._letters.case(self, recorded).questions[event.question_id]
        if question.is_open and not question.was_put:  # else it was put by telephone, or answered meanwhile
            about = str(event.question_id)
            self._letters.send(self, recorded, LetterKind.QUESTION, about, concerns=about)
