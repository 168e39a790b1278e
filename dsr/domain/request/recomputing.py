"""An audit of dates: recomputes each legal date and each `late` of events from the facts before them (docs/law §7).

An event is right if its own facts, the state of the case before it, and the calendar of the pinned record of processing
give the dates that it holds. Each type of event with dates has a function here; to add one, mark it with `recomputes`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final, TypeVar

from dsr.domain.deadlines import (
    Deadline,
    JointCalendar,
    Suspension,
    SuspensionKind,
    WorkingCalendar,
    acknowledge_by,
    compute,
    recipients_told_by,
    remind_identity_on,
)
from dsr.domain.deadlines.regime import regime
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.request import Request
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.clarification import ClarificationReceived, ClarificationRequested
from dsr.domain.request.clock import ClockResumed, ClockSuspended, QuestionDelayed, ended, moved
from dsr.domain.request.due import (
    AcknowledgementOverdue,
    CameDue,
    DeadlineApproaching,
    DueNoMore,
    DueRecorded,
    IdentityReminderDue,
    IdentityUnanswered,
    PromiseMissed,
    RecipientsUntold,
    RestrictionReviewDue,
    StatutoryDateMissed,
)
from dsr.domain.request.execution import ItemDone, NothingHeld
from dsr.domain.request.extension import DeadlineExtended, ExtensionProposed
from dsr.domain.request.fee_outcomes import FeeExpired
from dsr.domain.request.fees import FeeQuoted
from dsr.domain.request.identity import (
    IdentityConfirmed,
    IdentityEvidenceReceived,
    IdentityInsufficient,
    IdentityRequested,
)
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.recipients import RecipientTold
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart
from dsr.domain.request.restriction import ProcessingRestricted, RestrictionReviewed
from dsr.domain.ropa import RecordOfProcessing, RopaMissing, RopaVersion

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Before:
    """The state of the log when the event was recorded."""

    case: Request
    """The case after the earlier events, with corrected dates; for the first event, a new case."""
    previous: Event | None
    """The event before, of the same case."""
    record: RecordOfProcessing | None
    """All versions adopted until then."""

    @property
    def calendar(self) -> WorkingCalendar:
        """The working days that count for the case: those of every controller that had it, by the pinned version.

        Raises RopaMissing, RopaVersionUnknown, ControllerUnknown.
        """
        return self.calendar_of(*self.case.held_by)

    def calendar_of(self, first: str, *others: str) -> WorkingCalendar:
        """The working days that count if these controllers had the case in turn. Raises as above."""
        version = self.version(self.case.ropa_version)
        return JointCalendar.joining(version.calendar(first), [version.calendar(each) for each in others])

    def version(self, number: int) -> RopaVersion:
        """A version of the record of processing. Raises RopaMissing, RopaVersionUnknown."""
        if self.record is None:
            raise RopaMissing()
        return self.record.at_version(number)

    def on(self, event: Event) -> date:
        """The local date on which an event was recorded."""
        return self.calendar.local_date(event.timestamp)


Dates = Mapping[str, Any]
"""Fields of an event with the values that the rules give."""

Rule = Callable[[E, Before], Dates]


@dataclass(frozen=True)
class Discrepancy:
    """A field of an event that differs from what the rules give."""

    field: str
    """Such as `late` or `deadline.statutory_due`; `event` if a rule would have refused it."""
    recorded: object
    recomputed: object
    """The value that the rules give; if they refuse, the code of the refusal."""


RULES: Final[dict[type[Event], Rule[Any]]] = {}
"""Functions that compute the legal dates, by event type; other events hold no dates."""


def recomputes(event_type: type[E]) -> Callable[[Rule[E]], Rule[E]]:
    """Register the function that computes the legal dates of these events."""

    def register(rule: Rule[E]) -> Rule[E]:
        if event_type in RULES:
            raise ValueError(f"{event_type.__name__} is recomputed twice")
        RULES[event_type] = rule
        return rule

    return register


def recompute(event: Event, before: Before) -> tuple[int, tuple[Discrepancy, ...], Event]:
    """The number of fields computed, those that differ, and the event as it should have been.

    Later events are compared with the corrected history, so that a wrong date is reported only where it occurs.
    """
    rule = RULES.get(type(event))
    if rule is None:
        return 0, (), event
    try:
        dates = rule(event, before)
    except DomainError as refusal:
        return 1, (Discrepancy("event", event.TOPIC, refusal.code),), event
    wrong = {name: value for name, value in dates.items() if getattr(event, name) != value}
    found = tuple(each for name, value in wrong.items() for each in _compare(name, getattr(event, name), value))
    return len(dates), found, replace(event, **wrong) if wrong else event


def _compare(name: str, recorded: object, recomputed: object) -> list[Discrepancy]:
    if isinstance(recorded, Deadline) and isinstance(recomputed, Deadline):
        pairs = [(each.name, getattr(recorded, each.name), getattr(recomputed, each.name)) for each in fields(Deadline)]
        return [Discrepancy(f"{name}.{part}", ours, theirs) for part, ours, theirs in pairs if ours != theirs]
    return [Discrepancy(name, recorded, recomputed)]


# One function for each event --------------------------------------------------------------------------------------


@recomputes(RequestReceived)
def _received(event: RequestReceived, before: Before) -> Dates:
    """R is the local date of arrival; the other dates follow from it by the controller's regime."""
    document = before.version(event.ropa_version).document
    calendar, rules = before.calendar, regime(document.controller(event.controller_id).regime, event.regime_version)
    received_on = calendar.local_date(event.received_at)
    acknowledge_on = acknowledge_by(regime=rules, calendar=calendar, received_on=received_on)
    return {
        "zone": calendar.zone,
        "regime": rules.id,
        "received_on": received_on,
        "deadline": compute(regime=rules, calendar=calendar, received_on=received_on, as_of=received_on),
        "acknowledge_by": acknowledge_on,
        "acknowledge_ends_at": calendar.end_of(acknowledge_on),
    }


@recomputes(IdentityRequested)
def _identity_requested(event: IdentityRequested, before: Before) -> Dates:
    asked_on = before.calendar.local_date(event.asked_at)
    remind_on = remind_identity_on(before.case.clock.regime, asked_on)
    return {
        "asked_on": asked_on,
        "remind_on": remind_on,
        "remind_at": before.calendar.begin_of(remind_on),
        "asked_otherwise": asked_on < before.on(event),
    }


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
    return {"asked_on": asked_on, "asked_otherwise": asked_on < before.on(event)}


@recomputes(FeeQuoted)
def _fee_quoted(event: FeeQuoted, before: Before) -> Dates:
    return {
        "quoted_on": before.calendar.local_date(event.notice.dispatched_at),
        "offer_ends_at": before.calendar.end_of(before.case.fees[event.fee_id].offer_ends_on),
    }


@recomputes(FeeExpired)
def _fee_expired(event: FeeExpired, before: Before) -> Dates:
    return {"due": before.case.fees[event.fee_id].offer_ends_on}


@recomputes(ProcessingRestricted)
def _processing_restricted(event: ProcessingRestricted, before: Before) -> Dates:
    return {"review_at": before.calendar.begin_of(event.review_on)}


@recomputes(RestrictionReviewed)
def _restriction_reviewed(event: RestrictionReviewed, before: Before) -> Dates:
    return {"review_at": before.calendar.begin_of(event.review_on)}


@recomputes(ClockSuspended)
def _clock_suspended(event: ClockSuspended, before: Before) -> Dates:
    """The clock is suspended from the day of the question, which is the event before."""
    match before.previous:
        case IdentityRequested() | ClarificationRequested() as question:
            asked_on = question.asked_on
        case FeeQuoted() as quote:
            asked_on = quote.quoted_on
        case _:
            asked_on = before.on(event)
    running = (*before.case.clock.suspensions, Suspension(event.kind, asked_on, None))
    return {
        "asked_on": asked_on,
        "deadline": before.case.deadline_with(before.calendar, as_of=before.on(event), suspensions=running),
    }


@recomputes(QuestionDelayed)
def _question_delayed(event: QuestionDelayed, before: Before) -> Dates:
    """The question was sent with the letter that is the event before; otherwise asked in another way, as on record."""
    case, calendar, sent = before.case, before.calendar, before.previous
    is_identity, running = event.kind is SuspensionKind.IDENTITY, case.clock.open_suspension(event.kind)
    asked_on = case.identity.asked_on if is_identity else case.clock.clarification_asked_on
    left_on = calendar.local_date(sent.letter.dispatched_at) if isinstance(sent, AnswerSent) else event.asked_on
    is_late = asked_on is not None and left_on > asked_on
    left_on = max(left_on, event.asked_on)
    suspends = running is not None and left_on <= case.last_day_to_suspend(calendar)
    remind_on = remind_identity_on(case.clock.regime, left_on) if is_identity and is_late else None
    suspensions = moved(case.clock.suspensions, running, to=left_on if suspends else None)
    return {
        "asked_on": asked_on,
        "left_on": left_on,
        "suspends": suspends,
        "deadline": case.deadline_with(calendar, as_of=before.on(event), suspensions=suspensions),
        "remind_on": remind_on,
        "remind_at": None if remind_on is None else calendar.begin_of(remind_on),
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
            ended_on = before.calendar.local_date(answer.answered_at)
        case ItemDone() | NothingHeld() as decided if before.case.clock.was_put(event.kind):
            # an event recorded late can precede the question
            ended_on = max(before.calendar.local_date(decided.done_at), running.asked)
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


@recomputes(ExtensionProposed)
def _extension_proposed(event: ExtensionProposed, before: Before) -> Dates:
    return {
        "new_due": before.case.deadline_extended_by(event.timestamp, before.calendar, event.timestamp).effective_due
    }


@recomputes(DeadlineExtended)
def _deadline_extended(event: DeadlineExtended, before: Before) -> Dates:
    """The deadline is extended from the instant at which the notice left."""
    return {"deadline": before.case.deadline_extended_by(event.notice.dispatched_at, before.calendar, event.timestamp)}


@recomputes(ItemRefused)
def _item_refused(event: ItemRefused, before: Before) -> Dates:
    return {"late": before.case.is_late_refusal(event.timestamp, before.calendar)}


@recomputes(ItemRefusedInPart)
def _item_refused_in_part(event: ItemRefusedInPart, before: Before) -> Dates:
    return {"late": before.case.is_late_refusal(event.timestamp, before.calendar)}


@recomputes(AnswerSent)
def _answer_sent(event: AnswerSent, before: Before) -> Dates:
    """Questions and acknowledgements answer nothing, so they are never late."""
    items = [before.case.item(item_id) for item_id in event.item_ids]
    if not items and event.letter.kind is not LetterKind.REFUSAL:
        return {"late": False, "promise_missed": False}
    late, promise_missed = before.case.dates_missed_by(event.letter, items, before.calendar)
    return {"late": late, "promise_missed": promise_missed}


@recomputes(ItemDone)
def _item_done(event: ItemDone, before: Before) -> Dates:
    """Recipients, if any, are told within some working days (GDPR Art. 19)."""
    if not event.recipients:
        return {"tell_by": None, "tell_ends_at": None}
    tell_by = recipients_told_by(before.case.clock.regime, before.calendar, before.calendar.local_date(event.done_at))
    return {"tell_by": tell_by, "tell_ends_at": before.calendar.end_of(tell_by)}


@recomputes(RecipientTold)
def _recipient_told(event: RecipientTold, before: Before) -> Dates:
    due = before.case.items[event.item_id].tell_by
    return {"late": due is not None and before.calendar.local_date(event.told_at) > due}


@recomputes(RequestReassigned)
def _reassigned(event: RequestReassigned, before: Before) -> Dates:
    """R stays; of the dates by all calendars, the earlier apply (GDPR Art. 26(3))."""
    calendar = before.calendar_of(*before.case.held_by, event.controller_id)
    return {
        "received_on": before.case.received_on,
        "deadline": before.case.deadline_with(calendar, as_of=calendar.local_date(event.timestamp)),
    }


def _came_due(event: CameDue, before: Before) -> Dates:
    """The case waited for this due date. Raises DueNoMore, DueRecorded."""
    occasion = event.occasion()
    if occasion in before.case.clock.came_due:
        raise DueRecorded()
    awaited = before.case.coming(before.calendar, event.timestamp)
    same = [
        each for each in awaited if (each.occasion.kind, each.occasion.subject) == (occasion.kind, occasion.subject)
    ]
    if not same or event.timestamp < same[0].at:
        raise DueNoMore()
    return {"due": same[0].occasion.about}


for _event_type in (
    DeadlineApproaching,
    PromiseMissed,
    StatutoryDateMissed,
    AcknowledgementOverdue,
    IdentityReminderDue,
    IdentityUnanswered,
    RestrictionReviewDue,
    RecipientsUntold,
):
    recomputes(_event_type)(_came_due)
