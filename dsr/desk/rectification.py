"""Rectification: what the assessment found, what was corrected, completed or added, where."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.values import AccuracyFinding


class RectificationDesk:
    """assess accuracy; rectify."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def assess(
        self, request_id: UUID, item_id: str, call: Call, *, finding: AccuracyFinding, assessment: str
    ) -> Answer:
        """Record whether the data is accurate and complete, and what showed it."""
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            work.case.assess_accuracy(
                work.acting, item_id=item_id, finding=finding, assessment=work.seal("assessment", assessment)
            )
        return work.answer

    @use_case
    def rectify(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        operation: RectificationOperation,
        field: str,
        system: str,
        before: str,
        after: str,
    ) -> Answer:
        """Record what one field of one system said before and says now. Raises SystemUnknown, SystemElsewhere."""
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            document = repository.ropa.at_version(case.ropa_version).document
            document.require_systems(case.item(item_id).controller_id, (system,))
            case.rectify(
                work.acting,
                item_id=item_id,
                operation=operation,
                field=field,
                system=system,
                before=work.seal("before", before),
                after=work.seal("after", after),
            )
        return work.answer
