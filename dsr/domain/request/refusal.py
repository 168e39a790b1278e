"""Refusing one item: a ground of the law, facts, and four eyes (GDPR Art. 12(4), 12(5), 17(3), 23)."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from dsr.domain.deadlines import WorkingCalendar, is_late_refusal
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import IdentityUnresolved, NothingProposed, ReasonRequired
from dsr.domain.request.grounds import ExcessClaim, RefusalCase, RefusalGround, check_ground
from dsr.domain.request.letters import LetterKind, check_complete
from dsr.domain.request.values import IdentityStatus, ItemStatus, Proposal
from dsr.domain.ropa import LegalBasis
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
    basis: LegalBasis | None = None
    """The legal basis on which the right does not exist, where that is the ground."""

    def apply(self, case: Case) -> None:
        case.refusals[self.item_id] = Proposal(proposed_by=self.actor, ground=self.ground.value)


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


class RefusalCommands(Case):
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
        """Propose to refuse an open item.

        Raises AbsoluteRight, GroundNotAvailable, ReasonRequired, BurdenOfProof, LetterIncomplete, IdentityUnresolved
        (`unidentifiable` needs a failed identification), ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = self._require_open_item(item_id)
        ground, provision = check_ground(
            refusal, right=item.right, direct_marketing=item.direct_marketing, received_on=self.received_on
        )
        self._require_failed_identification(ground)
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
            basis=refusal.basis,
        )

    def approve_refusal(self, *, item_id: str, calendar: WorkingCalendar, at: datetime, actor: str) -> None:
        """Decide to refuse; the refusal is due within the un-extended statutory date (GDPR Art. 12(4)).

        Raises NothingProposed, FourEyes, IdentityUnresolved (identified since the proposal), ItemUnknown, ItemNotOpen,
        NotRegistered, RequestIsClosed.
        """
        proposal = self._require_proposed_refusal(item_id, actor)
        ground = RefusalGround(proposal.ground)
        self._require_failed_identification(ground)
        self.trigger_event(
            ItemRefused,
            timestamp=at,
            actor=actor,
            item_id=item_id,
            ground=ground,
            proposed_by=proposal.proposed_by,
            late=self.is_late_refusal(at, calendar),
        )

    def decline_refusal(self, *, item_id: str, reason: Sealed | None, at: datetime, actor: str) -> None:
        """Leave the item open, with a reason.

        Raises NothingProposed, FourEyes, ReasonRequired, ItemUnknown, ItemNotOpen, RequestIsClosed.
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

    def _require_proposed_refusal(self, item_id: str, actor: str) -> Proposal:
        self._require_open_item(item_id)
        proposal = self.refusals.get(item_id)
        if proposal is None:
            raise NothingProposed()
        self._require_other_than(actor, proposal.proposed_by)
        return proposal
