"""Use cases of notices to recipients of what was rectified, erased or restricted (GDPR Art. 19)."""

from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Person
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.letters import is_blank
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.values import Channel


class RecipientDesk:
    """add a recipient; tell one; say why one is not told."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def add(self, request_id: UUID, item_id: str, call: Call, *, contact: Person, reason: str) -> Answer:
        """Add a recipient of the data that the record of processing does not name."""
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            reachable = not is_blank(contact.name) and (contact.email or not is_blank(contact.address))
            case.add_recipient(
                work.acting,
                item_id=item_id,
                contact=repository.sealer.seal_json(
                    contact, key=repository.case_key(case), stream_id=case.id, field="contact"
                )
                if reachable
                else None,
                reason=work.seal("reason", reason),
            )
        return work.answer

    @use_case
    def tell(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        recipient: str,
        told_at: datetime | None,
        channel: Channel,
    ) -> Answer:
        """Record that a recipient was told (default: now). Raises RecipientUnknown."""
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            self._require_recipient(case, item_id, recipient)
            case.tell_recipient(
                work.acting,
                item_id=item_id,
                recipient=recipient,
                told_at=told_at or work.acting.at,
                channel=channel,
            )
        return work.answer

    @use_case
    def excuse(
        self, request_id: UUID, item_id: str, call: Call, *, recipient: str, obstacle: Obstacle, explanation: str
    ) -> Answer:
        """Record why a recipient is not told. Raises RecipientUnknown."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            self._require_recipient(work.case, item_id, recipient)
            work.case.excuse_recipient(
                work.acting,
                item_id=item_id,
                recipient=recipient,
                obstacle=obstacle,
                explanation=work.seal("explanation", explanation),
            )
        return work.answer

    def _require_recipient(self, case: Request, item_id: str, recipient: str) -> None:
        if recipient in case.item(item_id).added_recipients:
            return
        self._repository.ropa.at_version(case.ropa_version).document.recipient(recipient)
