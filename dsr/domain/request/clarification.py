"""Clarification: asking which data the person means, if a large quantity is processed (GDPR Art. 12(3) and recital 63;
access only).
"""

from datetime import date, datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import SuspensionKind
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import local_answer_date, note_answered, resume, suspend, waits_for_confirmation
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import EarlierFactKind, StatedEvent
from dsr.domain.request.errors import (
    ClarificationAlreadyAsked,
    ClarificationNotAsked,
    ClarificationNotPermitted,
)
from dsr.domain.request.guards import require_between, require_not_closed, require_registered
from dsr.domain.request.state_guards import state_guard
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class ClarificationRequested(StatedEvent, RequestEvent):
    """The person was asked to specify; a full answer remains available."""

    TOPIC: ClassVar[str] = "dsr.request.clarification-requested"
    asked_at: datetime
    asked_on: date
    quantity: Sealed
    """Why the quantity of data counts as large."""
    asked_otherwise: bool
    """True if the question was asked on an earlier day than it is recorded: the person knows it without a further
    letter.
    """
    unconfirmed: bool | None
    """True: the clock counts the question from the day of its entry, until an approver confirms the earlier day."""

    def apply(self, case: Case) -> None:
        case.clock.clarification_asked_on = self.asked_on
        case.clock.unput(SuspensionKind.CLARIFICATION)
        if self.asked_otherwise:
            case.clock.put(SuspensionKind.CLARIFICATION)
        if self.unconfirmed:
            kind = EarlierFactKind.CLARIFICATION_QUESTION
            case.state_earlier(self, kind, happened_on=self.asked_on, happened_at=self.asked_at)


class ClarificationReceived(RequestEvent):
    """The person answered, or asked for everything."""

    TOPIC: ClassVar[str] = "dsr.request.clarification-received"
    answered_at: datetime
    answer: Sealed | None

    def apply(self, case: Case) -> None:
        case.clock.clarification_asked_on = None
        case.end_question(EarlierFactKind.CLARIFICATION_QUESTION, at=self.answered_at)


@state_guard
def may_ask_clarification(case: Case) -> None:
    """Requires a pending access item and no open question.

    Raises ClarificationNotPermitted, ClarificationAlreadyAsked, NotRegistered, RequestIsClosed.
    """
    require_registered(case)
    if not case.is_pending(Right.ACCESS):
        raise ClarificationNotPermitted()
    if case.clock.clarification_asked_on is not None:
        raise ClarificationAlreadyAsked()


@state_guard
def may_receive_clarification(case: Case) -> date:
    """Requires an open question. Raises ClarificationNotAsked, RequestIsClosed."""
    require_not_closed(case)
    if case.clock.clarification_asked_on is None:
        raise ClarificationNotAsked()
    return case.clock.clarification_asked_on


class ClarificationCommands(DatedCase):
    """ask for clarification; receive it."""

    def ask_clarification(self, acting: CaseActing, *, quantity: Sealed | None, asked_at: datetime) -> None:
        """Ask which data or processing is meant.

        A question that a person states to have asked on an earlier day stops the clock from the day of its entry, until
        `confirm_earlier_fact` (docs/law §10). Raises ClarificationNotPermitted (not access, or no large quantity
        stated), ClarificationAlreadyAsked, AnswerDatesInvalid, NotRegistered, RequestIsClosed.
        """
        may_ask_clarification(self)
        if quantity is None:
            raise ClarificationNotPermitted()
        require_between(acting, asked_at, not_before=self.received_at)
        asked_on = acting.calendar.local_date(asked_at)
        unconfirmed = waits_for_confirmation(self, acting, asked_at)
        self.record(
            acting,
            ClarificationRequested,
            asked_at=asked_at,
            asked_on=asked_on,
            quantity=quantity,
            asked_otherwise=asked_on < acting.today,
            unconfirmed=unconfirmed,
        )
        suspend(self, acting, SuspensionKind.CLARIFICATION, asked_on=acting.today if unconfirmed else asked_on)

    def receive_clarification(self, acting: CaseActing, *, answer: Sealed | None, answered_at: datetime) -> None:
        """Record the answer; the clock resumes on the local date of its arrival.

        After a date was missed, an answer to a question that no letter asked counts it from today, until
        `confirm_earlier_fact` (docs/law §10).

        Raises ClarificationNotAsked, AnswerDatesInvalid, RequestIsClosed.
        """
        asked_on = may_receive_clarification(self)
        answered_on = local_answer_date(acting, answered_at, asked_on)
        note_answered(self, acting, SuspensionKind.CLARIFICATION, asked_on=asked_on)
        self.record(acting, ClarificationReceived, answered_at=answered_at, answer=answer)
        resume(self, acting, SuspensionKind.CLARIFICATION, sufficient_on=answered_on)
