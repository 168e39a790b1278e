"""Guards shared by commands of several parts of the law: checks of the case's state, and of arguments.

A command calls its state guard first (see `state_guards.py`), then checks its arguments, then records its events.
Guards are never run again when events are replayed.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.request.case import Case
from dsr.domain.request.errors import (
    AccessBeforeErasure,
    AnswerDatesInvalid,
    EvidenceNotPurged,
    FeeOutstanding,
    FourEyes,
    IdentityNotAsked,
    IdentityUnresolved,
    ItemNotGranted,
    ItemNotOpen,
    ItemOfOtherRight,
    MessageUnexamined,
    NotRegistered,
    RedactionPending,
    RequestIsClosed,
    SubjectDeceased,
)
from dsr.domain.request.item import Item
from dsr.domain.request.values import IN_QUESTION, UNRESOLVED, IdentityStatus, ItemStatus, Outcome
from dsr.domain.rights import Right

_EXAMINED: Final = (
    "`POST /requests/{request_id}/messages/examined`, or `…/messages/examination` for a message on record"
)
_LATE_PROOF: Final = f"Enter the late proof as an `identity-answer` ({_EXAMINED})"

# Checks of state --------------------------------------------------------------------------------------------------


def require_not_closed(case: Case) -> None:
    """Raises RequestIsClosed."""
    if case.is_closed:
        raise RequestIsClosed()


def require_in_question(case: Case) -> None:
    """Check that a question about identity is out. Raises IdentityNotAsked, RequestIsClosed; either says what to do
    with a proof that came late (docs/law §9).
    """
    if case.is_closed and case.outcome is Outcome.UNIDENTIFIED:
        raise RequestIsClosed(f"The case was closed as unidentified. {_LATE_PROOF} and say why: this reopens the case.")
    require_not_closed(case)
    if case.identity.status not in IN_QUESTION:
        raise identity_not_asked(case)


def identity_not_asked(case: Case) -> IdentityNotAsked:
    """No question about identity is open: what to do instead, by how the last one ended."""
    status = case.identity.status
    if case.is_closed:
        what_next = (
            "The case is closed, and no proof is awaited. Examine the message as `dispute` if the person contests the "
            "answer, which reopens the case; otherwise as `nothing-to-do`."
        )
    elif status is IdentityStatus.CONFIRMED:
        what_next = (
            "Identity is confirmed already, and a further proof is not kept as evidence. Enter the message as "
            f"`nothing-to-do` ({_EXAMINED}). If a new fact renews the doubt, ask anew and name it in `new_fact` "
            "(`POST /requests/{request_id}/identity-question`)."
        )
    elif status in UNRESOLVED:
        what_next = (
            f"The question about identity has ended without a sufficient proof. {_LATE_PROOF}, which opens it again."
        )
    else:
        what_next = ""
    return IdentityNotAsked(what_next, identity=status.value)


def require_living(case: Case) -> None:
    """Check that nobody is written to, or signs in, as a person who has died. Raises SubjectDeceased."""
    if case.is_deceased:
        raise SubjectDeceased()


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
    """An undecided item. Raises ItemUnknown, ItemNotOpen, NotRegistered, RequestIsClosed."""
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
        raise ItemNotGranted(item_id=item_id, status=item.status.value)
    return item


def require_pending_item(case: Case, item_id: str, *rights: Right) -> Item:
    """An item for one of these rights that is open or granted, for commands that can't wait for the grant.

    Raises ItemUnknown, ItemOfOtherRight, ItemNotOpen, NotRegistered, RequestIsClosed.
    """
    item = require_item_of(case, item_id, *rights)
    if not item.status.is_pending:
        raise ItemNotOpen(item_id=item_id)
    return item


def require_identity_resolved(case: Case, item: Item) -> None:
    """Check that identity is not in doubt, except where consent is withdrawn or direct marketing stopped: both happen
    at once (Art. 7(3), 21(3)), and Art. 12(6) allows no doubt about the former.

    Raises IdentityUnresolved.
    """
    if case.identity.status in UNRESOLVED and item.needs_identity:
        raise IdentityUnresolved()


def require_access_first(case: Case, item: Item) -> None:
    """Check that no copy is owed: erased data can't be handed over any more (docs/law §8, mistake 8).

    Raises AccessBeforeErasure.
    """
    if item.right is Right.ERASURE and case.is_pending(Right.ACCESS, Right.PORTABILITY):
        raise AccessBeforeErasure()


def require_examined(case: Case) -> None:
    """Check that every message of the person was examined: what can't be undone waits for it (docs/law §9).

    Raises MessageUnexamined.
    """
    waiting = case.messages_waiting
    if waiting:
        raise MessageUnexamined(message_ids=[str(each.message_id) for each in waiting])


def require_no_fee(case: Case, *item_ids: str) -> None:
    """Raise FeeOutstanding if one of these items has a fee outstanding."""
    fees = case.outstanding_fees(*item_ids)
    if fees:
        raise FeeOutstanding(fee_ids=[str(fee.fee_id) for fee in fees])


def require_other_than(case: Case, acting: Acting, proposed_by: str = "") -> None:
    """Check that the person who decides neither proposed it nor was consulted as the DPO (GDPR Art. 38(6)). Raises
    FourEyes.
    """
    if acting.actor in (proposed_by, *case.identity.dpo_opinions_by):
        raise FourEyes()


def require_redacted(case: Case, item_id: str) -> None:
    """Check that no data of other people is handed over, and that nothing is left out in silence (GDPR Art. 12(4),
    15(4)).

    Each flagged data set or attachment must be redacted and confirmed to hold no data of others, or confirmed never to
    have held any; or it was discarded, and either a redacted copy was collected instead or a part of the item was
    refused. A replacement must exist. If nothing at all would be left, a part of the item must have been refused.
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
    """Whether a data set or attachment waits for redactions, for their confirmation, or for its replacement."""
    copies = case.copies
    redactions = copies.redactions_of(target_id)
    replacements = {each.replacement_id for each in redactions} - {None}
    if replacements - set(copies.collected):
        return True
    return target_id not in copies.redactions_confirmed and bool(redactions or target_id in copies.redaction_duties)


# Checks of arguments -----------------------------------------------------------------------------------------------


def require_between(acting: Acting, moment: datetime, *, not_before: datetime) -> None:
    """Check that a moment is neither in the future nor before an earlier event. Raises AnswerDatesInvalid."""
    if not not_before <= moment <= acting.at:
        raise AnswerDatesInvalid(not_before=not_before.isoformat(), not_after=acting.at.isoformat())


def purged(case: Case, destroyed: Collection[UUID]) -> tuple[UUID, ...]:
    """Destroy all keys of identity evidence and return them; every decision and every closing does so.

    Raises EvidenceNotPurged.
    """
    if set(case.identity.evidence_keys) - set(destroyed):
        raise EvidenceNotPurged()
    return case.identity.evidence_keys
