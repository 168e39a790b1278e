"""Asking which data a person means, where a large quantity is processed (GDPR recital 63, for access only)."""

from datetime import date, datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import SuspensionKind
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import SuspendableCase
from dsr.domain.request.errors import (
    ClarificationAlreadyAsked,
    ClarificationNotAsked,
    ClarificationNotPermitted,
)
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class ClarificationRequested(RequestEvent):
    """The person was asked to specify; a full answer remains available."""

    TOPIC: ClassVar[str] = "dsr.request.clarification-requested"
    asked_at: datetime
    asked_on: date
    quantity: Sealed
    """Why the quantity of data is large."""
    asked_otherwise: bool
    """On an earlier day than it is recorded: the person knows of it without a letter that is still to leave."""

    def apply(self, case: Case) -> None:
        case.clock.clarification_asked_on = self.asked_on
        case.clock.put(SuspensionKind.CLARIFICATION, known=self.asked_otherwise)


class ClarificationReceived(RequestEvent):
    """The person answered, or asked for everything."""

    TOPIC: ClassVar[str] = "dsr.request.clarification-received"
    answered_at: datetime
    answer: Sealed | None

    def apply(self, case: Case) -> None:
        case.clock.clarification_asked_on = None


class ClarificationCommands(SuspendableCase):
    """ask clarification; receive it."""

    def ask_clarification(self, acting: CaseActing, *, quantity: Sealed | None, asked_at: datetime) -> None:
        """Ask which data or processing is meant.

        Raises ClarificationNotPermitted (not access, or no large quantity stated), ClarificationAlreadyAsked,
        AnswerDatesInvalid, NotRegistered, RequestIsClosed.
        """
        self._require_registered()
        if quantity is None or not self.is_pending(Right.ACCESS):
            raise ClarificationNotPermitted()
        if self.clock.clarification_asked_on is not None:
            raise ClarificationAlreadyAsked()
        self._require_between(acting, asked_at, not_before=self.received_at)
        asked_on = acting.calendar.local_date(asked_at)
        self.record(
            acting,
            ClarificationRequested,
            asked_at=asked_at,
            asked_on=asked_on,
            quantity=quantity,
            asked_otherwise=asked_on < acting.today,
        )
        self._suspend(acting, SuspensionKind.CLARIFICATION, asked_on=asked_on)

    def receive_clarification(self, acting: CaseActing, *, answer: Sealed | None, answered_at: datetime) -> None:
        """Record the answer; the clock resumes on the local date on which it arrived.

        Raises ClarificationNotAsked, AnswerDatesInvalid, RequestIsClosed.
        """
        self._require_not_closed()
        if self.clock.clarification_asked_on is None:
            raise ClarificationNotAsked()
        answered_on = self._local_answer_date(acting, answered_at, self.clock.clarification_asked_on)
        self.record(acting, ClarificationReceived, answered_at=answered_at, answer=answer)
        self._resume(acting, SuspensionKind.CLARIFICATION, sufficient_on=answered_on)
