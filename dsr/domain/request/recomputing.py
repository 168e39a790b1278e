"""An audit of dates: recomputes each legal date and each `late` of events from the facts before them (docs/law §7).

An event is right if its own facts, the state of the case before it, and the calendar of the pinned record of processing
give the dates that it holds. Each type of event with dates has a function here; to add one, mark it with `recomputes`.
"""

from datetime import datetime

from dsr.domain.deadlines import (
    acknowledge_by,
    compute,
    recipients_told_by,
    remind_question_on,
)
from dsr.domain.deadlines.regime import regime
from dsr.domain.request import recomputing_clock, recomputing_messages
from dsr.domain.request.answer import AnswerSent, dates_missed_by, lateness_of
from dsr.domain.request.due import (
    AcknowledgementOverdue,
    CameDue,
    DeadlineApproaching,
    DueNoMore,
    DueRecorded,
    IdentityReminderDue,
    IdentityUnanswered,
    MessageOverdue,
    PromiseMissed,
    QuestionReminderDue,
    RecipientsUntold,
    ReplyApproaching,
    ReplyMissed,
    RestrictionReviewDue,
    StatutoryDateMissed,
)
from dsr.domain.request.execution import ItemDone
from dsr.domain.request.forgetting import CaseFileKept, ForgettingOrdered, KeptBecause, file_kept_until, period_runs
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.joint import RequestReassigned
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.questions import QuestionAsked, QuestionSent
from dsr.domain.request.recipients import (
    RecipientAdded,
    RecipientsListed,
    RecipientTold,
    lateness_of_notice,
    tell_dates,
)
from dsr.domain.request.recomputed import RULES, Before, Dates, Discrepancy, recompute, recomputes
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart
from dsr.domain.request.restriction import ProcessingRestricted, RestrictionReviewed
from dsr.domain.request.standing import ForgettingGround

__all__ = ["RULES", "Before", "Discrepancy", "recompute", "recomputing_clock", "recomputing_messages"]


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


@recomputes(ProcessingRestricted)
def _processing_restricted(event: ProcessingRestricted, before: Before) -> Dates:
    return {"review_at": before.calendar.begin_of(event.review_on)}


@recomputes(RestrictionReviewed)
def _restriction_reviewed(event: RestrictionReviewed, before: Before) -> Dates:
    return {"review_at": before.calendar.begin_of(event.review_on)}


@recomputes(ForgettingOrdered)
def _forgetting_ordered(event: ForgettingOrdered, before: Before) -> Dates:
    """The period of the controller, by the record of processing that the case pinned; an order without another ground
    came after it. Raises CaseFileKept.
    """
    case = before.case
    controller = before.version(case.ropa_version).document.controller(case.controller_id)
    period = controller.retention.case_files
    if event.ground is ForgettingGround.PERIOD and period_runs(case, case.local_date(event.timestamp), period):
        raise CaseFileKept(reasons=[KeptBecause.PERIOD.value])
    return {"kept_until": file_kept_until(case, period)}


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
    if event.unconfirmed is None and not items and event.letter.kind is not LetterKind.REFUSAL:
        return {"late": False, "promise_missed": False}
    if event.unconfirmed is None:  # recorded before earlier facts had to be confirmed
        late, promise_missed = dates_missed_by(before.case, event.letter, items, before.calendar)
        return {"late": late, "promise_missed": promise_missed}
    late, promise_missed, unconfirmed = lateness_of(before.case, before.acting(event), event.letter, items)
    return {"late": late, "promise_missed": promise_missed, "unconfirmed": unconfirmed}


@recomputes(ItemDone)
def _item_done(event: ItemDone, before: Before) -> Dates:
    """Recipients, if any, are told within some working days (GDPR Art. 19)."""
    if not event.recipients:
        return {"tell_by": None, "tell_ends_at": None}
    tell_by = recipients_told_by(before.case.clock.regime, before.calendar, before.calendar.local_date(event.done_at))
    return {"tell_by": tell_by, "tell_ends_at": before.calendar.end_of(tell_by)}


@recomputes(RecipientsListed)
def _recipients_to_tell(event: RecipientsListed, before: Before) -> Dates:
    """They hear within some working days that data is restricted until an objection is balanced."""
    return _tell_dates(before, event)


@recomputes(RecipientAdded)
def _recipient_added(event: RecipientAdded, before: Before) -> Dates:
    return _tell_dates(before, event)


def _tell_dates(before: Before, event: RecipientsListed | RecipientAdded) -> Dates:
    tell_by, ends_at = tell_dates(before.case, before.calendar, before.on(event))
    return {"tell_by": tell_by, "tell_ends_at": ends_at}


@recomputes(RecipientTold)
def _recipient_told(event: RecipientTold, before: Before) -> Dates:
    due = before.case.items[event.item_id].tell_by_of(event.recipient)
    if event.unconfirmed is None:  # recorded before earlier facts had to be confirmed
        return {"late": due is not None and before.calendar.local_date(event.told_at) > due}
    late, unconfirmed = lateness_of_notice(before.acting(event), event.told_at, due=due)
    return {"late": late, "unconfirmed": unconfirmed}


@recomputes(QuestionAsked)
def _question_asked(event: QuestionAsked, before: Before) -> Dates:
    """The person is reminded of a question that they know."""
    return _reminder(event.asked_at, before) if event.put_by is not None else {"remind_on": None, "remind_at": None}


@recomputes(QuestionSent)
def _question_sent(event: QuestionSent, before: Before) -> Dates:
    return _reminder(event.letter.dispatched_at, before)


def _reminder(asked_at: datetime, before: Before) -> Dates:
    remind_on = remind_question_on(before.case.clock.regime, before.calendar.local_date(asked_at))
    return {"remind_on": remind_on, "remind_at": before.calendar.begin_of(remind_on)}


@recomputes(RequestReassigned)
def _reassigned(event: RequestReassigned, before: Before) -> Dates:
    """R stays; of the dates by all calendars, the earlier apply (GDPR Art. 26(3))."""
    calendar = before.calendar_of(*before.case.held_by, event.controller_id)
    return {
        "received_on": before.case.received_on,
        "deadline": before.case.deadline_with(calendar, as_of=calendar.local_date(event.timestamp)),
    }


def _came_due(event: CameDue, before: Before) -> Dates:
    """The case waited for this due date; messages filed before they were examined held up nothing then.

    Raises DueNoMore, DueRecorded.
    """
    occasion = event.occasion()
    if occasion in before.case.clock.came_due:
        raise DueRecorded()
    filed_only = not any(message.is_dated for message in before.case.messages_waiting)
    awaited = before.case.coming(before.calendar, event.timestamp, before_examination=filed_only)
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
    QuestionReminderDue,
    RestrictionReviewDue,
    RecipientsUntold,
    MessageOverdue,
    ReplyApproaching,
    ReplyMissed,
):
    recomputes(_event_type)(_came_due)
