"""Withdrawing consent: at any time, at once, without a proof of identity; never refused (GDPR Art. 7(3))."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.ropa import LegalBasis


class ConsentDesk:
    """withdraw consent, treat an objection as a withdrawal."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def withdraw(
        self,
        request_id: UUID,
        call: Call,
        *,
        item_id: str | None,
        activities: tuple[str, ...],
        statement: str,
        message_id: UUID | None = None,
    ) -> Answer:
        """Stop these activities, or all that rest on consent if none are named. Raises ActivityUnknown."""
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            controller_id = case.controller_id if item_id is None else case.item(item_id).controller_id
            found = repository.bases(case, controller_id, activities)
            case.withdraw_consent(
                work.acting,
                item_id=item_id,
                activities=found if activities else tuple(each for each in found if each.basis is LegalBasis.CONSENT),
                statement=work.seal("statement", statement),
                message_id=message_id,
                own_act=call.caller.request_id is not None,
            )
        return work.answer

    @use_case
    def treat_as_withdrawal(self, request_id: UUID, item_id: str, call: Call, *, activities: tuple[str, ...]) -> Answer:
        """Treat an objection as a withdrawal if all these activities rest on consent.

        Without activities named, all of the controller's processing for the case's categories of data subjects: only if
        none of it has another legal basis is the person's intention clear. Raises ActivityUnknown.
        """
        repository = self._repository
        with changing(repository, request_id, call, item_id=item_id) as work:
            case = work.case
            case.treat_as_withdrawal(
                work.acting,
                item_id=item_id,
                activities=repository.bases(case, case.item(item_id).controller_id, activities),
            )
        return work.answer
