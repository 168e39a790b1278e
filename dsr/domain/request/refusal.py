"""Refusing one item: a ground of the law, facts, and four eyes (GDPR Art. 12(4), 12(5), 17(3), 23)."""

from collections.abc import Collection
from typing import ClassVar, Final

from dsr.domain.acting import CaseActing
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_from_fee, resume_without_access
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import (
    AbsoluteRight,
    BurdenOfProof,
    GroundNotAvailable,
    IdentityUnresolved,
    ItemNotOpen,
    NothingProposed,
    ReasonRequired,
)
from dsr.domain.request.grounds import ON_BALANCE, ExcessClaim, RefusalCase, RefusalGround, check_ground
from dsr.domain.request.guards import require_item, require_other_than
from dsr.domain.request.item import Item, Refusal, RefusedPart
from dsr.domain.request.letters import LetterKind, check_complete
from dsr.domain.request.standing import FeeStatus
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.unexamined import pass_over, require_examined_in_time
from dsr.domain.request.values import AccuracyFinding, IdentityStatus, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from dsr.domain.sealed import Sealed


class RefusalProposed(RequestEvent):
    """A handler proposes to refuse an item, with everything the answer has to state."""

    TOPIC: ClassVar[str] = "dsr.request.refusal-proposed"
    class_version: ClassVar[int] = 3
    item_id: str
    ground: RefusalGround
    provision: str
    reasons: Sealed
    facts: Sealed | None
    extent: tuple[str, ...]
    claims: tuple[ExcessClaim, ...]
    statements: tuple[str, ...]
    """The statements of the letter (GDPR Art. 12(4)), checked before approval is asked for."""
    activities: tuple[ActivityBasis, ...] = ()
    """The processing concerned, with its legal bases from the pinned record of processing."""
    in_part: bool = False
    """Refuses only the extent; effect is given to the rest."""
    covers_all: bool = False
    """States that the exception covers everything asked, so that a ground limited "to the extent" refuses the whole."""
    intent: Sealed | None = None
    """The facts that show the intent to abuse the right; None in old events, and on other grounds than excess."""
    withheld_under: str = ""
    """The law that forbids telling the person the reasons (GDPR Art. 23(2)(h)); empty: the letter tells them."""
    tells_provision: bool = True
    """Whether the letter names the provision; it does wherever it tells the reasons."""

    @staticmethod
    def upcast_v1_v2(state: dict[str, object]) -> None:
        """Nobody had to show an intent."""
        state["intent"] = None

    @staticmethod
    def upcast_v2_v3(state: dict[str, object]) -> None:
        """No reasons were withheld."""
        state["withheld_under"], state["tells_provision"] = "", True

    def apply(self, case: Case) -> None:
        refusal = Refusal(
            proposed_by=self.actor,
            ground=self.ground.value,
            provision=self.provision,
            extent=self.extent if self.in_part else None,
            activities=self.activities,
        )
        case.items[self.item_id] = case.items[self.item_id].proposed_to_be_refused(refusal)
        case.reasons_withheld |= bool(self.withheld_under)


class RefusalDeclined(RequestEvent):
    """An approver disagreed: the item stays open."""

    TOPIC: ClassVar[str] = "dsr.request.refusal-declined"
    item_id: str
    proposed_by: str
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.items[self.item_id] = case.items[self.item_id].without_refusal()


class ItemRefused(RequestEvent):
    """An approver decided to refuse. `late`: after the statutory date without extension; recorded and never hidden."""

    TOPIC: ClassVar[str] = "dsr.request.item-refused"
    item_id: str
    ground: RefusalGround
    proposed_by: str
    late: bool

    def apply(self, case: Case) -> None:
        case.replace_item(case.items[self.item_id].refused(late=self.late, at=self.timestamp, by=self.actor))
        if self.late:
            case.late_by |= {self.originator_version}
        case.drop_fees(self.item_id, at=self.timestamp)


class ItemRefusedInPart(RequestEvent):
    """An approver decided to refuse the extent named; the rest of the item goes on ("to the extent", Art. 17(3)).

    The letter that answers the item needs all statements of a refusal (GDPR Art. 12(4)).
    """

    TOPIC: ClassVar[str] = "dsr.request.item-refused-in-part"
    item_id: str
    ground: RefusalGround
    extent: tuple[str, ...]
    proposed_by: str
    late: bool

    def apply(self, case: Case) -> None:
        part = RefusedPart(self.ground.value, self.extent)
        case.items[self.item_id] = case.items[self.item_id].refused_as_to(part, late=self.late, at=self.timestamp)
        case.change_copy(self.item_id, self.originator_version)  # a package names what was refused
        if self.late:
            case.late_by |= {self.originator_version}


_INSTEAD_OF_A_FEE: Final = (
    RefusalGround.MANIFESTLY_UNFOUNDED,
    RefusalGround.MANIFESTLY_EXCESSIVE,
    RefusalGround.FEE_UNPAID,
)
"""On these grounds a request is either charged or refused, not both (GDPR Art. 12(5))."""


@state_guard
def may_propose_refusal(case: Case, *, item_id: str) -> Item:
    """An item that is not done yet, and whose right can be refused.

    Raises AbsoluteRight, ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_item(case, item_id)
    if not item.status.is_pending:
        raise ItemNotOpen(item_id=item_id)
    if item.is_absolute:
        raise AbsoluteRight(right=item.right.value)
    return item


@state_guard
def may_approve_refusal(case: DatedCase, acting: CaseActing, *, item_id: str) -> Refusal:
    """A proposal by another person that the state of the case still supports.

    Raises NothingProposed, FourEyes, IdentityUnresolved (identified since), BurdenOfProof (assessed again since),
    GroundNotAvailable (objected, withdrawn, balanced or paid since), MessageUnexamined (while the refusal can wait),
    ItemUnknown, NotRegistered, RequestIsClosed.
    """
    proposal = _require_proposed(case, acting, item_id)
    _require_supported(
        case,
        case.items[item_id],
        RefusalGround(proposal.ground),
        part=proposal.extent or (),
        activities=proposal.activities,
    )
    require_examined_in_time(case, acting)
    return proposal


@state_guard
def may_decline_refusal(case: Case, acting: CaseActing, *, item_id: str) -> Refusal:
    """A proposal by another person. Raises NothingProposed, FourEyes, ItemUnknown, NotRegistered, RequestIsClosed."""
    return _require_proposed(case, acting, item_id)


def _require_proposed(case: Case, acting: CaseActing, item_id: str) -> Refusal:
    proposal = require_item(case, item_id).proposal
    if proposal is None:
        raise NothingProposed()
    require_other_than(case, acting, proposal.proposed_by)
    return proposal


class RefusalCommands(DatedCase):
    """propose, approve or decline the refusal of an item."""

    def propose_refusal(
        self, acting: CaseActing, *, item_id: str, refusal: RefusalCase, statements: Collection[str]
    ) -> None:
        """Propose to refuse an open item, or a part of one that is not done yet.

        For a whole item on a ground of `ON_BASES`, the activities are all of the controller's processing of such
        people's data. Where a law forbids telling the reasons, it is named, and they stay on file (GDPR Art. 23(2)(h)).
        Raises AbsoluteRight, GroundNotAvailable (also: more is refused than the ground allows; an
        objection, a withdrawal, a balance or a fee contradicts it), ReasonRequired, BurdenOfProof (also: interests not
        balanced for it, accuracy not shown), LetterIncomplete, IdentityUnresolved (`unidentifiable` needs a failed
        identification), ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = may_propose_refusal(self, item_id=item_id)
        if item.status is not ItemStatus.OPEN and not refusal.in_part:
            raise ItemNotOpen(item_id=item_id)
        ground, provision = check_ground(
            refusal, right=item.right, direct_marketing=item.direct_marketing, received_on=self.received_on
        )
        part = refusal.extent if refusal.in_part else ()
        _require_supported(self, item, ground, part=part, activities=refusal.activities)
        if refusal.reasons is None:  # check_ground demands them; said again for the type checker
            raise ReasonRequired()
        check_complete(LetterKind.REFUSAL, statements)
        self.record(
            acting,
            RefusalProposed,
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
            covers_all=refusal.covers_all,
            intent=refusal.intent,
            withheld_under=refusal.withheld_under.strip(),
            tells_provision=refusal.tells_provision or not refusal.withheld_under.strip(),
        )

    def approve_refusal(self, acting: CaseActing, *, item_id: str, unexamined_reason: Sealed | None = None) -> None:
        """Decide to refuse; the refusal is due by the statutory date without extension (GDPR Art. 12(4)).

        Conditions that may have changed since the proposal are checked again. `unexamined_reason` says why the refusal
        does not wait for messages that nobody has examined, from the last working day before that date. Raises
        NothingProposed, FourEyes, IdentityUnresolved (identified since), BurdenOfProof (assessed again since),
        GroundNotAvailable (objected, withdrawn, balanced or paid since), MessageUnexamined, ItemUnknown, NotRegistered,
        RequestIsClosed.
        """
        proposal = may_approve_refusal(self, acting, item_id=item_id)
        pass_over(self, acting, unexamined_reason)
        ground = RefusalGround(proposal.ground)
        late = self.is_late_refusal(acting.at, acting.calendar)
        if proposal.extent:
            self.record(
                acting,
                ItemRefusedInPart,
                item_id=item_id,
                ground=ground,
                extent=proposal.extent,
                proposed_by=proposal.proposed_by,
                late=late,
            )
            return
        self.record(acting, ItemRefused, item_id=item_id, ground=ground, proposed_by=proposal.proposed_by, late=late)
        resume_from_fee(self, acting)
        resume_without_access(self, acting, acting.today)

    def decline_refusal(self, acting: CaseActing, *, item_id: str, reason: Sealed | None) -> None:
        """Leave the item open, with a reason.

        Raises NothingProposed, FourEyes, ReasonRequired, ItemUnknown, NotRegistered, RequestIsClosed.
        """
        proposal = may_decline_refusal(self, acting, item_id=item_id)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, RefusalDeclined, item_id=item_id, proposed_by=proposal.proposed_by, reason=reason)


def _require_supported(
    case: Case, item: Item, ground: RefusalGround, *, part: tuple[str, ...], activities: tuple[ActivityBasis, ...]
) -> None:
    """Check that the rest of the case supports the ground, for this part or, if none is named, for the whole."""
    _require_failed_identification(case, ground)
    _require_demonstrated(item, ground, part)
    _require_uncharged(case, item, ground)
    if ground is RefusalGround.RIGHT_NOT_ON_THIS_BASIS and not part:
        _require_nothing_left_out(item, activities)
    if ground is RefusalGround.NO_ERASURE_GROUND:
        _require_no_erasure_ground(case, part, activities)


def _require_failed_identification(case: Case, ground: RefusalGround) -> None:
    if ground is RefusalGround.UNIDENTIFIABLE and case.identity.status is not IdentityStatus.FAILED:
        raise IdentityUnresolved("Ask for identity first; only a failed identification supports this ground.")


def _require_demonstrated(item: Item, ground: RefusalGround, part: tuple[str, ...]) -> None:
    """Check grounds that need an assessment on record (GDPR Art. 16, 21(1)).

    Processing balanced in the person's favour can't be refused on another ground either. A part that was never
    balanced, because its legal basis allows no objection, can.
    """
    balance = item.balance
    carried = balance is not None and balance.carries(part)
    if item.right is Right.OBJECTION and ground in ON_BALANCE and not carried:
        raise BurdenOfProof(
            "Balance the interests first: an objection can be refused only as far as the controller prevails."
        )
    other_processing = bool(part) and ground is RefusalGround.RIGHT_NOT_ON_THIS_BASIS
    if balance is not None and not carried and not other_processing:
        raise GroundNotAvailable("The person's interests prevailed for this: only a new balance can refuse it.")
    if ground is RefusalGround.DATA_ACCURATE and item.accuracy is not AccuracyFinding.ACCURATE:
        raise BurdenOfProof(
            "Assess the accuracy first: a correction can be refused only if the data is shown to be accurate."
        )


def _require_uncharged(case: Case, item: Item, ground: RefusalGround) -> None:
    """Check that a request is charged or refused, not both, and that an unpaid fee was quoted and not waived."""
    statuses = [fee.status for fee in case.fees.values() if item.item_id in fee.item_ids]
    if ground in _INSTEAD_OF_A_FEE and {FeeStatus.ACCEPTED, FeeStatus.PAID} & set(statuses):
        raise GroundNotAvailable("A fee for this was accepted or paid: a request is charged or refused, not both.")
    if ground is RefusalGround.FEE_UNPAID and statuses[-1:] not in ([FeeStatus.DECLINED], [FeeStatus.EXPIRED]):
        raise GroundNotAvailable("Quote a fee first; only one that was declined or expired supports this ground.")


def _require_nothing_left_out(item: Item, activities: tuple[ActivityBasis, ...]) -> None:
    """Check that the refusal leaves out no processing the person objected to."""
    left_out = sorted(set(item.objected_to) - {each.activity for each in activities})
    if left_out:
        raise GroundNotAvailable(f"The person objected to {', '.join(left_out)} too.", activities=left_out)


def _require_no_erasure_ground(case: Case, part: tuple[str, ...], activities: tuple[ActivityBasis, ...]) -> None:
    """Check that no withdrawal of consent and no objection that prevails gives a ground for erasure (GDPR Art.
    17(1)(b), (c)).
    """
    if not part and any(each.right is Right.CONSENT_WITHDRAWAL and each.effected for each in case.items.values()):
        raise GroundNotAvailable("Consent was withdrawn: that is a ground for erasing the data processed on it.")
    for objection in case.prevailing_objections():
        balance = objection.balance
        kept = balance is not None and balance.carries(part)
        if not kept and (not part or any(_is_about(objection, each) for each in activities)):
            raise GroundNotAvailable("An objection prevails: that is a ground for erasing the data concerned.")


def _is_about(objection: Item, activity: ActivityBasis) -> bool:
    """Whether the objection concerns this activity. An objection without activities stopped all marketing, which may
    rest on legitimate interests.
    """
    named = objection.objected_to or objection.marketing_stopped
    return activity.activity in named if named else activity.basis is LegalBasis.LEGITIMATE_INTERESTS
