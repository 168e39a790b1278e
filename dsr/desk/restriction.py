"""Use cases of restriction: restricting, permitted uses, reviews, lifting after notice (GDPR Art. 18)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.letters import Draft, seal_letter
from dsr.desk.repository import Answering, Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.guards import require_item


class RestrictionDesk:
    """restrict; use restricted data, review, tell of lifting, lift."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def restrict(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        ground: str,
        facts: str,
        activities: tuple[str, ...],
        review_on: date,
    ) -> Answer:
        """Restrict these activities, or all of the controller if none are named. Raises ActivityUnknown."""
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            controller_id = require_item(case, item_id).controller_id
            case.restrict(
                work.acting,
                restriction_id=uuid4(),
                item_id=item_id,
                ground=ground,
                activities=repository.bases(case, controller_id, activities),
                facts=work.seal("facts", facts),
                review_on=review_on,
                retained=repository.retained(case, [controller_id], ()),
            )
        return work.answer

    @use_case
    def use(self, request_id: UUID, restriction_id: UUID, call: Call, *, use: str, account: str) -> Answer:
        """Record a use that Art. 18(2) allows."""
        with changing(self._repository, request_id, call, answering=_of_restriction(restriction_id)) as work:
            work.case.use_restricted_data(
                work.acting, restriction_id=restriction_id, use=use, account=work.seal("account", account)
            )
        return work.answer

    @use_case
    def set_review(self, request_id: UUID, restriction_id: UUID, call: Call, *, review_on: date, reason: str) -> Answer:
        """Keep the restriction until the next review."""
        with changing(self._repository, request_id, call, answering=_of_restriction(restriction_id)) as work:
            work.case.set_review(
                work.acting, restriction_id=restriction_id, review_on=review_on, reason=work.seal("reason", reason)
            )
        return work.answer

    @use_case
    def tell_of_lifting(self, request_id: UUID, restriction_id: UUID, call: Call, *, draft: Draft) -> Answer:
        """Record the notice sent before the restriction is lifted."""
        repository = self._repository
        with changing(repository, request_id, call, answering=_of_restriction(restriction_id)) as work:
            notice = seal_letter(repository, work.case, draft, work.acting.at)
            work.case.tell_of_lifting(work.acting, restriction_id=restriction_id, notice=notice)
        return work.answer

    @use_case
    def lift(self, request_id: UUID, restriction_id: UUID, call: Call, *, reason: str) -> Answer:
        """Lift the restriction."""
        with changing(self._repository, request_id, call, answering=_of_restriction(restriction_id)) as work:
            work.case.lift_restriction(work.acting, restriction_id=restriction_id, reason=work.seal("reason", reason))
        return work.answer


def _of_restriction(restriction_id: UUID) -> Answering:
    """The controllers that decide on a restriction: those that answer its item."""

    def answering(case: Request) -> Collection[str]:
        standing = case.restrictions.get(restriction_id)
        return () if standing is None else {case.item(standing.item_id).controller_id}

    return answering
