"""Extending the deadline once, by two further months (GDPR Art. 12(3), second and third sentence)."""

from datetime import date, datetime
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline, WorkingCalendar, check_extension
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import (
    AlreadyExtended,
    ExtensionNotApproved,
    InvalidExtensionGround,
    LetterKindWrong,
    NothingProposed,
    ReasonRequired,
)
from dsr.domain.request.guards import GuardedCase
from dsr.domain.request.letters import Letter, LetterKind, check_complete
from dsr.domain.request.representation import require_authority
from dsr.domain.request.values import ExtensionGround, ExtensionProposal
from dsr.domain.sealed import Sealed


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
    """Somebody else agreed; the notice may leave."""

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
    """Somebody else disagreed; the deadline stays, another proposal may follow."""

    TOPIC: ClassVar[str] = "dsr.request.extension-declined"
    proposed_by: str
    reason: Sealed

    def apply(self, case: Case) -> None:
        case.clock.extension = None


class DeadlineExtended(RequestEvent):
    """The reasoned notice left in time: the deadline is extended, and the promise falls away."""

    TOPIC: ClassVar[str] = "dsr.request.deadline-extended"
    ground: ExtensionGround
    notice: Letter
    deadline: Deadline

    def apply(self, case: Case) -> None:
        case.clock.extended_at = self.notice.dispatched_at
        case.clock.deadline = self.deadline
        case.clock.extension = None


class ExtensionCommands(GuardedCase):
    """propose, approve or decline an extension; record that its notice left."""

    def propose_extension(self, acting: CaseActing, *, ground: str, reasons: Sealed | None) -> None:
        """Propose the one extension that the law allows.

        Raises InvalidExtensionGround, ReasonRequired, AlreadyExtended, ExtensionTooLate, NotRegistered,
        RequestIsClosed.
        """
        self._require_registered()
        if ground not in tuple(ExtensionGround):
            raise InvalidExtensionGround(f"'{ground}' is no ground. Known: {', '.join(ExtensionGround)}.")
        if reasons is None:
            raise ReasonRequired()
        if self.clock.extended_at is not None or self.clock.extension is not None:
            raise AlreadyExtended()
        extended = self.deadline_extended_by(acting.at, acting.calendar, acting.at)
        self.record(
            acting, ExtensionProposed, ground=ExtensionGround(ground), reasons=reasons, new_due=extended.effective_due
        )

    def approve_extension(self, acting: CaseActing) -> None:
        """Agree; it takes effect when its notice leaves. Raises NothingProposed, FourEyes, RequestIsClosed."""
        proposal = self._require_undecided_extension(acting)
        self.record(acting, ExtensionApproved, proposed_by=proposal.proposed_by)

    def decline_extension(self, acting: CaseActing, *, reason: Sealed | None) -> None:
        """Disagree, with a reason. Raises NothingProposed, FourEyes, ReasonRequired, RequestIsClosed."""
        proposal = self._require_undecided_extension(acting)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, ExtensionDeclined, proposed_by=proposal.proposed_by, reason=reason)

    def send_extension_notice(self, acting: CaseActing, *, notice: Letter) -> None:
        """Record that the reasoned notice left: from that instant the deadline is extended.

        Raises ExtensionNotApproved, LetterKindWrong, LetterIncomplete, AuthorityMissing, ExtensionTooLate (it left
        after the un-extended statutory date), AnswerDatesInvalid (it left before it was approved, or in the future),
        RequestIsClosed.
        """
        self._require_not_closed()
        if self.clock.extension is None or self.clock.extension.approved_at is None:
            raise ExtensionNotApproved()
        if notice.kind is not LetterKind.EXTENSION:
            raise LetterKindWrong("An extension takes effect by its own notice, a letter of kind 'extension'.")
        check_complete(LetterKind.EXTENSION, notice.statements)
        self._require_between(acting, notice.dispatched_at, not_before=self.clock.extension.approved_at)
        # It tells nothing about any right: whoever may have answers for one may know when they come.
        require_authority(
            self.representations, notice, rights=(), left_on=acting.calendar.local_date(notice.dispatched_at)
        )
        self.record(
            acting,
            DeadlineExtended,
            ground=ExtensionGround(self.clock.extension.ground),
            notice=notice,
            deadline=self.deadline_extended_by(notice.dispatched_at, acting.calendar, acting.at),
        )

    def extended_due(self, notice_at: datetime, calendar: WorkingCalendar) -> date:
        """The date that a notice that leaves at this instant has to name. Raises ExtensionTooLate."""
        return self.deadline_extended_by(notice_at, calendar, notice_at).effective_due

    def _require_undecided_extension(self, acting: CaseActing) -> ExtensionProposal:
        self._require_not_closed()
        if self.clock.extension is None or self.clock.extension.approved_by:
            raise NothingProposed()
        self._require_other_than(acting, self.clock.extension.proposed_by)
        return self.clock.extension

    def deadline_extended_by(self, notice_at: datetime, calendar: WorkingCalendar, at: datetime) -> Deadline:
        check_extension(
            regime=self.clock.regime,
            calendar=calendar,
            received_on=self.received_on,
            suspensions=self.suspensions_on(calendar.local_date(notice_at), calendar),
            notice_at=notice_at,
        )
        return self.deadline_with(calendar, as_of=calendar.local_date(at), extended_at=notice_at)
