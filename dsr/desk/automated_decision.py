"""Use cases of contested automated decisions: the review and its result, or that none is made."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.staff import StaffDesk
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.guards import require_item


class AutomatedDecisionDesk:
    """review a contested decision."""

    def __init__(self, repository: Repository, staff: StaffDesk) -> None:
        self._repository = repository
        self._staff = staff

    @use_case
    def review(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        finding: ReviewFinding,
        activities: tuple[str, ...],
        reviewer: str | None,
        competent: bool,
        result: str,
    ) -> Answer:
        """Record the review; without named activities, of all the controller's processing of such people's data.

        The finding that no such decision is made always covers all of it, whatever was named. Raises ActivityUnknown,
        StaffUnknown, StaffHasLeft.
        """
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            controller_id = require_item(case, item_id).controller_id
            contested = repository.bases(case, controller_id, activities)
            if finding is ReviewFinding.NONE_MADE:
                contested = tuple(dict.fromkeys((*repository.bases(case, controller_id), *contested)))
            if reviewer is not None:
                self._staff.require_present(reviewer)
            case.review_decision(
                work.acting,
                item_id=item_id,
                finding=finding,
                activities=contested,
                reviewer=reviewer,
                competent=competent,
                result=work.seal("result", result),
            )
        return work.answer
