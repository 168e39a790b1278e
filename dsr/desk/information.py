"""Use case of information: recording the copies of texts handed out."""

from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request.guards import require_item
from dsr.domain.request.information import Copyable
from dsr.domain.request.standing import CopyKind
from dsr.domain.request.values import Channel


class InformationDesk:
    """send a copy."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def send_copy(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        kind: CopyKind,
        of: str | None,
        redacted: bool,
        summary: str,
        sent_at: datetime | None,
        channel: Channel,
    ) -> Answer:
        """Record that a text named in the record of processing was sent (`sent_at` None: now)."""
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            document = repository.ropa.at_version(case.ropa_version).document
            case.send_copy(
                work.acting,
                item_id=item_id,
                kind=kind,
                of=of,
                copyable=Copyable.of(document, require_item(case, item_id).controller_id),
                redacted=redacted,
                summary=work.seal("summary", summary),
                sent_at=sent_at or work.acting.at,
                channel=channel,
            )
        return work.answer
