"""Forgetting a case file: its keys are destroyed, and with them all that was said (GDPR Art. 5(1)(e); docs/law §7).

The log still shows that the case existed, what was decided, when and by whom (Art. 5(2)). `ForgettingOrdered` is the
fence: after that event nothing is recorded on the case but the attestation, so no new key of it can appear. The
destruction follows; it is repeated until all of it succeeds, and then attested.
"""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import NothingProposed, ReasonRequired
from dsr.domain.request.guards import require_other_than
from dsr.domain.request.holds import HoldReleased
from dsr.domain.request.standing import Forgetting, ForgettingGround
from dsr.domain.request.state_guards import guard_of_forgotten, state_guard
from dsr.domain.request.values import Outcome
from dsr.domain.ropa import kept_until
from dsr.domain.sealed import Sealed


class KeptBecause(StrEnum):
    """Why a case file has to be kept; codes are public."""

    OPEN = "open"
    """The case is open."""
    MESSAGE_UNEXAMINED = "message-unexamined"
    """A message on it, or one that claims its thread, waits to be examined."""
    UNDELIVERED = "undelivered"
    """An answer came back, and no further attempt is on record."""
    HOLD = "hold"
    """Data of the person is held, for claims or for an authority."""
    RESTRICTION = "restriction"
    """Processing of the person's data is restricted (GDPR Art. 18)."""
    HAND_OVER = "hand-over"
    """A package is on its way to another controller."""
    RECIPIENT = "recipient"
    """A recipient has still to be told of a rectification, an erasure or a restriction (GDPR Art. 19)."""
    PACKAGE = "package"
    """A package is still promised to the person."""
    LETTER = "letter"
    """A letter waits to be sent."""
    MATTER = "matter"
    """A complaint, an incident, or a letter of an authority or a court about it is open."""
    CASE = "case"
    """A case that the file concerns is open."""
    DISCLOSURE = "disclosure"
    """What an authority asked for in the matter is not decided, or not given yet."""
    SHARED_LETTER = "shared-letter"
    """The letter in it was written for several people, and the file of one of them is kept."""
    PERIOD = "period"
    """Its period has not ended. An order, or the advice of the data protection officer, allows to forget it earlier."""


class CaseFileKept(Refused):
    """This case file has to be kept; `reasons` says why. Settle these reasons first. If only its period (`period`) has
    not ended, name an order of an authority or a court, or the advice of the data protection officer, as the ground.
    """

    code = "case-file-kept"


class ForgettingNotOrdered(Refused):
    """Nobody has ordered this case file to be forgotten, or its destruction has already been attested."""

    code = "forgetting-not-ordered"


class ForgettingProposed(RequestEvent):
    """Somebody proposed to forget the case file; another person decides. A new proposal replaces an undecided one."""

    TOPIC: ClassVar[str] = "dsr.request.forgetting-proposed"
    ground: ForgettingGround
    reasons: Sealed | None
    """For the person who decides; destroyed with the file."""

    def apply(self, case: Case) -> None:
        case.forgetting = Forgetting(ground=self.ground, proposed_by=self.actor)


class ForgettingDeclined(RequestEvent):
    """A second person disagreed: the file is kept."""

    TOPIC: ClassVar[str] = "dsr.request.forgetting-declined"
    proposed_by: str
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.forgetting = None


class ForgettingOrdered(RequestEvent):
    """The fence: a second person agreed. Only the attestation may follow on the case; its keys are being destroyed."""

    TOPIC: ClassVar[str] = "dsr.request.forgetting-ordered"
    ground: ForgettingGround
    proposed_by: str
    kept_until: date
    """The day on which its period ends."""

    def apply(self, case: Case) -> None:
        case.forgetting = Forgetting(
            ground=self.ground, proposed_by=self.proposed_by, ordered_by=self.actor, ordered_at=self.timestamp
        )


class ForgettingRestored(RequestEvent):
    """A backup from before the order was restored; the fence journal names the file, so it is forgotten again.

    Whatever state the case had in that backup, it is now closed, as it was when the order was given.
    """

    TOPIC: ClassVar[str] = "dsr.request.forgetting-restored"
    ground: ForgettingGround
    proposed_by: str
    ordered_by: str
    ordered_at: datetime
    outcome: Outcome
    closed_at: datetime

    def apply(self, case: Case) -> None:
        if not case.is_closed:
            case.end(self.outcome, at=self.closed_at)
        case.holds.clear()
        case.claims.clear()
        case.forgetting = Forgetting(
            ground=self.ground,
            proposed_by=self.proposed_by,
            ordered_by=self.ordered_by,
            ordered_at=self.ordered_at,
        )


class ForgettingAttested(RequestEvent):
    """All of the case file is destroyed here; from a later day on, older backups can't open it either."""

    TOPIC: ClassVar[str] = "dsr.request.forgetting-attested"
    keys: int
    """Number of data keys destroyed."""
    files: int
    """Number of originals and files deleted."""
    unreadable_on: date | None
    """The day from which no backup opens it any more; None: unknown, since nothing replaces the keys automatically."""

    def apply(self, case: Case) -> None:
        case.forgetting = case.forgetting and replace(case.forgetting, attested_at=self.timestamp)


def kept_because(case: Case) -> tuple[KeptBecause, ...]:
    """Why the file has to be kept, as far as the case knows, whatever its period."""
    restricted = any(not each.lifted for each in case.restrictions.values())
    found = {
        KeptBecause.OPEN: not case.is_closed,
        KeptBecause.MESSAGE_UNEXAMINED: bool(case.messages_waiting),
        KeptBecause.UNDELIVERED: any(item.undelivered for item in case.items.values()),
        KeptBecause.HOLD: bool(case.holds),
        KeptBecause.RESTRICTION: restricted,
        KeptBecause.RECIPIENT: not all(case.recipients.values()),
        KeptBecause.HAND_OVER: any(not each.ended for each in case.hand_overs.values()),
    }
    return tuple(each for each, holds in found.items() if holds)


def file_kept_until(case: Case, period: str) -> date | None:
    """The first day on which the file may be forgotten; None while the case is open, since nothing has begun."""
    return None if case.closed_at is None else kept_until(case.local_date(case.closed_at), period)


def period_runs(case: Case, today: date, period: str) -> bool:
    """Whether the period of the file has not ended."""
    until = file_kept_until(case, period)
    return until is None or today < until


@state_guard
def may_propose_forgetting(case: Case) -> None:
    """A closed case that nothing holds. Raises CaseFileKept."""
    _require_unkept(kept_because(case))


@state_guard
def may_approve_forgetting(case: Case, acting: CaseActing) -> Forgetting:
    """A proposal by somebody else, on a closed case that nothing holds. Raises NothingProposed, FourEyes,
    CaseFileKept.
    """
    proposal = _require_proposed(case, acting)
    _require_unkept(kept_because(case))
    return proposal


@state_guard
def may_decline_forgetting(case: Case, acting: CaseActing) -> Forgetting:
    """A proposal by somebody else. Raises NothingProposed, FourEyes."""
    return _require_proposed(case, acting)


@state_guard
def may_restore_forgetting(case: Case) -> None:
    """Always allowed: the order was given in a later state of the case, which the restored backup lacks."""


@guard_of_forgotten
def may_attest_forgetting(case: Case) -> None:
    """A file whose forgetting was ordered, and not attested yet. Raises ForgettingNotOrdered."""
    if case.forgetting is None or case.forgetting.ordered_at is None or case.forgetting.attested_at is not None:
        raise ForgettingNotOrdered()


class ForgettingCommands(Case):
    """propose to forget the case file; approve or decline that; attest that it was done."""

    def propose_forgetting(
        self,
        acting: CaseActing,
        *,
        ground: ForgettingGround,
        period: str,
        reasons: Sealed | None,
        kept_elsewhere: Collection[KeptBecause] = (),
    ) -> None:
        """Propose to forget the case file: after its period, or earlier with reasons (docs/law §7).

        `period`: how long its controller keeps case files, by the pinned record of processing. `kept_elsewhere`:
        reasons to keep it that packages, letters, matters and other cases give. Raises CaseFileKept, ReasonRequired.
        """
        may_propose_forgetting(self)
        _require_unkept(kept_elsewhere)
        self._require_ground(ground, acting, period)
        if reasons is None and ground is not ForgettingGround.PERIOD:
            raise ReasonRequired()
        self.record(acting, ForgettingProposed, ground=ground, reasons=reasons)

    def approve_forgetting(
        self, acting: CaseActing, *, period: str, kept_elsewhere: Collection[KeptBecause] = ()
    ) -> None:
        """Order to forget the case file, as somebody else proposed; `period` as in the proposal. Raises
        NothingProposed, FourEyes, CaseFileKept.
        """
        proposal = may_approve_forgetting(self, acting)
        _require_unkept(kept_elsewhere)
        self._require_ground(proposal.ground, acting, period)
        until = file_kept_until(self, period)
        assert until is not None  # noqa: S101 - the guard asked
        self.record(
            acting,
            ForgettingOrdered,
            ground=proposal.ground,
            proposed_by=proposal.proposed_by,
            kept_until=until,
        )

    def decline_forgetting(self, acting: CaseActing, *, reason: Sealed | None) -> None:
        """Keep the case file, with a reason. Raises NothingProposed, FourEyes, ReasonRequired."""
        proposal = may_decline_forgetting(self, acting)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, ForgettingDeclined, proposed_by=proposal.proposed_by, reason=reason)

    def attest_forgetting(self, acting: CaseActing, *, keys: int, files: int, unreadable_on: date | None) -> None:
        """Record that all keys and files of the case are destroyed. Raises ForgettingNotOrdered."""
        may_attest_forgetting(self)
        self.record(acting, ForgettingAttested, keys=keys, files=files, unreadable_on=unreadable_on)

    def restore_forgetting(
        self,
        acting: CaseActing,
        *,
        ground: ForgettingGround,
        proposed_by: str,
        ordered_by: str,
        ordered_at: datetime,
        outcome: Outcome,
        closed_at: datetime,
    ) -> None:
        """Record an order that the fence journal names and a restored backup lacks. Every hold is released."""
        may_restore_forgetting(self)
        for hold_id in tuple(self.holds):
            self.record(acting, HoldReleased, hold_id=hold_id, reason=None)
        self.record(
            acting,
            ForgettingRestored,
            ground=ground,
            proposed_by=proposed_by,
            ordered_by=ordered_by,
            ordered_at=ordered_at,
            outcome=outcome,
            closed_at=closed_at,
        )

    def _require_ground(self, ground: ForgettingGround, acting: CaseActing, period: str) -> None:
        if ground is ForgettingGround.PERIOD and period_runs(self, acting.today, period):
            _require_unkept([KeptBecause.PERIOD])


def _require_proposed(case: Case, acting: CaseActing) -> Forgetting:
    if case.forgetting is None:
        raise NothingProposed("Nobody has proposed to forget this case file.")
    require_other_than(case, acting, case.forgetting.proposed_by)
    return case.forgetting


def _require_unkept(reasons: Collection[KeptBecause]) -> None:
    if reasons:
        raise CaseFileKept(reasons=[each.value for each in reasons])
