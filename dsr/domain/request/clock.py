"""When the clock stands still, and what it shows afterwards (law.md §2)."""

from datetime import date, datetime
from typing import ClassVar

from dsr.domain.deadlines import Deadline, Suspension, SuspensionKind, WorkingCalendar
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import AnswerDatesInvalid


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
    """The clock runs again: the days in [asked, sufficient) were added, and these are the dates now."""

    TOPIC: ClassVar[str] = "dsr.request.clock-resumed"
    kind: SuspensionKind
    asked_on: date
    sufficient_on: date
    deadline: Deadline

    def apply(self, case: Case) -> None:
        case.suspensions = tuple(
            Suspension(s.kind, s.asked, self.sufficient_on) if s.kind is self.kind and s.sufficient is None else s
            for s in case.suspensions
        )
        case.deadline = self.deadline


class SuspendableCase(Case):
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
        ended = tuple(Suspension(kind, running.asked, sufficient_on) if s is running else s for s in self.suspensions)
        self.trigger_event(
            ClockResumed,
            timestamp=at,
            actor=actor,
            kind=kind,
            asked_on=running.asked,
            sufficient_on=sufficient_on,
            deadline=self._compute(calendar, as_of=calendar.local_date(at), suspensions=ended),
        )

    def _resume_from_fee(self, on: date, *, calendar: WorkingCalendar, at: datetime, actor: str) -> None:
        """Let the clock run again after a fee was settled, unless another one that stops it is awaited as well.

        Where notices or payments were recorded out of turn, the date never lies before the one of asking.
        """
        running = self.open_suspension(SuspensionKind.FEE)
        if running is None:
            return
        last_day = self._last_day_to_suspend(calendar)
        for fee in self.fees.values():
            if fee.status.is_outstanding and fee.quoted_on is not None and fee.quoted_on <= last_day:
                return
        sufficient_on = max(on, running.asked)
        self._resume(SuspensionKind.FEE, sufficient_on=sufficient_on, calendar=calendar, at=at, actor=actor)

    def _last_day_to_suspend(self, calendar: WorkingCalendar) -> date:
        """A question that leaves later moves no date: it was asked with undue delay."""
        return calendar.add_working_days(self.received_on, self.regime.suspend_within_working_days)

    def _local_answer_date(
        self, answered_at: datetime, asked_on: date | None, calendar: WorkingCalendar, at: datetime
    ) -> date:
        """The local date of an answer, which neither precedes its question nor lies in the future."""
        answered_on = calendar.local_date(answered_at)
        if answered_at > at or (asked_on is not None and answered_on < asked_on):
            raise AnswerDatesInvalid()
        return answered_on
