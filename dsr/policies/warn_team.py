"""Whenever a date approaches or was missed, warn the assignee and the approvers (GDPR Art. 12(3), 24(1)).

The mail names the case by its reference only, so that no personal data leaves the service. It is never sent to a
mailbox for requests, since the service reads those itself.
"""

from datetime import date
from typing import ClassVar

from dsr.desk.address_book import AddressBook
from dsr.desk.dispatching import Address
from dsr.desk.repository import Repository
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.due import (
    AcknowledgementOverdue,
    CameDue,
    DeadlineApproaching,
    IdentityUnanswered,
    MessageOverdue,
    PromiseMissed,
    RecipientsUntold,
    ReplyApproaching,
    ReplyMissed,
    RestrictionReviewDue,
    StatutoryDateMissed,
)
from dsr.domain.request.fee_outcomes import FeeExpired
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import FeeStatus
from dsr.letters.fields import Coded, Count, Statement
from dsr.policies.correspondence import Correspondence


class WarnTeam:
    """Whenever a date approaches or was missed, warn the assignee and the approvers (GDPR Art. 12(3), 24(1))."""

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
            FeeExpired,
            MessageOverdue,
            ReplyApproaching,
            ReplyMissed,
        }
    )

    def __init__(self, repository: Repository, address_book: AddressBook, letters: Correspondence) -> None:
        self._repository = repository
        self._address_book = address_book
        self._letters = letters

    def react(self, recorded: Recorded) -> None:
        """Raises what `Correspondence.send` raises."""
        event, case = recorded.event, self._letters.case(self, recorded)
        assert isinstance(event, CameDue | FeeExpired)  # noqa: S101 - all that it handles
        calendar = self._repository.calendar(case)
        today = calendar.local_date(self._repository.now())
        if not _concerns_still(event, case, today):
            return
        said: dict[str, Statement] = {"warning": Coded(event.TOPIC.rpartition(".")[2])}
        if isinstance(event, DeadlineApproaching):
            said["working-days"] = Count(calendar.working_days_after(today, until=event.due))
        for step, address in self._addresses(case).items():
            self._letters.send(
                self,
                recorded,
                LetterKind.STAFF_WARNING,
                step,
                address=address,
                statements=said,
                due_on=event.due,
            )

    def _addresses(self, case: Request) -> dict[str, Address]:
        """Addresses by member of staff; if a controller has no reachable member, its DPO. Without a DPO, the warning
        stays a draft.
        """
        document = self._repository.ropa.at_version(case.ropa_version).document
        read_by_us = self._repository.ropa.current().document.controller_of_mailbox
        found: dict[str, Address] = {}
        for controller_id, reached in self._address_book.who_answers_for(case).items():
            dpo = document.controller(controller_id).dpo_mailbox or ""
            instead = Address(email=dpo if read_by_us(dpo) is None else "")
            found |= {name: Address(staff=name) for name in reached} or {instead.email: instead}
        return found


def _concerns_still(event: CameDue | FeeExpired, case: Request, today: date) -> bool:
    """Whether the warning still applies; for an approaching date, only the latest one does."""
    match event:
        case DeadlineApproaching():
            if (
                not case.owes_answer
                or case.clock.deadline is None
                or case.clock.deadline.certain_effective_due != event.due
            ):
                return False
            warned = (
                each for each in case.clock.came_due if (each.kind, each.about) == (event.occasion().kind, event.due)
            )
            return today <= event.due and event.working_days == min(int(each.subject) for each in warned)
        case PromiseMissed() | StatutoryDateMissed():
            return case.owes_answer
        case AcknowledgementOverdue():
            return case.owes_answer and not case.acknowledged
        case IdentityUnanswered():
            return case.awaits_identity
        case MessageOverdue(message_id=message_id):
            return any(each.message_id == message_id for each in case.messages_waiting)
        case ReplyApproaching() | ReplyMissed():
            return case.clock.reply is not None and case.clock.reply.due == event.due
        case RestrictionReviewDue(restriction_id=restriction_id):
            return not case.restrictions[restriction_id].lifted
        case RecipientsUntold(item_id=item_id):
            return bool(case.items[item_id].untold)
        case FeeExpired(fee_id=fee_id):
            return case.owes_answer and case.fees[fee_id].status is FeeStatus.EXPIRED
        case _:
            return True
