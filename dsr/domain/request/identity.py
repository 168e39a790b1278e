"""Doubt about the person's identity, and how it is settled (GDPR Art. 12(6), 11(2); EDPB Guidelines 01/2022, section
3).

The method and assurance level are kept, the evidence never: each decision on evidence destroys its key in the same
command.
"""

from collections.abc import Collection, MutableMapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import SuspensionKind, remind_identity_on
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.clock import (
    known_since,
    local_answer_date,
    note_answered,
    note_put,
    resume,
    resume_unanswered,
    suspend,
    waits_for_confirmation,
)
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.earlier_fact import EarlierFactKind, StatedEvent
from dsr.domain.request.errors import (
    AlreadyAuthenticated,
    AnswerDatesInvalid,
    DisproportionateIdentification,
    IdentityAlreadyAsked,
    NoReasonableDoubt,
    ReasonRequired,
)
from dsr.domain.request.guards import purged, require_between, require_examined, require_in_question, require_not_closed
from dsr.domain.request.holds import Retained, hold_what_expires
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import IN_QUESTION, AssuranceLevel, IdentityMethod, IdentityStatus, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.sealed import BlobRef, KeyIntroduction, Sealed


class EvidenceMissing(Refused):
    """Send what the person sent as evidence: a text, a file, or both."""

    code = "evidence-missing"


class RequestEnded(Refused):
    """Two people ended this request, so nothing is left for which it matters who asked. Send the letter of kind
    `ending`, and close the request.
    """

    code = "request-ended"


_IDENTITY_MATTERS_NOT = (ItemStatus.ENDED, ItemStatus.REFUSED, ItemStatus.WITHDRAWN)


class QuestionsMissing(Refused):
    """To check facts that only the person and the controller know, the letter has to ask for them: put the questions in
    `questions`, one plain sentence each.
    """

    code = "questions-missing"


class IdentityRequested(StatedEvent, RequestEvent):
    """The controller asked for the least that settles a written, reasonable doubt."""

    TOPIC: ClassVar[str] = "dsr.request.identity-requested"
    asked_at: datetime
    asked_on: date
    """Local calendar date."""
    method: IdentityMethod
    doubt: Sealed
    remind_on: date
    """The local date of the reminder if no answer comes."""
    remind_at: datetime
    """0:00 local on that day, in UTC."""
    asked_otherwise: bool
    """True if the question was asked on an earlier day than it is recorded: the person knows it without a further
    letter.
    """
    unconfirmed: bool | None
    """True: the clock counts the question from the day of its entry, until an approver confirms the earlier day."""
    alternatives: tuple[IdentityMethod, ...] | None
    """The other methods that the person may choose; None where they were not chosen, as before version 0.3."""
    questions: Sealed | None
    """The questions by which known facts are checked."""
    new_fact: Sealed | None = None
    """The new fact that renewed the doubt about a person who was authenticated already."""

    class_version = 3

    @staticmethod
    def upcast_v2_v3(state: MutableMapping[str, Any]) -> None:
        """Before, letters offered three fixed alternatives and asked no questions."""
        state["alternatives"] = None
        state["questions"] = None

    def apply(self, case: Case) -> None:
        case.identity.status = IdentityStatus.ASKED
        if IdentityMethod.DOCUMENT_COPY in (self.method, *(self.alternatives or ())):
            case.identity.dpo_opinion = None  # it serves one question
        case.identity.remind_on = self.remind_on
        case.identity.remind_at = self.remind_at
        case.identity.asked_on = self.asked_on
        case.identity.question_sent = False
        case.identity.asks_for_facts = self.questions is not None
        case.clock.unput(SuspensionKind.IDENTITY)
        if self.asked_otherwise:
            case.clock.put(SuspensionKind.IDENTITY)
        case.identity.unidentified_answered = False
        if self.unconfirmed:
            kind = EarlierFactKind.IDENTITY_QUESTION
            case.state_earlier(self, kind, happened_on=self.asked_on, happened_at=self.asked_at)


class IdentityEvidenceReceived(RequestEvent):
    """The person sent evidence, as text or as a file; sealed under a key of its own that the decision destroys."""

    TOPIC: ClassVar[str] = "dsr.request.identity-evidence-received"
    received_at: datetime
    evidence: Sealed | None
    key: KeyIntroduction
    knew_of_question: bool
    """It came on or after the day on record for the question."""
    content: BlobRef | None = None

    def apply(self, case: Case) -> None:
        if self.knew_of_question:
            case.clock.put(SuspensionKind.IDENTITY)
        blob_id = None if self.content is None else self.content.blob_id
        case.identity.take({self.key.key_id: blob_id}, received_at=self.received_at)


class IdentityConfirmed(RequestEvent):
    """The doubt is settled. `evidence_destroyed` are the destroyed keys.

    `item_ids` were refused by closing as `unidentified` and not reopened with the case: the person is known now, so
    they have to be decided.
    """

    TOPIC: ClassVar[str] = "dsr.request.identity-confirmed"
    method: IdentityMethod
    assurance: AssuranceLevel
    answered_at: datetime
    evidence_destroyed: tuple[UUID, ...]
    item_ids: tuple[str, ...] = ()

    def apply(self, case: Case) -> None:
        case.identity.decide(IdentityStatus.CONFIRMED)
        case.end_question(EarlierFactKind.IDENTITY_QUESTION, at=self.answered_at)
        for item_id in self.item_ids:
            case.open_again(item_id, at=self.timestamp)


class IdentityInsufficient(RequestEvent):
    """The proof does not settle the doubt and the person is asked again; the suspension continues."""

    TOPIC: ClassVar[str] = "dsr.request.identity-insufficient"
    reason: Sealed
    evidence_destroyed: tuple[UUID, ...]
    remind_on: date
    """The local date of the reminder if no further answer comes."""
    remind_at: datetime
    """0:00 local on that day, in UTC."""

    def apply(self, case: Case) -> None:
        case.identity.decide(IdentityStatus.INSUFFICIENT)
        case.identity.remind_on = self.remind_on
        case.identity.remind_at = self.remind_at


class IdentityFailed(RequestEvent):
    """The person could not be identified; a reasoned answer has to follow (GDPR Art. 12(4))."""

    TOPIC: ClassVar[str] = "dsr.request.identity-failed"
    reason: Sealed
    evidence_destroyed: tuple[UUID, ...]

    def apply(self, case: Case) -> None:
        case.identity.decide(IdentityStatus.FAILED)
        case.identity.unidentified_since = self.timestamp
        case.end_question(EarlierFactKind.IDENTITY_QUESTION, at=self.timestamp)


@state_guard
def may_ask_identity(case: Case) -> None:
    """Requires that no question is open, and that two people did not end all that identity could matter for.

    Raises IdentityAlreadyAsked, RequestEnded, RequestIsClosed.
    """
    require_not_closed(case)
    if case.identity.status in IN_QUESTION:
        raise IdentityAlreadyAsked()
    items = case.items.values()
    is_ended = any(item.status is ItemStatus.ENDED for item in items)
    if is_ended and all(item.status in _IDENTITY_MATTERS_NOT for item in items):
        raise RequestEnded()


@state_guard
def may_take_identity_evidence(case: Case) -> None:
    """While a question about identity is out. Raises IdentityNotAsked, RequestIsClosed."""
    require_in_question(case)


@state_guard
def may_confirm_identity(case: Case) -> None:
    """While a question about identity is out, and no message waits that may hold the proof (docs/law §9).

    Raises IdentityNotAsked, MessageUnexamined, RequestIsClosed.
    """
    require_in_question(case)
    require_examined(case)


@state_guard
def may_ask_identity_again(case: Case) -> None:
    """While a question about identity is out. Raises IdentityNotAsked, RequestIsClosed."""
    require_in_question(case)


@state_guard
def may_give_up_identity(case: Case) -> None:
    """While a question about identity is out. Raises IdentityNotAsked, MessageUnexamined, RequestIsClosed."""
    require_in_question(case)
    require_examined(case)


class IdentityCommands(DatedCase):
    """ask for identity; take evidence; confirm, ask again, give up."""

    def ask_identity(
        self,
        acting: CaseActing,
        *,
        doubt: Sealed | None,
        method: IdentityMethod,
        asked_at: datetime,
        alternatives: tuple[IdentityMethod, ...] = (),
        questions: Sealed | None = None,
        new_fact: Sealed | None = None,
        as_drafted: bool = False,
    ) -> None:
        """Ask for the least that settles a written, reasonable doubt (GDPR Art. 12(6)).

        `alternatives` are other methods that the person may choose instead. Whoever checks known facts says which
        `questions` the letter asks. A person who was authenticated is asked again only if a new fact renews the doubt,
        such as an account that was taken over; packages and links wait until it is settled (GDPR Art. 32).
        `as_drafted`: the doubt is the one that the DPO's last opinion names. The clock is suspended from the local date
        of the question, if that is within the days the regime allows. A question that a person states to have asked on
        an earlier day counts from the day of its entry, until `confirm_earlier_fact` (docs/law §10). Raises
        NoReasonableDoubt, QuestionsMissing, AlreadyAuthenticated, IdentityAlreadyAsked, DisproportionateIdentification,
        AnswerDatesInvalid, RequestEnded, RequestIsClosed.
        """
        may_ask_identity(self)
        if doubt is None:
            raise NoReasonableDoubt()
        is_known = self.identity.authenticated or self.identity.status is IdentityStatus.CONFIRMED
        if is_known and new_fact is None:
            raise AlreadyAuthenticated()
        offered = (method, *alternatives)
        if IdentityMethod.DOCUMENT_COPY in offered:
            _require_proportionate(self, as_drafted=as_drafted)
        if IdentityMethod.KNOWN_FACTS in offered and questions is None:
            raise QuestionsMissing()
        require_between(acting, asked_at, not_before=self.received_at)
        asked_on = acting.calendar.local_date(asked_at)
        unconfirmed = waits_for_confirmation(self, acting, asked_at)
        remind_on = remind_identity_on(self.clock.regime, asked_on)
        self.record(
            acting,
            IdentityRequested,
            asked_at=asked_at,
            asked_on=asked_on,
            method=method,
            doubt=doubt,
            remind_on=remind_on,
            remind_at=acting.calendar.begin_of(remind_on),
            asked_otherwise=asked_on < acting.today,
            unconfirmed=unconfirmed,
            alternatives=tuple(each for each in dict.fromkeys(alternatives) if each is not method),
            questions=questions,
            new_fact=new_fact,
        )
        suspend(self, acting, SuspensionKind.IDENTITY, asked_on=acting.today if unconfirmed else asked_on)

    def take_identity_evidence(
        self,
        acting: CaseActing,
        *,
        evidence: Sealed | None,
        key: KeyIntroduction,
        received_at: datetime,
        content: BlobRef | None = None,
    ) -> None:
        """Keep the evidence, a text, a file or both under one key, until it is decided on.

        It shows that the person knew a question that no letter asked; after a date was missed, the clock counts that
        question from today until `confirm_earlier_fact` (docs/law §10). Raises IdentityNotAsked, EvidenceMissing,
        AnswerDatesInvalid, RequestIsClosed.
        """
        may_take_identity_evidence(self)
        if evidence is None and content is None:
            raise EvidenceMissing()
        require_between(acting, received_at, not_before=self.received_at)
        kind, asked_on = SuspensionKind.IDENTITY, self.identity.asked_on or self.received_on
        was_put, knew = self.clock.was_put(kind), acting.calendar.local_date(received_at) >= asked_on
        counts_on = known_since(self, acting, kind, asked_on=asked_on)
        self.record(
            acting,
            IdentityEvidenceReceived,
            received_at=received_at,
            evidence=evidence,
            key=key,
            content=content,
            knew_of_question=knew,
        )
        if knew and not was_put:
            note_put(self, acting, kind, asked_on=asked_on, left_on=asked_on, counts_on=counts_on)

    def confirm_identity(
        self,
        acting: CaseActing,
        *,
        method: IdentityMethod,
        assurance: AssuranceLevel,
        answered_at: datetime,
        evidence_destroyed: Collection[UUID],
        retained: Collection[Retained] = (),
    ) -> None:
        """Settle the doubt; the clock resumes on the local date on which the sufficient answer arrived.

        After a date was missed, an answer to a question that no letter asked counts it from today, until
        `confirm_earlier_fact` (docs/law §10).
        Items that closing refused only because the person was unidentified are open again, and data needed for a copy
        is held. Raises IdentityNotAsked, MessageUnexamined, EvidenceNotPurged, AnswerDatesInvalid (before the question,
        ahead, or on a later day than the latest evidence on record arrived), RequestIsClosed.
        """
        may_confirm_identity(self)
        answered_on = local_answer_date(acting, answered_at, self.identity.asked_on)
        require_not_after_proof(self, acting, answered_on)
        destroyed = purged(self, evidence_destroyed)
        note_answered(self, acting, SuspensionKind.IDENTITY, asked_on=self.identity.asked_on)
        self.record(
            acting,
            IdentityConfirmed,
            method=method,
            assurance=assurance,
            answered_at=answered_at,
            evidence_destroyed=destroyed,
            item_ids=self.undecided_as(ItemStatus.REFUSED),
        )
        resume(self, acting, SuspensionKind.IDENTITY, sufficient_on=answered_on)
        hold_what_expires(self, acting, retained)

    def ask_identity_again(
        self, acting: CaseActing, *, reason: Sealed | None, evidence_destroyed: Collection[UUID]
    ) -> None:
        """Say why the proof does not suffice and ask again; the suspension continues.

        Raises IdentityNotAsked, ReasonRequired, EvidenceNotPurged, RequestIsClosed.
        """
        may_ask_identity_again(self)
        if reason is None:
            raise ReasonRequired()
        remind_on = remind_identity_on(self.clock.regime, acting.today)
        self.record(
            acting,
            IdentityInsufficient,
            reason=reason,
            evidence_destroyed=purged(self, evidence_destroyed),
            remind_on=remind_on,
            remind_at=acting.calendar.begin_of(remind_on),
        )

    def give_up_identity(
        self, acting: CaseActing, *, reason: Sealed | None, evidence_destroyed: Collection[UUID]
    ) -> None:
        """Stop asking; the suspension ends, and the case can close as `unidentified` with a full answer.

        If no letter with the question was ever sent, the clock was never suspended.

        Raises IdentityNotAsked, MessageUnexamined, ReasonRequired, EvidenceNotPurged, RequestIsClosed.
        """
        may_give_up_identity(self)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, IdentityFailed, reason=reason, evidence_destroyed=purged(self, evidence_destroyed))
        resume_unanswered(self, acting, SuspensionKind.IDENTITY, acting.today)


def _require_proportionate(case: Case, *, as_drafted: bool) -> None:
    """The last opinion of the DPO supports a copy of a document for the doubt as it was drafted, and has served no
    question yet.

    Raises DisproportionateIdentification.
    """
    opinion = case.identity.dpo_opinion
    supported = (
        opinion is not None and opinion.supports and opinion.method is IdentityMethod.DOCUMENT_COPY and as_drafted
    )
    if not supported or _at_most_withdraws_consent(case):
        raise DisproportionateIdentification()


def _at_most_withdraws_consent(case: Case) -> bool:
    """Whether the case only withdraws consent, for which no document is ever asked (GDPR Art. 7(3)).

    True before registration, since there are no items yet.
    """
    return {item.right for item in case.items.values() if item.status.is_pending} <= {Right.CONSENT_WITHDRAWAL}


def require_not_after_proof(case: Case, acting: CaseActing, answered_on: date) -> None:
    """An answer came on no later day than the latest proof that is on record since the question; raises
    AnswerDatesInvalid. A proof from before the question answers an earlier one.
    """
    proof_at = case.identity.proof_at
    if proof_at is None:
        return
    asked_on, proof_on = case.identity.asked_on or case.received_on, acting.calendar.local_date(proof_at)
    if asked_on <= proof_on < answered_on:
        raise AnswerDatesInvalid(
            f"The latest proof on record arrived on {proof_on}, before that day. If another one came later, enter it "
            "first: `POST /requests/{request_id}/messages/examined`, as `identity-answer`.",
            not_after=proof_at.isoformat(),
        )
