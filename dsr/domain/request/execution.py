"""Granting an item and carrying it out (GDPR Art. 15-22)."""

from datetime import datetime
from typing import ClassVar

from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import (
    AccessBeforeErasure,
    IdentityUnresolved,
    ItemNotGranted,
    ReasonRequired,
)
from dsr.domain.request.values import UNRESOLVED, Item, ItemStatus, Lifecycle
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class ItemGranted(RequestEvent):
    """The right exists and will be given effect; carrying out starts with the first grant."""

    TOPIC: ClassVar[str] = "dsr.request.item-granted"
    item_id: str

    def apply(self, case: Case) -> None:
        case.replace_item(case.items[self.item_id], status=ItemStatus.GRANTED)
        case.refusals.pop(self.item_id, None)
        if case.lifecycle is Lifecycle.ASSESSING:
            case.lifecycle = Lifecycle.EXECUTING


class ItemDone(RequestEvent):
    """What was granted was carried out, in these systems."""

    TOPIC: ClassVar[str] = "dsr.request.item-done"
    item_id: str
    systems: tuple[str, ...]
    account: Sealed
    """What was done, and what was kept and why."""

    def apply(self, case: Case) -> None:
        case.replace_item(case.items[self.item_id], status=ItemStatus.DONE)


class NothingHeld(RequestEvent):
    """The search found no personal data of this person; the systems searched are the proof."""

    TOPIC: ClassVar[str] = "dsr.request.nothing-held"
    item_id: str
    systems: tuple[str, ...]

    def apply(self, case: Case) -> None:
        case.replace_item(case.items[self.item_id], status=ItemStatus.NOTHING_HELD)
        case.refusals.pop(self.item_id, None)


class ExecutionCommands(Case):
    """grant, record done, record that nothing is held."""

    def grant(self, *, item_id: str, at: datetime, actor: str) -> None:
        """Give effect to a right. An absolute one does not wait until doubt about who asks is settled.

        Raises IdentityUnresolved, AccessBeforeErasure, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = self._require_open_item(item_id)
        self._require_identity_resolved(item)
        self._require_access_first(item)
        self.trigger_event(ItemGranted, timestamp=at, actor=actor, item_id=item_id)

    def record_done(
        self, *, item_id: str, systems: tuple[str, ...], account: Sealed | None, at: datetime, actor: str
    ) -> None:
        """Record that a granted item was carried out, where, and how.

        Raises ItemNotGranted, ReasonRequired (no account, no system), IdentityUnresolved, AccessBeforeErasure,
        ItemUnknown, RequestIsClosed.
        """
        self._require_registered()
        item = self.item(item_id)
        if item.status is not ItemStatus.GRANTED:
            raise ItemNotGranted(item_id=item_id)
        self._require_identity_resolved(item)
        self._require_access_first(item)
        if account is None or not systems:
            raise ReasonRequired("Say what was done, and in which systems.")
        self.trigger_event(ItemDone, timestamp=at, actor=actor, item_id=item_id, systems=systems, account=account)

    def record_nothing_held(self, *, item_id: str, systems: tuple[str, ...], at: datetime, actor: str) -> None:
        """Record that the systems named hold nothing on this person.

        Whoever asks: to say that nothing is held discloses something too, so identity has to be resolved.
        Raises ReasonRequired (no system searched), IdentityUnresolved, ItemUnknown, ItemNotOpen, NotRegistered,
        RequestIsClosed.
        """
        self._require_identity_resolved(self._require_open_item(item_id))
        if not systems:
            raise ReasonRequired("Name the systems that were searched.")
        self.trigger_event(NothingHeld, timestamp=at, actor=actor, item_id=item_id, systems=systems)

    def _require_identity_resolved(self, item: Item) -> None:
        """Consent and direct marketing stop at once (Art. 7(3), 21(3)); Art. 12(6) allows no doubt about the former."""
        if self.identity in UNRESOLVED and not item.is_absolute:
            raise IdentityUnresolved()

    def _require_access_first(self, item: Item) -> None:
        """What is erased can't be handed over any more, so copies come first (law.md §8, mistake 8)."""
        if item.right is Right.ERASURE and self.is_pending(Right.ACCESS, Right.PORTABILITY):
            raise AccessBeforeErasure()
