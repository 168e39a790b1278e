"""Due dates of a case: the scheduler finds those that passed and records each once (docs/law §2, §3, §8).

The command that sets a date computes the instant at which it is due. `coming` lists the due dates of a case; the agenda
read model holds the same list, so that due dates are found without loading a case.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, SuspensionKind, WorkingCalendar
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.missed import MissedKind
from dsr.domain.request.standing import FeeStatus, Occasion
from dsr.domain.request.state_guards import state_guard


class DueNotYet(Refused):
    """The service's clock has not reached this due date. Wait until it has."""

    code = "due-not-yet"


class DueRecorded(Refused):
    """This due date is recorded already, so nothing is left to do."""

    code = "due-recorded"


class DueNoMore(Refused):
    """The case no longer has this due date: it was answered, closed or settled, or the date has moved."""

    code = "due-no-more"


class Due(StrEnum):
    """Kinds of due dates; codes are public."""

    DEADLINE_APPROACHING = "deadline-approaching"
    PROMISE_MISSED = "promise-missed"
    STATUTORY_DATE_MISSED = "statutory-date-missed"
    ACKNOWLEDGEMENT_OVERDUE = "acknowledgement-overdue"
    IDENTITY_REMINDER_DUE = "identity-reminder-due"
    IDENTITY_UNANSWERED = "identity-unanswered"
    QUESTION_REMINDER_DUE = "question-reminder-due"
    RESTRICTION_REVIEW_DUE = "restriction-review-due"
    RECIPIENTS_UNTOLD = "recipients-untold"
    MESSAGE_OVERDUE = "message-overdue"
    REPLY_APPROACHING = "reply-approaching"
    REPLY_MISSED = "reply-missed"
    FEE_OFFER_ENDED = "fee-offer-ended"
    """Recorded by `expire_fee`, which also resumes the clock."""


@dataclass(frozen=True)
class Coming:
    """An occasion, and the instant from which it is due."""

    occasion: Occasion
    at: datetime


class CameDue(RequestEvent):
    """A due date passed. `due` is that date; it is recorded late if the service was not running."""

    due: date

    def occasion(self) -> Occasion:
        """The occasion, which is recorded only once."""
        raise NotImplementedError

    def apply(self, case: Case) -> None:
        case.clock.came_due |= {self.occasion()}


class DeadlineApproaching(CameDue):
    """So many working days are left to answer; `due` is the effective date."""

    TOPIC: ClassVar[str] = "dsr.request.deadline-approaching"
    working_days: int

    def occasion(self) -> Occasion:
        return Occasion(Due.DEADLINE_APPROACHING, str(self.working_days), self.due)


class PromiseMissed(CameDue):
    """The date promised in the privacy notice has passed without an answer."""

    TOPIC: ClassVar[str] = "dsr.request.promise-missed"

    def occasion(self) -> Occasion:
        return Occasion(Due.PROMISE_MISSED, "", self.due)

    def apply(self, case: Case) -> None:
        super().apply(case)
        case.clock.miss(MissedKind.PROMISE, self.due, at=self.timestamp)


class StatutoryDateMissed(CameDue):
    """The statutory date has passed without an answer (GDPR Art. 12(3))."""

    TOPIC: ClassVar[str] = "dsr.request.statutory-date-missed"

    def occasion(self) -> Occasion:
        return Occasion(Due.STATUTORY_DATE_MISSED, "", self.due)

    def apply(self, case: Case) -> None:
        super().apply(case)
        case.clock.miss(MissedKind.STATUTORY_DATE, self.due, at=self.timestamp)


class AcknowledgementOverdue(CameDue):
    """The person was not told in time that the request arrived."""

    TOPIC: ClassVar[str] = "dsr.request.acknowledgement-overdue"

    def occasion(self) -> Occasion:
        return Occasion(Due.ACKNOWLEDGEMENT_OVERDUE, "", self.due)


class IdentityReminderDue(CameDue):
    """The identity question of `asked_on` is unanswered: the person is due a reminder."""

    TOPIC: ClassVar[str] = "dsr.request.identity-reminder-due"
    asked_on: date

    def occasion(self) -> Occasion:
        return Occasion(Due.IDENTITY_REMINDER_DUE, self.asked_on.isoformat(), self.due)


class IdentityUnanswered(CameDue):
    """The identity question of `asked_on` stays unanswered: the case should be closed as unidentified by `due`.

    `due` is the end of the month without any suspension, the last day for a full refusal (GDPR Art. 12(4)).
    """

    TOPIC: ClassVar[str] = "dsr.request.identity-unanswered"
    asked_on: date

    def occasion(self) -> Occasion:
        return Occasion(Due.IDENTITY_UNANSWERED, self.asked_on.isoformat(), self.due)


class QuestionReminderDue(CameDue):
    """A question that never stops the clock is unanswered: the person is due a reminder (docs/law §10)."""

    TOPIC: ClassVar[str] = "dsr.request.question-reminder-due"
    question_id: UUID

    def occasion(self) -> Occasion:
        return Occasion(Due.QUESTION_REMINDER_DUE, str(self.question_id), self.due)


class RestrictionReviewDue(CameDue):
    """A review is due of whether the restriction is still needed (GDPR Art. 18)."""

    TOPIC: ClassVar[str] = "dsr.request.restriction-review-due"
    restriction_id: UUID

    def occasion(self) -> Occasion:
        return Occasion(Due.RESTRICTION_REVIEW_DUE, str(self.restriction_id), self.due)


class RecipientsUntold(CameDue):
    """Recipients were not told in time of the rectification, erasure or restriction (GDPR Art. 19)."""

    TOPIC: ClassVar[str] = "dsr.request.recipients-untold"
    item_id: str
    recipients: tuple[str, ...]
    """Ids of the record of processing."""

    def occasion(self) -> Occasion:
        return Occasion(Due.RECIPIENTS_UNTOLD, self.item_id, self.due)


class MessageOverdue(CameDue):
    """Nobody has examined the message within one working day (docs/law §9)."""

    TOPIC: ClassVar[str] = "dsr.request.message-overdue"
    message_id: UUID

    def occasion(self) -> Occasion:
        return Occasion(Due.MESSAGE_OVERDUE, str(self.message_id), self.due)


class ReplyApproaching(CameDue):
    """Five working days are left to reply to a message on a closed case; `due` is the date of the reply."""

    TOPIC: ClassVar[str] = "dsr.request.reply-approaching"

    def occasion(self) -> Occasion:
        return Occasion(Due.REPLY_APPROACHING, "", self.due)


class ReplyMissed(CameDue):
    """The date of the reply has passed without a reply (docs/law §9)."""

    TOPIC: ClassVar[str] = "dsr.request.reply-missed"

    def occasion(self) -> Occasion:
        return Occasion(Due.REPLY_MISSED, "", self.due)


@state_guard
def may_record_due(case: "DueCommands", acting: CaseActing, *, occasion: Occasion) -> Coming:
    """The due date, which must have passed, still count and not be recorded yet. Raises DueNotYet, DueRecorded,
    DueNoMore.
    """
    if occasion in case.clock.came_due:
        raise DueRecorded(kind=occasion.kind, about=occasion.about.isoformat())
    found = next((each for each in case.coming(acting.calendar, acting.at) if each.occasion == occasion), None)
    if found is None or occasion.kind == Due.FEE_OFFER_ENDED:
        raise DueNoMore(kind=occasion.kind, about=occasion.about.isoformat())
    if acting.at < found.at:
        raise DueNotYet(kind=occasion.kind, due_at=found.at.isoformat())
    return found


class DueCommands(DatedCase):
    """record a due date."""

    def record_due(self, acting: CaseActing, *, occasion: Occasion) -> None:
        """Record that a due date passed, once for each date, while the case still waits for it.

        Reviews of restrictions and notices to recipients also come due on closed cases. Raises DueNotYet, DueRecorded,
        DueNoMore.
        """
        may_record_due(self, acting, occasion=occasion)
        due, subject = occasion.about, occasion.subject
        match Due(occasion.kind):
            case Due.DEADLINE_APPROACHING:
                self.record(acting, DeadlineApproaching, due=due, working_days=int(subject))
            case Due.PROMISE_MISSED:
                self.record(acting, PromiseMissed, due=due)
            case Due.STATUTORY_DATE_MISSED:
                self.record(acting, StatutoryDateMissed, due=due)
            case Due.ACKNOWLEDGEMENT_OVERDUE:
                self.record(acting, AcknowledgementOverdue, due=due)
            case Due.IDENTITY_REMINDER_DUE:
                asked_on = date.fromisoformat(subject)
                self.record(acting, IdentityReminderDue, due=due, asked_on=asked_on)
            case Due.IDENTITY_UNANSWERED:
                asked_on = date.fromisoformat(subject)
                self.record(acting, IdentityUnanswered, due=due, asked_on=asked_on)
            case Due.QUESTION_REMINDER_DUE:
                self.record(acting, QuestionReminderDue, due=due, question_id=UUID(subject))
            case Due.RESTRICTION_REVIEW_DUE:
                restriction_id = UUID(subject)
                self.record(acting, RestrictionReviewDue, due=due, restriction_id=restriction_id)
            case Due.MESSAGE_OVERDUE:
                self.record(acting, MessageOverdue, due=due, message_id=UUID(subject))
            case Due.REPLY_APPROACHING:
                self.record(acting, ReplyApproaching, due=due)
            case Due.REPLY_MISSED:
                self.record(acting, ReplyMissed, due=due)
            case Due.RECIPIENTS_UNTOLD:
                untold = self.items[subject].untold
                self.record(acting, RecipientsUntold, due=due, item_id=subject, recipients=untold)

    def coming(
        self, calendar: WorkingCalendar, at: datetime, *, before_examination: bool = False
    ) -> tuple[Coming, ...]:
        """All due dates of the case that are not recorded yet, past or future.

        `before_examination`: by the rule of before messages were examined, when none of them held up the dates of an
        identity question. While a question is open, the dates are computed as of now, since the end of a fee's offer
        ends its suspension without an event.
        """
        answer = self._answer_coming(self._deadline_that_counts(calendar, at))
        return self._not_recorded(answer, before_examination=before_examination)

    @property
    def coming_on_record(self) -> tuple[Coming, ...]:
        """As `coming`, by the dates in the last event: nothing is computed, so no calendar is needed.

        The scheduler finds a case by these. They differ from `coming` only while a question is open, until an event
        records the dates without it.
        """
        asked = any(each.sufficient is None and self.clock.was_put(each.kind) for each in self.clock.suspensions)
        answer = self._answer_coming(None if asked else self.clock.deadline)
        return self._not_recorded(answer)

    def _not_recorded(self, answer: Iterator[Coming], *, before_examination: bool = False) -> tuple[Coming, ...]:
        identity = self._identity_coming() if self.awaits_identity or (before_examination and self.lacks_proof) else ()
        every = chain(answer, identity, self._questions_coming(), self._messages_coming(), self._standing_coming())
        return tuple(each for each in every if each.occasion not in self.clock.came_due)

    def _deadline_that_counts(self, calendar: WorkingCalendar, at: datetime) -> Deadline | None:
        """The deadline; None while a question to the person may still move it."""
        if all(each.sufficient is not None for each in self.clock.suspensions):
            return self.clock.deadline
        day = max(calendar.local_date(at), self.received_on)
        awaited = (each.kind for each in self.suspensions_on(day, calendar) if each.sufficient is None)
        return None if any(map(self.clock.was_put, awaited)) else self.deadline_as_of(day, calendar)

    def _answer_coming(self, deadline: Deadline | None) -> Iterator[Coming]:
        """The dates of the answer that is still owed; a date that passed before an answered case was reopened counts as
        met.
        """
        if self.owes_answer:
            met_until = self.clock.met_until
            every = self._dates_of_answer(deadline)
            yield from (each for each in every if met_until is None or each.at > met_until)

    def _dates_of_answer(self, deadline: Deadline | None) -> Iterator[Coming]:
        """The acknowledgement, and the dates of the deadline, if it is fixed."""
        if self.clock.deadline is not None and not self.acknowledged:
            occasion = Occasion(Due.ACKNOWLEDGEMENT_OVERDUE, "", self.clock.acknowledge_by)
            yield Coming(occasion, self.clock.acknowledge_ends_at)
        if deadline is None:
            return
        for each in deadline.warnings:
            occasion = Occasion(Due.DEADLINE_APPROACHING, str(each.working_days), deadline.certain_effective_due)
            yield Coming(occasion, each.begins_at)
        if deadline.promise_due is not None and deadline.promise_ends_at is not None:
            yield Coming(Occasion(Due.PROMISE_MISSED, "", deadline.promise_due), deadline.promise_ends_at)
        occasion = Occasion(Due.STATUTORY_DATE_MISSED, "", deadline.certain_statutory_due)
        yield Coming(occasion, deadline.statutory_ends_at)

    def _identity_coming(self) -> Iterator[Coming]:
        """Due dates of an identity question that was sent and has no answer waiting for a decision.

        Nobody is given up before the time for a reminder has passed: if the month leaves no more time than that, the
        proposal to close replaces the reminder.
        """
        if self.identity.asked_on is None or self.clock.deadline is None:
            return
        if not self.clock.was_put(SuspensionKind.IDENTITY):
            return
        asked_on, propose_at = self.identity.asked_on.isoformat(), self.clock.deadline.propose_unidentified_at
        if self.identity.remind_at < propose_at:
            reminder = Occasion(Due.IDENTITY_REMINDER_DUE, asked_on, self.identity.remind_on)
            yield Coming(reminder, self.identity.remind_at)
        unanswered = Occasion(Due.IDENTITY_UNANSWERED, asked_on, self.clock.deadline.unsuspended_due)
        yield Coming(unanswered, max(propose_at, self.identity.remind_at))

    def _questions_coming(self) -> Iterator[Coming]:
        """Reminders of other questions, unless the answer may be in a message that nobody has examined."""
        if self.messages_waiting:
            return
        for question in self.open_questions:
            if question.was_put and question.remind_on is not None and question.remind_at is not None:
                occasion = Occasion(Due.QUESTION_REMINDER_DUE, str(question.question_id), question.remind_on)
                yield Coming(occasion, question.remind_at)

    def _messages_coming(self) -> Iterator[Coming]:
        """Due dates of messages that nobody has examined, and of the reply to one; on closed cases too (docs/law
        §9).
        """
        for message in self.messages_waiting:
            if message.examine_by is not None and message.examine_ends_at is not None:
                occasion = Occasion(Due.MESSAGE_OVERDUE, str(message.message_id), message.examine_by)
                yield Coming(occasion, message.examine_ends_at)
        reply = self.clock.reply
        if reply is not None and not self.is_closed:
            yield Coming(Occasion(Due.REPLY_APPROACHING, "", reply.due), reply.warn_at)
            yield Coming(Occasion(Due.REPLY_MISSED, "", reply.due), reply.ends_at)

    def _standing_coming(self) -> Iterator[Coming]:
        """Due dates beside those of the answer: reviews of restrictions, notices to recipients."""
        for standing in self.restrictions.values():
            if not standing.lifted:
                occasion = Occasion(Due.RESTRICTION_REVIEW_DUE, str(standing.restriction_id), standing.review_on)
                yield Coming(occasion, standing.review_at)
        for item in self.items.values():
            if item.tell_by is not None and item.tell_ends_at is not None and item.untold:
                yield Coming(Occasion(Due.RECIPIENTS_UNTOLD, item.item_id, item.tell_by), item.tell_ends_at)
        for fee in self.fees.values():
            awaited = fee.status in (FeeStatus.QUOTED, FeeStatus.ACCEPTED) and not self.is_closed
            if awaited and fee.offer_ends_at is not None:
                yield Coming(Occasion(Due.FEE_OFFER_ENDED, str(fee.fee_id), fee.offer_ends_on), fee.offer_ends_at)
