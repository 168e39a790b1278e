"""What a case knows of who asks, and of the question that settles a doubt about it (GDPR Art. 12(2), 12(6))."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from dsr.domain.request.values import IN_QUESTION, NEVER, IdentityStatus


@dataclass
class Identification:
    """Assigned by events only. The evidence itself is sealed; its keys are kept until the decision on it."""

    status: IdentityStatus = IdentityStatus.NOT_NEEDED
    authenticated: bool = False
    """The channel itself proved who asks."""
    asked_on: date | None = None
    """The local date on which the question was asked last."""
    question_sent: bool = False
    """The letter with that question left."""
    remind_on: date = date.min
    remind_at: datetime = NEVER
    """0:00 local on that day, in UTC."""
    evidence_keys: tuple[UUID, ...] = ()
    evidence_files: dict[UUID, UUID] = field(default_factory=dict)
    """By the key of the evidence: the blob that holds its file."""
    dpo_opinions_by: tuple[str, ...] = ()
    """Who was consulted as the DPO, and so decides nothing in this case (GDPR Art. 38(6))."""
    dpo_supports_document: bool = False
    unidentified_since: datetime = NEVER
    """A refusal as a whole that left before this moment said nothing of what is refused now."""
    unidentified_answered: bool = False
    """Who stays unidentified was told so, by a refusal that names no item."""
    unidentified_told_at: datetime | None = None
    """When the last such letter left, since the case was last reopened."""

    def decide(self, status: IdentityStatus) -> None:
        """For events: what was sent as evidence is decided on, and its keys are gone."""
        self.status = status
        self.evidence_keys = ()

    def lapse(self) -> None:
        """For events: the case is closed, so that nobody waits for an answer about who asks."""
        self.decide(IdentityStatus.LAPSED if self.status in IN_QUESTION else self.status)
