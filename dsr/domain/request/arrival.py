"""Correcting an arrival that was entered wrongly (GDPR Art. 12(3), 5(2); docs/law §3, §10).

Every legal date follows from the arrival. One person can move it earlier; moving it to a later day takes two.
"""

from copy import copy
from datetime import date, datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, WorkingCalendar, acknowledge_by
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import EarlierFactKind
from dsr.domain.request.errors import AnswerDatesInvalid, ReasonRequired, ReceiptInFuture
from dsr.domain.request.guards import require_not_closed
from dsr.domain.request.state_guards import state_guard
from dsr.domain.sealed import Sealed


class ArrivalCorrected(RequestEvent):
    """The arrival on record was wrong. All dates follow from the true one now, unless it waits for confirmation."""

    TOPIC: ClassVar[str] = "dsr.request.arrival-corrected"
    received_at: datetime
    received_on: date
    """R: local calendar date of the true arrival."""
    reason: Sealed
    deadline: Deadline
    """The dates from now on; those before, if it waits for confirmation."""
    acknowledge_by: date
    acknowledge_ends_at: datetime
    """24:00 local on that day, in UTC."""
    unconfirmed: bool
    """True: it would move R to a later day, so nothing changes until an approver confirms it."""

    def apply(self, case: Case) -> None:
        if self.unconfirmed:
            case.state_earlier(
                self,
                EarlierFactKind.ARRIVAL,
                happened_on=self.received_on,
                happened_at=self.received_at,
                reason=self.reason,
            )
            return
        case.note_missed(self.timestamp)
        case.received_at = self.received_at
        case.received_on = self.received_on
        case.clock.acknowledge_by = self.acknowledge_by
        case.clock.acknowledge_ends_at = self.acknowledge_ends_at
        case.move(self, self.deadline)


def dates_from(
    case: DatedCase, received_on: date, calendar: WorkingCalendar, *, as_of: date
) -> tuple[Deadline, date, datetime]:
    """The deadline, and the date and end of the acknowledgement, if the request had arrived on this local date."""
    arrived = copy(case)
    arrived.received_on = received_on
    acknowledge_on = acknowledge_by(case.clock.regime, calendar, received_on)
    return arrived.deadline_with(calendar, as_of=as_of), acknowledge_on, calendar.end_of(acknowledge_on)


def require_before_what_followed(case: Case, received_at: datetime | None, received_on: date) -> None:
    """Nothing that the controller did or recorded on a request precedes its arrival. Raises AnswerDatesInvalid."""
    facts = case.earlier_facts.values()
    stated = (fact.happened_on for fact in facts if fact.pending and fact.kind is not EarlierFactKind.ARRIVAL)
    did = (case.created_on, case.acknowledged_at, case.answered_at, case.clock.extended_at)
    last = min(each for each in did if each is not None)
    asked = (
        case.identity.asked_on,
        case.clock.clarification_asked_on,
        *(each.asked for each in case.clock.suspensions),
        *stated,
    )
    if received_at is None or received_at > last or any(day is not None and day < received_on for day in asked):
        raise AnswerDatesInvalid(not_after=last.isoformat())


@state_guard
def may_correct_arrival(case: Case) -> None:
    """Raises RequestIsClosed."""
    require_not_closed(case)


class ArrivalCommands(DatedCase):
    """correct the arrival."""

    def correct_arrival(self, acting: CaseActing, *, received_at: datetime, reason: Sealed | None) -> None:
        """Correct the arrival; to a later day, it waits for `confirm_earlier_fact`.

        Raises ReasonRequired, ReceiptInFuture, AnswerDatesInvalid (after the case was recorded, or after something that
        answers it), RequestIsClosed.
        """
        may_correct_arrival(self)
        if reason is None:
            raise ReasonRequired()
        if received_at > acting.at:
            raise ReceiptInFuture(received_at=received_at.isoformat())
        received_on = acting.calendar.local_date(received_at)
        require_before_what_followed(self, received_at, received_on)
        unconfirmed = received_on > self.received_on
        counted_on = self.received_on if unconfirmed else received_on
        deadline, acknowledge_on, acknowledge_ends_at = dates_from(
            self, counted_on, acting.calendar, as_of=max(acting.today, counted_on)
        )
        self.record(
            acting,
            ArrivalCorrected,
            received_at=received_at,
            received_on=received_on,
            reason=reason,
            deadline=deadline,
            acknowledge_by=acknowledge_on,
            acknowledge_ends_at=acknowledge_ends_at,
            unconfirmed=unconfirmed,
        )
