"""Notices to recipients of what was rectified, erased or restricted (GDPR Art. 19): who was told when, or why not."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.guards import require_between
from dsr.domain.request.item import Item
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


class RecipientTold(RequestEvent):
    """A recipient was told, with the least identifier that lets it act."""

    TOPIC: ClassVar[str] = "dsr.request.recipient-told"
    item_id: str
    recipient: str
    """Id of the record of processing."""
    told_at: datetime
    channel: Channel
    late: bool
    """Told after the working days that the regime allows."""

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = case.items[self.item_id].settled_with(self.recipient)


class RecipientExcused(RequestEvent):
    """A recipient is not told: that proves impossible or takes disproportionate effort."""

    TOPIC: ClassVar[str] = "dsr.request.recipient-excused"
    item_id: str
    recipient: str
    obstacle: Obstacle
    explanation: Sealed

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = case.items[self.item_id].settled_with(self.recipient)


def _require_untold(case: Case, item_id: str, recipient: str) -> Item:
    item = case.item(item_id)
    effected = item.right in OF_RECIPIENTS and item.ever_effected
    # An objection restricts too, until it is balanced (GDPR Art. 18(1)(d)).
    if not effected and all(each.item_id != item_id for each in case.restrictions.values()):
        raise NothingToTell(item_id=item_id)
    if item.recipients.get(recipient, False):
        raise RecipientSettled(item_id=item_id, recipient=recipient)
    return item


@state_guard
def may_tell_recipient(case: Case, *, item_id: str, recipient: str) -> Item:
    """Something was done of which this recipient has not heard. Raises NothingToTell, RecipientSettled, ItemUnknown."""
    return _require_untold(case, item_id, recipient)


@state_guard
def may_excuse_recipient(case: Case, *, item_id: str, recipient: str) -> Item:
    """Something was done of which this recipient has not heard. Raises NothingToTell, RecipientSettled, ItemUnknown."""
    return _require_untold(case, item_id, recipient)


class RecipientCommands(Case):
    """tell a recipient; say why one is not told.

    Both are allowed after the case was closed and after the item was reopened or withdrawn.
    """

    def tell_recipient(
        self, acting: CaseActing, *, item_id: str, recipient: str, told_at: datetime, channel: Channel, told_on: date
    ) -> None:
        """Record that a recipient was told; `told_on` is the local date of `told_at`.

        Raises NothingToTell, RecipientSettled, AnswerDatesInvalid, ItemUnknown.
        """
        item = may_tell_recipient(self, item_id=item_id, recipient=recipient)
        require_between(acting, told_at, not_before=self.received_at)
        due = item.tell_by
        self.record(
            acting,
            RecipientTold,
            item_id=item_id,
            recipient=recipient,
            told_at=told_at,
            channel=channel,
            late=due is not None and told_on > due,
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
