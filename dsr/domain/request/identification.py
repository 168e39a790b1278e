"""Identification of the person: what is known, and the question that settles a doubt (GDPR Art. 12(2), 12(6))."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from dsr.domain.request.values import IN_QUESTION, NEVER, IdentityMethod, IdentityStatus
from dsr.domain.sealed import Sealed


@dataclass(frozen=True)
class DpoOpinion:
    """The opinion of the DPO on one question: its method, and its doubt as it was drafted."""

    supports: bool
    method: IdentityMethod
    doubt: Sealed


@dataclass
class Identification:
    """Identification of the person in a case, assigned by events only. Evidence is sealed; its keys are kept until the
    decision on it.
    """

    status: IdentityStatus = IdentityStatus.NOT_NEEDED
    authenticated: bool = False
    """The channel itself proved the person's identity."""
    asked_on: date | None = None
    """The local date on which the question was asked last."""
    question_sent: bool = False
    """The letter with that question was sent."""
    asks_for_facts: bool = False
    """The letter with that question asks for known facts, in the handler's own words."""
    remind_on: date = date.min
    remind_at: datetime = NEVER
    """0:00 local on that day, in UTC."""
    evidence_keys: tuple[UUID, ...] = ()
    evidence_files: dict[UUID, UUID] = field(default_factory=dict)
    """Keyed by the key id of the evidence: the blob of its file."""
    proof_at: datetime | None = None
    """When the latest evidence arrived; None once it was decided on."""
    dpo_opinions_by: tuple[str, ...] = ()
    """The member of staff consulted as DPO, who may decide nothing in this case (GDPR Art. 38(6))."""
    dpo_opinion: DpoOpinion | None = None
    """The opinion of the DPO that was given last and has not served a question."""
    unidentified_since: datetime = NEVER
    """A full refusal sent before this moment does not answer the present items."""
    unidentified_answered: bool = False
    """The person was told that they stay unidentified, by a refusal that names no item."""
    unidentified_told_at: datetime | None = None
    """When the first such letter left, since the case was last reopened."""
    unidentified_letter: int | None = None
    """The version of the event of the last such letter."""
    unidentified_returned: bool = False
    """That letter came back."""

    def take(self, keys: Mapping[UUID, UUID | None], *, received_at: datetime) -> None:
        """For events: this is evidence, sealed under these keys; with the blob of each that opens a file."""
        self.proof_at = received_at if self.proof_at is None else max(received_at, self.proof_at)
        self.evidence_keys = (*self.evidence_keys, *keys)
        self.evidence_files |= {key_id: blob_id for key_id, blob_id in keys.items() if blob_id is not None}

    def decide(self, status: IdentityStatus) -> None:
        """For events: the evidence was decided on, and its keys are destroyed."""
        self.status = status
        self.evidence_keys = ()
        self.proof_at = None

    def lapse(self) -> None:
        """For events: the case is closed, so no answer to the identity question is awaited."""
        self.decide(IdentityStatus.LAPSED if self.status in IN_QUESTION else self.status)
