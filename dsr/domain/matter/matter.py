"""Matters: who is responsible, which cases they concern, how they are answered and closed (docs/law §13)."""

from datetime import datetime
from uuid import UUID

from dsr.domain.acting import Acting, CaseActing
from dsr.domain.matter.complaint import ComplaintCommands
from dsr.domain.matter.errors import (
    MatterDateNotDue,
    MatterLinked,
    MatterMessageUnexamined,
    MatterUnanswered,
    OutcomeNotAvailable,
)
from dsr.domain.matter.guards import require_between, require_kind, require_open, require_unanswered
from dsr.domain.matter.incident import IncidentCommands
from dsr.domain.matter.letter import AuthorityLetterCommands
from dsr.domain.matter.messages import ReplyCommands
from dsr.domain.matter.notices import NoticeCommands
from dsr.domain.matter.sending import SendingCommands
from dsr.domain.matter.state import (
    MatterAnswerRecorded,
    MatterAssigned,
    MatterDateApproaching,
    MatterDateMissed,
    MatterOutcomeRecorded,
    MatterPartsOpened,
    MatterRequestLinked,
)
from dsr.domain.matter.values import LETTERS, OUTCOMES, MatterKind, MatterOutcome, MatterStatus
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.sealed import Sealed


class Matter(
    ComplaintCommands, IncidentCommands, AuthorityLetterCommands, SendingCommands, NoticeCommands, ReplyCommands
):
    """One matter, from its arrival to its outcome."""

    TOPIC = "dsr.matter"

    def assign(self, acting: Acting, *, responsible: str) -> None:
        """Name the member of staff who is responsible. Raises MatterClosed."""
        require_open(self)
        self.record(acting, MatterAssigned, responsible=responsible)

    def link_request(self, acting: Acting, *, request_id: UUID) -> None:
        """Link a case that the matter concerns. Raises MatterClosed, MatterLinked."""
        require_open(self)
        if request_id in self.request_ids:
            raise MatterLinked()
        self.record(acting, MatterRequestLinked, request_id=request_id)

    def record_answer(
        self,
        acting: CaseActing,
        *,
        answered_at: datetime,
        channel: Channel,
        reasons: Sealed | None,
        remedies: Sealed | None,
    ) -> None:
        """Record the answer that left, with its reasons, and to a complaint its remedies; it acknowledges that too.

        An incident has no answer: its authorities are notified. Raises MatterClosed, MatterAnswered, MatterOfOtherKind,
        MatterDatesInvalid, ReasonRequired (no reasons, or no remedies for a complaint).
        """
        require_unanswered(self)
        require_kind(self, MatterKind.COMPLAINT, *LETTERS)
        require_between(self, acting, answered_at)
        if reasons is None:
            raise ReasonRequired("Say what was examined, and why the answer is as it is.")
        if remedies is None and self.kind is MatterKind.COMPLAINT:
            raise ReasonRequired("Say what is put right, and to whom the sender can turn: an authority, a court.")
        self.record(
            acting,
            MatterAnswerRecorded,
            answered_at=answered_at,
            channel=channel,
            reasons=reasons,
            remedies=remedies,
            late=self.is_late(acting.at),
        )

    def close(self, acting: Acting, *, outcome: MatterOutcome) -> None:
        """Close a matter with its outcome, once it is answered or, as an incident, settled, and every message on it is
        examined.

        Raises MatterClosed, MatterUnanswered, IncidentUnsettled, MatterMessageUnexamined, OutcomeNotAvailable.
        """
        require_open(self)
        if self.kind is MatterKind.INCIDENT:
            available: tuple[MatterOutcome, ...] = (self._outcome_of_incident(),)
        elif self.status is not MatterStatus.ANSWERED:
            raise MatterUnanswered()
        else:
            available = OUTCOMES[self.kind]
        if outcome not in available:
            raise OutcomeNotAvailable(available=[each.value for each in available])
        if self.unexamined:
            raise MatterMessageUnexamined()
        self.record(acting, MatterOutcomeRecorded, outcome=outcome)

    def record_due(self, acting: Acting) -> None:
        """Record that the date of the matter approaches or was missed, each once. Raises MatterDateNotDue."""
        date = self.date
        if date is None or self.is_missed or acting.at < date.warn_at:
            raise MatterDateNotDue()
        if acting.at >= date.ends_at:
            self.record(acting, MatterDateMissed, due=date.due, on=date.on)
        elif not self.is_warned:
            self.record(acting, MatterDateApproaching, due=date.due, on=date.on)
        else:
            raise MatterDateNotDue()

    def open(self, acting: Acting, *, purpose: DisclosurePurpose, versions: tuple[int, ...]) -> None:
        """Record that these events were opened, before their content is shown."""
        self.record(acting, MatterPartsOpened, purpose=purpose, versions=versions)
