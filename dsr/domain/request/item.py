"""An item: one right that a case exercises, with everything found, decided and done about it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from dsr.domain.frozen import replace
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.package_offer import PackageOffer
from dsr.domain.request.search_list import SEARCHED, SearchLink, SearchList, SearchResult
from dsr.domain.request.standing import Copy, Target
from dsr.domain.request.values import NEVER, AccuracyFinding, BalanceFinding, Channel, End, ItemStatus
from dsr.domain.rights import Right


@dataclass(frozen=True)
class Balance:
    """The result of balancing an objection."""

    finding: BalanceFinding
    extent: tuple[str, ...] = ()
    """The fields or categories for which the controller prevails, where it does so in part."""

    def carries(self, part: Collection[str]) -> bool:
        """Whether the controller prevails for all of this part; with no part named, for everything objected to."""
        if self.finding is BalanceFinding.PREVAILS_IN_PART:
            return bool(part) and set(part) <= set(self.extent)
        return self.finding is BalanceFinding.CONTROLLER_PREVAILS


@dataclass(frozen=True)
class RefusedPart:
    """A refused part of an item, and its ground."""

    ground: str
    extent: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """The refusal proposed last, undecided or decided as proposed."""

    proposed_by: str
    ground: str
    provision: str
    extent: tuple[str, ...] | None
    """The part that it is limited to; None: the whole item."""
    activities: tuple[ActivityBasis, ...] = ()
    """The processing concerned, for grounds that depend on legal bases."""
    undecided: bool = True
    """An approver has not decided yet."""
    late: bool | None = None
    """Whether the last refusal was decided after the statutory date without extension; None if nothing was refused."""


@dataclass(frozen=True)
class Item:
    """One right, answered by one controller. Events replace the item; `fresh` keeps the facts that outlive a
    decision.
    """

    item_id: str
    right: Right
    controller_id: str
    status: ItemStatus = ItemStatus.OPEN
    direct_marketing: bool = False
    """GDPR Art. 21(2): the objection is absolute."""
    number: int = 0
    """1 for the item that was opened first, then in the order of opening."""
    opened_at: datetime = NEVER

    # the decision
    decided_at: datetime | None = None
    """When it was last granted, refused, found to hold nothing, withdrawn or ended, as recorded; None while it is
    open.
    """
    decided_by: str | None = None
    ended_undecided: bool = False
    """The end of the case set its status, and it was not decided since."""
    end: End | None = None
    """Why it ended undecided, where two people decided so."""
    refusal: Refusal | None = None
    refused_parts: tuple[RefusedPart, ...] = ()
    part_refusal: Refusal | None = None
    """The refusal of a part that was decided last. It stands where a later proposal is declined or falls away."""
    accuracy: AccuracyFinding | None = None
    balance: Balance | None = None
    """The result of balancing interests, for an objection."""
    erasure_ground: ErasureGround | None = None
    """GDPR Art. 17(1), for an erasure that was granted."""

    # carrying it out
    search: SearchList | None = None
    """The systems that have to account for it; None for a right without a list, or before there were lists."""
    search_links: Mapping[str, SearchLink] = field(default_factory=dict, hash=False)
    """The last link for the owner of a system, by system."""
    effected: bool = False
    """The act that gives effect to this right is on record."""
    ever_effected: bool = False
    """Something was done for good, and stays done if the item is decided again (GDPR Art. 19)."""
    done_at: datetime | None = None
    systems: tuple[str, ...] = ()
    """Systems in which it was carried out or nothing was found; ids of the record of processing."""
    to_erase: tuple[str, ...] = ()
    """The processing whose data is erased; ids of the record of processing, as in the next three."""
    objected_to: tuple[str, ...] = ()
    marketing_stopped: tuple[str, ...] = ()
    consents_withdrawn: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    """The texts that were handed out."""
    copy_changed: int = 0
    """The version of the case at which packages of the item last became outdated."""
    transfer_feasible: bool | None = None
    """Whether the data can go straight to another controller (GDPR Art. 20(2)); None until that is assessed."""
    target: Target | None = None
    """The verified recipient of a direct transfer."""
    offer: PackageOffer | None = None
    """The link by which the person was offered a package of this item; None once it is revoked."""
    link_requested_at: datetime | None = None
    """When the person asked for a new link; None once one was offered."""

    # who has to be told of it (GDPR Art. 19)
    recipients: Mapping[str, bool] = field(default_factory=dict, hash=False)
    """Keyed by recipient id in the record of processing; true once told, or excused."""
    tell_by: date | None = None
    tell_ends_at: datetime | None = None
    """24:00 local on that day, in UTC."""
    added_recipients: Mapping[str, date] = field(default_factory=dict, hash=False)
    """Recipients that the record of processing does not name, and the last day to tell each."""

    # the answer
    settled_at: datetime | None = None
    """A letter sent before this moment can't answer the item."""
    answered: bool = False
    """A letter with its outcome was sent."""
    answer_letter: int | None = None
    """The version of the event of the last letter that answers it."""
    undelivered: bool = False
    """That letter came back, and no further attempt is on record. That the first one left stays true."""
    answered_at: datetime | None = None
    """When the last letter that answers it was sent."""
    answered_since: datetime | None = None
    """When the first letter that answers the present decision was sent; None while it waits for an answer."""

    @property
    def was_transmitted(self) -> bool:
        """Whether the data went to another controller, and no package is offered to the person (GDPR Art. 20(2))."""
        return self.right is Right.PORTABILITY and self.effected and self.offer is None

    @property
    def is_decided(self) -> bool:
        """Whether it was ever granted, answered or refused, even in part."""
        return bool(self.refused_in_part) or self.status not in (ItemStatus.OPEN, ItemStatus.WITHDRAWN)

    @property
    def is_absolute(self) -> bool:
        """Whether it can't be refused and takes effect at once: GDPR Art. 7(3), 21(2)."""
        return self.right is Right.CONSENT_WITHDRAWAL or (self.right is Right.OBJECTION and self.direct_marketing)

    @property
    def needs_identity(self) -> bool:
        """Whether it waits until doubt about identity is settled; false for rights that take effect at once, and for
        public texts.
        """
        return not self.is_absolute and self.right is not Right.INFORMATION

    @property
    def proposal(self) -> Refusal | None:
        """The refusal that waits for an approver, if any."""
        return self.refusal if self.refusal is not None and self.refusal.undecided else None

    @property
    def refused_in_part(self) -> tuple[str, ...]:
        """The fields or categories for which it was refused, while effect is given to the rest ("to the extent")."""
        return tuple(each for part in self.refused_parts for each in part.extent)

    @property
    def found_in(self) -> tuple[str, ...] | None:
        """The systems whose search found data, where it is carried out; None for a right without a search list."""
        return self.search.ended_as(SearchResult.FOUND) if self.search and self.right in SEARCHED else None

    @property
    def untold(self) -> tuple[str, ...]:
        """Ids of the recipients not told yet (GDPR Art. 19)."""
        return tuple(sorted(recipient for recipient, told in self.recipients.items() if not told))

    @property
    def prevails(self) -> bool:
        """Whether an objection prevails: not withdrawn, and either direct marketing was stopped or interests were not
        balanced in the controller's favour.
        """
        if self.right is not Right.OBJECTION or self.status is ItemStatus.WITHDRAWN:
            return False
        if self.direct_marketing:
            return self.effected
        return self.balance is not None and self.balance.finding is not BalanceFinding.CONTROLLER_PREVAILS

    # State after events ------------------------------------------------------------------------------------------

    def granted(self, ground: ErasureGround | None, to_erase: tuple[str, ...], *, at: datetime, by: str) -> Self:
        """Granted. A part that was refused, or is proposed to be, stays so; the rest is granted.

        A proposal to refuse the whole falls away.
        """
        refusal = self.refusal
        if refusal is not None and refusal.extent is None:
            refusal = self.part_refusal
        return replace(
            self._decided(ItemStatus.GRANTED, at=at, by=by),
            erasure_ground=ground,
            to_erase=to_erase or self.to_erase,
            refusal=refusal,
            search=self.search.to_be_carried_out() if self.search is not None and self._is_carried_out else self.search,
        )

    def done(self, systems: tuple[str, ...], *, at: datetime) -> Self:
        """Carried out in these systems."""
        return replace(
            self,
            status=ItemStatus.DONE,
            done_at=at,
            systems=systems,
            ever_effected=True,
            settled_at=self._settled(at),
            answered=False,
            answered_since=None,
            undelivered=False,
        )

    def to_be_told(self, recipients: Collection[str], *, by: date | None, ends_at: datetime | None) -> Self:
        """These recipients have to be told by this day."""
        return replace(
            self,
            recipients={**self.recipients, **dict.fromkeys(recipients, False)},
            tell_by=by or self.tell_by,
            tell_ends_at=ends_at or self.tell_ends_at,
        )

    def with_recipient(self, recipient: str, *, by: date, ends_at: datetime) -> Self:
        """A recipient was added, who has to be told by this day; the others keep theirs."""
        added = {**self.added_recipients, recipient: by}
        if self.untold:
            return replace(self, recipients={**self.recipients, recipient: False}, added_recipients=added)
        return replace(self.to_be_told((recipient,), by=by, ends_at=ends_at), added_recipients=added)

    def tell_by_of(self, recipient: str) -> date | None:
        """The last day to tell this recipient."""
        return self.added_recipients.get(recipient, self.tell_by)

    def settled_with(self, recipient: str) -> Self:
        """The recipient was told, or excused."""
        return replace(self, recipients={**self.recipients, recipient: True})

    def not_heard_by(self, recipient: str) -> Self:
        """The notice to the recipient came back."""
        return replace(self, recipients={**self.recipients, recipient: False})

    def nothing_held(self, systems: tuple[str, ...], *, searched_at: datetime, at: datetime, by: str) -> Self:
        """The search of these systems found nothing."""
        decided = self._decided(ItemStatus.NOTHING_HELD, at=at, by=by)
        return replace(decided, systems=systems, refusal=self.part_refusal, settled_at=self._settled(searched_at))

    def proposed_to_be_refused(self, refusal: Refusal) -> Self:
        """A refusal of the item, or of a part, was proposed."""
        late = None if self.refusal is None else self.refusal.late
        return replace(self, refusal=replace(refusal, late=late))

    def refused(self, *, late: bool, at: datetime, by: str) -> Self:
        """Refused as proposed."""
        decided = self._decided(ItemStatus.REFUSED, at=at, by=by)
        return replace(decided, refusal=self._refusal_decided(late=late), settled_at=self._settled(at))

    def refused_as_to(self, part: RefusedPart, *, late: bool, at: datetime) -> Self:
        """This part was refused, which has to be answered; the rest of the item goes on."""
        decided = self._refusal_decided(late=late)
        return replace(
            self,
            refused_parts=(*self.refused_parts, part),
            refusal=decided,
            part_refusal=decided,
            settled_at=self._settled(at),
            answered=False,
            answered_since=None,
            undelivered=False,
        )

    def without_refusal(self) -> Self:
        """The proposal was declined."""
        return replace(self, refusal=self.part_refusal)

    def withdrawn(self, *, at: datetime, by: str) -> Self:
        """Withdrawn, or answered by an earlier case."""
        return replace(self._decided(ItemStatus.WITHDRAWN, at=at, by=by), refusal=self.part_refusal)

    def left_unidentified(
        self, *, told_at: datetime | None, letter: int | None, undelivered: bool, at: datetime, by: str
    ) -> Self:
        """The case was closed as unidentified; the letter of `told_at` to the person answers the item."""
        refused = self._decided(ItemStatus.REFUSED, at=at, by=by)
        return replace(
            refused,
            refusal=None,
            answered=True,
            answered_since=told_at,
            answer_letter=letter,
            undelivered=undelivered,
        )

    def ended(self, end: End, *, at: datetime, by: str) -> Self:
        """Two people ended the case before the item was decided."""
        decided = self._decided(ItemStatus.ENDED, at=at, by=by)
        return replace(decided, end=end, ended_undecided=True, refusal=self.part_refusal, settled_at=self._settled(at))

    def told(self, at: datetime, letter: int) -> Self:
        """A letter that answers the item was sent; its event has this version."""
        since = at if self.answered_since is None else self.answered_since
        return replace(
            self, answered=True, answered_at=at, answered_since=since, answer_letter=letter, undelivered=False
        )

    @property
    def last_told_at(self) -> datetime | None:
        """When the last letter that answers it was sent, also by telling a person that they stay unidentified; None if
        it is not answered, or that is not known.
        """
        known = [at for at in (self.answered_at, self.answered_since) if at is not None]
        return max(known, default=None) if self.answered else None

    def came_back(self) -> Self:
        """The last letter that answers it came back."""
        return replace(self, undelivered=True)

    def link_left(self, by: Channel) -> Self:
        """An answer left by this channel; it holds the link to the package, if one is offered."""
        return self if self.offer is None else replace(self, offer=replace(self.offer, link_left_by=by))

    def without_password(self) -> Self:
        """The letter with the password came back."""
        if self.offer is None:
            return self
        return replace(self, offer=replace(self.offer, password_left_by=None, password_letter=None))

    def given_effect(self) -> Self:
        """The act it asks for is on record."""
        return replace(self, effected=True, ever_effected=True)

    def as_another_right(self, right: Right) -> Self:
        """Treated as an item for another right; earlier findings are dropped."""
        return replace(self, right=right, refusal=None, refused_parts=(), part_refusal=None, balance=None)

    def fresh(self, at: datetime) -> Self:
        """Reset to its first state; the new decision is answered after this moment.

        Only the fields named here outlive a decision: what the person said, and what was done for good.
        """
        return type(self)(
            item_id=self.item_id,
            right=self.right,
            controller_id=self.controller_id,
            direct_marketing=self.direct_marketing,
            number=self.number,
            opened_at=self.opened_at,
            ever_effected=self.ever_effected,
            objected_to=self.objected_to,
            search=None if self.search is None else self.search.afresh(),
            copy_changed=self.copy_changed,
            offer=self.offer,
            link_requested_at=self.link_requested_at,
            recipients=self.recipients,
            tell_by=self.tell_by,
            tell_ends_at=self.tell_ends_at,
            added_recipients=self.added_recipients,
            settled_at=at,
        )

    @property
    def _is_carried_out(self) -> bool:
        """Whether systems report that data was corrected or erased, after the grant."""
        return self.right in (Right.RECTIFICATION, Right.ERASURE)

    def _decided(self, status: ItemStatus, *, at: datetime, by: str) -> Self:
        """A decision that changes has to be answered again."""
        return replace(
            self, status=status, decided_at=at, decided_by=by, answered=False, answered_since=None, undelivered=False
        )

    def _refusal_decided(self, *, late: bool) -> Refusal | None:
        return None if self.refusal is None else replace(self.refusal, undecided=False, late=late)

    def _settled(self, moment: datetime) -> datetime:
        return moment if self.settled_at is None else max(moment, self.settled_at)
