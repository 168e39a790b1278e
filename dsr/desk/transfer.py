"""Direct transfer to another controller: is it feasible, is the target who it should be, what left when."""

from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.exports import ExportDesk
from dsr.desk.idempotency import Answer
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.standing import TargetMethod
from dsr.domain.request.values import Channel


class TransferDesk:
    """assess feasibility; verify the target; transmit."""

    def __init__(self, book: Casebook, exports: ExportDesk) -> None:
        self._book = book
        self._exports = exports

    def assess(self, request_id: UUID, item_id: str, call: Call, *, feasible: bool, reasons: str) -> Answer:
        """Record whether the data can technically go straight to another controller, and why not."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.assess_feasibility(
                acting, item_id=item_id, feasible=feasible, reasons=book.seal_text(case, "reasons", reasons)
            ),
            item_id=item_id,
        )

    def verify_target(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        target: str,
        method: TargetMethod,
        verified_at: datetime | None,
    ) -> Answer:
        """Record how it was made sure who receives the data; `verified_at` None means now."""
        return self._book.change(
            request_id,
            call,
            lambda case, acting: case.verify_target(
                acting, item_id=item_id, target=target, method=method, verified_at=verified_at or acting.at
            ),
            item_id=item_id,
        )

    def transmit(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        target: str,
        export_id: UUID | None,
        sent_at: datetime | None,
        channel: Channel,
        receipt: str,
    ) -> Answer:
        """Record that the package built for the item, or without one what was collected, left (`sent_at` None: now).

        Raises ExportUnknown for a package of another item, ExportOutdated.
        """
        book = self._book

        def transmit(case: Request, acting: CaseActing) -> None:
            if export_id is not None:
                self._exports.require_package(case, item_id, export_id)
            case.transmit(
                acting,
                item_id=item_id,
                target=target,
                export_id=export_id,
                sent_at=sent_at or acting.at,
                channel=channel,
                receipt=book.seal_text(case, "receipt", receipt),
            )

        return book.change(request_id, call, transmit, item_id=item_id)
