"""The arithmetic of deadlines: from facts to dates, without explanations.

Everything here is local calendar dates; instants enter only where a notice must leave before a day ends.

    S    = days of suspension, overlaps once;  S_id = the part that waits for identity
    stat = roll(add_months(start, 1) + S)      ext = roll(add_months(start, 3) + S)      promise = R + 30 + S_id
    effective = min(stat, promise), or ext once extended
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.deadlines.months import add_months
from dsr.domain.deadlines.regime import ClockStart, Regime
from dsr.domain.deadlines.suspension import Suspension, SuspensionBeforeReceipt, SuspensionKind

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DeadlineFacts:
    """The facts of one request that decide its dates."""

    regime: Regime
    calendar: WorkingCalendar
    received_on: date
    """R: local calendar date of arrival."""
    suspensions: Sequence[Suspension] = ()
    extended_at: datetime | None = None
    """When the reasoned notice of extension left."""
    access: bool = True
    """Whether the request exercises the right of access; otherwise clarification does not suspend the clock."""

    def __post_init__(self) -> None:
        """Sort the suspensions, so that their order of input changes nothing.

        Raises SuspensionBeforeReceipt.
        """
        ordered = sorted(self.suspensions, key=lambda each: (each.asked, each.kind, each.sufficient or date.max))
        object.__setattr__(self, "suspensions", tuple(ordered))
        for each in self.suspensions:
            if each.asked < self.received_on:
                raise SuspensionBeforeReceipt(asked=each.asked.isoformat(), received_on=self.received_on.isoformat())

    def extended_on(self) -> date | None:
        """Local date on which the notice of extension left."""
        return None if self.extended_at is None else self.calendar.local_date(self.extended_at)

    def latest(self) -> date:
        """The last date that any fact names."""
        named = [self.received_on, self.extended_on()]
        named += [day for each in self.suspensions for day in (each.asked, each.sufficient)]
        return max(day for day in named if day is not None)

    def known_on(self, day: date) -> "DeadlineFacts":
        """The facts up to and including `day`: a question asked later is unknown, one answered later is open."""
        known = tuple(
            each if each.sufficient is None or each.sufficient <= day else replace(each, sufficient=None)
            for each in self.suspensions
            if each.asked <= day
        )
        extended_on = self.extended_on()
        extended_at = self.extended_at if extended_on is not None and extended_on <= day else None
        return replace(self, suspensions=known, extended_at=extended_at)

    def without_open(self) -> "DeadlineFacts":
        """The facts without the questions that are still open."""
        return replace(self, suspensions=tuple(each for each in self.suspensions if each.sufficient is not None))

    def last_day_to_ask(self) -> date:
        """The last day on which a question suspends the clock; a later one was asked with undue delay."""
        return self.calendar.add_working_days(self.received_on, self.regime.suspend_within_working_days)

    def counted(self) -> tuple[Suspension, ...]:
        """The questions that move the statutory date under this regime."""
        if not self.suspensions:
            return ()
        last_day = self.last_day_to_ask()
        return tuple(each for each in self.suspensions if each.asked <= last_day and self.stops_clock(each.kind))

    def stops_clock(self, kind: SuspensionKind) -> bool:
        """Whether a suspension of this kind may move the statutory date at all."""
        match kind:
            case SuspensionKind.IDENTITY:
                return True
            case SuspensionKind.CLARIFICATION:
                return self.access
            case SuspensionKind.FEE:
                return self.regime.clock_start is ClockStart.IDENTITY_AND_FEE


@dataclass(frozen=True)
class Reckoning:
    """All intermediate results of the calculation, in the order of the law."""

    start: date
    """The day that is not counted, from which the months run."""
    suspended: int
    """S: days that are added to the months."""
    suspended_for_identity: int
    """S_id: days that are added to the promise."""
    month_end: date
    """The same day number, before suspension and working days."""
    unextended: date
    """The statutory date as it stands without an extension."""
    extension_end: date
    """End of an extension, actual or possible: months and suspension, before working days."""
    extended: date | None
    """The statutory date as the extension made it; None without one."""
    promise: date


def reckon(facts: DeadlineFacts, as_of: date) -> Reckoning:
    """Compute all dates; an open question counts as answered on `as_of`. No fact may be later than `as_of`.

    Raises CalendarExhausted.
    """
    regime, roll = facts.regime, facts.calendar.roll_forward
    counted = facts.counted()
    identity = [each for each in counted if each.kind is SuspensionKind.IDENTITY]
    if regime.clock_start is ClockStart.RECEIPT:
        start, suspending = facts.received_on, counted
    else:
        clarification = tuple(each for each in counted if each.kind is SuspensionKind.CLARIFICATION)
        awaited = [_answered(each, as_of) for each in counted if each.kind is not SuspensionKind.CLARIFICATION]
        start, suspending = max([facts.received_on, *awaited]), clarification
    days = _days(suspending, as_of, regime.answer_day_suspends)
    if start > facts.received_on:
        # Up to and including a later start the month has not begun, so suspensions then add no days.
        days = {day for day in days if day > start}
    suspension = timedelta(days=len(days))
    # The promise moves by [asked, answered) in every regime: it is the controller's promise, not the statute.
    for_identity = len(_days(identity, as_of, answer_day=False))
    month_end = add_months(start, regime.months)
    extension_end = add_months(start, regime.months + regime.extension_months) + suspension
    return Reckoning(
        start=start,
        suspended=len(days),
        suspended_for_identity=for_identity,
        month_end=month_end,
        unextended=roll(month_end + suspension),
        extension_end=extension_end,
        extended=None if facts.extended_at is None else roll(extension_end),
        promise=facts.received_on + timedelta(days=regime.promise_days + for_identity),
    )


def _answered(suspension: Suspension, as_of: date) -> date:
    return suspension.sufficient if suspension.sufficient is not None else as_of


def _days(suspensions: Iterable[Suspension], as_of: date, answer_day: bool) -> set[date]:
    """The local dates on which the clock is suspended; overlaps count once."""
    days: set[date] = set()
    for each in suspensions:
        length = (_answered(each, as_of) - each.asked).days + answer_day
        days.update(each.asked + _DAY * passed for passed in range(length))
    return days
