"""The state of a case, and the guards that all its commands share.

Four dimensions stay apart: lifecycle, clock, identity, items. Commands live in one module per part of the law and are
put together in `dsr.domain.request`. Plaintext is never part of the state: a case whose keys are gone still loads.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from uuid import UUID

from dsr.domain.deadlines import Deadline, ExtensionTooLate, Suspension, SuspensionKind, WorkingCalendar, compute
from dsr.domain.deadlines.regime import Regime, regime
from dsr.domain.events import Aggregate, CreatedEvent, Event
from dsr.domain.request.data_set import DataSet
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    EvidenceNotPurged,
    FeeOutstanding,
    FourEyes,
    ItemNotGranted,
    ItemNotOpen,
    ItemOfOtherRight,
    ItemUnknown,
    NotRegistered,
    RequestIsClosed,
)
from dsr.domain.request.standing import Copy, Fee, FeeStatus, Hold, Representation, Restriction, Target
from dsr.domain.request.values import (
    AccuracyFinding,
    BalanceFinding,
    Channel,
    ExtensionProposal,
    IdentityStatus,
    Item,
    ItemStatus,
    Lifecycle,
    Outcome,
    Proposal,
)
from dsr.domain.rights import Right


class Case(Aggregate):
    """State, assigned by events only."""

    def __init__(self) -> None:
        # who and where
        self.reference = ""
        self.controller_id = ""
        self.channel = Channel.EMAIL
        self.language = ""
        self.ropa_version = 0
        self.suggested_rights: frozenset[Right] = frozenset()
        self.subjects: tuple[str, ...] = ()
        self.held_by: tuple[str, ...] = ()
        # lifecycle
        self.lifecycle = Lifecycle.RECEIVED
        self.outcome: Outcome | None = None
        self.assignee: str | None = None
        self.linked_to: UUID | None = None
        # clock
        self.regime_id = ""
        self.regime_version = 0
        self.received_at = datetime.min.replace(tzinfo=UTC)
        self.received_on = date.min
        self.suspensions: tuple[Suspension, ...] = ()
        self.extended_at: datetime | None = None
        self.extension: ExtensionProposal | None = None
        self.deadline: Deadline | None = None
        # identity
        self.identity = IdentityStatus.NOT_NEEDED
        self.authenticated = False
        self.identity_asked_on: date | None = None
        self.identity_evidence_keys: tuple[UUID, ...] = ()
        self.clarification_asked_on: date | None = None
        self.dpo_opinions_by: tuple[str, ...] = ()
        self.dpo_supports_document = False
        # items, by id, in the order they were opened
        self.items: dict[str, Item] = {}
        self.unidentified_answered = False
        self.refusals: dict[str, Proposal] = {}
        self.refused_at: dict[str, datetime] = {}
        self.data_sets: dict[UUID, DataSet] = {}
        self.discarded_at: dict[str, datetime] = {}
        self.to_redact: set[UUID] = set()
        self.accuracy: dict[str, AccuracyFinding] = {}
        self.balances: dict[str, BalanceFinding] = {}
        self.copies: dict[str, tuple[Copy, ...]] = {}
        self.transfer_feasible: dict[str, bool] = {}
        self.targets: dict[str, Target] = {}
        self.recipients: dict[tuple[str, str], bool] = {}
        self.tell_by: dict[str, date] = {}
        # what stands besides the items
        self.restrictions: dict[UUID, Restriction] = {}
        self.fees: dict[UUID, Fee] = {}
        self.holds: dict[UUID, Hold] = {}
        self.representation: Representation | None = None
        # keys that belong to this case: what forgetting destroys
        self.keys: dict[str, UUID] = {}

    @property
    def is_closed(self) -> bool:
        """Closed with an outcome."""
        return self.lifecycle is Lifecycle.CLOSED

    @property
    def regime(self) -> Regime:
        """The rules that the request was received under, pinned by id and version."""
        return regime(self.regime_id, self.regime_version)

    def open_suspension(self, kind: SuspensionKind) -> Suspension | None:
        """The suspension of this kind that still runs, if any."""
        return next((s for s in self.suspensions if s.kind is kind and s.sufficient is None), None)

    def deadline_as_of(self, as_of: date, calendar: WorkingCalendar) -> Deadline:
        """The deadline by the rules pinned, as it stands on a local date (law.md §2)."""
        return self._compute(calendar, as_of=as_of)

    @property
    def rights(self) -> frozenset[Right]:
        """The rights that the case is about: its items, before registration what the letter suggested."""
        return frozenset(item.right for item in self.items.values()) or self.suggested_rights

    @property
    def controllers(self) -> frozenset[str]:
        """Who answers: the controller that has the case, and those that answer an item of it."""
        return frozenset({self.controller_id, *(item.controller_id for item in self.items.values())})

    def item(self, item_id: str) -> Item:
        """Raises ItemUnknown."""
        try:
            return self.items[item_id]
        except KeyError:
            raise ItemUnknown(item_id=item_id) from None

    def replace_item(self, item: Item, *, status: ItemStatus, answered: bool = False) -> None:
        """For events: the item with another status; a decision that changes has to be answered anew."""
        self.items[item.item_id] = replace(item, status=status, answered=answered)
        if status in (ItemStatus.WITHDRAWN, ItemStatus.REFUSED):
            self.drop_fees(item.item_id)

    def move_item(self, item_id: str, controller_id: str) -> None:
        """For events: the item, answered by another controller."""
        self.items[item_id] = replace(self.items[item_id], controller_id=controller_id)

    def refuse_in_part(self, item_id: str, extent: tuple[str, ...]) -> None:
        """For events: the item without this extent; the part has to be answered."""
        item = self.items[item_id]
        self.items[item_id] = replace(item, refused_in_part=(*item.refused_in_part, *extent), answered=False)

    def open_again(self, item_id: str) -> None:
        """For events: the item as on its first day."""
        self.items[item_id] = replace(
            self.items[item_id], status=ItemStatus.OPEN, answered=False, refused_in_part=(), effected=False
        )
        self.accuracy.pop(item_id, None)
        self.balances.pop(item_id, None)
        self.copies.pop(item_id, None)
        self.transfer_feasible.pop(item_id, None)
        self.targets.pop(item_id, None)

    def exercise_instead(self, item_id: str, right: Right) -> None:
        """For events: the item asks for another right than was read at first; what was found before falls away."""
        self.items[item_id] = replace(self.items[item_id], right=right, refused_in_part=())
        self.refusals.pop(item_id, None)
        self.balances.pop(item_id, None)
        self.drop_fees(item_id)

    def give_effect(self, item_id: str) -> None:
        """For events: the act that this item asks for is on record."""
        self.items[item_id] = replace(self.items[item_id], effected=True)

    def outstanding_fees(self, *item_ids: str) -> tuple[Fee, ...]:
        """The fees for any of these items that are still to be answered or paid.

        A fee was quoted for all its items together: where one of them falls away, so does the whole.
        """
        chosen = set(item_ids)
        return tuple(fee for fee in self.fees.values() if fee.status.is_outstanding and chosen & set(fee.item_ids))

    def drop_fees(self, item_id: str) -> None:
        """For events: nothing is left to be paid for."""
        for fee in self.outstanding_fees(item_id):
            self.fees[fee.fee_id] = replace(fee, status=FeeStatus.DROPPED)

    def is_pending(self, *rights: Right) -> bool:
        """Whether an item for one of these rights is still to be decided or carried out."""
        return any(item.right in rights and item.status.is_pending for item in self.items.values())

    # Guards ----------------------------------------------------------------------------------------------------

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

    def _require_other_than(self, actor: str, proposed_by: str) -> None:
        """Who decides is neither who proposed nor the DPO who was consulted (GDPR Art. 38(6))."""
        if actor in (proposed_by, *self.dpo_opinions_by):
            raise FourEyes()

    def _require_between(self, moment: datetime, *, not_before: datetime, at: datetime) -> None:
        if not not_before <= moment <= at:
            raise AnswerDatesInvalid(not_before=not_before.isoformat(), not_after=at.isoformat())

    def _purged(self, destroyed: Collection[UUID]) -> tuple[UUID, ...]:
        """The keys of identity evidence, all of them destroyed: no decision, and no closed case, leaves one behind."""
        if set(self.identity_evidence_keys) - set(destroyed):
            raise EvidenceNotPurged()
        return self.identity_evidence_keys

    # Legal dates -----------------------------------------------------------------------------------------------

    def _compute(
        self,
        calendar: WorkingCalendar,
        *,
        as_of: date,
        suspensions: tuple[Suspension, ...] | None = None,
        extended_at: datetime | None = None,
    ) -> Deadline:
        """The dates with what a command is about to change.

        An answer found to have arrived earlier can show that a notice of extension left too late: it then extends
        nothing, and the earlier dates hold.
        """
        reckon = partial(
            compute,
            regime=self.regime,
            calendar=calendar,
            received_on=self.received_on,
            suspensions=self.suspensions if suspensions is None else suspensions,
            as_of=as_of,
        )
        try:
            return reckon(extended_at=extended_at or self.extended_at)
        except ExtensionTooLate:
            return reckon()


class RequestEvent(Event):
    """An event of a case."""


class RequestCreated(CreatedEvent):
    """The first event of a case."""
