"""The guards that commands of several parts of the law share; an event of the log is not asked again.

A guard stands in the command that it refuses. Events are applied to a plain `Case`, which has none.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    EvidenceNotPurged,
    FeeOutstanding,
    FourEyes,
    ItemNotGranted,
    ItemNotOpen,
    ItemOfOtherRight,
    NotRegistered,
    RedactionPending,
    RequestIsClosed,
)
from dsr.domain.request.item import Item
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right


class GuardedCase(DatedCase):
    """What refuses a command, whichever part of the law it belongs to."""

    def _require_not_closed(self) -> None:
        if self.is_closed:
            raise RequestIsClosed()

    def _require_registered(self) -> None:
        self._require_not_closed()
        if not self.items:
            raise NotRegistered()

    def _require_open_item(self, item_id: str) -> Item:
        self._require_registered()
        item = self.item(item_id)
        if item.status is not ItemStatus.OPEN:
            raise ItemNotOpen(item_id=item_id)
        return item

    def _require_granted_item(self, item_id: str, *rights: Right) -> Item:
        """An item for one of these rights that was granted and is not done yet.

        Raises ItemUnknown, ItemOfOtherRight, ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        self._require_registered()
        item = self.item(item_id)
        if item.right not in rights:
            raise ItemOfOtherRight(item_id=item_id, right=item.right.value)
        if item.status is not ItemStatus.GRANTED:
            raise ItemNotGranted(item_id=item_id)
        return item

    def require_redacted(self, item_id: str) -> None:
        """Nothing leaves that holds data of somebody else, and nothing is left out in silence (GDPR Art. 12(4), 15(4)).

        What has to be redacted is redacted, and somebody confirmed that nothing of others is left, or that there never
        was anything; or it is taken out, and a copy was collected in its place, or a part of the item was refused. What
        replaces something is there.
        Where nothing would be left of all that was collected, a part of the item was refused.
        Raises RedactionPending, ItemUnknown.
        """
        refused = bool(self.item(item_id).refused_in_part)
        held = [target_id for target_id, each in self.copies.collected.items() if each.item_id == item_id]
        pending = [each for each in held if self._is_to_be_redacted(each)]
        pending += [
            original_id
            for original_id, duty in self.copies.redaction_duties.items()
            if duty.original.item_id == item_id
            and original_id not in self.copies.collected
            and duty.copy is None
            and not refused
        ]
        if not refused and not any(map(self.copies.is_left_in, held)):
            pending += [each for each in held if each not in pending]
        if pending:
            raise RedactionPending(item_id=item_id, target_ids=[str(each) for each in pending])

    def _is_to_be_redacted(self, target_id: UUID) -> bool:
        """Whether a data set or attachment waits for redactions, for their confirmation, or for what replaces it."""
        redactions = self.copies.redactions_of(target_id)
        replacements = {each.replacement_id for each in redactions} - {None}
        if replacements - set(self.copies.collected):
            return True
        return target_id not in self.copies.redactions_confirmed and bool(
            redactions or target_id in self.copies.redaction_duties
        )

    def _require_no_fee(self, *item_ids: str) -> None:
        """Raise FeeOutstanding where one of these items waits for a fee."""
        fees = self.outstanding_fees(*item_ids)
        if fees:
            raise FeeOutstanding(fee_ids=[str(fee.fee_id) for fee in fees])

    def _require_pending_item(self, item_id: str, *rights: Right) -> Item:
        """An item for one of these rights that is open or granted, for what can't wait until it is granted.

        Raises ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        self._require_registered()
        item = self.item(item_id)
        if item.right not in rights:
            raise ItemOfOtherRight(item_id=item_id, right=item.right.value)
        if not item.status.is_pending:
            raise ItemNotOpen(item_id=item_id)
        return item

    def _require_other_than(self, acting: CaseActing, proposed_by: str) -> None:
        """Who decides is neither who proposed nor the DPO who was consulted (GDPR Art. 38(6))."""
        if acting.actor in (proposed_by, *self.identity.dpo_opinions_by):
            raise FourEyes()

    def _require_between(self, acting: CaseActing, moment: datetime, *, not_before: datetime) -> None:
        if not not_before <= moment <= acting.at:
            raise AnswerDatesInvalid(not_before=not_before.isoformat(), not_after=acting.at.isoformat())

    def _purged(self, destroyed: Collection[UUID]) -> tuple[UUID, ...]:
        """The keys of identity evidence, all of them destroyed: no decision, and no closed case, leaves one behind."""
        if set(self.identity.evidence_keys) - set(destroyed):
            raise EvidenceNotPurged()
        return self.identity.evidence_keys
