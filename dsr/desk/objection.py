"""Objecting to processing: restrict at once, then balance; direct marketing stops at once (GDPR Art. 21)."""

from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import CaseWork, changing, use_case
from dsr.domain.request.guards import require_item
from dsr.domain.request.values import BalanceFinding


class ObjectionDesk:
    """object, balance interests, stop processing."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def object(
        self, request_id: UUID, item_id: str, call: Call, *, activities: tuple[str, ...], grounds: str
    ) -> Answer:
        """Record an objection to these activities, or to all of the controller if none are named.

        Consent to any of them is withdrawn at the same time, on an item of that right. For direct marketing, the person
        is added to the suppression list in the same transaction, and no grounds are kept, since nothing is balanced.
        Raises ActivityUnknown.
        """
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            item = require_item(case, item_id)
            named = activities or not item.direct_marketing
            document = repository.ropa.at_version(case.ropa_version).document
            bases = repository.bases(case, item.controller_id, activities) if named else ()
            case.object(
                work.acting,
                item_id=item_id,
                activities=bases,
                grounds=None if item.direct_marketing else work.seal("grounds", grounds),
                restriction_id=uuid4(),
                retained=repository.retained(case, [item.controller_id], ()),
                disclosed={
                    each.activity: document.recipients_touched(
                        item.controller_id,
                        activities=(each.activity,),
                        systems=document.systems_of((each.activity,)),
                    )
                    for each in bases
                },
            )
            self._suppress(work, item_id)
        return work.answer

    @use_case
    def balance(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        finding: BalanceFinding,
        assessment: str,
        extent: tuple[str, ...],
    ) -> Answer:
        """Record whose grounds prevail. Raises FourEyes for a DPO."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            call.caller.require_decision_maker()
            work.case.balance_interests(
                work.acting,
                item_id=item_id,
                finding=finding,
                assessment=work.seal("assessment", assessment),
                extent=extent,
            )
        return work.answer

    @use_case
    def stop(self, request_id: UUID, item_id: str, call: Call, *, systems: tuple[str, ...]) -> Answer:
        """Record in which systems the processing stopped. Raises SystemUnknown."""
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            document = repository.ropa.at_version(work.case.ropa_version).document
            for system in systems:
                document.system(system)
            work.case.stop_processing(work.acting, item_id=item_id, systems=systems)
            self._suppress(work, item_id)
        return work.answer

    def _suppress(self, work: CaseWork, item_id: str) -> None:
        """Add the person to the suppression list in the same transaction, for direct marketing."""
        if work.case.item(item_id).direct_marketing:
            work.effect(lambda: self._repository.suppressions.add_for_case(work.case, work.acting.at))
