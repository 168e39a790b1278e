"""Audit of dates: questions, suspensions, extensions, and what was confirmed (docs/law §2, §10)."""

from datetime import date
from typing import Final

from dsr.domain.deadlines import (
    Suspension,
    SuspensionKind,
    remind_identity_on,
)
from dsr.domain.deadlines.regime import ClockStart
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.arrival import ArrivalCorrected, dates_from
from dsr.domain.request.calendar_correction import CalendarCorrected
from dsr.domain.request.clarification import ClarificationReceived, ClarificationRequested
from dsr.domain.request.clock import (
    ClockResumed,
    ClockSuspended,
    QuestionDelayed,
    asked_anew,
    ended,
    known_since,
    moved,
    waits_for_confirmation,
    withdrawn_on,
)
from dsr.domain.request.closing import RequestClosed, RequestWithdrawn
from dsr.domain.request.duplicates import DuplicateLinked
from dsr.domain.request.earlier_facts import (
    EarlierFactConfirmed,
    lateness_as_stated,
    may_confirm_earlier_fact,
    restated,
    suspension_as_stated,
)
from dsr.domain.request.ending import EndApproved
from dsr.domain.request.execution import ItemDone, NothingHeld
from dsr.domain.request.extension import DeadlineExtended, ExtensionNoticeStated, ExtensionProposed
from dsr.domain.request.fee_outcomes import FeeExpired, FeePaid
from dsr.domain.request.fees import FeeQuoted
from dsr.domain.request.identity import (
    IdentityConfirmed,
    IdentityEvidenceReceived,
    IdentityInsufficient,
    IdentityRequested,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.messages import IdentityAnswerReceived
from dsr.domain.request.recomputed import Before, Dates, recomputes
from dsr.domain.request.returned_letters import LetterReturned, without
from dsr.domain.request.triage import RequestDismissed


@recomputes(IdentityRequested)
def _identity_requested(event: IdentityRequested, before: Before) -> Dates:
    asked_on = before.calendar.local_date(event.asked_at)
    remind_on = remind_identity_on(before.case.clock.regime, asked_on)
    return {
        "asked_on": asked_on,
        "remind_on": remind_on,
        "remind_at": before.calendar.begin_of(remind_on),
        "asked_otherwise": asked_on < before.on(event),
        **_waits(event.unconfirmed, waits_for_confirmation(before.case, before.acting(event), event.asked_at)),
    }


def _waits(recorded: bool | None, unconfirmed: bool) -> Dates:
    """Whether the fact waits for confirmation; nothing did that was recorded before earlier facts had to be
    confirmed.
    """
    return {} if recorded is None else {"unconfirmed": unconfirmed}


@recomputes(IdentityEvidenceReceived)
def _identity_evidence_received(event: IdentityEvidenceReceived, before: Before) -> Dates:
    asked_on = before.case.identity.asked_on or before.case.received_on
    return {"knew_of_question": before.calendar.local_date(event.received_at) >= asked_on}


@recomputes(IdentityInsufficient)
def _identity_insufficient(event: IdentityInsufficient, before: Before) -> Dates:
    remind_on = remind_identity_on(before.case.clock.regime, before.on(event))
    return {"remind_on": remind_on, "remind_at": before.calendar.begin_of(remind_on)}


@recomputes(ClarificationRequested)
def _clarification_requested(event: ClarificationRequested, before: Before) -> Dates:
    asked_on = before.calendar.local_date(event.asked_at)
    waits = waits_for_confirmation(before.case, before.acting(event), event.asked_at)
    return {
        "asked_on": asked_on,
        "asked_otherwise": asked_on < before.on(event),
        **_waits(event.unconfirmed, waits),
    }


@recomputes(FeeQuoted)
def _fee_quoted(event: FeeQuoted, before: Before) -> Dates:
    starts_with_fee = before.case.clock.regime.clock_start is ClockStart.IDENTITY_AND_FEE
    waits = waits_for_confirmation(before.case, before.acting(event), event.notice.dispatched_at)
    return {
        "quoted_on": before.calendar.local_date(event.notice.dispatched_at),
        "offer_ends_at": before.calendar.end_of(before.case.fees[event.fee_id].offer_ends_on),
        **_waits(event.unconfirmed, starts_with_fee and waits),
    }


@recomputes(FeePaid)
def _fee_paid(event: FeePaid, before: Before) -> Dates:
    """A late payment that was recorded by hand on a later day waits for confirmation."""
    fee, acting = before.case.fees[event.fee_id], before.acting(event)
    is_late = before.calendar.local_date(event.paid_at) > fee.offer_ends_on
    stops = fee in before.case.fees_that_stop_the_clock(before.calendar)
    return _waits(event.unconfirmed, is_late and acting.states_earlier(event.paid_at) and stops)


@recomputes(FeeExpired)
def _fee_expired(event: FeeExpired, before: Before) -> Dates:
    return {"due": before.case.fees[event.fee_id].offer_ends_on}


@recomputes(ClockSuspended)
def _clock_suspended(event: ClockSuspended, before: Before) -> Dates:
    """The clock is suspended from the day of the question, which is the event before."""
    asked_on: date | None
    match before.previous:
        case IdentityAnswerReceived():  # a proof after the end of the question: the suspension goes on to its arrival
            last = before.case.clock.last_suspension(event.kind)
            asked_on = None if last is None else last.asked
        case IdentityRequested() | ClarificationRequested() as question if not question.unconfirmed:
            asked_on = question.asked_on
        case FeeQuoted() as quote if not quote.unconfirmed:
            asked_on = quote.quoted_on
        case _:
            asked_on = before.on(event)
    if asked_on is None:
        return {"asked_on": None}
    running = (*before.case.clock.suspensions, Suspension(event.kind, asked_on, None))
    return {
        "asked_on": asked_on,
        "deadline": before.case.deadline_with(before.calendar, as_of=before.on(event), suspensions=running),
    }


_LETTER: Final = {
    SuspensionKind.IDENTITY: LetterKind.IDENTITY_QUESTION,
    SuspensionKind.CLARIFICATION: LetterKind.CLARIFICATION,
}
"""The letter that asks the question."""


@recomputes(QuestionDelayed)
def _question_delayed(event: QuestionDelayed, before: Before) -> Dates:
    """The question was sent with the letter that is the event before; otherwise asked in another way, as on record.

    What a person states by hand for an earlier day counts from the day of its entry.
    """
    case, calendar, sent = before.case, before.calendar, before.previous
    is_identity, running = event.kind is SuspensionKind.IDENTITY, case.clock.open_suspension(event.kind)
    asked_on = case.identity.asked_on if is_identity else case.clock.clarification_asked_on
    letter = sent.letter if isinstance(sent, AnswerSent) and sent.letter.kind is _LETTER[event.kind] else None
    left_on = event.asked_on if letter is None else calendar.local_date(letter.dispatched_at)
    if letter is not None:
        running = running or asked_anew(case, event.kind, left_on=left_on)
    is_late = asked_on is not None and left_on > asked_on
    left_on, last_day = max(left_on, event.asked_on), case.last_day_to_suspend(calendar)
    counts_on = left_on
    if event.unconfirmed is not None:
        acting = before.acting(event)
        if letter is None:
            counts_on = max(left_on, known_since(case, acting, event.kind, asked_on=left_on))
        elif acting.states_earlier(letter.dispatched_at):
            counts_on = max(left_on, acting.today)
    suspends = running is not None and counts_on <= last_day
    remind_on = remind_identity_on(case.clock.regime, left_on) if is_identity and is_late else None
    suspensions = moved(case.clock.suspensions, running, to=counts_on if suspends else None)
    return {
        "asked_on": asked_on,
        "left_on": left_on,
        "suspends": suspends,
        "deadline": case.deadline_with(calendar, as_of=before.on(event), suspensions=suspensions),
        "remind_on": remind_on,
        "remind_at": None if remind_on is None else calendar.begin_of(remind_on),
        **_waits(event.unconfirmed, counts_on > left_on and running is not None and left_on <= last_day),
    }


@recomputes(ClockResumed)
def _clock_resumed(event: ClockResumed, before: Before) -> Dates:
    """The clock resumes on the day of the answer, which is the event before; without an answer, on that event's day; if
    no question was sent, it was never suspended.

    After a fee it resumes when no fee suspends it any more, by the state of the case before.
    """
    is_fee = event.kind is SuspensionKind.FEE
    running = before.case.clock.last_suspension(event.kind) if is_fee else before.case.clock.open_suspension(event.kind)
    if running is None:
        return {"asked_on": None}
    ended_on: date | None
    match before.previous:
        case IdentityConfirmed() | ClarificationReceived() as answer:
            # an answer can precede the day from which an unconfirmed question counts
            ended_on = max(before.calendar.local_date(answer.answered_at), running.asked)
        case ItemDone() | NothingHeld() as decided if before.case.clock.was_put(event.kind):
            # an event recorded late can precede the question
            ended_on = max(before.calendar.local_date(decided.done_at), running.asked)
        case (
            RequestWithdrawn()
            | EndApproved()
            | RequestClosed()
            | RequestDismissed()
            | DuplicateLinked()
            | ClockResumed() as ending
        ):
            ended_on = None
            if before.case.clock.was_put(event.kind):
                ended_on = max(withdrawn_on(before.case, before.calendar, ending.timestamp), running.asked)
        case _:
            ended_on = before.on(before.previous or event) if before.case.clock.was_put(event.kind) else None
    if is_fee:  # a payment in time may even be recorded after its offer expired
        ended_on = before.case.fees_awaited_until(running, before.calendar)
    suspensions = ended(before.case.clock.suspensions, running, on=ended_on)
    return {
        "asked_on": running.asked,
        "sufficient_on": ended_on,
        "deadline": before.case.deadline_with(before.calendar, as_of=before.on(event), suspensions=suspensions),
    }


@recomputes(LetterReturned)
def _letter_returned(event: LetterReturned, before: Before) -> Dates:
    """Without the question that the letter asked, if it reached the person in no other way."""
    if event.unheard is None:
        return {"deadline": None}
    return {"deadline": without(before.case, event.unheard, before.calendar, as_of=before.on(event))}


@recomputes(ExtensionProposed)
def _extension_proposed(event: ExtensionProposed, before: Before) -> Dates:
    return {
        "new_due": before.case.deadline_extended_by(event.timestamp, before.calendar, event.timestamp).effective_due
    }


@recomputes(DeadlineExtended)
def _deadline_extended(event: DeadlineExtended, before: Before) -> Dates:
    """The deadline is extended from the instant at which the notice left."""
    return {"deadline": before.case.deadline_extended_by(event.notice.dispatched_at, before.calendar, event.timestamp)}


@recomputes(ExtensionNoticeStated)
def _extension_notice_stated(event: ExtensionNoticeStated, before: Before) -> Dates:
    return {"left_on": before.calendar.local_date(event.notice.dispatched_at)}


@recomputes(EarlierFactConfirmed)
def _earlier_fact_confirmed(event: EarlierFactConfirmed, before: Before) -> Dates:
    """From the confirmation on, the fact counts from the day that was stated."""
    fact = may_confirm_earlier_fact(before.case, before.acting(event), fact=event.fact)
    suspension = suspension_as_stated(before.case, fact, before.calendar)
    late, promise_missed = lateness_as_stated(before.case, fact, before.calendar)
    suspensions = before.case.clock.suspensions if suspension is None else restated(before.case, fact, suspension)
    return {
        "happened_on": fact.happened_on,
        "recorded_at": fact.recorded_at,
        "asked_on": None if suspension is None else suspension.asked,
        "sufficient_on": None if suspension is None else suspension.sufficient,
        "deadline": before.case.deadline_with(before.calendar, as_of=before.on(event), suspensions=suspensions),
        "late": late,
        "promise_missed": promise_missed,
    }


@recomputes(ArrivalCorrected)
def _arrival_corrected(event: ArrivalCorrected, before: Before) -> Dates:
    """To an earlier day at once; to a later one, once it is confirmed, which is the event before."""
    received_on = before.calendar.local_date(event.received_at)
    is_confirmed = isinstance(before.previous, EarlierFactConfirmed)
    unconfirmed = received_on > before.case.received_on and not is_confirmed
    counted_on = before.case.received_on if unconfirmed else received_on
    as_of = max(before.on(event), counted_on)
    deadline, acknowledge_on, ends_at = dates_from(before.case, counted_on, before.calendar, as_of=as_of)
    return {
        "received_on": received_on,
        "unconfirmed": unconfirmed,
        "deadline": deadline,
        "acknowledge_by": acknowledge_on,
        "acknowledge_ends_at": ends_at,
    }


@recomputes(CalendarCorrected)
def _calendar_corrected(event: CalendarCorrected, before: Before) -> Dates:
    """All dates from R, by the calendars of the version that the event names."""
    calendar = before.calendar_corrected_by(event.ropa_version, *before.case.held_by)
    deadline, acknowledge_on, ends_at = dates_from(
        before.case, before.case.received_on, calendar, as_of=before.on(event)
    )
    return {"deadline": deadline, "acknowledge_by": acknowledge_on, "acknowledge_ends_at": ends_at}
