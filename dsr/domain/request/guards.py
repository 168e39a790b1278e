"""What refuses a command, whichever part of the law it belongs to: questions to the case, and checks of arguments.

A command asks its state guard first (see `state_guards.py`), then looks at its arguments, then records its events. An
event of the log is not asked again.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.request.case import Case
from dsr.domain.request.errors import (
    AccessBeforeErasure,
    AnswerDatesInvalid,
    EvidenceNotPurged,
    FeeOutstanding,
    FourEyes,
    IdentityUnresolved,
    ItemNotGranted,
    ItemNotOpen,
    ItemOfOtherRight,
    NotRegistered,
    RedactionPending,
    RequestIsClosed,
)
from dsr.domain.request.item import Item
from dsr.domain.request.values import UNRESOLVED, ItemStatus
from dsr.domain.rights import Right

# What state guards ask ---------------------------------------------------------------------------------------------


def require_not_closed(case: Case) -> None:
    """Raises RequestIsClosed."""
    if case.is_closed:
        raise RequestIsClosed()


def require_registered(case: Case) -> None:
    """Raises NotRegistered, RequestIsClosed."""
    require_not_closed(case)
    if not case.items:
        raise NotRegistered()


def require_item(case: Case, item_id: str) -> Item:
    """An item of an open case. Raises ItemUnknown, NotRegistered, RequestIsClosed."""
    require_registered(case)
    return case.item(item_id)


def require_item_of(case: Case, item_id: str, *rights: Right) -> Item:
    """An item for one of these rights. Raises ItemUnknown, ItemOfOtherRight, NotRegistered, RequestIsClosed."""
    item = require_item(case, item_id)
    if item.right not in rights:
        raise ItemOfOtherRight(item_id=item_id, right=item.right.value)
    return item


def require_open_item(case: Case, item_id: str) -> Item:
    """An item that nobody has decided. Raises ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed."""
    item = require_item(case, item_id)
    if item.status is not ItemStatus.OPEN:
        raise ItemNotOpen(item_id=item_id)
    return item


def require_granted_item(case: Case, item_id: str, *rights: Right) -> Item:
    """An item for one of these rights that was granted and is not done yet.

    Raises ItemUnknown, ItemOfOtherRight, ItemNotGranted, NotRegistered, RequestIsClosed.
    """
    item = require_item_of(case, item_id, *rights)
    if item.status is not ItemStatus.GRANTED:
        raise ItemNotGranted(item_id=item_id)
    return item


def require_pending_item(case: Case, item_id: str, *rights: Right) -> Item:
    """An item for one of these rights that is open or granted, for what can't wait until it is granted.

    Raises ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_item_of(case, item_id, *rights)
    if not item.status.is_pending:
        raise ItemNotOpen(item_id=item_id)
    return item


def require_identity_resolved(case: Case, item: Item) -> None:
    """Consent and direct marketing stop at once (Art. 7(3), 21(3)); Art. 12(6) allows no doubt about the former.

    Raises IdentityUnresolved.
    """
    if case.identity.status in UNRESOLVED and item.needs_identity:
        raise IdentityUnresolved()


def require_access_first(case: Case, item: Item) -> None:
    """What is erased can't be handed over any more, so copies come first (docs/law §8, mistake 8).

    Raises AccessBeforeErasure.
    """
    if item.right is Right.ERASURE and case.is_pending(Right.ACCESS, Right.PORTABILITY):
        raise AccessBeforeErasure()


def require_no_fee(case: Case, *item_ids: str) -> None:
    """Raise FeeOutstanding where one of these items waits for a fee."""
    fees = case.outstanding_fees(*item_ids)
    if fees:
        raise FeeOutstanding(fee_ids=[str(fee.fee_id) for fee in fees])


def require_other_than(case: Case, acting: Acting, proposed_by: str = "") -> None:
    """The person who decides neither proposed it nor was consulted as the DPO (GDPR Art. 38(6)). Raises FourEyes."""
    if acting.actor in (proposed_by, *case.identity.dpo_opinions_by):
        raise FourEyes()


def require_redacted(case: Case, item_id: str) -> None:
    """Nothing leaves that holds data of somebody else, and nothing is left out in silence (GDPR Art. 12(4), 15(4)).

    What has to be redacted is redacted, and somebody confirmed that nothing of others is left, or that there never was
    anything; or it is taken out, and a copy was collected in its place, or a part of the item was refused. What
    replaces something is there.
    Where nothing would be left of all that was collected, a part of the item was refused.
    Raises RedactionPending, ItemUnknown.
    """
    refused = bool(case.item(item_id).refused_in_part)
    collected = case.copies.collected
    held = [target_id for target_id, each in collected.items() if each.item_id == item_id]
    pending = [each for each in held if _is_to_be_redacted(case, each)]
    pending += [
        original_id
        for original_id, duty in case.copies.redaction_duties.items()
        if duty.original.item_id == item_id and original_id not in collected and duty.copy is None and not refused
    ]
    if not refused and not any(map(case.copies.is_left_in, held)):
        pending += [each for each in held if each not in pending]
    if pending:
        raise RedactionPending(item_id=item_id, target_ids=[str(each) for each in pending])


def _is_to_be_redacted(case: Case, target_id: UUID) -> bool:
    """Whether a data set or attachment waits for redactions, for their confirmation, or for what replaces it."""
    copies = case.copies
    redactions = copies.redactions_of(target_id)
    replacements = {each.replacement_id for each in redactions} - {None}
    if replacements - set(copies.collected):
        return True
    return target_id not in copies.redactions_confirmed and bool(redactions or target_id in copies.redaction_duties)


# Checks of arguments -----------------------------------------------------------------------------------------------


def require_between(acting: Acting, moment: datetime, *, not_before: datetime) -> None:
    """A moment that lies neither ahead nor before something that came first. Raises AnswerDatesInvalid."""
    if not not_before <= moment <= acting.at:
        raise AnswerDatesInvalid(not_before=not_before.isoformat(), not_after=acting.at.isoformat())


def purged(case: Case, destroyed: Collection[UUID]) -> tuple[UUID, ...]:
    """The keys of identity evidence, all of them destroyed: no decision, and no closed case, leaves one behind.

    Raises EvidenceNotPurged.
    """
    if set(case.identity.evidence_keys) - set(destroyed):
        raise EvidenceNotPurged()
    return case.identity.evidence_keys
