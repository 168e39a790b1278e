"""Granting an item and carrying it out (GDPR Art. 15-22)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import ClassVar

from dsr.domain.deadlines import WorkingCalendar, recipients_told_by
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.erasure import ErasureGround, check_erasure_ground
from dsr.domain.request.errors import (
    AccessBeforeErasure,
    EffectMissing,
    IdentityUnresolved,
    ItemNotGranted,
    ReasonRequired,
    RedactionPending,
    RefusalUndecided,
)
from dsr.domain.request.holds import HoldCommands
from dsr.domain.request.recipients import OF_RECIPIENTS
from dsr.domain.request.standing import Hold
from dsr.domain.request.values import UNRESOLVED, BalanceFinding, Item, ItemStatus, Lifecycle
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class ItemGranted(RequestEvent):
    """The right exists and will be given effect; carrying out starts with the first grant."""

    TOPIC: ClassVar[str] = "dsr.request.item-granted"
    item_id: str
    erasure_ground: ErasureGround | None = None
    """GDPR Art. 17(1), for erasure."""
    provision: str = ""
    """The Union or national law that requires the erasure, where that is the ground."""
    activities: tuple[str, ...] = ()
    """The processing whose data is erased; ids of the record of processing."""

    def apply(self, case: Case) -> None:
        case.replace_item(case.items[self.item_id], status=ItemStatus.GRANTED)
        # A proposal to refuse a part stays: the rest is what is granted.
        if self.item_id in case.refusals and not case.refusals[self.item_id].extent:
            case.refusals.pop(self.item_id)
        if case.lifecycle is Lifecycle.ASSESSING:
            case.lifecycle = Lifecycle.EXECUTING


class ItemDone(RequestEvent):
    """What was granted was carried out, in these systems."""

    TOPIC: ClassVar[str] = "dsr.request.item-done"
    item_id: str
    systems: tuple[str, ...]
    account: Sealed
    """What was done, and what was kept and why."""
    recipients: tuple[str, ...] = ()
    """Who has to be told of it (GDPR Art. 19); ids of the record of processing."""
    tell_by: date | None = None
    """The last day to tell them."""

    def apply(self, case: Case) -> None:
        case.replace_item(case.items[self.item_id], status=ItemStatus.DONE)
        for recipient in self.recipients:
            case.recipients[self.item_id, recipient] = False
        if self.tell_by is not None:
            case.tell_by[self.item_id] = self.tell_by


class NothingHeld(RequestEvent):
    """The search found no personal data of this person; the systems searched are the proof."""

    TOPIC: ClassVar[str] = "dsr.request.nothing-held"
    item_id: str
    systems: tuple[str, ...]

    def apply(self, case: Case) -> None:
        case.replace_item(case.items[self.item_id], status=ItemStatus.NOTHING_HELD)
        case.refusals.pop(self.item_id, None)


_DEMANDS_EFFECT = frozenset(Right) - {Right.ACCESS, Right.PORTABILITY, Right.ERASURE}
"""Rights with an act of their own that has to be on record; for the others, the account of the systems is the act."""


class ExecutionCommands(HoldCommands):
    """grant, record done, record that nothing is held."""

    def grant(
        self,
        *,
        item_id: str,
        at: datetime,
        actor: str,
        erasure_ground: ErasureGround | None = None,
        provision: str = "",
        activities: tuple[ActivityBasis, ...] = (),
        other_holds: Collection[Hold] = (),
    ) -> None:
        """Give effect to a right. An absolute one does not wait until doubt about who asks is settled.

        Erasure needs a ground of GDPR Art. 17(1), checked against the legal bases of the activities; a legal hold on
        them, or among `other_holds` of the same person, stands against it.
        Raises IdentityUnresolved, AccessBeforeErasure, GroundNotAvailable, LegalHold, ItemUnknown, ItemNotOpen,
        NotRegistered, RequestIsClosed.
        """
        item = self._require_open_item(item_id)
        self._require_identity_resolved(item)
        self._require_access_first(item)
        if item.right is not Right.ERASURE:
            self.trigger_event(ItemGranted, timestamp=at, actor=actor, item_id=item_id)
            return
        erased = tuple(each.activity for each in activities)
        ground = check_erasure_ground(
            erasure_ground, activities=activities, provision=provision, objection_prevails=self._objection_prevails()
        )
        self._require_no_legal_hold(activities=erased, others=other_holds)
        self.trigger_event(
            ItemGranted,
            timestamp=at,
            actor=actor,
            item_id=item_id,
            erasure_ground=ground,
            provision=provision.strip(),
            activities=erased,
        )

    def record_done(
        self,
        *,
        item_id: str,
        systems: tuple[str, ...],
        account: Sealed | None,
        calendar: WorkingCalendar,
        at: datetime,
        actor: str,
        recipients: tuple[str, ...] = (),
        other_holds: Collection[Hold] = (),
    ) -> None:
        """Record that a granted item was carried out, where, and how; recipients then have to be told (Art. 19).

        Raises ItemNotGranted, EffectMissing (a right with an act of its own), RefusalUndecided, RedactionPending,
        ReasonRequired (no account, no system), IdentityUnresolved, AccessBeforeErasure, LegalHold (erasure in a system
        on hold), ItemUnknown, NotRegistered, RequestIsClosed.
        """
        self._require_registered()
        item = self.item(item_id)
        if item.status is not ItemStatus.GRANTED:
            raise ItemNotGranted(item_id=item_id)
        self._require_identity_resolved(item)
        self._require_access_first(item)
        if item_id in self.refusals:
            raise RefusalUndecided(item_id=item_id)
        if item.right in _DEMANDS_EFFECT and not item.effected:
            raise EffectMissing(item_id=item_id)
        if item.right is Right.ERASURE:
            self._require_no_legal_hold(systems=systems, others=other_holds)
        if any(self.data_sets[each].item_id == item_id for each in self.to_redact):
            raise RedactionPending(item_id=item_id)
        if account is None or not systems:
            raise ReasonRequired("Say what was done, and in which systems.")
        to_tell = recipients if item.right in OF_RECIPIENTS else ()
        self.trigger_event(
            ItemDone,
            timestamp=at,
            actor=actor,
            item_id=item_id,
            systems=systems,
            account=account,
            recipients=to_tell,
            tell_by=recipients_told_by(self.regime, calendar, calendar.local_date(at)) if to_tell else None,
        )

    def record_nothing_held(self, *, item_id: str, systems: tuple[str, ...], at: datetime, actor: str) -> None:
        """Record that the systems named hold nothing on this person.

        Whoever asks: to say that nothing is held discloses something too, so identity has to be resolved. Nobody pays
        for an answer that there is nothing.
        Raises ReasonRequired (no system searched), IdentityUnresolved, FeeOutstanding, ItemUnknown, ItemNotOpen,
        NotRegistered, RequestIsClosed.
        """
        self._require_identity_resolved(self._require_open_item(item_id))
        if not systems:
            raise ReasonRequired("Name the systems that were searched.")
        self._require_no_fee(item_id)
        self.trigger_event(NothingHeld, timestamp=at, actor=actor, item_id=item_id, systems=systems)

    def _objection_prevails(self) -> bool:
        """Whether an objection of this case is one to direct marketing, or was not balanced for the controller."""
        found = (BalanceFinding.SUBJECT_PREVAILS, BalanceFinding.PREVAILS_IN_PART)
        return any(
            item.right is Right.OBJECTION and (item.direct_marketing or self.balances.get(item.item_id) in found)
            for item in self.items.values()
        )

    def _require_identity_resolved(self, item: Item) -> None:
        """Consent and direct marketing stop at once (Art. 7(3), 21(3)); Art. 12(6) allows no doubt about the former."""
        if self.identity in UNRESOLVED and not item.is_absolute:
            raise IdentityUnresolved()

    def _require_access_first(self, item: Item) -> None:
        """What is erased can't be handed over any more, so copies come first (law.md §8, mistake 8)."""
        if item.right is Right.ERASURE and self.is_pending(Right.ACCESS, Right.PORTABILITY):
            raise AccessBeforeErasure()
