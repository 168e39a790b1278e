"""A second person confirms a fact that was recorded by hand on a later day (docs/law §10; GDPR Art. 5(2)).

The controller has to prove its dates. So a fact about an earlier day that would move a date later, or make something
punctual, counts from the day of its entry until an approver other than the recorder confirms it.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, Suspension, SuspensionKind, WorkingCalendar
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.answer import dates_missed_by
from dsr.domain.request.arrival import ArrivalCorrected, dates_from, require_before_what_followed
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import QUESTION_OF, EarlierFact, EarlierFactKind
from dsr.domain.request.extension import DeadlineExtended
from dsr.domain.request.guards import require_other_than
from dsr.domain.request.missed import MissedKind
from dsr.domain.request.standing import Fee
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ExtensionGround

SUSPENSION_OF = {fact: kind for kind, fact in QUESTION_OF.items()} | {EarlierFactKind.PAYMENT: SuspensionKind.FEE}
"""The suspension that a fact moves, by its kind."""


class NothingToConfirm(Refused):
    """No fact of this number waits for confirmation. `GET /requests/{request_id}/earlier-facts` lists those that do."""

    code = "nothing-to-confirm"


class EarlierFactConfirmed(RequestEvent):
    """An approver confirmed what another person recorded by hand on a later day; it counts from the stated day now."""

    TOPIC: ClassVar[str] = "dsr.request.earlier-fact-confirmed"
    fact: int
    """The version of the case whose event recorded it."""
    kind: EarlierFactKind
    happened_on: date
    recorded_at: datetime
    recorded_by: str
    asked_on: date | None
    """The local date from which the clock is suspended now; None if the fact suspends nothing."""
    sufficient_on: date | None
    """The local date on which this suspension ended; None while it is open."""
    deadline: Deadline
    late: bool
    """Whether an answer was late as of the stated day."""
    promise_missed: bool
    """Whether an answer missed the promise as of the stated day."""

    def apply(self, case: Case) -> None:
        fact = case.earlier_facts[self.fact]
        case.earlier_facts[self.fact] = replace(fact, confirmed_at=self.timestamp, confirmed_by=self.actor)
        case.note_missed(self.timestamp)
        case.move(self, self.deadline, fact=fact)
        case.fees = fees_as_stated(case, fact)
        if self.asked_on is not None:
            stated = Suspension(SUSPENSION_OF[self.kind], self.asked_on, self.sufficient_on)
            case.clock.suspensions = restated(case, fact, stated)
        if fact.letter is not None and fact.happened_at is not None:
            _tell_as_stated(case, fact, sent_at=fact.happened_at)
        if fact.kind is EarlierFactKind.ANSWER and not self.late:
            case.late_by -= {self.fact}
            case.move_missed(self, MissedKind.STATUTORY_DATE, fact=fact)
        if fact.kind is EarlierFactKind.ANSWER and not self.promise_missed:
            case.promise_missed_by -= {self.fact}
            case.move_missed(self, MissedKind.PROMISE, fact=fact)


def _tell_as_stated(case: Case, fact: EarlierFact, *, sent_at: datetime) -> None:
    """For events: what the letter told counts as told at the stated moment."""
    entered_at = fact.recorded_at
    for item_id in fact.item_ids:
        item = case.items[item_id]
        case.items[item_id] = replace(
            item,
            answered_at=sent_at if item.answered_at == entered_at else item.answered_at,
            answered_since=sent_at if item.answered_since == entered_at else item.answered_since,
        )
    if case.answered_at == entered_at:
        case.answered_at = sent_at
    if case.acknowledged_at == entered_at:
        case.acknowledged_at = sent_at
    if case.identity.unidentified_told_at == entered_at:
        case.identity.unidentified_told_at = sent_at


def fees_as_stated(case: Case, fact: EarlierFact) -> dict[UUID, Fee]:
    """The fees of the case, with the one that the fact is about as it was stated."""
    if fact.fee_id is None:
        return case.fees
    fee = case.fees[fact.fee_id]
    if fact.kind is EarlierFactKind.PAYMENT:
        return case.fees | {fee.fee_id: replace(fee, paid_late=False)}
    return case.fees | {fee.fee_id: replace(fee, quoted_on=fact.happened_on)}


def suspension_as_stated(case: DatedCase, fact: EarlierFact, calendar: WorkingCalendar) -> Suspension | None:
    """The suspension that the fact means once it is confirmed; None if it moves none."""
    kind = SUSPENSION_OF.get(fact.kind)
    if kind is None:
        return None
    if kind is not SuspensionKind.FEE:
        ended_on = None if fact.ended_at is None else max(calendar.local_date(fact.ended_at), fact.happened_on)
        return Suspension(kind, fact.happened_on, ended_on)
    fees, stopped = fees_as_stated(case, fact), case.clock.last_suspension(kind)
    asked_on = fact.happened_on if stopped is None else min(fact.happened_on, stopped.asked)
    stated = Suspension(kind, asked_on, None)
    if any(fee.status.is_outstanding for fee in case.fees_that_stop_the_clock(calendar, fees)):
        return stated
    return Suspension(kind, asked_on, case.fees_awaited_until(stated, calendar, fees))


def restated(case: Case, fact: EarlierFact, stated: Suspension) -> tuple[Suspension, ...]:
    """The suspensions, with the one that counted from the day of the entry as it was stated.

    Of two questions entered on one day, the one that is still open is not taken for the one that was answered.
    """
    entered_on = case.local_date(fact.recorded_at)
    if stated.kind is SuspensionKind.FEE:
        counted = case.clock.last_suspension(stated.kind)
    else:
        is_open = stated.sufficient is None
        same = [
            each
            for each in case.clock.suspensions
            if (each.kind, each.asked, each.sufficient is None) == (stated.kind, entered_on, is_open)
        ]
        counted = same[-1] if same else None
    if counted is None:
        return (*case.clock.suspensions, stated)
    return tuple(stated if each is counted else each for each in case.clock.suspensions)


def lateness_as_stated(case: DatedCase, fact: EarlierFact, calendar: WorkingCalendar) -> tuple[bool, bool]:
    """Whether an answer missed the statutory date and the promise as of the stated day."""
    if fact.kind is not EarlierFactKind.ANSWER or fact.letter is None:
        return False, False
    return dates_missed_by(case, fact.letter, [case.items[item_id] for item_id in fact.item_ids], calendar)


@state_guard
def may_confirm_earlier_fact(case: Case, acting: CaseActing, *, fact: int) -> EarlierFact:
    """A fact that waits for confirmation and that another person recorded; on a closed case too.

    Closing a case ends its extension, so nothing is left of the notice, nor of a later arrival. Raises
    NothingToConfirm, FourEyes (also the DPO who was consulted).
    """
    stated = case.earlier_facts.get(fact)
    if stated is None or not stated.pending:
        raise NothingToConfirm()
    is_moot = (stated.kind is EarlierFactKind.EXTENSION_NOTICE and case.clock.extension is None) or (
        stated.kind is EarlierFactKind.ARRIVAL and (case.is_closed or stated.happened_on <= case.received_on)
    )
    if is_moot:
        raise NothingToConfirm()
    require_other_than(case, acting, stated.recorded_by)
    return stated


class EarlierFactCommands(DatedCase):
    """confirm an earlier fact."""

    def confirm_earlier_fact(self, acting: CaseActing, *, fact: int) -> None:
        """Confirm what another person recorded by hand on a later day: it counts from the stated day now.

        `fact` is the version of the case whose event recorded it. Dates are computed again; that a date was missed
        before stays on record. Raises NothingToConfirm, FourEyes, ExtensionTooLate (an answer that is known by now
        shows that a notice of extension left too late), AnswerDatesInvalid (something that was done since precedes a
        later arrival).
        """
        stated = may_confirm_earlier_fact(self, acting, fact=fact)
        if stated.kind is EarlierFactKind.ARRIVAL:
            require_before_what_followed(self, stated.happened_at, stated.happened_on)
        extended = self._extended_as_stated(acting, stated)
        suspension = suspension_as_stated(self, stated, acting.calendar)
        late, promise_missed = lateness_as_stated(self, stated, acting.calendar)
        suspensions = self.clock.suspensions if suspension is None else restated(self, stated, suspension)
        self.record(
            acting,
            EarlierFactConfirmed,
            fact=fact,
            kind=stated.kind,
            happened_on=stated.happened_on,
            recorded_at=stated.recorded_at,
            recorded_by=stated.recorded_by,
            asked_on=None if suspension is None else suspension.asked,
            sufficient_on=None if suspension is None else suspension.sufficient,
            deadline=self.deadline_with(acting.calendar, as_of=acting.today, suspensions=suspensions),
            late=late,
            promise_missed=promise_missed,
        )
        if extended is not None:
            self.record(acting, DeadlineExtended, **extended)
        if stated.kind is EarlierFactKind.ARRIVAL:
            self._correct_arrival_as_stated(acting, stated)

    def _correct_arrival_as_stated(self, acting: CaseActing, stated: EarlierFact) -> None:
        """A confirmed arrival on a later day moves all dates."""
        deadline, acknowledge_on, acknowledge_ends_at = dates_from(
            self, stated.happened_on, acting.calendar, as_of=acting.today
        )
        self.record(
            acting,
            ArrivalCorrected,
            received_at=stated.happened_at,
            received_on=stated.happened_on,
            reason=stated.reason,
            deadline=deadline,
            acknowledge_by=acknowledge_on,
            acknowledge_ends_at=acknowledge_ends_at,
            unconfirmed=False,
        )

    def _extended_as_stated(self, acting: CaseActing, stated: EarlierFact) -> dict[str, Any] | None:
        """What a confirmed notice of extension records besides: it extends the deadline from the moment at which it
        left. Raises ExtensionTooLate.
        """
        extension, notice = self.clock.extension, stated.letter
        if stated.kind is not EarlierFactKind.EXTENSION_NOTICE or extension is None or notice is None:
            return None
        deadline = self.deadline_extended_by(notice.dispatched_at, acting.calendar, acting.at)
        return {"ground": ExtensionGround(extension.ground), "notice": notice, "deadline": deadline}
