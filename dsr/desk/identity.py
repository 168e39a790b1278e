"""Doubt about who asks: the question, the evidence, the decision that destroys the evidence."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from dsr.blobs import Inspection
from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.letters import is_blank
from dsr.domain.request.values import AssuranceLevel, IdentityMethod
from dsr.domain.sealed import BlobRef, KeyPurpose
from dsr.exports.errors import DataTooLarge


class IdentityDesk:
    """give the DPO's opinion; ask; take evidence; confirm, ask again, give up."""

    def __init__(self, book: Casebook, max_upload_bytes: int) -> None:
        self._book = book
        self._max_upload_bytes = max_upload_bytes

    def give_dpo_opinion(self, request_id: UUID, call: Call, *, supports: bool, opinion: str) -> Answer:
        """Record whether the DPO supports asking for a copy of a document."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.give_dpo_opinion(
                acting, supports=supports, opinion=book.seal_text(case, "opinion", opinion)
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
            lambda case, acting: case.ask_identity(
                acting, doubt=book.seal_text(case, "doubt", doubt), method=method, asked_at=asked_at or acting.at
            ),
        )

    def take_evidence(
        self,
        request_id: UUID,
        call: Call,
        *,
        evidence: str | None,
        received_at: datetime | None,
        content: bytes | None = None,
        media_type: str = "",
    ) -> Answer:
        """Keep what the person sent, a text, a file or both, under a key of its own, until the decision.

        `media_type` is a hint. Raises FileTypeUnsupported by the content of the file, DataTooLarge.
        """
        book = self._book
        if content is not None and len(content) > self._max_upload_bytes:
            raise DataTooLarge("The file is larger than this service accepts. Ask for a smaller copy.")
        files: list[BlobRef] = []

        def take(case: Request, acting: CaseActing) -> None:
            key = book.keystore.create(case.id, KeyPurpose.IDENTITY_EVIDENCE)[0]
            if content is not None:
                seen = Inspection([content], media_type)
                stored = book.blobs.write(key, seen, "application/octet-stream")
                files.append(stored)
                files[0] = replace(stored, media_type=seen.media_type)
            case.take_identity_evidence(
                acting,
                evidence=None
                if evidence is None or is_blank(evidence)
                else book.sealer.seal_json(evidence, key=key, stream_id=case.id, field="evidence"),
                content=files[0] if files else None,
                key=key.introduction(),
                received_at=received_at or acting.at,
            )

        try:
            return book.change(request_id, call, take)
        except BaseException:
            for each in files:
                book.blobs.delete(each.blob_id)
            raise

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
            lambda case, acting: case.confirm_identity(
                acting,
                method=method,
                assurance=assurance,
                answered_at=answered_at or acting.at,
                evidence_destroyed=case.identity.evidence_keys,
                retained=self._book.retained(case, case.controllers, case.subjects),
            ),
        )

    def ask_again(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """Say why the proof does not suffice; the same suspension stays open."""
        return self._book.change(
            request_id,
            call,
            lambda case, acting: case.ask_identity_again(
                acting,
                reason=self._book.seal_text(case, "reason", reason),
                evidence_destroyed=case.identity.evidence_keys,
            ),
        )

    def give_up(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """Stop asking; a full answer follows."""
        return self._book.change(
            request_id,
            call,
            lambda case, acting: case.give_up_identity(
                acting,
                reason=self._book.seal_text(case, "reason", reason),
                evidence_destroyed=case.identity.evidence_keys,
            ),
        )
