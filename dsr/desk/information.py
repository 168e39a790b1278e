"""Information: which text was handed out, of whom, and what was blacked out in it."""

from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.information import Copyable
from dsr.domain.request.standing import CopyKind
from dsr.domain.request.values import Channel


class InformationDesk:
    """send a copy."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

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
        """Record a text that left (`sent_at` None: now), of those that the record of processing names."""
        book = self._book

        def send(case: Request, acting: CaseActing) -> None:
            document = book.ropa.at_version(case.ropa_version).document
            case.send_copy(
                acting,
                item_id=item_id,
                kind=kind,
                of=of,
                copyable=Copyable.of(document, case.item(item_id).controller_id),
                redacted=redacted,
                summary=book.seal_text(case, "summary", summary),
                sent_at=sent_at or acting.at,
                channel=channel,
            )

        return book.change(request_id, call, send, item_id=item_id)
