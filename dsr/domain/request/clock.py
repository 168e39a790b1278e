"""The clock of a case: when it is suspended, and the dates after it resumes (docs/law §2)."""

from dataclasses import replace
from datetime import date, datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, Suspension, SuspensionKind, WorkingCalendar, remind_identity_on
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import QUESTION_OF, StatedEvent
from dsr.domain.request.errors import AnswerDatesInvalid
from dsr.domain.rights import Right


class ClockSuspended(RequestEvent):
    """The clock is suspended from `asked_on`; the dates are provisional until it resumes.

    Recorded only if the question was asked without undue delay; a later question moves no date.
    """

    TOPIC: ClassVar[str] = "dsr.request.clock-suspended"
    kind: SuspensionKind
    asked_on: date
    deadline: Deadline

    def apply(self, case: Case) -> None:
        case.note_missed(self.timestamp)
        case.clock.suspensions = (*case.clock.suspensions, Suspension(self.kind, self.asked_on, None))
        case.move(self, self.deadline)


class ClockResumed(RequestEvent):
    """The clock runs again: the days in [asked, sufficient) were added, and these are the dates now.

    `sufficient_on` None: no letter with the question was ever sent, so the clock was never suspended. Recorded again if
    a payment made in time is discovered after the fee's offer expired: the clock then resumed on the day of that
    payment.
    """

    TOPIC: ClassVar[str] = "dsr.request.clock-resumed"
    kind: SuspensionKind
    asked_on: date
    sufficient_on: date | None
    deadline: Deadline

    def apply(self, case: Case) -> None:
        case.note_missed(self.timestamp)
        case.clock.suspensions = ended(
            case.clock.suspensions, case.clock.last_suspension(self.kind), on=self.sufficient_on
        )
        case.move(self, self.deadline)


class QuestionDelayed(StatedEvent, RequestEvent):
    """The day on which a question was sent turned out to differ from the day on record, mostly because it left later.

    Dates had been told without it. The suspension starts on `left_on`; if that was too late, the clock was never
    suspended. Where a person states an earlier day by hand, it starts on the day of the entry (docs/law §10).
    """

    TOPIC: ClassVar[str] = "dsr.request.question-delayed"
    kind: SuspensionKind
    asked_on: date
    """The day recorded before."""
    left_on: date
    """Local calendar date of the letter; unchanged if the question was asked in another way."""
    suspends: bool
    deadline: Deadline
    remind_on: date | None
    """The local date of the reminder to the person; None: unchanged, or never."""
    remind_at: datetime | None
    """0:00 local on that day, in UTC."""
    unconfirmed: bool | None
    """True: the suspension starts on the day of this entry, until an approver confirms `left_on`."""

    def apply(self, case: Case) -> None:
        case.note_missed(self.timestamp, unheard=self.kind)
        running = case.clock.open_suspension(self.kind) or asked_anew(case, self.kind, left_on=self.left_on)
        case.clock.unheard -= {self.kind}
        counts_on = case.local_date(self.timestamp) if self.unconfirmed else self.left_on
        case.clock.suspensions = moved(case.clock.suspensions, running, to=counts_on if self.suspends else None)
        if self.unconfirmed:
            case.state_earlier(self, QUESTION_OF[self.kind], happened_on=self.left_on, happened_at=None)
        case.move(self, self.deadline)
        if self.kind is SuspensionKind.CLARIFICATION:
            case.clock.clarification_asked_on = self.left_on
        elif self.remind_on is not None and self.remind_at is not None:
            case.identity.asked_on = self.left_on
            case.identity.remind_on = self.remind_on
            case.identity.remind_at = self.remind_at


def moved(
    suspensions: tuple[Suspension, ...], running: Suspension | None, *, to: date | None
) -> tuple[Suspension, ...]:
    """The suspensions, with the running one moved to start on that day, or dropped if `to` is None."""
    others = (each for each in suspensions if each is not running)
    return tuple(others) if running is None or to is None else (*others, replace(running, asked=to))


def asked_anew(case: Case, kind: SuspensionKind, *, left_on: date) -> Suspension | None:
    """The suspension by a letter that asks what an earlier one had asked, which came back; None for any other."""
    return Suspension(kind, left_on, None) if kind in case.clock.unheard else None


def ended(
    suspensions: tuple[Suspension, ...], running: Suspension | None, *, on: date | None
) -> tuple[Suspension, ...]:
    """The suspensions, with the running one ended on that day, or dropped if `on` is None."""
    if on is None:
        return moved(suspensions, running, to=None)
    return tuple(replace(each, sufficient=on) if each is running else each for each in suspensions)


# Shared by commands of several parts of the law ---------------------------------------------------------


def waits_for_confirmation(case: DatedCase, acting: CaseActing, asked_at: datetime) -> bool:
    """Whether a question recorded by hand on a later day would suspend the clock from an earlier one (docs/law §10)."""
    last_day = case.last_day_to_suspend(acting.calendar)
    return acting.states_earlier(asked_at) and acting.calendar.local_date(asked_at) <= last_day


def suspend(case: DatedCase, acting: CaseActing, kind: SuspensionKind, *, asked_on: date) -> None:
    """Suspend the clock from the day of the question, if it was asked in time to move the dates."""
    if asked_on > case.last_day_to_suspend(acting.calendar):
        return
    running = (*case.clock.suspensions, Suspension(kind, asked_on, None))
    case.record(
        acting,
        ClockSuspended,
        kind=kind,
        asked_on=asked_on,
        deadline=case.deadline_with(acting.calendar, as_of=acting.today, suspensions=running),
    )


def note_put(
    case: DatedCase,
    acting: CaseActing,
    kind: SuspensionKind,
    *,
    asked_on: date | None,
    left_on: date,
    counts_on: date | None = None,
    by_letter: bool = False,
) -> None:
    """Start the suspension on the day the question was sent, if that is later than recorded or if other dates were told
    without it.

    The clock is suspended only once the person was asked; the days before that count against the controller (GDPR Art.
    12(3)). A letter that asks anew what an earlier one, which came back, had asked suspends it for the first time.
    `counts_on` is the day from which it counts until the earlier day is confirmed; None: `left_on`.
    """
    if asked_on is None:
        return
    running, today = case.clock.open_suspension(kind), acting.today
    if by_letter:
        running = running or asked_anew(case, kind, left_on=left_on)
    last_day = case.last_day_to_suspend(acting.calendar)
    is_late, left_on = left_on > asked_on, max(left_on, asked_on)
    counts_on = max(counts_on or left_on, left_on)
    unconfirmed = counts_on > left_on and running is not None and left_on <= last_day
    suspends = running is not None and counts_on <= last_day
    suspensions = moved(case.clock.suspensions, running, to=counts_on if suspends else None)
    deadline = case.deadline_with(acting.calendar, as_of=today, suspensions=suspensions)
    was_reckoned = running is not None and (today > running.asked or deadline != case.clock.deadline)
    if not (is_late or was_reckoned or unconfirmed):
        return
    moves_reminder = is_late and kind is SuspensionKind.IDENTITY
    remind_on = remind_identity_on(case.clock.regime, left_on) if moves_reminder else None
    case.record(
        acting,
        QuestionDelayed,
        kind=kind,
        asked_on=asked_on,
        left_on=left_on,
        suspends=suspends,
        deadline=deadline,
        remind_on=remind_on,
        remind_at=None if remind_on is None else acting.calendar.begin_of(remind_on),
        unconfirmed=unconfirmed,
    )


def known_since(case: DatedCase, acting: CaseActing, kind: SuspensionKind, *, asked_on: date) -> date:
    """The day from which a question counts that no letter asked, and which the person is now seen to have known.

    It is the day on record. After a date was missed it is today instead, until a second person confirms the other one:
    nobody makes a case punctual alone (docs/law §10).
    """
    running = case.clock.open_suspension(kind)
    others = moved(case.clock.suspensions, running, to=None)
    was_missed = case.deadline_with(acting.calendar, as_of=acting.today, suspensions=others).is_missed(acting.at)
    return acting.today if was_missed else asked_on


def note_answered(case: DatedCase, acting: CaseActing, kind: SuspensionKind, *, asked_on: date | None) -> None:
    """Before an answer to a question that no letter asked: if it counts from today only, say so."""
    if asked_on is None or case.clock.was_put(kind):
        return
    counts_on = known_since(case, acting, kind, asked_on=asked_on)
    if counts_on > asked_on:
        note_put(case, acting, kind, asked_on=asked_on, left_on=asked_on, counts_on=counts_on)


def resume(case: DatedCase, acting: CaseActing, kind: SuspensionKind, *, sufficient_on: date) -> None:
    """Resume the clock on the day of a sufficient answer, if the question came in time to suspend it.

    An answer can precede the day from which an unconfirmed question counts; then the question suspended nothing.
    """
    running = case.clock.open_suspension(kind)
    if running is None:
        return
    _end(case, acting, running, sufficient_on=max(sufficient_on, running.asked))


def resume_unanswered(case: DatedCase, acting: CaseActing, kind: SuspensionKind, on: date) -> None:
    """Resume the clock on the day from which no answer is awaited any more, if a question was asked.

    If recorded late, that day can precede the question, which then never suspended anything.
    """
    running = case.clock.open_suspension(kind)
    if running is not None:
        sufficient_on = max(on, running.asked) if case.clock.was_put(kind) else None
        _end(case, acting, running, sufficient_on=sufficient_on)


def resume_from_fee(case: DatedCase, acting: CaseActing) -> None:
    """Resume the clock after a fee was settled, unless another fee still suspends it.

    The clock resumes on the day on which the last of these fees was settled; if that day turns out to differ from the
    one recorded, on the true day.
    """
    stopped = case.clock.last_suspension(SuspensionKind.FEE)
    if stopped is None or any(fee.status.is_outstanding for fee in case.fees_that_stop_the_clock(acting.calendar)):
        return
    sufficient_on = case.fees_awaited_until(stopped, acting.calendar)
    if sufficient_on != stopped.sufficient:
        _end(case, acting, stopped, sufficient_on=sufficient_on)


def resume_without_access(case: DatedCase, acting: CaseActing, on: date) -> None:
    """Resume the clock once no access item is pending, since a clarification question concerns that right only.

    `on` is the local date on which the last access item was decided or withdrawn.
    """
    if not case.is_pending(Right.ACCESS):
        resume_unanswered(case, acting, SuspensionKind.CLARIFICATION, on)


def resume_at_end(case: DatedCase, acting: CaseActing) -> None:
    """Resume the clock of a case that is closed while a question is open: a closed case waits for no answer."""
    on = withdrawn_on(case, acting.calendar, acting.at)
    for kind in (SuspensionKind.IDENTITY, SuspensionKind.CLARIFICATION):
        resume_unanswered(case, acting, kind, on)


def withdrawn_on(case: Case, calendar: WorkingCalendar, at: datetime) -> date:
    """The local date from which a withdrawal recorded at this instant counts.

    It counts from the arrival of the message that was examined as the withdrawal; without one, from the instant.
    """
    return calendar.local_date(case.withdrawal_at(at))


def _end(case: DatedCase, acting: CaseActing, suspension: Suspension, *, sufficient_on: date | None) -> None:
    suspensions = ended(case.clock.suspensions, suspension, on=sufficient_on)
    case.record(
        acting,
        ClockResumed,
        kind=suspension.kind,
        asked_on=suspension.asked,
        sufficient_on=sufficient_on,
        deadline=case.deadline_with(acting.calendar, as_of=acting.today, suspensions=suspensions),
    )


def local_answer_date(acting: CaseActing, answered_at: datetime, asked_on: date | None) -> date:
    """The local date of an answer, which neither precedes its question nor lies in the future."""
    answered_on = acting.calendar.local_date(answered_at)
    if answered_at > acting.at or (asked_on is not None and answered_on < asked_on):
        raise AnswerDatesInvalid()
    return answered_on
