"""Extending the deadline once, by two further months (GDPR Art. 12(3), second and third sentence)."""

from datetime import date
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, ExtensionTooLate
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import EarlierFactKind
from dsr.domain.request.errors import (
    AlreadyExtended,
    ExtensionNotApproved,
    InvalidExtensionGround,
    ItemNotOpen,
    LetterKindWrong,
    NothingProposed,
    ReasonRequired,
)
from dsr.domain.request.guards import require_between, require_not_closed, require_other_than, require_registered
from dsr.domain.request.letters import Letter, LetterKind, check_complete
from dsr.domain.request.representation import require_authority
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import ExtensionGround, ExtensionProposal, ItemStatus
from dsr.domain.sealed import Sealed


class ExtensionNoticeUnconfirmed(Refused):
    """A notice that was recorded by hand on a later day waits for confirmation. Let an approver confirm it."""

    code = "extension-notice-unconfirmed"


class ExtensionProposed(RequestEvent):
    """A handler proposes to extend; nothing moves yet."""

    TOPIC: ClassVar[str] = "dsr.request.extension-proposed"
    ground: ExtensionGround
    reasons: Sealed
    new_due: date
    """The date that the notice would announce, as computed at the proposal."""

    def apply(self, case: Case) -> None:
        case.clock.extension = ExtensionProposal(proposed_by=self.actor, ground=self.ground.value, new_due=self.new_due)


class ExtensionApproved(RequestEvent):
    """An approver agreed; the notice may be sent."""

    TOPIC: ClassVar[str] = "dsr.request.extension-approved"
    proposed_by: str

    def apply(self, case: Case) -> None:
        if case.clock.extension is not None:
            case.clock.extension = ExtensionProposal(
                proposed_by=case.clock.extension.proposed_by,
                ground=case.clock.extension.ground,
                new_due=case.clock.extension.new_due,
                approved_by=self.actor,
                approved_at=self.timestamp,
            )


class ExtensionDeclined(RequestEvent):
    """An approver disagreed; the deadline stays, and another proposal may follow."""

    TOPIC: ClassVar[str] = "dsr.request.extension-declined"
    proposed_by: str
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.clock.extension = None


class DeadlineExtended(RequestEvent):
    """The reasoned notice left in time: the deadline is extended, and the promised date no longer applies."""

    TOPIC: ClassVar[str] = "dsr.request.deadline-extended"
    ground: ExtensionGround
    notice: Letter
    deadline: Deadline

    def apply(self, case: Case) -> None:
        case.note_missed(self.timestamp if self.notice.dispatch_id is None else self.notice.dispatched_at)
        case.clock.extended_at = self.notice.dispatched_at
        case.move(self, self.deadline)
        case.clock.extension = None


class ExtensionNoticeStated(RequestEvent):
    """A person recorded by hand that the reasoned notice left on an earlier day; on the day of the entry it would have
    been too late. It extends nothing until an approver confirms that day (docs/law §10).
    """

    TOPIC: ClassVar[str] = "dsr.request.extension-notice-stated"
    notice: Letter
    left_on: date
    """Local calendar date of the notice, as stated."""

    def apply(self, case: Case) -> None:
        case.state_earlier(
            self,
            EarlierFactKind.EXTENSION_NOTICE,
            happened_on=self.left_on,
            happened_at=self.notice.dispatched_at,
            letter=self.notice,
        )


@state_guard
def may_propose_extension(case: DatedCase, acting: CaseActing) -> date:
    """The date to propose. An extension is proposed once, while a notice sent now would be in time, and as long as
    anything is owed besides the letters of items that were refused or ended, which no extension delays (GDPR Art.
    12(4)).

    Raises ItemNotOpen, AlreadyExtended, ExtensionTooLate, NotRegistered, RequestIsClosed.
    """
    require_registered(case)
    owed = [item for item in case.items.values() if case.needs_answer(item) and not item.answered]
    if owed and all(item.status in (ItemStatus.REFUSED, ItemStatus.ENDED) for item in owed):
        raise ItemNotOpen("Only refusals are left to be told, which no extension delays: send the letter.")
    if case.clock.extended_at is not None or case.clock.extension is not None:
        raise AlreadyExtended()
    return case.extended_due(acting.at, acting.calendar)


@state_guard
def may_approve_extension(case: Case, acting: CaseActing) -> ExtensionProposal:
    """An undecided proposal by another person. Raises NothingProposed, FourEyes, RequestIsClosed."""
    return _require_undecided(case, acting)


@state_guard
def may_decline_extension(case: Case, acting: CaseActing) -> ExtensionProposal:
    """An undecided proposal by another person. Raises NothingProposed, FourEyes, RequestIsClosed."""
    return _require_undecided(case, acting)


@state_guard
def may_send_extension_notice(case: Case) -> ExtensionProposal:
    """Requires an approved extension whose notice was not sent, nor stated to be.

    Raises ExtensionNotApproved, ExtensionNoticeUnconfirmed, RequestIsClosed.
    """
    require_not_closed(case)
    if case.clock.extension is None or case.clock.extension.approved_at is None:
        raise ExtensionNotApproved()
    if any(fact.kind is EarlierFactKind.EXTENSION_NOTICE and fact.pending for fact in case.earlier_facts.values()):
        raise ExtensionNoticeUnconfirmed()
    return case.clock.extension


def _require_undecided(case: Case, acting: CaseActing) -> ExtensionProposal:
    require_not_closed(case)
    if case.clock.extension is None or case.clock.extension.approved_by:
        raise NothingProposed()
    require_other_than(case, acting, case.clock.extension.proposed_by)
    return case.clock.extension


class ExtensionCommands(DatedCase):
    """propose, approve or decline an extension; record that its notice left."""

    def propose_extension(self, acting: CaseActing, *, ground: str, reasons: Sealed | None) -> None:
        """Propose the one extension that the law allows.

        Raises InvalidExtensionGround, ReasonRequired, ItemNotOpen (only refusals are left to be told), AlreadyExtended,
        ExtensionTooLate, NotRegistered, RequestIsClosed.
        """
        new_due = may_propose_extension(self, acting)
        if ground not in tuple(ExtensionGround):
            raise InvalidExtensionGround(
                f"'{ground}' is not a ground for an extension. Known grounds: {', '.join(ExtensionGround)}."
            )
        if reasons is None:
            raise ReasonRequired()
        self.record(acting, ExtensionProposed, ground=ExtensionGround(ground), reasons=reasons, new_due=new_due)

    def approve_extension(self, acting: CaseActing) -> None:
        """Approve the extension; it takes effect when its notice leaves. Raises NothingProposed, FourEyes,
        RequestIsClosed.
        """
        proposal = may_approve_extension(self, acting)
        self.record(acting, ExtensionApproved, proposed_by=proposal.proposed_by)

    def decline_extension(self, acting: CaseActing, *, reason: Sealed | None) -> None:
        """Decline the extension, with a reason. Raises NothingProposed, FourEyes, ReasonRequired, RequestIsClosed."""
        proposal = may_decline_extension(self, acting)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, ExtensionDeclined, proposed_by=proposal.proposed_by, reason=reason)

    def send_extension_notice(self, acting: CaseActing, *, notice: Letter) -> None:
        """Record that the reasoned notice left: from that instant the deadline is extended.

        If a person records by hand that it left on an earlier day, and today it would be too late, it extends nothing
        until `confirm_earlier_fact` (docs/law §10). Raises ExtensionNotApproved, ExtensionNoticeUnconfirmed,
        LetterKindWrong, LetterIncomplete, AuthorityMissing, ExtensionTooLate (it left after the un-extended statutory
        date), AnswerDatesInvalid (it left before it was approved, or in the future), RequestIsClosed.
        """
        extension = may_send_extension_notice(self)
        if notice.kind is not LetterKind.EXTENSION:
            raise LetterKindWrong("An extension takes effect by its own notice, a letter of kind 'extension'.")
        check_complete(LetterKind.EXTENSION, notice.statements)
        require_between(acting, notice.dispatched_at, not_before=extension.approved_at or self.received_at)
        # The notice discloses nothing about a right, so authority for any one right is enough to receive it.
        require_authority(
            self.representations, notice, rights=(), left_on=acting.calendar.local_date(notice.dispatched_at)
        )
        deadline = self.deadline_extended_by(notice.dispatched_at, acting.calendar, acting.at)
        if acting.states_earlier(notice.dispatched_at) and self._is_too_late(acting):
            left_on = acting.calendar.local_date(notice.dispatched_at)
            self.record(acting, ExtensionNoticeStated, notice=notice, left_on=left_on)
            return
        self.record(
            acting, DeadlineExtended, ground=ExtensionGround(extension.ground), notice=notice, deadline=deadline
        )

    def _is_too_late(self, acting: CaseActing) -> bool:
        """Whether a notice that leaves now would extend nothing."""
        try:
            self.extended_due(acting.at, acting.calendar)
        except ExtensionTooLate:
            return True
        return False
