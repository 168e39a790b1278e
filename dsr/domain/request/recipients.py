"""Notices to recipients of what was rectified, erased or restricted (GDPR Art. 19): who was told when, or why not."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import WorkingCalendar, recipients_told_by
from dsr.domain.errors import Refused
from dsr.domain.events import Event
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.earlier_fact import EarlierFactKind, StatedEvent
from dsr.domain.request.errors import LetterKindWrong, ReasonRequired
from dsr.domain.request.guards import require_between
from dsr.domain.request.item import Item
from dsr.domain.request.returned_letters import LetterReturned
from dsr.domain.request.standing import Hold, HoldKind, Restriction
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed

OF_RECIPIENTS = (Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION)
"""Rights whose execution recipients have to be told of."""


class NothingToTell(Refused):
    """Recipients need no notice about this item yet: that duty begins once data was rectified, erased or restricted
    (GDPR Art. 19).
    """

    code = "nothing-to-tell"


class RecipientSettled(Refused):
    """This recipient was told already, or a reason not to tell them is recorded."""

    code = "recipient-settled"


class Obstacle(StrEnum):
    """Why a recipient is not told; codes are public."""

    IMPOSSIBLE = "impossible"
    """The recipient can't be told."""
    DISPROPORTIONATE = "disproportionate-effort"
    """Telling the recipient would take disproportionate effort."""


class RecipientsListed(RequestEvent):
    """These recipients have to hear that data is restricted until an objection is balanced (GDPR Art. 18(1)(d), 19)."""

    TOPIC: ClassVar[str] = "dsr.request.recipients-listed"
    item_id: str
    recipients: tuple[str, ...]
    """Ids of the record of processing."""
    tell_by: date
    tell_ends_at: datetime
    """24:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        case.items[self.item_id] = item.to_be_told(self.recipients, by=self.tell_by, ends_at=self.tell_ends_at)


class RecipientAdded(RequestEvent):
    """A handler learnt of a recipient that the record of processing does not name, such as a court or an insurer."""

    TOPIC: ClassVar[str] = "dsr.request.recipient-added"
    item_id: str
    recipient: str
    """Its id in this case: `other-1`, `other-2` …"""
    contact: Sealed
    """Name and addresses."""
    reason: Sealed
    """What it got, and how that is known."""
    tell_by: date
    tell_ends_at: datetime
    """24:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        case.items[self.item_id] = item.with_recipient(self.recipient, by=self.tell_by, ends_at=self.tell_ends_at)


class RecipientTold(StatedEvent, RequestEvent):
    """A recipient was told, with the least identifier that lets it act."""

    TOPIC: ClassVar[str] = "dsr.request.recipient-told"
    item_id: str
    recipient: str
    """Id of the record of processing, or of a recipient that was added to the case."""
    told_at: datetime
    channel: Channel
    late: bool
    """Told after the working days that the regime allows."""
    unconfirmed: bool | None
    """True: a person recorded an earlier day by hand, on which it would have been in time. It counts from the day of
    this entry, until an approver confirms the earlier one.
    """

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = case.items[self.item_id].settled_with(self.recipient)
        if self.unconfirmed:
            case.state_earlier(
                self,
                EarlierFactKind.RECIPIENT_NOTICE,
                happened_on=case.local_date(self.told_at),
                happened_at=self.told_at,
                item_ids=(self.item_id,),
            )


class RecipientExcused(RequestEvent):
    """A recipient is not told: that proves impossible or takes disproportionate effort."""

    TOPIC: ClassVar[str] = "dsr.request.recipient-excused"
    item_id: str
    recipient: str
    obstacle: Obstacle
    explanation: Sealed

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = case.items[self.item_id].settled_with(self.recipient)


def tell_dates(case: Case, calendar: WorkingCalendar, done_on: date) -> tuple[date, datetime]:
    """The last day to tell recipients of what was done on a day, and its end."""
    tell_by = recipients_told_by(case.clock.regime, calendar, done_on)
    return tell_by, calendar.end_of(tell_by)


def to_hear_of_lifting(
    case: Case, events: Iterable[Event], restriction_id: UUID, *, elsewhere: Collection[Hold] = ()
) -> tuple[str, ...]:
    """The recipients that were told of a restriction and have to hear that it was lifted: they may still restrict the
    data on our account (docs/law §11). None while it lasts, or while others hold all the same processing; `elsewhere`
    are the holds of other cases of the person.
    """
    restriction = case.restrictions[restriction_id]
    if not restriction.lifted or not freed_by_lifting(case, restriction, elsewhere=elsewhere):
        return ()
    told = dict[str, None]()
    for event in events:
        if isinstance(event, RecipientTold) and event.item_id == restriction.item_id:
            if event.timestamp >= restriction.since:
                told[event.recipient] = None
        elif isinstance(event, LetterReturned) and restriction.item_id in event.untold_of:
            told.pop(event.recipient or "", None)
    return tuple(told)


def was_lifted(case: Case, item_id: str) -> bool:
    """Whether all that was done about the item is a restriction, and it was lifted."""
    asked = [each for each in case.restrictions.values() if each.item_id == item_id]
    return bool(asked) and all(each.lifted and not each.stopped for each in asked)


def require_not_lifted(case: Case, item_id: str) -> None:
    """Check that the restriction of which a notice tells was not lifted: the recipient would restrict the data anew,
    and for ever. Raises NothingToTell.
    """
    if was_lifted(case, item_id):
        raise NothingToTell(
            "The restriction was lifted before this recipient heard of it. Discard the notice, and record why it is "
            "not sent: `POST /requests/{request_id}/items/{item_id}/recipients/excuse`.",
            item_id=item_id,
        )


def require_heard(
    case: Case,
    events: Iterable[Event],
    restriction_id: UUID,
    recipient: str | None,
    *,
    elsewhere: Collection[Hold] = (),
) -> None:
    """Check that a restriction was lifted, that no other holds all the same processing, and that the recipient was told
    of it. Raises LetterKindWrong.
    """
    if recipient not in to_hear_of_lifting(case, events, restriction_id, elsewhere=elsewhere):
        raise LetterKindWrong(
            "This letter goes to a recipient that was told of a restriction which was lifted since. It waits while "
            "another restriction, in this case or another of the person, holds the same processing. "
            "`GET /requests/{request_id}/restrictions` lists the restrictions."
        )


def freed_by_lifting(case: Case, restriction: Restriction, *, elsewhere: Collection[Hold]) -> tuple[str, ...]:
    """The activities of a lifted restriction that no other restriction holds, of this case or of another of the
    person.
    """
    held = {activity for each in case.restrictions.values() if not each.lifted for activity in each.activities}
    held |= {activity for each in elsewhere if each.kind is HoldKind.RESTRICTION for activity in each.activities}
    return tuple(activity for activity in restriction.activities if activity not in held)


def _require_something_done(case: Case, item_id: str) -> Item:
    item = case.item(item_id)
    effected = item.right in OF_RECIPIENTS and item.ever_effected
    # An objection restricts too, until it is balanced (GDPR Art. 18(1)(d)).
    if not effected and all(each.item_id != item_id for each in case.restrictions.values()):
        raise NothingToTell(item_id=item_id)
    return item


def _require_untold(case: Case, item_id: str, recipient: str) -> Item:
    item = _require_something_done(case, item_id)
    if item.recipients.get(recipient, False):
        raise RecipientSettled(item_id=item_id, recipient=recipient)
    return item


@state_guard
def may_add_recipient(case: Case, *, item_id: str) -> Item:
    """Something was done of which recipients have to hear. Raises NothingToTell, ItemUnknown."""
    return _require_something_done(case, item_id)


@state_guard
def may_tell_recipient(case: Case, *, item_id: str, recipient: str) -> Item:
    """Something was done of which this recipient has not heard. Raises NothingToTell, RecipientSettled, ItemUnknown."""
    return _require_untold(case, item_id, recipient)


@state_guard
def may_excuse_recipient(case: Case, *, item_id: str, recipient: str) -> Item:
    """Something was done of which this recipient has not heard. Raises NothingToTell, RecipientSettled, ItemUnknown."""
    return _require_untold(case, item_id, recipient)


def lateness_of_notice(acting: CaseActing, told_at: datetime, *, due: date | None) -> tuple[bool, bool]:
    """Whether a notice is late, and whether its stated day waits for confirmation: it would be in time then, and is
    entered too late.
    """
    if due is None or acting.calendar.local_date(told_at) > due:
        return due is not None, False
    unconfirmed = acting.states_earlier(told_at) and acting.today > due
    return unconfirmed, unconfirmed


class RecipientCommands(Case):
    """add a recipient; tell one; say why one is not told.

    All are allowed after the case was closed and after the item was reopened or withdrawn.
    """

    def add_recipient(self, acting: CaseActing, *, item_id: str, contact: Sealed | None, reason: Sealed | None) -> None:
        """Add a recipient of the data that the record of processing does not name, so that it is told (GDPR Art. 19).

        Raises ReasonRequired (no name or address, or not what it got and how that is known), NothingToTell,
        ItemUnknown.
        """
        may_add_recipient(self, item_id=item_id)
        if contact is None:
            raise ReasonRequired("Give the name and an address of the recipient.")
        if reason is None:
            raise ReasonRequired("Say what the recipient got, and how that is known.")
        added = {name for item in self.items.values() for name in item.added_recipients}
        tell_by, ends_at = tell_dates(self, acting.calendar, acting.today)
        self.record(
            acting,
            RecipientAdded,
            item_id=item_id,
            recipient=f"other-{len(added) + 1}",
            contact=contact,
            reason=reason,
            tell_by=tell_by,
            tell_ends_at=ends_at,
        )

    def tell_recipient(
        self, acting: CaseActing, *, item_id: str, recipient: str, told_at: datetime, channel: Channel
    ) -> None:
        """Record that a recipient was told.

        If a person records by hand an earlier day, on which it would have been in time, it counts from the day of its
        entry, until `confirm_earlier_fact` (docs/law §10). Raises NothingToTell, RecipientSettled, AnswerDatesInvalid,
        ItemUnknown.
        """
        item = may_tell_recipient(self, item_id=item_id, recipient=recipient)
        require_between(acting, told_at, not_before=self.received_at)
        late, unconfirmed = lateness_of_notice(acting, told_at, due=item.tell_by_of(recipient))
        self.record(
            acting,
            RecipientTold,
            item_id=item_id,
            recipient=recipient,
            told_at=told_at,
            channel=channel,
            late=late,
            unconfirmed=unconfirmed,
        )

    def excuse_recipient(
        self, acting: CaseActing, *, item_id: str, recipient: str, obstacle: Obstacle, explanation: Sealed | None
    ) -> None:
        """Record why a recipient is not told. Raises ReasonRequired, NothingToTell, RecipientSettled, ItemUnknown."""
        may_excuse_recipient(self, item_id=item_id, recipient=recipient)
        if explanation is None:
            raise ReasonRequired()
        self.record(
            acting, RecipientExcused, item_id=item_id, recipient=recipient, obstacle=obstacle, explanation=explanation
        )
