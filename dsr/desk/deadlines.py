"""Use cases of the clock: clarification, extension, and the explained deadline."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from dsr.desk.calendars import differing_days
from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.letters import Draft, seal_letter
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.deadlines import Explanation, ExtensionTooLate, explain
from dsr.domain.deadlines.steps import Step, calendar_step, entered_later_step, missed_step, not_asked_step, order_step
from dsr.domain.matter import Matter
from dsr.domain.request import Request
from dsr.domain.request.earlier_fact import EarlierFact
from dsr.projections.matters import orders_on


class DeadlineDesk:
    """ask for and receive clarification; propose, decide and announce an extension; correct the arrival; confirm and
    list earlier facts; explain the deadline.
    """

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

    @use_case
    def confirm_earlier_fact(self, request_id: UUID, call: Call, *, fact: int) -> Answer:
        """Confirm what another person recorded by hand on a later day. Raises FourEyes for a DPO."""
        with changing(self._repository, request_id, call) as work:
            call.caller.require_decision_maker()
            work.case.confirm_earlier_fact(work.acting, fact=fact)
        return work.answer

    @use_case
    def correct_arrival(self, request_id: UUID, call: Call, *, received_at: datetime, reason: str) -> Answer:
        """Correct the arrival; to a later day, it waits for confirmation."""
        with changing(self._repository, request_id, call) as work:
            work.case.correct_arrival(work.acting, received_at=received_at, reason=work.seal("reason", reason))
        return work.answer

    def earlier_facts(self, request_id: UUID, caller: Caller) -> tuple[tuple[EarlierFact, ...], int]:
        """What was recorded by hand on a later day, and who confirmed it, oldest entry first; the version of the
        case.
        """
        case = self._repository.request(request_id, caller)
        return tuple(case.earlier_facts.values()), case.version

    def explain(self, request_id: UUID, caller: Caller, *, as_of: datetime | None) -> Explanation:
        """Explain the deadline step by step, from the events recorded up to `as_of` (None: now)."""
        return self.explain_case(self._repository.request(request_id, caller, recorded_until=as_of), as_of=as_of)

    def explain_case(self, case: Request, *, as_of: datetime | None) -> Explanation:
        """The same for a case that was loaded as it stood at `as_of`."""
        repository = self._repository
        moment = as_of or repository.now()
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
        steps = (
            *explained.steps,
            *map(not_asked_step, case.not_asked_by(day)),
            *_of_calendars(repository, case),
            *_of_record(case, moment),
            *self._of_orders(case.id, as_of, explained.deadline.effective_due),
        )
        return replace(explained, steps=steps)

    def _of_orders(self, request_id: UUID, as_of: datetime | None, effective: date) -> Iterator[Step]:
        """The dates that orders of authorities set, as of that time; none postpones the case (docs/law §13)."""
        repository = self._repository
        with repository.database.glancing() as connection:
            orders = orders_on(connection, request_id)
        for each in orders:
            order = repository.find(Matter, each) if as_of is None else repository.find_then(Matter, each, as_of)
            if order is not None and order.date is not None and request_id in order.request_ids:
                yield order_step(order.reference, order.authority, order.date.on, effective)


def _of_calendars(repository: Repository, case: Request) -> Iterator[Step]:
    """The corrections of its working days (docs/law §14)."""
    for each in case.calendars_corrected:
        differing = differing_days(repository, case, each.before, each.now)
        days = {one.day: one.counts_as_holiday for one in differing}
        yield calendar_step(each.now, on=case.local_date(each.since), by=each.by, days=days)


def _of_record(case: Request, moment: datetime) -> Iterator[Step]:
    """What was recorded on a later day than it happened, and what was missed by then (docs/law §10)."""
    for fact in case.earlier_facts.values():
        yield entered_later_step(
            fact.kind.value.replace("-", " "),
            happened_on=fact.happened_on,
            recorded_on=case.local_date(fact.recorded_at),
            by=fact.recorded_by,
            confirmed=None if fact.confirmed_at is None else (case.local_date(fact.confirmed_at), fact.confirmed_by),
        )
    for each in case.missed_by(moment):
        yield missed_step(
            each.kind.value.replace("-", " "),
            due=each.due,
            moved=None if each.stated_at is None else (case.local_date(each.stated_at), each.moved_by),
            confirmed_by=each.confirmed_by,
        )
