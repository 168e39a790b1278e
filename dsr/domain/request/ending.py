"""Ending a registered case before everything in it was decided: the person died, it became pointless, or it never was
a request (GDPR Art. 12(4), recital 27; docs/law §3).

A handler proposes it with reasons, and another person decides. Of the last two, a letter tells the person, with the
remedies; then the case is closed. A person who has died gets no letter.
"""

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import resume_at_end, resume_from_fee
from dsr.domain.request.closing import ItemEffected, RequestClosed, require_none_of
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import ItemNotOpen, NothingProposed, ReasonRequired
from dsr.domain.request.guards import purged, require_other_than, require_registered
from dsr.domain.request.holds import release_ended_holds
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.unexamined import pass_over, require_examined_in_time
from dsr.domain.request.values import End, EndProposal
from dsr.domain.sealed import Sealed


class EndProposed(RequestEvent):
    """A handler proposes to end the case, with reasons. A new proposal replaces an undecided one."""

    TOPIC: ClassVar[str] = "dsr.request.end-proposed"
    end: End
    reasons: Sealed
    """For the person too, unless they died (GDPR Art. 12(4))."""

    def apply(self, case: Case) -> None:
        case.ending = EndProposal(end=self.end, proposed_by=self.actor)


class EndApproved(RequestEvent):
    """An approver agreed: what was undecided ends, and nobody is asked anything any more.

    If the person died, every link to a package was revoked.
    """

    TOPIC: ClassVar[str] = "dsr.request.end-approved"
    end: End
    proposed_by: str
    evidence_destroyed: tuple[UUID, ...]
    """Keys of identity evidence that were destroyed."""

    def apply(self, case: Case) -> None:
        for item in tuple(case.items.values()):
            if item.status.is_pending:
                case.replace_item(item.ended(self.end, at=self.timestamp, by=self.actor))
            if item.status.is_pending or self.end is End.DECEASED:
                case.drop_fees(item.item_id, at=self.timestamp)
        if self.end is End.DECEASED:
            for item in tuple(case.items.values()):
                case.items[item.item_id] = replace(item, offer=None, link_requested_at=None)
        case.end_questions(at=self.timestamp)


class EndDeclined(RequestEvent):
    """An approver disagreed: the case goes on."""

    TOPIC: ClassVar[str] = "dsr.request.end-declined"
    proposed_by: str
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.ending = None


@state_guard
def may_propose_end(case: Case) -> None:
    """After registration. Raises NotRegistered, RequestIsClosed."""
    require_registered(case)


@state_guard
def may_approve_end(case: DatedCase, acting: CaseActing) -> EndProposal:
    """A proposal by another person that the state of the case still supports.

    Raises NothingProposed, FourEyes, ItemNotOpen, ItemEffected, AbsoluteRight (carried out or decided since),
    MessageUnexamined (while the end can wait), NotRegistered, RequestIsClosed.
    """
    proposal = _require_proposed(case, acting)
    _require_supported(case, proposal.end)
    require_examined_in_time(case, acting)
    return proposal


@state_guard
def may_decline_end(case: Case, acting: CaseActing) -> EndProposal:
    """A proposal by another person. Raises NothingProposed, FourEyes, NotRegistered, RequestIsClosed."""
    return _require_proposed(case, acting)


class EndingCommands(DatedCase):
    """propose, approve or decline the end of a registered case."""

    def propose_end(self, acting: CaseActing, *, end: End, reasons: Sealed | None) -> None:
        """Propose to end the case before everything in it was decided.

        What a person stopped while alive, and what effect was given to, is carried out first. A case in which
        something was decided was a request. Raises ReasonRequired, ItemNotOpen (nothing is undecided; or, for
        `not-a-request`, something was decided), ItemEffected, AbsoluteRight, NotRegistered, RequestIsClosed.
        """
        may_propose_end(self)
        _require_supported(self, end)
        if reasons is None:
            raise ReasonRequired()
        self.record(acting, EndProposed, end=end, reasons=reasons)

    def approve_end(
        self,
        acting: CaseActing,
        *,
        evidence_destroyed: Collection[UUID] = (),
        unexamined_reason: Sealed | None = None,
    ) -> None:
        """Decide to end the case. If the person died, it closes at once; otherwise once the letter `ending` left.

        The clock resumes, even if a question is open, and holds that only an answer needed are released. The caller
        revokes every link of a person who died, in the same transaction. `unexamined_reason` says why the end does not
        wait for messages that nobody has examined, from the last working day before the statutory date without
        extension. Raises NothingProposed, FourEyes, ItemNotOpen, ItemEffected, AbsoluteRight, MessageUnexamined,
        EvidenceNotPurged, NotRegistered, RequestIsClosed.
        """
        proposal = may_approve_end(self, acting)
        destroyed = purged(self, evidence_destroyed)
        pass_over(self, acting, unexamined_reason)
        self.record(
            acting,
            EndApproved,
            end=proposal.end,
            proposed_by=proposal.proposed_by,
            evidence_destroyed=destroyed,
        )
        resume_from_fee(self, acting)
        resume_at_end(self, acting)
        if proposal.end is End.DECEASED:
            self.record(acting, RequestClosed, outcome=proposal.end.outcome)
        release_ended_holds(self, acting)

    def decline_end(self, acting: CaseActing, *, reason: Sealed | None) -> None:
        """Let the case go on, with a reason. Raises NothingProposed, FourEyes, ReasonRequired, NotRegistered,
        RequestIsClosed.
        """
        proposal = may_decline_end(self, acting)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, EndDeclined, proposed_by=proposal.proposed_by, reason=reason)


def _require_proposed(case: Case, acting: CaseActing) -> EndProposal:
    require_registered(case)
    if case.ending is None:
        raise NothingProposed()
    require_other_than(case, acting, case.ending.proposed_by)
    return case.ending


def _require_supported(case: Case, end: End) -> None:
    """Check that the case can end so. Raises ItemNotOpen, ItemEffected, AbsoluteRight."""
    items = case.items.values()
    pending = [item for item in items if item.status.is_pending]
    if end is not End.DECEASED and not pending:
        raise ItemNotOpen("Nothing is left to be decided: answer every item, and close the request.")
    effected = [item.item_id for item in pending if item.effected]
    if effected:
        raise ItemEffected(item_ids=effected)
    if end is End.NOT_A_REQUEST:
        decided = [item.item_id for item in items if item.is_decided]
        if decided:
            raise ItemNotOpen(
                f"Decided already, so this was a request: {', '.join(decided)}. Answer it.", item_ids=decided
            )
    else:
        require_none_of(item for item in pending if item.is_absolute)
