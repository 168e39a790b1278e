"""Asking the person anything that helps to deal with their request (GDPR Art. 12(2); docs/law §10).

A question about who asks is in `identity.py`, one about which data is meant in `clarification.py`: these two can stop
the clock. All others are here, about any right, before and after registration. They never stop it.
"""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import remind_question_on
from dsr.domain.errors import Refused, Unknown
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import AnswerDatesInvalid, ReasonRequired
from dsr.domain.request.guards import require_between, require_not_closed
from dsr.domain.request.letters import Letter, check_complete
from dsr.domain.request.question import Question
from dsr.domain.request.representation import require_authority
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import Channel
from dsr.domain.sealed import Sealed


class QuestionUnknown(Unknown):
    """The case has no such question. `GET /requests/{request_id}/questions` lists its questions."""

    code = "question-unknown"


class QuestionNotOpen(Refused):
    """This question was answered, or the case was closed without an answer. If you still need to know, ask again:
    `POST /requests/{request_id}/questions`.
    """

    code = "question-not-open"


class QuestionAsked(RequestEvent):
    """The person was asked, or a letter will ask them. The clock goes on."""

    TOPIC: ClassVar[str] = "dsr.request.question-asked"
    question_id: UUID
    question: Sealed
    asked_at: datetime
    put_by: Channel | None
    """How the person was asked; None: the service sends a letter next."""
    remind_on: date | None
    """The local date of the reminder if no answer comes; None until the letter has left."""
    remind_at: datetime | None
    """0:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        case.questions[self.question_id] = Question(
            question_id=self.question_id,
            asked_at=self.asked_at,
            put_by=self.put_by,
            remind_on=self.remind_on,
            remind_at=self.remind_at,
        )


class QuestionSent(RequestEvent):
    """The letter with the question left."""

    TOPIC: ClassVar[str] = "dsr.request.question-sent"
    question_id: UUID
    letter: Letter
    remind_on: date
    """The local date of the reminder if no answer comes."""
    remind_at: datetime
    """0:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        case.questions[self.question_id] = replace(
            case.questions[self.question_id],
            put_by=self.letter.channel,
            remind_on=self.remind_on,
            remind_at=self.remind_at,
            letter=self.letter.dispatch_id,
        )


class QuestionAnswered(RequestEvent):
    """The person answered the question."""

    TOPIC: ClassVar[str] = "dsr.request.question-answered"
    question_id: UUID
    answered_at: datetime
    answer: Sealed | None
    message_id: UUID | None
    """The message that holds the answer; None for one that was told."""

    def apply(self, case: Case) -> None:
        case.questions[self.question_id] = replace(
            case.questions[self.question_id], answered_at=self.answered_at, message_id=self.message_id
        )


def require_open_question(case: Case, question_id: UUID) -> Question:
    """A question that waits for an answer. Raises QuestionUnknown, QuestionNotOpen."""
    question = case.questions.get(question_id)
    if question is None:
        raise QuestionUnknown(question_id=question_id)
    if not question.is_open:
        raise QuestionNotOpen(question_id=question_id)
    return question


@state_guard
def may_ask_question(case: Case) -> None:
    """On any open case, registered or not. Raises RequestIsClosed."""
    require_not_closed(case)


@state_guard
def may_send_question(case: Case, *, question_id: UUID) -> Question:
    """A question that waits for an answer. Raises QuestionUnknown, QuestionNotOpen."""
    return require_open_question(case, question_id)


@state_guard
def may_answer_question(case: Case, *, question_id: UUID) -> Question:
    """A question that waits for an answer. Raises QuestionUnknown, QuestionNotOpen."""
    return require_open_question(case, question_id)


class QuestionCommands(Case):
    """ask a question; send it by letter; take its answer."""

    def ask_question(
        self,
        acting: CaseActing,
        *,
        question_id: UUID,
        question: Sealed | None,
        put_by: Channel | None,
        asked_at: datetime,
    ) -> None:
        """Ask what helps to deal with the request, about any right; it stops no clock (docs/law §10).

        `put_by` is how the person was asked at `asked_at`; None: the service writes the letter now. An earlier day
        moves no date but that of the reminder, so nobody has to confirm it. Raises ReasonRequired (nothing is asked),
        AnswerDatesInvalid (asked before the arrival, ahead, or earlier by a letter that is still to come),
        RequestIsClosed.
        """
        may_ask_question(self)
        if question is None:
            raise ReasonRequired("Say what you want to ask, in a plain sentence.")
        require_between(acting, asked_at, not_before=self.received_at)
        if put_by is None and asked_at < acting.at:
            raise AnswerDatesInvalid(
                "The letter is still to be written. Say in `put_by` how the person was asked then."
            )
        remind_on = None if put_by is None else self._remind_on(acting, asked_at)
        self.record(
            acting,
            QuestionAsked,
            question_id=question_id,
            question=question,
            asked_at=asked_at,
            put_by=put_by,
            remind_on=remind_on,
            remind_at=None if remind_on is None else acting.calendar.begin_of(remind_on),
        )

    def send_question(self, acting: CaseActing, *, question_id: UUID, letter: Letter) -> None:
        """Record that the letter with the question left.

        Raises QuestionUnknown, QuestionNotOpen, LetterIncomplete, AnswerDatesInvalid (before it was decided to ask, or
        ahead), AuthorityMissing.
        """
        question = may_send_question(self, question_id=question_id)
        check_complete(letter.kind, letter.statements)
        require_between(acting, letter.dispatched_at, not_before=question.asked_at)
        left_on = acting.calendar.local_date(letter.dispatched_at)
        require_authority(self.representations, letter, rights=(), left_on=left_on)
        remind_on = self._remind_on(acting, letter.dispatched_at)
        self.record(
            acting,
            QuestionSent,
            question_id=question_id,
            letter=letter,
            remind_on=remind_on,
            remind_at=acting.calendar.begin_of(remind_on),
        )

    def answer_question(
        self,
        acting: CaseActing,
        *,
        question_id: UUID,
        answer: Sealed | None,
        answered_at: datetime,
        message_id: UUID | None = None,
    ) -> None:
        """Take the answer: one that was told, or the message that holds it.

        Raises QuestionUnknown, QuestionNotOpen, ReasonRequired (neither told nor written), AnswerDatesInvalid (before
        the question, or ahead).
        """
        question = may_answer_question(self, question_id=question_id)
        if answer is None and message_id is None:
            raise ReasonRequired("Write down what the person answered.")
        require_between(acting, answered_at, not_before=question.asked_at)
        self.record(
            acting,
            QuestionAnswered,
            question_id=question_id,
            answered_at=answered_at,
            answer=answer,
            message_id=message_id,
        )

    def _remind_on(self, acting: CaseActing, asked_at: datetime) -> date:
        return remind_question_on(self.clock.regime, acting.calendar.local_date(asked_at))
