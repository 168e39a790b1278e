"""Use cases of claims: a message elsewhere that claims the thread of a case holds it up until a person has
looked at it, or lets it join the case (docs/law §9).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.desk.repository import Repository, require_answering
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.message import StandsIn
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose


class ClaimDesk:
    """note a claim, settle it; let a letter join another case."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def note(
        self,
        request_id: UUID,
        call: Call,
        *,
        message_id: UUID,
        stands_in: StandsIn,
        channel: Channel,
        received_at: datetime,
        language: str,
        suggested_rights: tuple[Right, ...],
        sender_doubtful: bool = False,
    ) -> Answer:
        """Let the case wait for a message that claims its thread."""
        with changing(self._repository, request_id, call) as work:
            work.case.note_claim(
                work.acting,
                message_id=message_id,
                stands_in=stands_in,
                channel=channel,
                received_at=received_at,
                language=language,
                suggested_rights=suggested_rights,
                sender_doubtful=sender_doubtful,
            )
        return work.answer

    @use_case
    def settle(self, request_id: UUID, call: Call, *, message_id: UUID) -> Answer:
        """Let the case wait for that message no longer. Raises MessageUnknown."""
        with changing(self._repository, request_id, call) as work:
            work.case.settle_claim(work.acting, message_id=message_id)
        return work.answer

    @use_case
    def join(self, request_id: UUID, call: Call, *, joined_to: UUID) -> Answer:
        """Move the letter of this case to another case in scope, where it waits to be examined with its arrival.

        Its original moves with it: here its key is destroyed, so that a proof of identity does not survive in two
        places. Raises RequestUnknown, Forbidden, KeyDestroyed, and what `Request.join` does.
        """
        repository = self._repository
        with changing(repository, request_id, call) as work:
            case, other = work.case, repository.request(joined_to, call.caller)
            require_answering(other, call.caller)
            repository.case_key(other)  # of somebody who was forgotten, nothing new is filed
            first = next(iter(repository.application.events.get(case.id)))
            assert isinstance(first, RequestReceived)  # noqa: S101 - every case begins so
            moved = first.original
            case.join(
                work.acting,
                joined_to=other.id,
                has_joined=other.has_joined,
                evidence_destroyed=case.identity.evidence_keys,
            )
            original = None
            if moved is not None:
                original = b"".join(repository.blobs.read(moved, repository.keystore.open(moved.key_id)))
            purposes = (KeyPurpose.MESSAGE,) if original is None else (KeyPurpose.MESSAGE, KeyPurpose.BLOB)
            keys = work.enter(kept(repository, original, "" if moved is None else moved.media_type, *purposes))
            acting = repository.acting_on(other, work.acting)
            other.attach_follow_up(
                acting,
                channel=case.channel,
                received_at=case.received_at,
                keys=keys.introductions,
                message=repository.sealer.seal_json(
                    self._content(first), key=keys.message_key, stream_id=other.id, field="message"
                ),
                original=keys.blob,
                claimed_at=first.claimed_at,
                language=case.language,
                suggested_rights=case.suggested_rights,
            )
            if case.id in other.claims:
                other.settle_claim(acting, message_id=case.id)
            work.add(other)
            work.effect(keys.store)
            if moved is not None:
                key_id, blob_id = moved.key_id, moved.blob_id
                work.irrevocable(
                    lambda: repository.keystore.destroy([key_id]), lambda: repository.blobs.delete(blob_id)
                )
        return work.answer

    def _content(self, first: RequestReceived) -> Mapping[str, Any]:
        if first.message is None:
            return {}
        content = self._repository.sealer.open_json(first.message, stream_id=first.originator_id, field="message")
        return content if isinstance(content, Mapping) else {}
