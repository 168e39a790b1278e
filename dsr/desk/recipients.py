"""Telling recipients what was rectified, erased or restricted (GDPR Art. 19)."""

from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.values import Channel


class RecipientDesk:
    """tell a recipient; say why one is not told."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

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
        """Record that a recipient was told; now unless a time is given. Raises RecipientUnknown."""
        book = self._book

        def tell(case: Request, acting: CaseActing) -> None:
            self._require_recipient(case, recipient)
            moment = told_at or acting.at
            case.tell_recipient(
                acting,
                item_id=item_id,
                recipient=recipient,
                told_at=moment,
                told_on=book.calendar(case).local_date(moment),
                channel=channel,
            )

        return book.change(request_id, call, tell, item_id=item_id)

    def excuse(
        self, request_id: UUID, item_id: str, call: Call, *, recipient: str, obstacle: Obstacle, explanation: str
    ) -> Answer:
        """Record why a recipient is not told. Raises RecipientUnknown."""
        book = self._book

        def excuse(case: Request, acting: CaseActing) -> None:
            self._require_recipient(case, recipient)
            case.excuse_recipient(
                acting,
                item_id=item_id,
                recipient=recipient,
                obstacle=obstacle,
                explanation=book.seal_text(case, "explanation", explanation),
            )

        return book.change(request_id, call, excuse, item_id=item_id)

    def _require_recipient(self, case: Request, recipient: str) -> None:
        self._book.ropa.at_version(case.ropa_version).document.recipient(recipient)
