"""Objections: the processing is restricted at once, then interests are balanced; direct marketing stops at once (GDPR
Art. 21).
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.basis import ActivityBasis, Existence, verdict
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.consent import was_raised, withdraw_besides
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import (
    AbsoluteRight,
    BurdenOfProof,
    GroundNotAvailable,
    ItemNotOpen,
    ReasonRequired,
    RefusalRestsOnFinding,
)
from dsr.domain.request.execution import ItemGranted
from dsr.domain.request.grounds import ON_BALANCE
from dsr.domain.request.guards import require_granted_item, require_pending_item
from dsr.domain.request.holds import Retained, release_ended_holds, systems_of
from dsr.domain.request.item import Balance, Item
from dsr.domain.request.recipients import RecipientsListed, tell_dates
from dsr.domain.request.restriction import ProcessingRestricted
from dsr.domain.request.standing import RestrictionGround
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import BalanceFinding, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class ConsentWithdrawalInstead(Refused):
    """This processing rests on consent: treat the objection as a withdrawal of consent, which can't be refused."""

    code = "consent-withdrawal-instead"


class ObjectionAlreadyRaised(Refused):
    """This objection is recorded already: the processing it concerns is restricted or stopped."""

    code = "objection-already-raised"


class ObjectionNotRaised(Refused):
    """Record first what the person objects to: the processing is restricted at once, and only then are interests
    balanced.
    """

    code = "objection-not-raised"


class ExtentInvalid(Refused):
    """Name the data for which the controller prevails if, and only if, the finding is `prevails-in-part`."""

    code = "extent-invalid"


class ObjectionRaised(RequestEvent):
    """The person objects on grounds of their particular situation (Art. 21(1)); the processing is restricted."""

    TOPIC: ClassVar[str] = "dsr.request.objection-raised"
    item_id: str
    activities: tuple[ActivityBasis, ...]
    """The processing objected to, on a legal basis for which the right exists."""
    on_consent: tuple[str, ...]
    """Also named, but resting on consent: withdrawn at the same moment, on an item of that right."""
    grounds: Sealed | None
    """The person's own grounds; None if none were given, which still restricts."""

    def apply(self, case: Case) -> None:
        activities = tuple(each.activity for each in self.activities)
        case.items[self.item_id] = replace(case.items[self.item_id], objected_to=activities)


class InterestsBalanced(RequestEvent):
    """The result of the balance; the controller has to demonstrate compelling grounds (Art. 21(1), second sentence)."""

    TOPIC: ClassVar[str] = "dsr.request.interests-balanced"
    item_id: str
    finding: BalanceFinding
    assessment: Sealed
    extent: tuple[str, ...]
    """The fields or categories for which the controller prevails, if it prevails in part."""

    def apply(self, case: Case) -> None:
        balance = Balance(self.finding, self.extent)
        case.items[self.item_id] = replace(case.items[self.item_id], balance=balance)


class ProcessingStopped(RequestEvent):
    """The processing objected to stopped (Art. 21(1), (3)).

    `suppressed`: direct marketing, which never starts again for this person. The restriction until the decision (Art.
    18(1)(d)) ends with the processing; no notice is due first, since the processing does not resume (Art. 18(3)).
    """

    TOPIC: ClassVar[str] = "dsr.request.processing-stopped"
    item_id: str
    activities: tuple[str, ...]
    """Ids of the record of processing; empty: all direct marketing."""
    systems: tuple[str, ...]
    """Systems in which it was stopped; empty: everywhere, by the suppression list."""
    suppressed: bool
    restrictions_ended: tuple[UUID, ...] = ()
    """None if a part of the processing continues: the person is told before its restriction is lifted."""

    def apply(self, case: Case) -> None:
        case.give_effect(self.item_id)
        for each in self.restrictions_ended:
            case.end_restriction(replace(case.restrictions[each], lifted=True, stopped=True))
        if self.suppressed:
            case.items[self.item_id] = replace(case.items[self.item_id], marketing_stopped=self.activities)


@state_guard
def may_object(case: Case, *, item_id: str) -> Item:
    """A pending objection item on which no objection is recorded yet.

    Raises ObjectionAlreadyRaised, ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_pending_item(case, item_id, Right.OBJECTION)
    if item.effected or (not item.direct_marketing and was_raised(case, item_id)):
        raise ObjectionAlreadyRaised(item_id=item_id)
    return item


@state_guard
def may_balance_interests(case: Case, *, item_id: str) -> Item:
    """A recorded objection on grounds of a particular situation; once it is granted, only to refuse less of it.

    Raises AbsoluteRight, ObjectionNotRaised, ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered,
    RequestIsClosed.
    """
    item = require_pending_item(case, item_id, Right.OBJECTION)
    if item.status is ItemStatus.GRANTED and not _refused_in_part(item.balance):
        raise ItemNotOpen(item_id=item_id)
    if item.direct_marketing:
        raise AbsoluteRight("An objection to direct marketing is never balanced: stop at once.")
    if not was_raised(case, item_id):
        raise ObjectionNotRaised(item_id=item_id)
    return item


@state_guard
def may_stop_processing(case: Case, *, item_id: str) -> Item:
    """A granted objection. Raises ItemUnknown, ItemOfOtherRight, ItemNotGranted, NotRegistered, RequestIsClosed."""
    return require_granted_item(case, item_id, Right.OBJECTION)


class ObjectionCommands(DatedCase):
    """object, balance interests, stop processing."""

    def object(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        activities: tuple[ActivityBasis, ...],
        grounds: Sealed | None,
        restriction_id: UUID,
        retained: Collection[Retained] = (),
        disclosed: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        """Record the objection, and restrict or stop the processing at once.

        Art. 21(1): processing on a public task or on legitimate interests is restricted under `restriction_id`, with a
        review when the answer is due. Doubt about identity does not prevent this: restricting discloses and destroys
        nothing, and "pending the verification" (Art. 18(1)(d)) can't wait for another verification. Restricted data is
        held where `retained`, the record of processing, says that it lies, and the recipients of the activities by the
        same record (`disclosed`) have to hear of the restriction (Art. 19). If the objection also names processing on
        consent, that consent is withdrawn at once and never refused (Art. 7(3)), on the pending item of that right or a
        new one, unless it was withdrawn in this case before. Art. 21(2): the item is granted and all direct marketing
        stopped at once, without ground or balance. Raises ConsentWithdrawalInstead, GroundNotAvailable (the right
        exists on none of the legal bases), ObjectionAlreadyRaised, ItemUnknown, ItemOfOtherRight, ItemNotOpen,
        NotRegistered, RequestIsClosed.
        """
        item = may_object(self, item_id=item_id)
        if item.direct_marketing:
            self._stop_marketing(acting, item, activities)
        else:
            self._restrict_pending(
                acting,
                item,
                activities=activities,
                grounds=grounds,
                restriction_id=restriction_id,
                retained=retained,
                disclosed=disclosed,
            )

    def balance_interests(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        finding: BalanceFinding,
        assessment: Sealed | None,
        extent: tuple[str, ...] = (),
    ) -> None:
        """Record whose grounds prevail, with the assessment; `extent` names the data if the controller prevails in
        part.

        Interests can be balanced again until the item is decided; once it is granted, only to refuse less of it. The
        new balance also has to support every part refused on an earlier one. Raises BurdenOfProof (no assessment),
        ExtentInvalid, AbsoluteRight (direct marketing is never balanced), ObjectionNotRaised, RefusalRestsOnFinding,
        ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = may_balance_interests(self, item_id=item_id)
        balance = Balance(finding, extent)
        if item.status is ItemStatus.GRANTED and not _refuses_less(balance, item.balance):
            raise ItemNotOpen(item_id=item_id)
        if assessment is None:
            raise BurdenOfProof("Write down the assessment: the controller has to demonstrate compelling grounds.")
        if bool(extent) is not (finding is BalanceFinding.PREVAILS_IN_PART):
            raise ExtentInvalid()
        resting = [part for part in item.refused_parts if part.ground in ON_BALANCE]
        if not all(balance.carries(part.extent) for part in resting):
            raise RefusalRestsOnFinding(item_id=item_id)
        self.record(acting, InterestsBalanced, item_id=item_id, finding=finding, assessment=assessment, extent=extent)

    def stop_processing(self, acting: CaseActing, *, item_id: str, systems: tuple[str, ...]) -> None:
        """Record that the processing of a granted objection was stopped, and in which systems.

        This ends the restriction until the decision, unless a part of the processing continues because it was refused,
        is proposed to be refused, or was balanced in the controller's favour. The person is told before that part's
        restriction is lifted. Raises ReasonRequired (no system named), ItemUnknown, ItemOfOtherRight, ItemNotGranted,
        NotRegistered, RequestIsClosed.
        """
        item = may_stop_processing(self, item_id=item_id)
        if not systems:
            raise ReasonRequired("Name the systems in which it was stopped.")
        awaiting, balance = self.restrictions_awaiting(item_id), item.balance
        in_part = balance is not None and balance.finding is BalanceFinding.PREVAILS_IN_PART
        goes_on = in_part or bool(item.refused_in_part) or item.proposal is not None
        self.record(
            acting,
            ProcessingStopped,
            item_id=item_id,
            activities=item.objected_to,
            systems=systems,
            suppressed=item.direct_marketing,
            restrictions_ended=() if goes_on else tuple(each.restriction_id for each in awaiting),
        )

    def _stop_marketing(self, acting: CaseActing, item: Item, activities: tuple[ActivityBasis, ...]) -> None:
        if item.status is ItemStatus.OPEN:
            self.record(acting, ItemGranted, item_id=item.item_id)
        self.record(
            acting,
            ProcessingStopped,
            item_id=item.item_id,
            activities=tuple(each.activity for each in activities),
            systems=(),
            suppressed=True,
        )

    def _restrict_pending(
        self,
        acting: CaseActing,
        item: Item,
        *,
        activities: tuple[ActivityBasis, ...],
        grounds: Sealed | None,
        restriction_id: UUID,
        retained: Collection[Retained],
        disclosed: Mapping[str, tuple[str, ...]],
    ) -> None:
        found = {each: verdict(Right.OBJECTION, each).existence for each in activities}
        objectionable = tuple(each for each in activities if found[each] is Existence.YES)
        on_consent = tuple(each for each in activities if found[each] is Existence.INSTEAD)
        named_on_consent = tuple(each.activity for each in on_consent)
        if not objectionable and on_consent:
            raise ConsentWithdrawalInstead(activities=named_on_consent)
        if not objectionable:
            raise GroundNotAvailable(
                "There is nothing to object to: no processing rests on a public task or on legitimate interests.",
                activities=[each.activity for each in activities],
            )
        self.record(
            acting,
            ObjectionRaised,
            item_id=item.item_id,
            activities=objectionable,
            on_consent=named_on_consent,
            grounds=grounds,
        )
        today = acting.today
        review_on = today if self.clock.deadline is None else max(today, self.clock.deadline.operational_due)
        self.record(
            acting,
            ProcessingRestricted,
            restriction_id=restriction_id,
            item_id=item.item_id,
            controller_id=item.controller_id,
            ground=RestrictionGround.OBJECTION_PENDING,
            activities=tuple(each.activity for each in objectionable),
            facts=None,
            review_on=review_on,
            review_at=acting.calendar.begin_of(review_on),
            awaits=item.item_id,
            systems=systems_of(retained, objectionable),
        )
        recipients = sorted({to for each in objectionable for to in disclosed.get(each.activity, ())})
        if recipients:
            tell_by, ends_at = tell_dates(self, acting.calendar, today)
            self.record(
                acting,
                RecipientsListed,
                item_id=item.item_id,
                recipients=tuple(recipients),
                tell_by=tell_by,
                tell_ends_at=ends_at,
            )
        withdraw_besides(self, acting, item.controller_id, on_consent)
        release_ended_holds(self, acting)


def _refused_in_part(balance: Balance | None) -> bool:
    """Whether the new balance refuses less than the earlier one."""
    return balance is not None and balance.finding is BalanceFinding.PREVAILS_IN_PART


def _refuses_less(balance: Balance, earlier: Balance | None) -> bool:
    if earlier is None or not _refused_in_part(earlier):
        return False
    return balance.finding is not BalanceFinding.CONTROLLER_PREVAILS and set(balance.extent) < set(earlier.extent)
