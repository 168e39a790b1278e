"""Whenever a date approaches or was missed, warn the team in its own mailbox (GDPR Art. 12(3), 24(1)).

The mail names the case by its reference alone: nothing about a person leaves the service by it.
"""

from typing import ClassVar

from dsr.desk.casebook import Casebook
from dsr.desk.dispatching import Address
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request.due import (
    AcknowledgementOverdue,
    CameDue,
    DeadlineApproaching,
    IdentityUnanswered,
    PromiseMissed,
    RecipientsUntold,
    RestrictionReviewDue,
    StatutoryDateMissed,
)
from dsr.domain.request.letters import LetterKind
from dsr.letters.fields import Coded, Count, Statement
from dsr.policies.correspondence import Correspondence


class WarnTeam:
    """Whenever a date approaches or was missed, warn the team in its own mailbox (GDPR Art. 12(3), 24(1))."""

    name: ClassVar[str] = "warn-team"
    handles: ClassVar[frozenset[type[Event]]] = frozenset(
        {
            DeadlineApproaching,
            PromiseMissed,
            StatutoryDateMissed,
            AcknowledgementOverdue,
            IdentityUnanswered,
            RestrictionReviewDue,
            RecipientsUntold,
        }
    )

    def __init__(self, book: Casebook, letters: Correspondence) -> None:
        self._book = book
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event, case = recorded.event, self._letters.case(self, recorded)
        assert isinstance(event, CameDue)  # noqa: S101 - all that it handles
        said: dict[str, Statement] = {"warning": Coded(event.TOPIC.rpartition(".")[2])}
        if isinstance(event, DeadlineApproaching):
            said["working-days"] = Count(event.working_days)
        document = self._book.ropa.at_version(case.ropa_version).document
        self._letters.send(
            self,
            recorded,
            LetterKind.STAFF_WARNING,
            address=Address(email=document.mailbox_of(case.controller_id)),
            statements=said,
            due_on=event.due,
        )
