"""Granting an item and carrying it out (GDPR Art. 15-22)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import recipients_told_by
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_without_access
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.erasure import ErasureGround, check_erasure_ground
from dsr.domain.request.errors import (
    AbsoluteRight,
    AccessBeforeErasure,
    EffectMissing,
    IdentityUnresolved,
    ItemNotGranted,
    ItemNotOpen,
    ReasonRequired,
    RefusalMissing,
    RefusalUndecided,
)
from dsr.domain.request.grounds import RefusalGround
from dsr.domain.request.guards import (
    require_access_first,
    require_between,
    require_examined,
    require_identity_resolved,
    require_item,
    require_no_fee,
    require_open_item,
    require_redacted,
)
from dsr.domain.request.holds import require_no_legal_hold, require_not_restricted
from dsr.domain.request.item import Item
from dsr.domain.request.recipients import OF_RECIPIENTS
from dsr.domain.request.search_list import SEARCHED, SearchResult
from dsr.domain.request.searching import SearchNarrowed, require_found, require_nothing_found, require_searched
from dsr.domain.request.standing import Hold
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import UNRESOLVED, AccuracyFinding, BalanceFinding, ItemStatus, Lifecycle
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
        item = case.items[self.item_id]
        case.replace_item(item.granted(self.erasure_ground, self.activities, at=self.timestamp, by=self.actor))
        if case.lifecycle is Lifecycle.ASSESSING:
            case.lifecycle = Lifecycle.EXECUTING


class ItemDone(RequestEvent):
    """A granted item was carried out, in these systems."""

    TOPIC: ClassVar[str] = "dsr.request.item-done"
    item_id: str
    systems: tuple[str, ...]
    """Those that found data; for a right without a search list, those of the processing that was acted on."""
    done_at: datetime
    """When it was carried out, which may precede the recording."""
    account: Sealed
    """Account of what was done, what was kept, and why."""
    recipients: tuple[str, ...] = ()
    """The recipients to be told (GDPR Art. 19); ids of the record of processing."""
    tell_by: date | None = None
    """The last day to tell them."""
    tell_ends_at: datetime | None = None
    """24:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        done = case.items[self.item_id].done(self.systems, at=self.done_at)
        told = done.to_be_told(self.recipients, by=self.tell_by, ends_at=self.tell_ends_at)
        case.replace_item(told, at=self.done_at)


class NothingHeld(RequestEvent):
    """The search found no personal data of this person; the systems searched prove it."""

    TOPIC: ClassVar[str] = "dsr.request.nothing-held"
    item_id: str
    systems: tuple[str, ...]
    """Those that were searched; not those that were left out."""
    done_at: datetime
    """When the search ended, which may precede the recording."""

    def apply(self, case: Case) -> None:
        item = case.items[self.item_id]
        found = item.nothing_held(self.systems, searched_at=self.done_at, at=self.timestamp, by=self.actor)
        case.replace_item(found, at=self.done_at)


_EFFECT_BY = {
    Right.RECTIFICATION: "rectification",
    Right.RESTRICTION: "restriction",
    Right.OBJECTION: "stop",
    Right.CONSENT_WITHDRAWAL: "consent-treatment",
    Right.AUTOMATED_DECISION: "decision-review",
    Right.INFORMATION: "copy",
}
"""Rights that need an act of their own on record, by the end of its route; for other rights, the account of the systems
is enough."""

_KEPT_UNDER_HOLD = (RefusalGround.LEGAL_CLAIMS, RefusalGround.LEGAL_OBLIGATION)
"""Grounds that a legal hold serves: claims, or a duty to keep data (GDPR Art. 17(3)(b), (e))."""


@state_guard
def may_grant(case: Case, *, item_id: str) -> Item:
    """An open item of an identified person; erasure also needs that this case owes no copy and that no message waits.

    Raises IdentityUnresolved, AccessBeforeErasure, MessageUnexamined, ItemUnknown, ItemNotOpen, NotRegistered,
    RequestIsClosed.
    """
    item = require_open_item(case, item_id)
    require_identity_resolved(case, item)
    require_access_first(case, item)
    if item.right is Right.ERASURE:
        require_examined(case)
    return item


@state_guard
def may_record_done(case: Case, *, item_id: str) -> Item:
    """A granted item with its act on record, its search list closed, and no refusal or redaction pending.

    An item that effect was given to before doubt about identity arose can still be recorded. Raises ItemNotGranted,
    EffectMissing, RefusalUndecided, RefusalMissing, RedactionPending, SystemsUnsearched, NothingFound (an erasure of
    data that no system found), IdentityUnresolved,
    AccessBeforeErasure, MessageUnexamined (erasure), LegalHold (of this case, on what was granted to be erased, or on
    a system that found data), RestrictedData (of this case, in a system that found data to erase), ItemUnknown,
    NotRegistered, RequestIsClosed.
    """
    item = require_item(case, item_id)
    if item.status is not ItemStatus.GRANTED:
        raise ItemNotGranted(item_id=item_id, status=item.status.value)
    if not item.effected:
        require_identity_resolved(case, item)
    require_access_first(case, item)
    if item.right is Right.ERASURE:
        require_examined(case)
    if item.proposal is not None:
        raise RefusalUndecided(item_id=item_id)
    _require_refused_as_found(item)
    if item.right in _EFFECT_BY and not item.effected:
        raise EffectMissing(
            f"Nothing on record gives effect to this right yet. Record that act first, with "
            f"`POST /requests/{{request_id}}/items/{item_id}/{_EFFECT_BY[item.right]}`; then its completion.",
            item_id=item_id,
        )
    _require_free_of_holds(item, case.holds.values(), systems=item.found_in or ())
    require_redacted(case, item_id)
    if item.right in SEARCHED:
        require_searched(case, item)
        require_found(item)
    return item


@state_guard
def may_record_nothing_held(case: Case, *, item_id: str) -> Item:
    """An open item of an identified person, searched everywhere, without a fee outstanding; never direct marketing.

    A copy or an erasure that was granted before the search ended is possible too, as long as nothing was collected for
    the copy, and no part of the erasure was refused.

    Raises AbsoluteRight, IdentityUnresolved, FeeOutstanding, SystemsUnsearched, DataFound, ItemUnknown, ItemNotOpen,
    NotRegistered, RequestIsClosed.
    """
    item = require_item(case, item_id)
    is_copy, is_erasure = item.right in (Right.ACCESS, Right.PORTABILITY), item.right is Right.ERASURE
    in_vain = item.status is ItemStatus.GRANTED and (is_copy or (is_erasure and not item.refused_parts))
    if item.status is not ItemStatus.OPEN and not in_vain:
        raise ItemNotOpen(item_id=item_id)
    if item.direct_marketing:
        raise AbsoluteRight("Stop direct marketing even if no data is held: the person stays on the suppression list.")
    if case.identity.status in UNRESOLVED and not item.is_absolute:
        raise IdentityUnresolved()
    require_no_fee(case, item_id)
    require_nothing_found(case, item)
    return item


class ExecutionCommands(DatedCase):
    """grant, record done, record that nothing is held."""

    def grant(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        erasure_ground: ErasureGround | None = None,
        provision: str = "",
        activities: tuple[ActivityBasis, ...] = (),
        systems: tuple[str, ...] = (),
        other_holds: Collection[Hold] = (),
        copy_pending_elsewhere: bool = False,
    ) -> None:
        """Grant an item. An absolute right does not wait until doubt about identity is settled.

        Erasure needs a ground of GDPR Art. 17(1), checked against the legal bases of the named activities; on
        `consent-withdrawn`, a withdrawal of consent to each of them is on record in the case. `systems` hold their
        data, and each of them has to report the erasure before it is done. A legal hold
        on these, in this case or among `other_holds` of the same person, prevents it. So does a copy that this
        controller still owes the person, here or in another case (`copy_pending_elsewhere`), and a message that nobody
        has examined. Raises IdentityUnresolved, AccessBeforeErasure, MessageUnexamined, GroundNotAvailable, LegalHold,
        ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        item = may_grant(self, item_id=item_id)
        _require_no_copy_elsewhere(item, pending=copy_pending_elsewhere)
        if item.right is not Right.ERASURE:
            self.record(acting, ItemGranted, item_id=item_id)
            return
        erased = tuple(each.activity for each in activities)
        ground = check_erasure_ground(
            erasure_ground,
            activities=activities,
            provision=provision,
            objection_prevails=bool(self.prevailing_objections()),
            withdrawn={each for item in self.items.values() for each in item.consents_withdrawn},
        )
        require_no_legal_hold((*self.holds.values(), *other_holds), activities=erased)
        self.record(
            acting, ItemGranted, item_id=item_id, erasure_ground=ground, provision=provision.strip(), activities=erased
        )
        if item.search is not None:
            counting = tuple(system for system in systems if system != item.search.own_files)
            self.record(acting, SearchNarrowed, item_id=item_id, systems=counting)

    def record_done(
        self,
        acting: CaseActing,
        *,
        item_id: str,
        account: Sealed | None,
        systems: tuple[str, ...] = (),
        recipients: tuple[str, ...] = (),
        other_holds: Collection[Hold] = (),
        copy_pending_elsewhere: bool = False,
        done_at: datetime | None = None,
    ) -> None:
        """Record that a granted item was carried out, and how; recipients then have to be told (Art. 19).

        Where follows from the search list; `systems` say it for a right without one. `done_at` is the time, if not now;
        a letter sent earlier does not answer the item. An item that effect was given to before doubt about identity
        arose can still be recorded. Raises ItemNotGranted, EffectMissing (a right with an act of its own),
        RefusalUndecided, RefusalMissing (the part found in the controller's favour, or accurate, was never refused:
        GDPR Art. 12(4)), RedactionPending, SystemsUnsearched (access, portability, rectification, erasure),
        NothingFound (an erasure that found nothing in any system is answered as nothing held),
        ReasonRequired (no account), IdentityUnresolved, AccessBeforeErasure (here, or elsewhere), MessageUnexamined
        (erasure), LegalHold (erasure in
        a system on hold, or of processing on hold of which no part was refused for claims or a duty to keep it),
        RestrictedData (erasure in a system where data of the person is restricted), AnswerDatesInvalid (done before the
        request arrived, or in the future), ItemUnknown, NotRegistered, RequestIsClosed.
        """
        item = may_record_done(self, item_id=item_id)
        _require_no_copy_elsewhere(item, pending=copy_pending_elsewhere)
        if item.found_in is not None:
            systems = item.found_in
        _require_free_of_holds(item, (*self.holds.values(), *other_holds), systems=systems)
        if account is None:
            raise ReasonRequired("Say what was done.")
        done_at = done_at or acting.at
        require_between(acting, done_at, not_before=self.received_at)
        done_on = acting.calendar.local_date(done_at)
        to_tell = recipients if item.right in OF_RECIPIENTS else ()
        tell_by = recipients_told_by(self.clock.regime, acting.calendar, done_on) if to_tell else None
        self.record(
            acting,
            ItemDone,
            item_id=item_id,
            systems=systems,
            done_at=done_at,
            account=account,
            recipients=to_tell,
            tell_by=tell_by,
            tell_ends_at=None if tell_by is None else acting.calendar.end_of(tell_by),
        )
        resume_without_access(self, acting, done_on)

    def record_nothing_held(self, acting: CaseActing, *, item_id: str, done_at: datetime | None = None) -> None:
        """Record that the systems on the search list hold no data of this person.

        Any right needs a closed list for it: each system was searched without result, or left out with a reason.
        Access, portability and erasure may have been granted before, as long as nothing is collected; an erasure for
        some processing then needs the other systems too. The
        case files of the privacy team do not count. This answer discloses something too, so identity has to be resolved
        first; it is free of charge. An objection to direct marketing still has to stop and suppress it. `done_at` is
        when the search ended, if not now; a letter sent earlier does not answer the item. Raises AbsoluteRight (direct
        marketing), SystemsUnsearched, DataFound, IdentityUnresolved, FeeOutstanding, AnswerDatesInvalid (searched
        before the request arrived, or in the future), ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed.
        """
        search = may_record_nothing_held(self, item_id=item_id).search
        assert search is not None  # noqa: S101 - checked by the state guard
        done_at = done_at or acting.at
        require_between(acting, done_at, not_before=self.received_at)
        systems = search.ended_as(SearchResult.NOTHING)
        self.record(acting, NothingHeld, item_id=item_id, systems=systems, done_at=done_at)
        resume_without_access(self, acting, acting.calendar.local_date(done_at))


def _keeps_under_hold(item: Item) -> bool:
    """Whether a part of this erasure was refused on a ground that a legal hold serves, so that the person is told."""
    return any(part.ground in _KEPT_UNDER_HOLD for part in item.refused_parts)


def _require_refused_as_found(item: Item) -> None:
    """Check that the part an assessment found against the person was refused, with reasons and remedies (Art.
    12(4)).
    """
    balance = item.balance
    if balance is not None and balance.finding is BalanceFinding.PREVAILS_IN_PART:
        missing = sorted(set(balance.extent) - set(item.refused_in_part))
        if missing:
            raise RefusalMissing(item_id=item.item_id, extent=missing)
    accurate = item.accuracy is AccuracyFinding.ACCURATE
    grounds = {part.ground for part in item.refused_parts}
    if accurate and RefusalGround.DATA_ACCURATE not in grounds:
        raise RefusalMissing(item_id=item.item_id)


def _require_no_copy_elsewhere(item: Item, *, pending: bool) -> None:
    if item.right is Right.ERASURE and pending:
        raise AccessBeforeErasure(
            "Another request or message of this person asks for a copy of the data: answer or examine it first."
        )


def _require_free_of_holds(item: Item, holds: Collection[Hold], *, systems: Collection[str]) -> None:
    """Check that nothing holds what this erasure would delete in these systems."""
    if item.right is Right.ERASURE:
        require_no_legal_hold(holds, activities=_still_to_erase(item), systems=systems)
        require_not_restricted(holds, systems=systems)


def _still_to_erase(item: Item) -> tuple[str, ...]:
    """The processing whose erasure a legal hold prevents; empty if a part was refused for that reason."""
    return () if item.right is not Right.ERASURE or _keeps_under_hold(item) else item.to_erase
