"""The legal dates of a case, by the rules and working days that it pinned (docs/law §2).

Events hold the dates as computed at that time; this module computes them for a command or a query.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from dsr.domain.deadlines import (
    Deadline,
    ExtensionTooLate,
    Suspension,
    SuspensionKind,
    WorkingCalendar,
    check_extension,
    compute,
    is_late_refusal,
    unextended_statutory_due,
)
from dsr.domain.request.case import Case
from dsr.domain.request.standing import Fee


class DatedCase(Case):
    """A case that can compute its dates for any local date."""

    def suspensions_on(self, day: date, calendar: WorkingCalendar) -> tuple[Suspension, ...]:
        """The suspensions that count on a local date.

        A fee suspends the clock until its offer ends, even if that end is not recorded yet. A question that was decided
        on but not sent counts as asked on that date at the earliest.
        """
        return self._as_of(self.clock.suspensions, day, calendar)

    def fees_awaited_until(
        self, suspension: Suspension, calendar: WorkingCalendar, fees: Mapping[UUID, Fee] | None = None
    ) -> date:
        """The local date from which no fee suspends the clock any more.

        It never precedes the day of the fee's notice, even if notices or payments were recorded out of order. `fees`
        None: those of the case.
        """
        quoted = self.fees_that_stop_the_clock(calendar, fees)
        return max([suspension.asked, *(fee.awaited_until(calendar) for fee in quoted)])

    def deadline_as_of(self, as_of: date, calendar: WorkingCalendar) -> Deadline:
        """The deadline on a local date, by the pinned rules (docs/law §2)."""
        return self.deadline_with(calendar, as_of=as_of)

    def deadline_with(
        self,
        calendar: WorkingCalendar,
        *,
        as_of: date,
        suspensions: tuple[Suspension, ...] | None = None,
        extended_at: datetime | None = None,
    ) -> Deadline:
        """The dates with the changes that a command is about to make.

        Warnings and missed dates ignore a question that has not been sent. It may never be sent, and no later event
        would correct those dates. An answer found to have arrived earlier can show that a notice of extension left too
        late: then nothing is extended, and the earlier dates apply.
        """
        known = self._as_of(self.clock.suspensions if suspensions is None else suspensions, as_of, calendar)
        put = tuple(each for each in known if each.sufficient is not None or self.clock.was_put(each.kind))
        extended_at = extended_at or self.clock.extended_at
        deadline = self._reckon(calendar, as_of, known, extended_at)
        return deadline if put == known else deadline.certain_as(self._reckon(calendar, as_of, put, extended_at))

    def _reckon(
        self,
        calendar: WorkingCalendar,
        as_of: date,
        suspensions: tuple[Suspension, ...],
        extended_at: datetime | None,
    ) -> Deadline:
        reckon = partial(
            compute,
            regime=self.clock.regime,
            calendar=calendar,
            received_on=self.received_on,
            suspensions=suspensions,
            as_of=as_of,
        )
        try:
            return reckon(extended_at=extended_at)
        except ExtensionTooLate:
            return reckon()

    def deadline_extended_by(self, notice_at: datetime, calendar: WorkingCalendar, at: datetime) -> Deadline:
        """The deadline at an instant, given a notice of extension that leaves at another instant.

        Raises ExtensionTooLate.
        """
        check_extension(
            regime=self.clock.regime,
            calendar=calendar,
            received_on=self.received_on,
            suspensions=self.suspensions_on(calendar.local_date(notice_at), calendar),
            notice_at=notice_at,
        )
        return self.deadline_with(calendar, as_of=calendar.local_date(at), extended_at=notice_at)

    def extended_due(self, notice_at: datetime, calendar: WorkingCalendar) -> date:
        """The extended date to name in a notice that leaves at this instant. Raises ExtensionTooLate."""
        return self.deadline_extended_by(notice_at, calendar, notice_at).effective_due

    def is_late_refusal(self, moment: datetime, calendar: WorkingCalendar, *, suspended: bool = True) -> bool:
        """Whether the moment is past the statutory date without extension, which alone counts for a refusal (Art.
        12(4)).

        `suspended` false ignores all suspensions.
        """
        return is_late_refusal(
            regime=self.clock.regime,
            calendar=calendar,
            received_on=self.received_on,
            suspensions=self.suspensions_on(calendar.local_date(moment), calendar) if suspended else (),
            refused_at=moment,
        )

    def waits_for_messages(self, day: date, calendar: WorkingCalendar) -> bool:
        """Whether a refusal or the closing still waits for messages that nobody has examined (docs/law §9).

        From the last working day before the statutory date without extension, neither does: nobody can hold up an
        answer by writing daily.
        """
        due = unextended_statutory_due(
            regime=self.clock.regime,
            calendar=calendar,
            received_on=self.received_on,
            suspensions=self.suspensions_on(day, calendar),
            as_of=max(day, self.received_on),
        )
        return day < calendar.subtract_working_days(due, 1)

    def stands_still_for(self, kind: SuspensionKind, *, left_on: date, calendar: WorkingCalendar) -> bool:
        """Whether a question of this kind whose letter leaves on that local date suspends the clock."""
        is_open = self.clock.open_suspension(kind) is not None
        return is_open and (self.clock.was_put(kind) or left_on <= self.last_day_to_suspend(calendar))

    def not_asked_by(self, day: date) -> tuple[Suspension, ...]:
        """The questions decided on before that day and not sent."""
        return tuple(each for each in self.clock.suspensions if self._is_not_asked_by(each, day))

    def _is_not_asked_by(self, suspension: Suspension, day: date) -> bool:
        return suspension.sufficient is None and day > suspension.asked and not self.clock.was_put(suspension.kind)

    def _as_of(
        self, suspensions: tuple[Suspension, ...], day: date, calendar: WorkingCalendar
    ) -> tuple[Suspension, ...]:
        """A suspension for a fee ends with the last offer once that is over; a question that was not sent suspends only
        the day of the decision to ask.
        """

        def known(each: Suspension) -> Suspension:
            if each.kind is not SuspensionKind.FEE or each.sufficient is not None:
                return each
            until = self.fees_awaited_until(each, calendar)
            return replace(each, sufficient=until) if day > until else each

        return tuple(known(each) for each in suspensions if not self._is_not_asked_by(each, day))

    def fees_that_stop_the_clock(
        self, calendar: WorkingCalendar, fees: Mapping[UUID, Fee] | None = None
    ) -> tuple[Fee, ...]:
        """The fees whose notice left without undue delay; only called under a regime where a fee suspends the clock."""
        last_day = self.last_day_to_suspend(calendar)
        quoted = (self.fees if fees is None else fees).values()
        return tuple(fee for fee in quoted if fee.quoted_on is not None and fee.quoted_on <= last_day)

    def last_day_to_suspend(self, calendar: WorkingCalendar) -> date:
        """The last day on which a question still suspends the clock; a later one was asked with undue delay."""
        return calendar.add_working_days(self.received_on, self.clock.regime.suspend_within_working_days)
