"""Use cases of the clock: clarification, extension, and the explained deadline."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.letters import Draft, seal_letter
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.deadlines import Explanation, ExtensionTooLate, explain
from dsr.domain.deadlines.steps import not_asked_step


class DeadlineDesk:
    """ask for and receive clarification; propose, decide and announce an extension; explain the deadline."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def ask_clarification(self, request_id: UUID, call: Call, *, quantity: str, asked_at: datetime | None) -> Answer:
        """Ask which data is meant; `asked_at` None means now."""
        with changing(self._repository, request_id, call) as work:
            work.case.ask_clarification(
                work.acting, quantity=work.seal("quantity", quantity), asked_at=asked_at or work.acting.at
            )
        return work.answer

    @use_case
    def receive_clarification(
        self, request_id: UUID, call: Call, *, answer: str, answered_at: datetime | None
    ) -> Answer:
        """Record the answer; the clock resumes on the day it arrived."""
        with changing(self._repository, request_id, call) as work:
            work.case.receive_clarification(
                work.acting, answer=work.seal("answer", answer), answered_at=answered_at or work.acting.at
            )
        return work.answer

    @use_case
    def propose_extension(self, request_id: UUID, call: Call, *, ground: str, reasons: str) -> Answer:
        """Propose the one extension."""
        with changing(self._repository, request_id, call) as work:
            work.case.propose_extension(work.acting, ground=ground, reasons=work.seal("reasons", reasons))
        return work.answer

    @use_case
    def decide_extension(self, request_id: UUID, call: Call, *, approve: bool, reason: str) -> Answer:
        """Approve, or decline with a reason. Raises FourEyes for a DPO."""
        with changing(self._repository, request_id, call) as work:
            call.caller.require_decision_maker()
            if approve:
                work.case.approve_extension(work.acting)
            else:
                work.case.decline_extension(work.acting, reason=work.seal("reason", reason))
        return work.answer

    @use_case
    def send_extension_notice(self, request_id: UUID, call: Call, *, draft: Draft) -> Answer:
        """Record that the notice left; the extension takes effect then."""
        repository = self._repository
        with changing(repository, request_id, call) as work:
            work.case.send_extension_notice(
                work.acting, notice=seal_letter(repository, work.case, draft, work.acting.at)
            )
        return work.answer

    def explain(self, request_id: UUID, caller: Caller, *, as_of: datetime | None) -> Explanation:
        """Explain the deadline step by step, from the events recorded up to `as_of` (None: now)."""
        repository = self._repository
        moment = as_of or repository.now()
        case = repository.request(request_id, caller, recorded_until=as_of)
        calendar = repository.calendar(case)
        day = max(calendar.local_date(moment), case.received_on)
        told = partial(
            explain,
            regime=case.clock.regime,
            calendar=calendar,
            received_on=case.received_on,
            suspensions=case.suspensions_on(day, calendar),
            as_of=day,
        )
        try:
            explained = told(extended_at=case.clock.extended_at)
        except ExtensionTooLate:
            # An answer found to have arrived earlier showed that the notice left too late: it extended nothing.
            explained = told()
        steps = (*explained.steps, *map(not_asked_step, case.not_asked_by(day)))
        return replace(explained, steps=steps)
