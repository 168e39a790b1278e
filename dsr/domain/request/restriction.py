"""Restriction of processing, permitted uses, and lifting after notice (GDPR Art. 18).

A restriction outlives the answer: the person is told before it ends, which can be long after the case was closed. So
only its start needs an open case; the other commands work on closed cases too.
"""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused, Unknown
from dsr.domain.frozen import replace
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import LetterKindWrong, ReasonRequired
from dsr.domain.request.guards import require_between, require_examined, require_granted_item, require_living
from dsr.domain.request.holds import Retained, release_ended_holds, systems_of
from dsr.domain.request.item import Item
from dsr.domain.request.letters import Letter, LetterKind, check_complete
from dsr.domain.request.representation import require_authority
from dsr.domain.request.standing import Hold, HoldKind, Restriction, RestrictionGround
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import Sealed


class NoGround(Refused):
    """Name a ground of GDPR Art. 18(1), the facts that it rests on, and the processing that is restricted."""

    code = "no-ground"


class RestrictionUnknown(Unknown):
    """The case has no such restriction. `GET /requests/{request_id}/restrictions` lists its restrictions."""

    code = "restriction-unknown"


class AlreadyLifted(Refused):
    """This restriction has ended: it was lifted, or the processing stopped. Restrict again where a ground exists."""

    code = "already-lifted"


class NoticeBeforeLift(Refused):
    """Tell the person before you lift the restriction, and record the letter (GDPR Art. 18(3))."""

    code = "notice-before-lift"


class ObjectionUndecided(Refused):
    """This restriction waits for an objection that is undecided. Refuse the objection first, in whole or in part; all
    other processing it concerns has to stop.
    """

    code = "objection-undecided"


class RestrictedUseForbidden(Refused):
    """Restricted data may be stored; any other use needs consent, legal claims, the protection of another person's
    rights, or an important public interest (GDPR Art. 18(2)).
    """

    code = "restricted-use-forbidden"


class ReviewInPast(Refused):
    """The date of a review can't lie in the past: name today or a later date."""

    code = "review-in-past"


class RestrictedUse(StrEnum):
    """Permitted uses of restricted data besides storing it (GDPR Art. 18(2)); codes are public."""

    CONSENT = "consent"
    """With the consent of the person whose data it is."""
    LEGAL_CLAIMS = "legal-claims"
    """To establish, exercise or defend legal claims."""
    PROTECT_ANOTHER = "protect-another"
    """To protect the rights of another natural or legal person."""
    IMPORTANT_PUBLIC_INTEREST = "important-public-interest"
    """For reasons of important public interest of the Union or of a member state."""


class ProcessingRestricted(RequestEvent):
    """Data is only stored from now on, except for the uses of Art. 18(2).

    If the restriction waits for the balance after an objection, `awaits` is the item of the objection.
    """

    TOPIC: ClassVar[str] = "dsr.request.processing-restricted"
    class_version: ClassVar[int] = 2
    restriction_id: UUID
    item_id: str
    controller_id: str
    ground: RestrictionGround
    activities: tuple[str, ...]
    """Ids of the record of processing."""
    facts: Sealed | None
    """The facts of the ground; None if an objection alone restricts."""
    review_on: date
    review_at: datetime
    """0:00 local on that day, in UTC."""
    awaits: str | None = None
    systems: tuple[str, ...] = ()
    """Systems that hold the data, which is not deleted there; empty in old events: every system of the controller."""

    @staticmethod
    def upcast_v1_v2(state: dict[str, object]) -> None:
        """The systems were not recorded: the restriction holds all of them."""
        state["systems"] = ()

    def apply(self, case: Case) -> None:
        case.holds[self.restriction_id] = Hold(
            hold_id=self.restriction_id,
            kind=HoldKind.RESTRICTION,
            controller_id=self.controller_id,
            activities=self.activities,
            systems=self.systems,
        )
        case.restrictions[self.restriction_id] = Restriction(
            restriction_id=self.restriction_id,
            item_id=self.item_id,
            ground=self.ground,
            activities=self.activities,
            since=self.timestamp,
            review_on=self.review_on,
            review_at=self.review_at,
            awaits=self.awaits,
        )
        if case.items[self.item_id].right is Right.RESTRICTION:
            case.give_effect(self.item_id)


class RestrictedDataUsed(RequestEvent):
    """Restricted data was used as Art. 18(2) allows."""

    TOPIC: ClassVar[str] = "dsr.request.restricted-data-used"
    restriction_id: UUID
    use: RestrictedUse
    account: Sealed
    """Which data was used, by whom, for what."""

    def apply(self, case: Case) -> None:
        """A permitted use changes no state."""


class RestrictionReviewed(RequestEvent):
    """The restriction was reviewed and stays until the next review.

    An earlier letter about lifting it no longer counts.
    """

    TOPIC: ClassVar[str] = "dsr.request.restriction-reviewed"
    restriction_id: UUID
    review_on: date
    reason: Sealed
    review_at: datetime
    """0:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        standing = case.restrictions[self.restriction_id]
        case.restrictions[self.restriction_id] = replace(
            standing,
            review_on=self.review_on,
            review_at=self.review_at,
            reviewed_at=self.timestamp,
            told_of_lifting_at=None,
        )


class LiftingAnnounced(RequestEvent):
    """The notice was sent that the restriction is about to be lifted (Art. 18(3))."""

    TOPIC: ClassVar[str] = "dsr.request.lifting-announced"
    restriction_id: UUID
    notice: Letter

    def apply(self, case: Case) -> None:
        standing = case.restrictions[self.restriction_id]
        case.restrictions[self.restriction_id] = replace(standing, told_of_lifting_at=self.notice.dispatched_at)


class RestrictionLifted(RequestEvent):
    """The data may be processed again; the person was told before."""

    TOPIC: ClassVar[str] = "dsr.request.restriction-lifted"
    restriction_id: UUID
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.end_restriction(replace(case.restrictions[self.restriction_id], lifted=True))


_DECIDED = (ItemStatus.REFUSED, ItemStatus.DONE, ItemStatus.NOTHING_HELD, ItemStatus.WITHDRAWN, ItemStatus.ENDED)
"""Statuses in which an objection no longer keeps its restriction; a done objection has stopped the processing."""


def _require_standing(case: Case, restriction_id: UUID) -> Restriction:
    """A restriction in force, in an open or closed case."""
    standing = case.restrictions.get(restriction_id)
    if standing is None:
        raise RestrictionUnknown()
    if standing.lifted:
        raise AlreadyLifted()
    return standing


def _require_objection_decided(case: Case, restriction: Restriction) -> None:
    """Check that the objection was refused or has ended; if refused in part, that the rest was stopped first (Art.
    21(1)).
    """
    if restriction.awaits is None:
        return
    item = case.items[restriction.awaits]
    in_part = bool(item.refused_in_part) and item.effected
    if not in_part and item.status not in _DECIDED:
        raise ObjectionUndecided(item_id=item.item_id)


def _require_ready(case: Case, restriction_id: UUID) -> Restriction:
    """A restriction in force that waits for no objection."""
    standing = _require_standing(case, restriction_id)
    _require_objection_decided(case, standing)
    return standing


@state_guard
def may_restrict(case: Case, *, item_id: str) -> Item:
    """A granted item of restriction.

    Raises ItemUnknown, ItemOfOtherRight, ItemNotGranted, NotRegistered, RequestIsClosed.
    """
    return require_granted_item(case, item_id, Right.RESTRICTION)


@state_guard
def may_use_restricted_data(case: Case, *, restriction_id: UUID) -> Restriction:
    """A restriction in force. Raises RestrictionUnknown, AlreadyLifted."""
    return _require_standing(case, restriction_id)


@state_guard
def may_set_review(case: Case, *, restriction_id: UUID) -> Restriction:
    """A restriction in force. Raises RestrictionUnknown, AlreadyLifted."""
    return _require_standing(case, restriction_id)


@state_guard
def may_tell_of_lifting(case: Case, *, restriction_id: UUID) -> Restriction:
    """A restriction in force that waits for no objection, of a person who is alive.

    Raises SubjectDeceased, ObjectionUndecided, RestrictionUnknown, AlreadyLifted.
    """
    standing = _require_ready(case, restriction_id)
    require_living(case)
    return standing


@state_guard
def may_lift_restriction(case: Case, *, restriction_id: UUID) -> Restriction:
    """A restriction in force that waits for no objection, and of whose end the person was told, if they are alive; what
    they wrote since was examined.

    Raises NoticeBeforeLift, ObjectionUndecided, MessageUnexamined, RestrictionUnknown, AlreadyLifted.
    """
    standing = _require_ready(case, restriction_id)
    require_examined(case)
    if standing.told_of_lifting_at is None and not case.is_deceased:
        raise NoticeBeforeLift()
    return standing


class RestrictionCommands(Case):
    """restrict; use restricted data, review, tell of lifting, lift."""

    def restrict(
        self,
        acting: CaseActing,
        *,
        restriction_id: UUID,
        item_id: str,
        ground: str,
        activities: tuple[ActivityBasis, ...],
        facts: Sealed | None,
        review_on: date,
        retained: Collection[Retained] = (),
    ) -> None:
        """Restrict the processing that a granted item of restriction asks for; the right exists on every legal basis.

        From then on the data is held where `retained`, the record of processing, says that it lies. The ground
        `objection-pending` needs an objection that was raised against the same controller.
        Raises NoGround, ReviewInPast, ItemUnknown, ItemOfOtherRight, ItemNotGranted, NotRegistered, RequestIsClosed.
        """
        item = may_restrict(self, item_id=item_id)
        if ground not in set(RestrictionGround) or facts is None or not activities:
            raise NoGround()
        _require_ahead(acting, review_on)
        pending = ground == RestrictionGround.OBJECTION_PENDING
        awaits = _pending_objection(self, item.controller_id) if pending else None
        self.record(
            acting,
            ProcessingRestricted,
            restriction_id=restriction_id,
            item_id=item_id,
            controller_id=item.controller_id,
            ground=RestrictionGround(ground),
            activities=tuple(each.activity for each in activities),
            facts=facts,
            review_on=review_on,
            review_at=acting.calendar.begin_of(review_on),
            awaits=awaits,
            systems=systems_of(retained, activities),
        )
        release_ended_holds(self, acting)

    def use_restricted_data(
        self, acting: CaseActing, *, restriction_id: UUID, use: str, account: Sealed | None
    ) -> None:
        """Record that restricted data was used for one of the purposes of Art. 18(2).

        Raises RestrictedUseForbidden (any other use), ReasonRequired, RestrictionUnknown, AlreadyLifted.
        """
        may_use_restricted_data(self, restriction_id=restriction_id)
        if use not in set(RestrictedUse):
            raise RestrictedUseForbidden()
        if account is None:
            raise ReasonRequired("Say what is used, and for what.")
        self.record(acting, RestrictedDataUsed, restriction_id=restriction_id, use=RestrictedUse(use), account=account)

    def set_review(self, acting: CaseActing, *, restriction_id: UUID, review_on: date, reason: Sealed | None) -> None:
        """Keep the restriction, with a reason and the date of the next review.

        Raises ReviewInPast, ReasonRequired, RestrictionUnknown, AlreadyLifted.
        """
        may_set_review(self, restriction_id=restriction_id)
        _require_ahead(acting, review_on)
        if reason is None:
            raise ReasonRequired()
        self.record(
            acting,
            RestrictionReviewed,
            restriction_id=restriction_id,
            review_on=review_on,
            review_at=acting.calendar.begin_of(review_on),
            reason=reason,
        )

    def tell_of_lifting(self, acting: CaseActing, *, restriction_id: UUID, notice: Letter) -> None:
        """Record that the notice before lifting was sent.

        A restriction that waits for an objection stays until two people refuse the objection; a balance alone is not
        enough, so the notice leaves after the refusal. A review that keeps the restriction makes earlier notices void.
        Raises SubjectDeceased, ObjectionUndecided, LetterKindWrong, LetterIncomplete, AuthorityMissing,
        AnswerDatesInvalid, RestrictionUnknown, AlreadyLifted.
        """
        standing = may_tell_of_lifting(self, restriction_id=restriction_id)
        if notice.kind is not LetterKind.LIFTING:
            raise LetterKindWrong(
                f"A letter of kind '{LetterKind.LIFTING}' is needed to announce that a restriction is lifted."
            )
        check_complete(notice.kind, notice.statements)
        decided_at = None if standing.awaits is None else self.items[standing.awaits].settled_at
        not_before = max(standing.since, standing.reviewed_at or standing.since, decided_at or standing.since)
        require_between(acting, notice.dispatched_at, not_before=not_before)
        require_authority(
            self.representations,
            notice,
            rights=[Right.RESTRICTION],
            left_on=acting.calendar.local_date(notice.dispatched_at),
        )
        self.record(acting, LiftingAnnounced, restriction_id=restriction_id, notice=notice)

    def lift_restriction(self, acting: CaseActing, *, restriction_id: UUID, reason: Sealed | None) -> None:
        """Lift the restriction, after the person was told.

        This can precede the answer (accuracy is verified within days): the act that gave effect to the item stays on
        record, the notice tells the person of the end, and the answer is still owed. Raises NoticeBeforeLift,
        ObjectionUndecided, MessageUnexamined, ReasonRequired, RestrictionUnknown, AlreadyLifted.
        """
        may_lift_restriction(self, restriction_id=restriction_id)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, RestrictionLifted, restriction_id=restriction_id, reason=reason)
        release_ended_holds(self, acting)


def _require_ahead(acting: CaseActing, review_on: date) -> None:
    if review_on < acting.today:
        raise ReviewInPast()


def _pending_objection(case: Case, controller_id: str) -> str:
    """The last recorded objection to this controller's processing that is still undecided."""
    for restriction in reversed(case.restrictions.values()):
        if restriction.awaits is not None and not restriction.lifted:
            item = case.items[restriction.awaits]
            if item.controller_id == controller_id and item.status.is_pending and not item.effected:
                return item.item_id
    raise NoGround("No objection waits for its balance: name another ground, or record the objection first.")
