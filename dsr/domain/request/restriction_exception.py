"""Exceptions to a restriction: its data is deleted after all, by two people (GDPR Art. 18(2); docs/law §11).

Deletion is processing (Art. 4(2)), so restricted data is kept. Two cases differ: the same person obtained an erasure
later, which is their own wish; or a use that Art. 18(2) allows needs the deletion. Allowed on closed cases too, since a
restriction outlives the answer.
"""

from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import NothingProposed, ReasonRequired
from dsr.domain.request.guards import require_examined, require_other_than
from dsr.domain.request.holds import HoldCoversNothing, HoldUnknown, require_hold
from dsr.domain.request.restriction import RestrictedUseForbidden
from dsr.domain.request.standing import ExceptionGround, Hold, HoldException, HoldKind
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class ExceptionProposed(RequestEvent):
    """A handler proposes to delete restricted data; it stays held until a second person agrees."""

    TOPIC: ClassVar[str] = "dsr.request.exception-proposed"
    hold_id: UUID
    ground: ExceptionGround
    systems: tuple[str, ...]
    """The systems in which the data is deleted."""
    reason: Sealed

    def apply(self, case: Case) -> None:
        proposal = HoldException(ground=self.ground, systems=self.systems, proposed_by=self.actor)
        case.holds[self.hold_id] = replace(case.holds[self.hold_id], exception=proposal)


class ExceptionApproved(RequestEvent):
    """A second person agreed: in these systems the restriction no longer prevents a deletion."""

    TOPIC: ClassVar[str] = "dsr.request.exception-approved"
    hold_id: UUID
    proposed_by: str
    systems: tuple[str, ...]
    """The systems in which the data is deleted."""
    still_held: tuple[str, ...]
    """The systems in which it stays; none: the hold is released."""

    def apply(self, case: Case) -> None:
        if self.still_held:
            case.holds[self.hold_id] = replace(case.holds[self.hold_id], systems=self.still_held, exception=None)
        else:
            case.holds.pop(self.hold_id)


class ExceptionDeclined(RequestEvent):
    """An approver disagreed: the data stays held."""

    TOPIC: ClassVar[str] = "dsr.request.exception-declined"
    hold_id: UUID
    proposed_by: str
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.holds[self.hold_id] = replace(case.holds[self.hold_id], exception=None)


@state_guard
def may_propose_exception(case: Case, *, hold_id: UUID) -> Hold:
    """A hold that a restriction is. Another proposal replaces an undecided one. Raises HoldUnknown."""
    hold = require_hold(case, hold_id)
    if hold.kind is not HoldKind.RESTRICTION:
        raise HoldUnknown("This hold comes from no restriction: release it with a reason.")
    return hold


@state_guard
def may_approve_exception(case: Case, acting: CaseActing, *, hold_id: UUID) -> Hold:
    """A proposal by another person, with no message waiting.

    Raises HoldUnknown, NothingProposed, FourEyes, MessageUnexamined.
    """
    hold = _require_proposed(case, acting, hold_id)
    require_examined(case)
    return hold


@state_guard
def may_decline_exception(case: Case, acting: CaseActing, *, hold_id: UUID) -> Hold:
    """A proposal by another person. Raises HoldUnknown, NothingProposed, FourEyes."""
    return _require_proposed(case, acting, hold_id)


def _require_proposed(case: Case, acting: CaseActing, hold_id: UUID) -> Hold:
    hold = require_hold(case, hold_id)
    if hold.exception is None:
        raise NothingProposed("No exception to this hold is proposed.")
    require_other_than(case, acting, hold.exception.proposed_by)
    return hold


class RestrictionExceptionCommands(Case):
    """propose, approve or decline an exception to a restriction."""

    def propose_exception(
        self,
        acting: CaseActing,
        *,
        hold_id: UUID,
        ground: str,
        systems: tuple[str, ...],
        reason: Sealed | None,
        erasure_granted_elsewhere: bool = False,
    ) -> None:
        """Propose to delete restricted data in these systems, with a reason.

        `erasure-granted` needs a granted erasure of the same person, here or in another case
        (`erasure_granted_elsewhere`); the other grounds are the uses of Art. 18(2). Raises RestrictedUseForbidden,
        HoldCoversNothing (no system that the hold covers), ReasonRequired, HoldUnknown.
        """
        hold = may_propose_exception(self, hold_id=hold_id)
        if ground not in set(ExceptionGround):
            raise RestrictedUseForbidden()
        here = any(item.right is Right.ERASURE and item.status is ItemStatus.GRANTED for item in self.items.values())
        if ground == ExceptionGround.ERASURE_GRANTED and not here and not erasure_granted_elsewhere:
            raise RestrictedUseForbidden(
                "No erasure is granted to this person: grant it first, or name another ground."
            )
        if not systems or (hold.systems and not set(systems) <= set(hold.systems)):
            raise HoldCoversNothing(f"Name systems that the hold covers: {', '.join(hold.systems) or 'at least one'}.")
        if reason is None:
            raise ReasonRequired()
        self.record(
            acting,
            ExceptionProposed,
            hold_id=hold_id,
            ground=ExceptionGround(ground),
            systems=systems,
            reason=reason,
        )

    def approve_exception(self, acting: CaseActing, *, hold_id: UUID, systems: tuple[str, ...]) -> None:
        """Approve the exception. `systems` are those of the restricted processing in the record of processing, which
        count where the hold names none.

        Raises HoldUnknown, NothingProposed, FourEyes, MessageUnexamined.
        """
        hold = may_approve_exception(self, acting, hold_id=hold_id)
        assert hold.exception is not None  # noqa: S101 - the state guard checked it
        self.record(
            acting,
            ExceptionApproved,
            hold_id=hold_id,
            proposed_by=hold.exception.proposed_by,
            systems=hold.exception.systems,
            still_held=tuple(each for each in hold.systems or systems if each not in hold.exception.systems),
        )

    def decline_exception(self, acting: CaseActing, *, hold_id: UUID, reason: Sealed | None) -> None:
        """Decline the exception, with a reason. Raises HoldUnknown, NothingProposed, FourEyes, ReasonRequired."""
        hold = may_decline_exception(self, acting, hold_id=hold_id)
        assert hold.exception is not None  # noqa: S101 - the state guard checked it
        if reason is None:
            raise ReasonRequired()
        self.record(acting, ExceptionDeclined, hold_id=hold_id, proposed_by=hold.exception.proposed_by, reason=reason)
