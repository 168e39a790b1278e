"""Use cases of rectification: the assessment, and what was corrected, completed or added."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request.guards import require_item
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
        """Record whether the data is accurate and complete, with the evidence."""
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
        """Record the old and new content of one field in one system. Raises SystemUnknown, SystemElsewhere."""
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            document = repository.ropa.at_version(case.ropa_version).document
            document.require_systems(require_item(case, item_id).controller_id, (system,))
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
