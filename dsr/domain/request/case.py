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
    FourEyes,
    ItemNotOpen,
    ItemUnknown,
    NotRegistered,
    RequestIsClosed,
)
from dsr.domain.request.values import (
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

    def item(self, item_id: str) -> Item:
        """Raises ItemUnknown."""
        try:
            return self.items[item_id]
        except KeyError:
            raise ItemUnknown(item_id=item_id) from None

    def replace_item(self, item: Item, *, status: ItemStatus, answered: bool = False) -> None:
        """For events: the item with another status; a decision that changes has to be answered anew."""
        self.items[item.item_id] = replace(item, status=status, answered=answered)

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
