"""When the clock stands still, and what it shows afterwards (docs/law §2)."""

from dataclasses import replace
from datetime import date, datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, Suspension, SuspensionKind, remind_identity_on
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import AnswerDatesInvalid
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
        case.clock.suspensions = (*case.clock.suspensions, Suspension(self.kind, self.asked_on, None))
        case.clock.deadline = self.deadline


class ClockResumed(RequestEvent):
    """The clock runs again: the days in [asked, sufficient) were added, and these are the dates now.

    `sufficient_on` None: no letter with the question ever left, so that it never stood still. Recorded once more where
    a payment in time turns up after the offer of its fee expired: it ran from that payment.
    """

    TOPIC: ClassVar[str] = "dsr.request.clock-resumed"
    kind: SuspensionKind
    asked_on: date
    sufficient_on: date | None
    deadline: Deadline

    def apply(self, case: Case) -> None:
        case.clock.suspensions = ended(
            case.clock.suspensions, case.clock.last_suspension(self.kind), on=self.sufficient_on
        )
        case.clock.deadline = self.deadline


class QuestionDelayed(RequestEvent):
    """The question was put, as became known after dates were told as if nobody had been asked: mostly on a later day
    than it was decided to ask.

    What the question stops stands still from `left_on`; where that was too late to stop it, it never stood still.
    """

    TOPIC: ClassVar[str] = "dsr.request.question-delayed"
    kind: SuspensionKind
    asked_on: date
    """As it was recorded before."""
    left_on: date
    """Local calendar date of its letter; as before, where they were asked some other way."""
    suspends: bool
    deadline: Deadline
    remind_on: date | None
    """The local date on which the person is reminded; None: as before, or never."""
    remind_at: datetime | None
    """0:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        running = case.clock.open_suspension(self.kind)
        case.clock.suspensions = moved(case.clock.suspensions, running, to=self.left_on if self.suspends else None)
        case.clock.deadline = self.deadline
        if self.kind is SuspensionKind.CLARIFICATION:
            case.clock.clarification_asked_on = self.left_on
        elif self.remind_on is not None and self.remind_at is not None:
            case.identity.asked_on = self.left_on
            case.identity.remind_on = self.remind_on
            case.identity.remind_at = self.remind_at


def moved(
    suspensions: tuple[Suspension, ...], running: Suspension | None, *, to: date | None
) -> tuple[Suspension, ...]:
    """With the one that runs begun on that day; without it, where `to` is None."""
    others = (each for each in suspensions if each is not running)
    return tuple(others) if running is None or to is None else (*others, replace(running, asked=to))


def ended(
    suspensions: tuple[Suspension, ...], running: Suspension | None, *, on: date | None
) -> tuple[Suspension, ...]:
    """With the one that runs ended on that day; without it, where `on` is None."""
    if on is None:
        return moved(suspensions, running, to=None)
    return tuple(replace(each, sufficient=on) if each is running else each for each in suspensions)


# What commands of several parts of the law do to the clock ---------------------------------------------------------


def suspend(case: DatedCase, acting: CaseActing, kind: SuspensionKind, *, asked_on: date) -> None:
    """Let the clock stand still from the day of asking, where that is in time to move the dates."""
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
    case: DatedCase, acting: CaseActing, kind: SuspensionKind, *, asked_on: date | None, left_on: date
) -> None:
    """Let the clock stand still from the day on which the question left, where that is later than recorded, or
    where other dates were told as if nobody had been asked.

    Whoever waits for an answer has to have asked: days before that are the controller's own (GDPR Art. 12(3)).
    """
    if asked_on is None:
        return
    running, today = case.clock.open_suspension(kind), acting.today
    is_late, left_on = left_on > asked_on, max(left_on, asked_on)
    suspends = running is not None and left_on <= case.last_day_to_suspend(acting.calendar)
    suspensions = moved(case.clock.suspensions, running, to=left_on if suspends else None)
    deadline = case.deadline_with(acting.calendar, as_of=today, suspensions=suspensions)
    was_reckoned = running is not None and (today > running.asked or deadline != case.clock.deadline)
    if not (is_late or was_reckoned):
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
    )


def resume(case: DatedCase, acting: CaseActing, kind: SuspensionKind, *, sufficient_on: date) -> None:
    """Let the clock run again from the day of a sufficient answer, where the question came in time to stop it."""
    running = case.clock.open_suspension(kind)
    if running is None:
        return
    _end(case, acting, running, sufficient_on=sufficient_on)


def resume_unanswered(case: DatedCase, acting: CaseActing, kind: SuspensionKind, on: date) -> None:
    """Let the clock run again where nobody waits for an answer any more: from that day, if anybody was asked.

    Recorded late, that day can lie before the question, which then never stopped anything.
    """
    running = case.clock.open_suspension(kind)
    if running is not None:
        sufficient_on = max(on, running.asked) if case.clock.was_put(kind) else None
        _end(case, acting, running, sufficient_on=sufficient_on)


def resume_from_fee(case: DatedCase, acting: CaseActing) -> None:
    """Let the clock run again after a fee was settled, unless another one that stops it is awaited as well.

    It runs from the day on which the last of them was awaited no more; where that day turns out to be another than
    was recorded before, from that.
    """
    stopped = case.clock.last_suspension(SuspensionKind.FEE)
    if stopped is None or any(fee.status.is_outstanding for fee in case.fees_that_stop_the_clock(acting.calendar)):
        return
    sufficient_on = case.fees_awaited_until(stopped, acting.calendar)
    if sufficient_on != stopped.sufficient:
        _end(case, acting, stopped, sufficient_on=sufficient_on)


def resume_without_access(case: DatedCase, acting: CaseActing, on: date) -> None:
    """Let the clock run again once no access is pending: which data is meant was asked for that right only.

    `on` is the local date on which the last one was decided or taken back.
    """
    if not case.is_pending(Right.ACCESS):
        resume_unanswered(case, acting, SuspensionKind.CLARIFICATION, on)


def resume_at_end(case: DatedCase, acting: CaseActing) -> None:
    """Let the clock run again where a case was closed while a question was out: a closed case waits for nobody."""
    today = acting.today
    for kind in (SuspensionKind.IDENTITY, SuspensionKind.CLARIFICATION):
        resume_unanswered(case, acting, kind, today)


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
