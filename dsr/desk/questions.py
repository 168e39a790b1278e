"""Use cases of questions that never stop the clock: ask, take the answer, list (docs/law §10)."""

from datetime import datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request.values import Channel
from dsr.projections.rows import Row


class QuestionDesk:
    """ask a question; take its answer; list those of a case."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def ask(
        self,
        request_id: UUID,
        call: Call,
        *,
        question: str,
        put_by: Channel | None = None,
        asked_at: datetime | None = None,
    ) -> Answer:
        """Ask the person anything that helps; `put_by` None: the service writes the letter. `asked_at` None: now."""
        with changing(self._repository, request_id, call) as work:
            work.case.ask_question(
                work.acting,
                question_id=uuid4(),
                question=work.seal("question", question),
                put_by=put_by,
                asked_at=asked_at or work.acting.at,
            )
        return work.answer

    @use_case
    def take_answer(
        self, request_id: UUID, question_id: UUID, call: Call, *, answer: str, answered_at: datetime | None = None
    ) -> Answer:
        """Record what the person answered; `answered_at` None: now."""
        with changing(self._repository, request_id, call) as work:
            work.case.answer_question(
                work.acting,
                question_id=question_id,
                answer=work.seal("answer", answer),
                answered_at=answered_at or work.acting.at,
            )
        return work.answer

    def of_case(self, request_id: UUID, caller: Caller) -> list[Row]:
        """The questions of a case in the order in which they were asked. Raises RequestUnknown."""
        case = self._repository.request(request_id, caller)
        return [
            {
                "question_id": each.question_id,
                "asked_at": each.asked_at,
                "put_by": None if each.put_by is None else each.put_by.value,
                "remind_on": each.remind_on,
                "open": each.is_open,
                "answered_at": each.answered_at,
                "message_id": each.message_id,
                "lapsed_at": each.lapsed_at,
            }
            for each in case.questions.values()
        ]
