"""Use cases of direct transfer to another controller: feasibility, verification of the target, transmission."""

from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.exports import ExportDesk
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request.standing import TargetMethod
from dsr.domain.request.values import Channel


class TransferDesk:
    """assess feasibility; verify the target; transmit."""

    def __init__(self, repository: Repository, exports: ExportDesk) -> None:
        self._repository = repository
        self._exports = exports

    @use_case
    def assess(self, request_id: UUID, item_id: str, call: Call, *, feasible: bool, reasons: str) -> Answer:
        """Record whether a direct transfer is technically feasible, and if not, why."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            work.case.assess_feasibility(
                work.acting, item_id=item_id, feasible=feasible, reasons=work.seal("reasons", reasons)
            )
        return work.answer

    @use_case
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
        """Record how the recipient was verified; `verified_at` None means now."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            work.case.verify_target(
                work.acting, item_id=item_id, target=target, method=method, verified_at=verified_at or work.acting.at
            )
        return work.answer

    @use_case
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
        """Record that the item's package, or its collected data if there is none, was sent (`sent_at` None: now).

        Raises ExportUnknown for a package of another item, ExportOutdated.
        """
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            if export_id is not None:
                self._exports.require_package(work.case, item_id, export_id)
            work.case.transmit(
                work.acting,
                item_id=item_id,
                target=target,
                export_id=export_id,
                sent_at=sent_at or work.acting.at,
                channel=channel,
                receipt=work.seal("receipt", receipt),
            )
        return work.answer
