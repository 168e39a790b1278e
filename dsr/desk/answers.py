"""Use cases of answering, closing, withdrawing and reopening."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.letters import Draft, seal_letter
from dsr.desk.repository import Repository, of_items
from dsr.desk.unit_of_work import changing, use_case


class AnswerDesk:
    """record the answer; close, withdraw, reopen."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def record_answer(self, request_id: UUID, call: Call, *, draft: Draft, item_ids: tuple[str, ...]) -> Answer:
        """Record a sent letter and the items it answers; the caller must work for all controllers of these items."""
        repository = self._repository
        with changing(repository, request_id, call, answering=of_items(*item_ids)) as work:
            work.case.record_answer(
                work.acting, letter=seal_letter(repository, work.case, draft, work.acting.at), item_ids=item_ids
            )
        return work.answer

    @use_case
    def close(self, request_id: UUID, call: Call, *, unidentified: bool, unexamined_reason: str = "") -> Answer:
        """Close an answered case."""
        with changing(self._repository, request_id, call) as work:
            work.case.close(
                work.acting,
                unidentified=unidentified,
                evidence_destroyed=work.case.identity.evidence_keys,
                unexamined_reason=work.seal("reason", unexamined_reason),
            )
        return work.answer

    @use_case
    def withdraw(
        self, request_id: UUID, call: Call, *, confirmed: bool, statement: str, item_ids: tuple[str, ...] | None
    ) -> Answer:
        """Withdraw the request, or some items; the person's own words are sealed."""
        with changing(self._repository, request_id, call) as work:
            work.case.withdraw(
                work.acting,
                confirmed=confirmed,
                statement=work.seal("statement", statement),
                item_ids=item_ids,
                evidence_destroyed=work.case.identity.evidence_keys,
            )
        return work.answer

    @use_case
    def reopen(self, request_id: UUID, call: Call, *, reason: str, item_ids: tuple[str, ...]) -> Answer:
        """Reopen a closed case; without items named, all that a link or closing as `unidentified` ended."""
        repository = self._repository
        with changing(repository, request_id, call) as work:
            case = work.case
            case.reopen(
                work.acting,
                reason=work.seal("reason", reason),
                item_ids=item_ids,
                retained=repository.retained(case, case.controllers, case.subjects),
            )
        return work.answer
