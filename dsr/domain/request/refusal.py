"""Refusing one item: a ground of the law, facts, and four eyes (GDPR Art. 12(4), 12(5), 17(3), 23)."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from dsr.domain.deadlines import WorkingCalendar, is_late_refusal
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import SuspendableCase
from dsr.domain.request.errors import (
    BurdenOfProof,
    GroundNotAvailable,
    IdentityUnresolved,
    ItemNotOpen,
    NothingProposed,
    ReasonRequired,
)
from dsr.domain.request.grounds import ExcessClaim, RefusalCase, RefusalGround, check_ground
from dsr.domain.request.letters import LetterKind, check_complete
from dsr.domain.request.standing import FeeStatus
from dsr.domain.request.values import AccuracyFinding, BalanceFinding, IdentityStatus, Item, ItemStatus, Proposal
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class RefusalProposed(RequestEvent):
    """A handler proposes to refuse an item, with everything the answer will have to say."""

    TOPIC: ClassVar[str] = "dsr.request.refusal-proposed"
    item_id: str
    ground: RefusalGround
    provision: str
    reasons: Sealed
    facts: Sealed | None
    extent: tuple[str, ...]
    claims: tuple[ExcessClaim, ...]
    statements: tuple[str, ...]
    """What the letter will state (GDPR Art. 12(4)); checked before approval can be asked for."""
    activities: tuple[ActivityBasis, ...] = ()
    """The processing that it is about, with its legal bases by the pinned record of processing."""
    in_part: bool = False
    """Only for the extent, while the rest is given effect."""

    def apply(self, case: Case) -> None:
        extent = self.extent if self.in_part else ()
        case.refusals[self.item_id] = Proposal(proposed_by=self.actor, ground=self.ground.value, extent=extent)


class RefusalDeclined(RequestEvent):
    """An approver disagreed: the item stays open."""

    TOPIC: ClassVar[str] = "dsr.request.refusal-declined"
    item_id: str
    proposed_by: str
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.refusals.pop(self.item_id)


class ItemRefused(RequestEvent):
    """An approver decided to refuse. `late`: after the un-extended statutory date, recorded and never hidden."""

    TOPIC: ClassVar[str] = "dsr.request.item-refused"
    item_id: str
    ground: RefusalGround
    proposed_by: str
    late: bool

    def apply(self, case: Case) -> None:
        case.refusals.pop(self.item_id)
        case.refused_at[self.item_id] = self.timestamp
        case.replace_item(case.items[self.item_id], status=ItemStatus.REFUSED)


class ItemRefusedInPart(RequestEvent):
    """An approver decided to refuse the extent named; the rest of the item goes on ("to the extent", Art. 17(3)).

    The letter that answers the item has to say all that a refusal says (GDPR Art. 12(4)).
    """

    TOPIC: ClassVar[str] = "dsr.request.item-refused-in-part"
    item_id: str
    ground: RefusalGround
    extent: tuple[str, ...]
    proposed_by: str
    late: bool

    def apply(self, case: Case) -> None:
        case.refusals.pop(self.item_id)
        case.refused_at[self.item_id] = self.timestamp
        case.refuse_in_part(self.item_id, self.extent)


_DEMONSTRATED: dict[bool, tuple[BalanceFinding, ...]] = {
    False: (BalanceFinding.CONTROLLER_PREVAILS,),
    True: (BalanceFinding.CONTROLLER_PREVAILS, BalanceFinding.PREVAILS_IN_PART),
}
"""What a balance must have found for an objection to be refused as a whole, or in part."""


class RefusalCommands(SuspendableCase):
    """propose, approve or decline the refusal of an item."""

    def propose_refusal(
        self,
        *,
        item_id: str,
        refusal: RefusalCase,
        statements: Collection[str],
        at: datetime,
        actor: str,
    ) -> None:
        """Propose to refuse an open item, or a part of one that is not done yet.

        Raises AbsoluteRight, GroundNotAvailable, ReasonRequired, BurdenOfProof (also: interests not balanced, accuracy
        not shown), LetterIncomplete, IdentityUnresolved (`unidentifiable` needs a failed identification), ItemUnknown,
        ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = self._require_undecided(item_id, in_part=refusal.in_part)
        ground, provision = check_ground(
            refusal, right=item.right, direct_marketing=item.direct_marketing, received_on=self.received_on
        )
        self._require_failed_identification(ground)
        self._require_demonstrated(item, ground, in_part=refusal.in_part)
        self._require_unpaid_fee(item, ground)
        if refusal.reasons is None:  # check_ground demands them; said again for the type checker
            raise ReasonRequired()
        check_complete(LetterKind.REFUSAL, statements)
        self.trigger_event(
            RefusalProposed,
            timestamp=at,
            actor=actor,
            item_id=item_id,
            ground=ground,
            provision=provision,
            reasons=refusal.reasons,
            facts=refusal.facts,
            extent=refusal.extent,
            claims=refusal.claims,
            statements=tuple(sorted(statements)),
            activities=refusal.activities,
            in_part=refusal.in_part,
        )

    def approve_refusal(self, *, item_id: str, calendar: WorkingCalendar, at: datetime, actor: str) -> None:
        """Decide to refuse; the refusal is due within the un-extended statutory date (GDPR Art. 12(4)).

        Raises NothingProposed, FourEyes, IdentityUnresolved (identified since the proposal), BurdenOfProof (assessed anew
        since), ItemUnknown, NotRegistered, RequestIsClosed.
        """
        proposal = self._require_proposed_refusal(item_id, actor)
        ground = RefusalGround(proposal.ground)
        self._require_failed_identification(ground)
        self._require_demonstrated(self.items[item_id], ground, in_part=bool(proposal.extent))
        late = self.is_late_refusal(at, calendar)
        if proposal.extent:
            self.trigger_event(
                ItemRefusedInPart,
                timestamp=at,
                actor=actor,
                item_id=item_id,
                ground=ground,
                extent=proposal.extent,
                proposed_by=proposal.proposed_by,
                late=late,
            )
            return
        self.trigger_event(
            ItemRefused,
            timestamp=at,
            actor=actor,
            item_id=item_id,
            ground=ground,
            proposed_by=proposal.proposed_by,
            late=late,
        )
        self._resume_from_fee(calendar.local_date(at), calendar=calendar, at=at, actor=actor)

    def decline_refusal(self, *, item_id: str, reason: Sealed | None, at: datetime, actor: str) -> None:
        """Leave the item open, with a reason.

        Raises NothingProposed, FourEyes, ReasonRequired, ItemUnknown, NotRegistered, RequestIsClosed.
        """
        proposal = self._require_proposed_refusal(item_id, actor)
        if reason is None:
            raise ReasonRequired()
        self.trigger_event(
            RefusalDeclined,
            timestamp=at,
            actor=actor,
            item_id=item_id,
            proposed_by=proposal.proposed_by,
            reason=reason,
        )

    def is_late_refusal(self, moment: datetime, calendar: WorkingCalendar, *, suspended: bool = True) -> bool:
        """Whether the moment is past the un-extended statutory date; an extension does not help (Art. 12(4)).

        `suspended` false leaves out the days on which the clock stood still.
        """
        return is_late_refusal(
            regime=self.regime,
            calendar=calendar,
            received_on=self.received_on,
            suspensions=self.suspensions if suspended else (),
            refused_at=moment,
        )

    def _require_failed_identification(self, ground: RefusalGround) -> None:
        if ground is RefusalGround.UNIDENTIFIABLE and self.identity is not IdentityStatus.FAILED:
            raise IdentityUnresolved("Ask for identity first; only a failed identification supports this ground.")

    def _require_demonstrated(self, item: Item, ground: RefusalGround, *, in_part: bool) -> None:
        """What the law lets only an assessment on record carry (GDPR Art. 16, 21(1))."""
        claimed = (RefusalGround.COMPELLING_GROUNDS, RefusalGround.LEGAL_CLAIMS)
        balanced = self.balances.get(item.item_id) in _DEMONSTRATED[in_part]
        if item.right is Right.OBJECTION and ground in claimed and not balanced:
            raise BurdenOfProof("Balance the interests first: only what prevails there can be refused.")
        if ground is RefusalGround.DATA_ACCURATE and self.accuracy.get(item.item_id) is not AccuracyFinding.ACCURATE:
            raise BurdenOfProof("Assess the accuracy first: only data that is shown to be accurate stays as it is.")

    def _require_unpaid_fee(self, item: Item, ground: RefusalGround) -> None:
        """Nobody is refused for not paying what was never quoted, or was waived (GDPR Art. 12(5)(a), 15(3))."""
        unpaid = (FeeStatus.DECLINED, FeeStatus.EXPIRED)
        if ground is RefusalGround.FEE_UNPAID and not any(
            item.item_id in fee.item_ids and fee.status in unpaid for fee in self.fees.values()
        ):
            raise GroundNotAvailable("Quote a fee first; only one that was declined or expired supports this ground.")

    def _require_undecided(self, item_id: str, *, in_part: bool) -> Item:
        """An open item; for a part, one that is granted will do."""
        self._require_registered()
        item = self.item(item_id)
        if not (item.status is ItemStatus.OPEN or (in_part and item.status is ItemStatus.GRANTED)):
            raise ItemNotOpen(item_id=item_id)
        return item

    def _require_proposed_refusal(self, item_id: str, actor: str) -> Proposal:
        self._require_registered()
        self.item(item_id)
        proposal = self.refusals.get(item_id)
        if proposal is None:
            raise NothingProposed()
        self._require_other_than(actor, proposal.proposed_by)
        return proposal
