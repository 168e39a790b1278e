"""Deadlines: the dates that events store, and checks of instants against them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce

from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.deadlines.reckoning import DeadlineFacts, Reckoning, reckon
from dsr.domain.deadlines.regime import Regime
from dsr.domain.deadlines.steps import Step, joint_step, narrate
from dsr.domain.deadlines.suspension import Suspension
from dsr.domain.errors import Refused


class ExtensionTooLate(Refused):
    """The notice of extension must leave before the statutory date without extension ends. Answer the request
    instead.
    """

    code = "extension-too-late"


class ExtensionBeforeReceipt(Refused):
    """A request can't be extended before it arrived. Check the time of the notice and the date of arrival."""

    code = "extension-before-receipt"


@dataclass(frozen=True)
class DueWarning:
    """A warning that an answer is due soon."""

    working_days: int
    """Working days left after that day, including the operational date."""
    begins_at: datetime
    """0:00 local on that day, in UTC."""


@dataclass(frozen=True)
class Deadline:
    """The due dates of a request, small enough for events; all dates are local to the controller's zone."""

    regime: str
    regime_version: int
    received_on: date
    """R: local calendar date of arrival."""
    statutory_due: date
    """The last day that the statute allows, extension and suspension included."""
    promise_due: date | None
    """The last day that the privacy notice promises; None once extended."""
    effective_due: date
    """The earlier of the two: the answer is late after it."""
    operational_due: date
    """The last working day on or before `effective_due`."""
    effective_ends_at: datetime
    """24:00 local on `effective_due`, in UTC: an answer at this instant is late."""
    extended: bool
    suspended_days: int
    """Days by which suspensions moved the statutory date."""
    provisional: bool
    """A question that suspends the clock is still open: the dates assume an answer on the day of the question."""
    certain_statutory_due: date
    """`statutory_due` without the open question; never later than with it, once the question was sent."""
    certain_effective_due: date
    """`effective_due` without the open question; the queue sorts by it."""
    certain_operational_due: date
    certain_effective_ends_at: datetime
    """24:00 local on `certain_effective_due`, in UTC."""
    warnings: tuple[DueWarning, ...]
    """Warnings before `certain_operational_due`, earliest first."""
    promise_ends_at: datetime | None
    """24:00 local on `promise_due` without the open question, in UTC; None once extended."""
    statutory_ends_at: datetime
    """24:00 local on `certain_statutory_due`, in UTC."""
    unsuspended_due: date
    """The last day for a timely refusal to an unidentified person; no extension and no open question moves it (Art.
    12(4)).
    """
    propose_unidentified_at: datetime
    """0:00 local, in UTC, on the day on which that refusal is proposed if no answer comes."""

    def certain_as(self, other: "Deadline") -> "Deadline":
        """These dates with the certain dates of the other deadline, and the warnings around those."""
        return replace(
            self,
            certain_statutory_due=other.certain_statutory_due,
            certain_effective_due=other.certain_effective_due,
            certain_operational_due=other.certain_operational_due,
            certain_effective_ends_at=other.certain_effective_ends_at,
            warnings=other.warnings,
            promise_ends_at=other.promise_ends_at,
            statutory_ends_at=other.statutory_ends_at,
        )

    def is_missed(self, at: datetime) -> bool:
        """Whether the answer is late at that instant. Lateness is recorded and blocks nothing."""
        return at >= self.effective_ends_at


@dataclass(frozen=True)
class Explanation:
    """A deadline with the steps of its calculation."""

    deadline: Deadline
    steps: tuple[Step, ...]


def explain(
    *,
    regime: Regime,
    calendar: WorkingCalendar,
    received_on: date,
    suspensions: Sequence[Suspension] = (),
    extended_at: datetime | None = None,
    as_of: date | None = None,
    access: bool = True,
) -> Explanation:
    """Compute the deadline and explain each step (GDPR Art. 12(3), Reg. 1182/71 Art. 3).

    `as_of` is the local date of the view: later facts are ignored, and a question open on that date counts as answered
    on it. The default is the last date of any fact. `access`: whether the request exercises the right of access;
    otherwise clarification does not suspend the clock.

    Under a `JointCalendar` the earlier of each pair of dates applies. Only the first calendar decides whether an
    extension left in time: `check_extension` checked it against all calendars of that time, and passing a request on
    voids no extension. Raises SuspensionBeforeReceipt, ExtensionBeforeReceipt, ExtensionTooLate, CalendarExhausted.
    """
    told = DeadlineFacts(regime, calendar, received_on, suspensions, extended_at, access)
    as_of = as_of or told.latest()
    known = _known_on(as_of, told)
    deadline, *by_others = _by_each(known, as_of)
    steps = tuple(narrate(known, reckon(known, as_of), as_of, deadline.effective_due, deadline.operational_due))
    for other, by_other in zip(calendar.each()[1:], by_others, strict=True):
        deadline = earlier_of(deadline, by_other)
        steps = (*steps, joint_step(other, by_other.effective_due, deadline.effective_due))
    return Explanation(deadline, steps)


def compute(
    *,
    regime: Regime,
    calendar: WorkingCalendar,
    received_on: date,
    suspensions: Sequence[Suspension] = (),
    extended_at: datetime | None = None,
    as_of: date | None = None,
    access: bool = True,
) -> Deadline:
    """Compute the deadline without the explanation; otherwise as `explain`.

    Raises SuspensionBeforeReceipt, ExtensionBeforeReceipt, ExtensionTooLate, CalendarExhausted.
    """
    told = DeadlineFacts(regime, calendar, received_on, suspensions, extended_at, access)
    as_of = as_of or told.latest()
    return reduce(earlier_of, _by_each(_known_on(as_of, told), as_of))


def unextended_statutory_due(
    *,
    regime: Regime,
    calendar: WorkingCalendar,
    received_on: date,
    suspensions: Sequence[Suspension] = (),
    as_of: date,
    access: bool = True,
) -> date:
    """The statutory date without extension, which an extension or a refusal must meet (GDPR Art. 12(3) and (4)), on
    `as_of`.
    """
    known = DeadlineFacts(regime, calendar, received_on, suspensions, None, access).known_on(as_of)
    return min(reckon(replace(known, calendar=each), as_of).unextended for each in calendar.each())


def check_extension(
    *,
    regime: Regime,
    calendar: WorkingCalendar,
    received_on: date,
    suspensions: Sequence[Suspension] = (),
    notice_at: datetime,
    access: bool = True,
) -> None:
    """Raise ExtensionTooLate if the notice leaves after the end (24:00 local) of the statutory date without
    extension.

    Only facts known on the day of the notice count: a question asked later rescues no extension.
    """
    _require_in_time(DeadlineFacts(regime, calendar, received_on, suspensions, notice_at, access), notice_at)


def is_late_refusal(
    *,
    regime: Regime,
    calendar: WorkingCalendar,
    received_on: date,
    suspensions: Sequence[Suspension] = (),
    refused_at: datetime,
    access: bool = True,
) -> bool:
    """Whether a refusal, whole or partial, left after the statutory date without extension (GDPR Art. 12(4)).

    A late refusal is recorded as such; it is never blocked.
    """
    told = DeadlineFacts(regime, calendar, received_on, suspensions, None, access)
    return refused_at >= _unextended_end(told, refused_at)


def acknowledge_by(regime: Regime, calendar: WorkingCalendar, received_on: date) -> date:
    """The last day to confirm to the data subject that the request is registered."""
    return calendar.add_working_days(received_on, regime.acknowledge_within_working_days)


def remind_identity_on(regime: Regime, asked_on: date) -> date:
    """The day of the reminder after an unanswered identity question."""
    return asked_on + timedelta(days=regime.remind_identity_after_days)


def remind_question_on(regime: Regime, asked_on: date) -> date:
    """The day of the reminder after any other unanswered question."""
    return asked_on + timedelta(days=regime.remind_question_after_days)


def recipients_told_by(regime: Regime, calendar: WorkingCalendar, done_on: date) -> date:
    """The last day to tell recipients of what was rectified, erased or restricted on `done_on` (GDPR Art. 19)."""
    return calendar.add_working_days(done_on, regime.tell_recipients_within_working_days)


def earlier_of(first: Deadline, second: Deadline) -> Deadline:
    """The dates that apply between joint controllers (GDPR Art. 26(3)): the earlier of each pair.

    Both deadlines must belong to one request: R never moves between joint controllers.
    """
    promises = [each for each in (first.promise_due, second.promise_due) if each is not None]
    return Deadline(
        regime=first.regime,
        regime_version=first.regime_version,
        received_on=first.received_on,
        statutory_due=min(first.statutory_due, second.statutory_due),
        promise_due=min(promises, default=None),
        effective_due=min(first.effective_due, second.effective_due),
        operational_due=min(first.operational_due, second.operational_due),
        effective_ends_at=min(first.effective_ends_at, second.effective_ends_at),
        extended=first.extended,
        suspended_days=min(first.suspended_days, second.suspended_days),
        provisional=first.provisional or second.provisional,
        certain_statutory_due=min(first.certain_statutory_due, second.certain_statutory_due),
        certain_effective_due=min(first.certain_effective_due, second.certain_effective_due),
        certain_operational_due=min(first.certain_operational_due, second.certain_operational_due),
        certain_effective_ends_at=min(first.certain_effective_ends_at, second.certain_effective_ends_at),
        warnings=tuple(
            min(here, there, key=lambda each: each.begins_at)
            for here, there in zip(first.warnings, second.warnings, strict=True)
        ),
        promise_ends_at=min(
            (each for each in (first.promise_ends_at, second.promise_ends_at) if each is not None), default=None
        ),
        statutory_ends_at=min(first.statutory_ends_at, second.statutory_ends_at),
        unsuspended_due=min(first.unsuspended_due, second.unsuspended_due),
        propose_unidentified_at=min(first.propose_unidentified_at, second.propose_unidentified_at),
    )


def _known_on(day: date, told: DeadlineFacts) -> DeadlineFacts:
    """The facts known on that day. Raises ExtensionBeforeReceipt, ExtensionTooLate."""
    known = told.known_on(day)
    if known.extended_at is not None:
        _require_in_time(replace(known, calendar=told.calendar.each()[0]), known.extended_at)
    return known


def _by_each(known: DeadlineFacts, as_of: date) -> list[Deadline]:
    """The deadline by each controller's calendar, starting with the one that received the request."""
    return [_deadline(replace(known, calendar=each), as_of) for each in known.calendar.each()]


def _unextended_end(told: DeadlineFacts, at: datetime) -> datetime:
    """End of the statutory date without extension, as known on the day of `at`."""
    day = told.calendar.local_date(at)
    known = told.known_on(day)
    return min(each.end_of(reckon(replace(known, calendar=each), day).unextended) for each in told.calendar.each())


def _require_in_time(told: DeadlineFacts, notice_at: datetime) -> None:
    """Raises ExtensionBeforeReceipt, ExtensionTooLate."""
    if told.calendar.local_date(notice_at) < told.received_on:
        raise ExtensionBeforeReceipt(received_on=told.received_on.isoformat())
    if notice_at >= (end := _unextended_end(told, notice_at)):
        raise ExtensionTooLate(ended_at=end.isoformat())


def _effective(result: Reckoning) -> date:
    return result.extended or min(result.unextended, result.promise)


def _deadline(known: DeadlineFacts, as_of: date) -> Deadline:
    result, certain = reckon(known, as_of), reckon(known.without_open(), as_of)
    calendar, effective = known.calendar, _effective(result)
    statutory = result.extended or result.unextended
    # If proof of identity restarts the month, earlier clarification no longer counts, and a short month can end
    # earlier.
    certainly = min(effective, _effective(certain))
    certainly_operational = calendar.roll_back(certainly)
    certainly_statutory = min(statutory, certain.extended or certain.unextended)
    unsuspended = min(result.unextended, certain.unextended)
    propose_on = calendar.subtract_working_days(unsuspended, known.regime.propose_unidentified_working_days_before)
    return Deadline(
        regime=known.regime.id,
        regime_version=known.regime.version,
        received_on=known.received_on,
        statutory_due=statutory,
        promise_due=None if result.extended else result.promise,
        effective_due=effective,
        operational_due=calendar.roll_back(effective),
        effective_ends_at=calendar.end_of(effective),
        extended=result.extended is not None,
        suspended_days=(result.start - known.received_on).days + result.suspended,
        provisional=any(each.sufficient is None for each in known.counted()),
        certain_statutory_due=certainly_statutory,
        certain_effective_due=certainly,
        certain_operational_due=certainly_operational,
        certain_effective_ends_at=calendar.end_of(certainly),
        warnings=tuple(
            DueWarning(days, calendar.begin_of(calendar.subtract_working_days(certainly_operational, days)))
            for days in known.regime.warn_working_days
        ),
        promise_ends_at=None if result.extended else calendar.end_of(min(result.promise, certain.promise)),
        statutory_ends_at=calendar.end_of(certainly_statutory),
        unsuspended_due=unsuspended,
        propose_unidentified_at=calendar.begin_of(propose_on),
    )
