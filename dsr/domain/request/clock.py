"""When the clock stands still, and what it shows afterwards (law.md §2)."""

from dataclasses import replace
from datetime import date, datetime
from typing import ClassVar

from dsr.domain.deadlines import Deadline, Suspension, SuspensionKind, WorkingCalendar
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import AnswerDatesInvalid
from dsr.domain.request.guards import GuardedCase
from dsr.domain.rights import Right


class ClockSuspended(RequestEvent):
    """The clock stands still from `asked_on`; the dates are provisional until it resumes.

    Recorded only where the question was asked without undue delay; a later one moves no date.
    """

    TOPIC: ClassVar[str] = "dsr.request.clock-suspended"
    kind: SuspensionKind
    asked_on: date
    deadline: Deadline

    def apply(self, case: Case) -> None:
        case.suspensions = (*case.suspensions, Suspension(self.kind, self.asked_on, None))
        case.deadline = self.deadline


class ClockResumed(RequestEvent):
    """The clock runs again: the days in [asked, sufficient) were added, and these are the dates now.

    Recorded once more where a payment in time turns up after the offer of its fee expired: it ran from that payment.
    """

    TOPIC: ClassVar[str] = "dsr.request.clock-resumed"
    kind: SuspensionKind
    asked_on: date
    sufficient_on: date
    deadline: Deadline

    def apply(self, case: Case) -> None:
        ended = case.last_suspension(self.kind)
        case.suspensions = tuple(
            replace(each, sufficient=self.sufficient_on) if each is ended else each for each in case.suspensions
        )
        case.deadline = self.deadline


class SuspendableCase(GuardedCase):
    """What identity, clarification and fees share."""

    def _suspend(
        self, kind: SuspensionKind, *, asked_on: date, calendar: WorkingCalendar, at: datetime, actor: str
    ) -> None:
        if asked_on > self._last_day_to_suspend(calendar):
            return
        running = (*self.suspensions, Suspension(kind, asked_on, None))
        self.trigger_event(
            ClockSuspended,
            timestamp=at,
            actor=actor,
            kind=kind,
            asked_on=asked_on,
            deadline=self._compute(calendar, as_of=calendar.local_date(at), suspensions=running),
        )

    def _resume(
        self, kind: SuspensionKind, *, sufficient_on: date, calendar: WorkingCalendar, at: datetime, actor: str
    ) -> None:
        """Nothing to resume where the question came too late to suspend."""
        running = self.open_suspension(kind)
        if running is None:
            return
        self._end(running, sufficient_on=sufficient_on, calendar=calendar, at=at, actor=actor)

    def _resume_from_fee(self, *, calendar: WorkingCalendar, at: datetime, actor: str) -> None:
        """Let the clock run again after a fee was settled, unless another one that stops it is awaited as well.

        It runs from the day on which the last of them was awaited no more; where that day turns out to be another than
        was recorded before, from that.
        """
        stopped = self.last_suspension(SuspensionKind.FEE)
        if stopped is None or any(fee.status.is_outstanding for fee in self._fees_that_stop_the_clock(calendar)):
            return
        sufficient_on = self.fees_awaited_until(stopped, calendar)
        if sufficient_on != stopped.sufficient:
            self._end(stopped, sufficient_on=sufficient_on, calendar=calendar, at=at, actor=actor)

    def _resume_without_access(self, on: date, *, calendar: WorkingCalendar, at: datetime, actor: str) -> None:
        """Let the clock run again once no access is pending: which data is meant was asked for that right only.

        `on` is the local date on which the last one was decided or taken back; recorded late, it can lie before the
        question, which then never stopped anything.
        """
        running = self.open_suspension(SuspensionKind.CLARIFICATION)
        if running is not None and not self.is_pending(Right.ACCESS):
            self._end(running, sufficient_on=max(on, running.asked), calendar=calendar, at=at, actor=actor)

    def _resume_at_end(self, *, calendar: WorkingCalendar, at: datetime, actor: str) -> None:
        """Let the clock run again where a case was closed while a question was out: a closed case waits for nobody."""
        today = calendar.local_date(at)
        for kind in (SuspensionKind.IDENTITY, SuspensionKind.CLARIFICATION):
            self._resume(kind, sufficient_on=today, calendar=calendar, at=at, actor=actor)

    def _end(
        self, suspension: Suspension, *, sufficient_on: date, calendar: WorkingCalendar, at: datetime, actor: str
    ) -> None:
        ended = replace(suspension, sufficient=sufficient_on)
        suspensions = tuple(ended if each is suspension else each for each in self.suspensions)
        self.trigger_event(
            ClockResumed,
            timestamp=at,
            actor=actor,
            kind=suspension.kind,
            asked_on=suspension.asked,
            sufficient_on=sufficient_on,
            deadline=self._compute(calendar, as_of=calendar.local_date(at), suspensions=suspensions),
        )

    def _local_answer_date(
        self, answered_at: datetime, asked_on: date | None, calendar: WorkingCalendar, at: datetime
    ) -> date:
        """The local date of an answer, which neither precedes its question nor lies in the future."""
        answered_on = calendar.local_date(answered_at)
        if answered_at > at or (asked_on is not None and answered_on < asked_on):
            raise AnswerDatesInvalid()
        return answered_on
