"""Doubt about who asks: the question, the evidence, the decision that destroys the evidence."""

from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.domain.request import Request
from dsr.domain.request.values import AssuranceLevel, IdentityMethod
from dsr.domain.sealed import KeyPurpose


class IdentityDesk:
    """give the DPO's opinion; ask; take evidence; confirm, ask again, give up."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

    def give_dpo_opinion(self, request_id: UUID, call: Call, *, supports: bool, opinion: str) -> Answer:
        """Record whether the DPO supports asking for a copy of a document."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, at: case.give_dpo_opinion(
                supports=supports, opinion=book.seal_text(case, "opinion", opinion), at=at, actor=call.caller.actor
            ),
        )

    def ask(
        self, request_id: UUID, call: Call, *, doubt: str, method: IdentityMethod, asked_at: datetime | None
    ) -> Answer:
        """Ask for the least that settles a written doubt; `asked_at` None means now."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, at: case.ask_identity(
                doubt=book.seal_text(case, "doubt", doubt),
                method=method,
                asked_at=asked_at or at,
                calendar=book.calendar(case),
                at=at,
                actor=call.caller.actor,
            ),
        )

    def take_evidence(self, request_id: UUID, call: Call, *, evidence: str, received_at: datetime | None) -> Answer:
        """Keep what the person sent under a key of its own, until the decision."""
        book = self._book

        def take(case: Request, at: datetime) -> None:
            key = book.keystore.create(case.id, KeyPurpose.IDENTITY_EVIDENCE)[0]
            case.take_identity_evidence(
                evidence=book.sealer.seal_json(evidence, key=key, stream_id=case.id, field="evidence"),
                key=key.introduction(),
                received_at=received_at or at,
                at=at,
                actor=call.caller.actor,
            )

        return book.change(request_id, call, take)

    def confirm(
        self,
        request_id: UUID,
        call: Call,
        *,
        method: IdentityMethod,
        assurance: AssuranceLevel,
        answered_at: datetime | None,
    ) -> Answer:
        """Settle the doubt; the clock resumes on the day the sufficient answer arrived (None: now)."""
        return self._book.change(
            request_id,
            call,
            lambda case, at: case.confirm_identity(
                method=method,
                assurance=assurance,
                answered_at=answered_at or at,
                evidence_destroyed=case.identity_evidence_keys,
                calendar=self._book.calendar(case),
                retained=self._book.retained(case, case.controllers, case.subjects),
                at=at,
                actor=call.caller.actor,
            ),
        )

    def ask_again(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """Say why the proof does not suffice; the same suspension stays open."""
        return self._book.change(
            request_id,
            call,
            lambda case, at: case.ask_identity_again(
                reason=self._book.seal_text(case, "reason", reason),
                evidence_destroyed=case.identity_evidence_keys,
                at=at,
                actor=call.caller.actor,
            ),
        )

    def give_up(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """Stop asking; a full answer follows."""
        return self._book.change(
            request_id,
            call,
            lambda case, at: case.give_up_identity(
                reason=self._book.seal_text(case, "reason", reason),
                evidence_destroyed=case.identity_evidence_keys,
                calendar=self._book.calendar(case),
                at=at,
                actor=call.caller.actor,
            ),
        )
