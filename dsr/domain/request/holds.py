"""Holds: data that may not be deleted while it is needed for an answer, for claims or for a duty (docs/law §3, §6).

A retention job has to ask before it deletes: recordings kept for 30 days would be gone before the answer about them is
due.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines.months import add_months
from dsr.domain.deadlines.periods import add_period
from dsr.domain.errors import Refused, Unknown
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.guards import require_examined, require_not_closed
from dsr.domain.request.item import Item
from dsr.domain.request.standing import Hold, HoldKind
from dsr.domain.request.state_guards import state_guard
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed

_MONTHS_TO_ANSWER: Final = 3
"""Months until an answer is due: one, and two more if extended (GDPR Art. 12(3))."""


class LegalHold(Refused):
    """This data is under a legal hold: refuse that part on the ground of the hold, or release the hold with a
    reason.
    """

    code = "legal-hold"


class HoldUnknown(Unknown):
    """The case has no such hold, or it was released. `GET /holds` lists the holds in force."""

    code = "hold-unknown"


class HoldOfRestriction(Refused):
    """A restriction holds its data by itself, until it is lifted or its request is decided. Lift it, or let two people
    agree on an exception with `POST /requests/{request_id}/holds/{hold_id}/exception`. For claims, place a legal hold.
    """

    code = "hold-of-restriction"


class RestrictedData(Refused):
    """This data is restricted, or the person asked for that: it may only be stored (GDPR Art. 18(2)). Lift the
    restriction first, or let two people agree on an exception with
    `POST /requests/{request_id}/holds/{hold_id}/exception`.
    """

    code = "restricted-data"


class HoldCoversNothing(Refused):
    """Name the processing activities or the systems that the hold covers."""

    code = "hold-covers-nothing"


@dataclass(frozen=True)
class Retained:
    """How long one activity of a controller keeps its data, by the pinned record of processing."""

    controller_id: str
    activity: str
    systems: tuple[str, ...]
    period: str
    """ISO 8601 duration in years, months, weeks or days."""

    def kept_until(self, day: date) -> date:
        """The day on which data from this day is deleted."""
        return add_period(day, self.period)


def systems_of(retained: Iterable[Retained], activities: Iterable[ActivityBasis]) -> tuple[str, ...]:
    """The systems that hold data of these activities, sorted."""
    named = {each.activity for each in activities}
    return tuple(sorted({system for each in retained if each.activity in named for system in each.systems}))


class HoldPlaced(RequestEvent):
    """A hold was placed: from now on this data may not be deleted."""

    TOPIC: ClassVar[str] = "dsr.request.hold-placed"
    hold_id: UUID
    kind: HoldKind
    controller_id: str
    activities: tuple[str, ...]
    systems: tuple[str, ...]
    reason: Sealed | None
    """Why, for a legal hold; a retention hold is placed by the rule of docs/law §6."""

    def apply(self, case: Case) -> None:
        case.holds[self.hold_id] = Hold(
            hold_id=self.hold_id,
            kind=self.kind,
            controller_id=self.controller_id,
            activities=self.activities,
            systems=self.systems,
        )


class HoldReleased(RequestEvent):
    """A hold was released: the ordinary retention periods apply again."""

    TOPIC: ClassVar[str] = "dsr.request.hold-released"
    hold_id: UUID
    reason: Sealed | None

    def apply(self, case: Case) -> None:
        case.holds.pop(self.hold_id)


@state_guard
def may_place_hold(case: Case, *, kind: HoldKind) -> None:
    """Legal holds are always allowed, since claims come later; a restriction is placed by restricting.

    Raises HoldOfRestriction, RequestIsClosed (a retention hold).
    """
    if kind is HoldKind.RESTRICTION:
        raise HoldOfRestriction()
    if kind is HoldKind.RETENTION:
        require_not_closed(case)


@state_guard
def may_release_hold(case: Case, *, hold_id: UUID) -> None:
    """A hold that no restriction is, with no message waiting.

    Raises HoldUnknown, HoldOfRestriction, MessageUnexamined.
    """
    if require_hold(case, hold_id).kind is HoldKind.RESTRICTION:
        raise HoldOfRestriction(hold_id=hold_id)
    require_examined(case)


def require_hold(case: Case, hold_id: UUID) -> Hold:
    """A hold in force. Raises HoldUnknown."""
    hold = case.holds.get(hold_id)
    if hold is None:
        raise HoldUnknown()
    return hold


class HoldCommands(Case):
    """place and release a hold."""

    def place_hold(
        self,
        acting: CaseActing,
        *,
        hold_id: UUID,
        kind: HoldKind,
        controller_id: str,
        activities: tuple[str, ...],
        systems: tuple[str, ...],
        reason: Sealed | None,
    ) -> None:
        """Protect data from deletion, with a reason; on closed cases too, since claims come later.

        `systems` hold the data; a retention job asks by system. `activities` are the processing concerned. Raises
        ReasonRequired, HoldCoversNothing, HoldOfRestriction, RequestIsClosed (a retention hold).
        """
        may_place_hold(self, kind=kind)
        if reason is None:
            raise ReasonRequired()
        if not systems:
            raise HoldCoversNothing()
        self.record(
            acting,
            HoldPlaced,
            hold_id=hold_id,
            kind=kind,
            controller_id=controller_id,
            activities=activities,
            systems=systems,
            reason=reason,
        )

    def release_hold(self, acting: CaseActing, *, hold_id: UUID, reason: Sealed | None, erased: bool = False) -> None:
        """Release the hold: the ordinary retention periods apply again.

        `erased`: the file of the case was erased, so no reason can be sealed and none is needed. Raises HoldUnknown,
        HoldOfRestriction, MessageUnexamined, ReasonRequired.
        """
        may_release_hold(self, hold_id=hold_id)
        if reason is None and not erased:
            raise ReasonRequired()
        self.record(acting, HoldReleased, hold_id=hold_id, reason=reason)


def hold_what_expires(case: Case, acting: CaseActing, retained: Iterable[Retained]) -> None:
    """Place holds on data that would be deleted before the answer, while a copy is asked for (docs/law §6), and on all
    data while a restriction or an objection waits for its decision (docs/law §11).

    The answer can take three months from arrival (GDPR Art. 12(3)); the hold assumes that period, so a suspension or an
    extension changes nothing. For a case that is late or was reopened, it assumes three months from today. The
    calculation uses data from the day of arrival; older data, which would be deleted earlier, is held too. A legal hold
    does not replace this hold, since it may be released earlier.
    """
    every = tuple(retained)
    answering = {
        item.controller_id for item in case.items.values() if _asks_for_copy(item.right) and item.status.is_pending
    }
    today = acting.at.astimezone(ZoneInfo(case.zone)).date()
    last_day = add_months(max(case.received_on, today), _MONTHS_TO_ANSWER)
    expiring = sorted(
        (
            each
            for each in every
            if each.controller_id in answering
            and each.kept_until(case.received_on) <= last_day
            and not _is_held(case, each, HoldKind.RETENTION)
        ),
        key=lambda each: (each.controller_id, each.activity),
    )
    _place(case, acting, HoldKind.RETENTION, expiring)
    contested = {item.controller_id for item in case.items.values() if _waits_for_restriction(case, item)}
    _place(
        case,
        acting,
        HoldKind.RESTRICTION,
        sorted(
            (
                each
                for each in every
                if each.controller_id in contested and not _is_held(case, each, HoldKind.RESTRICTION)
            ),
            key=lambda each: (each.controller_id, each.activity),
        ),
    )


def _place(case: Case, acting: CaseActing, kind: HoldKind, data: Iterable[Retained]) -> None:
    """Place one hold for each controller; the data is sorted by controller."""
    for controller_id, group in groupby(data, key=lambda each: each.controller_id):
        activities = tuple(group)
        case.record(
            acting,
            HoldPlaced,
            hold_id=uuid5(case.id, f"{controller_id} {case.version + 1}"),
            kind=kind,
            controller_id=controller_id,
            activities=tuple(each.activity for each in activities),
            systems=tuple(sorted({system for each in activities for system in each.systems})),
            reason=None,
        )


def _is_held(case: Case, retained: Retained, kind: HoldKind) -> bool:
    """Whether all systems of the activity are already held for that reason."""
    return any(
        hold.kind is kind
        and hold.controller_id == retained.controller_id
        and retained.activity in hold.activities
        and set(retained.systems) <= set(hold.systems)
        for hold in case.holds.values()
    )


def release_ended_holds(case: Case, acting: CaseActing) -> None:
    """Release the holds whose item no longer waits: for a copy, or for the decision on a restriction.

    Legal holds stay, and so does what a restriction in force holds.
    """
    items = case.items.values()
    copy = any(_asks_for_copy(item.right) and item.status.is_pending for item in items)
    contested = {item.controller_id for item in items if _waits_for_restriction(case, item)}
    for hold in tuple(case.holds.values()):
        over = hold.kind is HoldKind.RETENTION and not copy
        decided = hold.kind is HoldKind.RESTRICTION and hold.controller_id not in contested
        if over or (decided and hold.hold_id not in case.restrictions):
            case.record(acting, HoldReleased, hold_id=hold.hold_id, reason=None)


def require_no_legal_hold(
    holds: Iterable[Hold], *, activities: Collection[str] = (), systems: Collection[str] = ()
) -> None:
    """Check that no legal hold prevents the erasure, whichever joint controller placed it. Raises LegalHold."""
    for hold in holds:
        covered = not set(activities).isdisjoint(hold.activities) or not set(systems).isdisjoint(hold.systems)
        if hold.kind is HoldKind.LEGAL and covered:
            raise LegalHold(hold_id=hold.hold_id)


def require_not_restricted(holds: Iterable[Hold], *, systems: Collection[str]) -> None:
    """Check that no restriction holds data in these systems (GDPR Art. 18(2)). Raises RestrictedData."""
    for hold in holds:
        if hold.kind is HoldKind.RESTRICTION and hold.covers(systems):
            raise RestrictedData(hold_id=hold.hold_id)


def _waits_for_restriction(case: Case, item: Item) -> bool:
    """Whether a restriction is asked for, or will follow from an objection, and nothing is restricted yet."""
    raised = case.restrictions_awaiting(item.item_id)
    objection = item.right is Right.OBJECTION and not item.direct_marketing and not raised
    return item.status.is_pending and not item.effected and (item.right is Right.RESTRICTION or objection)


def _asks_for_copy(right: Right) -> bool:
    return right in (Right.ACCESS, Right.PORTABILITY)
