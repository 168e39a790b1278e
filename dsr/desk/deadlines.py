"""What moves the clock: clarification and extension; and what the clock shows."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.desk.letters import Draft, seal_letter
from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Explanation, ExtensionTooLate, explain
from dsr.domain.deadlines.steps import not_asked_step
from dsr.domain.request import Request


class DeadlineDesk:
    """ask and receive clarification; propose, decide and announce an extension; explain the deadline."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

    def ask_clarification(self, request_id: UUID, call: Call, *, quantity: str, asked_at: datetime | None) -> Answer:
        """Ask which data is meant; `asked_at` None means now."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.ask_clarification(
                acting, quantity=book.seal_text(case, "quantity", quantity), asked_at=asked_at or acting.at
            ),
        )

    def receive_clarification(
        self, request_id: UUID, call: Call, *, answer: str, answered_at: datetime | None
    ) -> Answer:
        """Record the answer; the clock resumes on the day it arrived."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.receive_clarification(
                acting, answer=book.seal_text(case, "answer", answer), answered_at=answered_at or acting.at
            ),
        )

    def propose_extension(self, request_id: UUID, call: Call, *, ground: str, reasons: str) -> Answer:
        """Propose the one extension."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.propose_extension(
                acting, ground=ground, reasons=book.seal_text(case, "reasons", reasons)
            ),
        )

    def decide_extension(self, request_id: UUID, call: Call, *, approve: bool, reason: str) -> Answer:
        """Approve, or decline with a reason. Raises FourEyes for a DPO."""
        book = self._book

        def decide(case: Request, acting: CaseActing) -> None:
            call.caller.require_decision_maker()
            if approve:
                case.approve_extension(acting)
            else:
                case.decline_extension(acting, reason=book.seal_text(case, "reason", reason))

        return book.change(request_id, call, decide)

    def send_extension_notice(self, request_id: UUID, call: Call, *, draft: Draft) -> Answer:
        """Record that the notice left; the extension holds from then on."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.send_extension_notice(acting, notice=seal_letter(book, case, draft, acting.at)),
        )

    def explain(self, request_id: UUID, caller: Caller, *, as_of: datetime | None) -> Explanation:
        """The deadline step by step, from the events recorded up to `as_of` (None: now) and as it stood then."""
        book = self._book
        moment = as_of or book.now()
        case = book.request(request_id, caller, recorded_until=as_of)
        calendar = book.calendar(case)
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
