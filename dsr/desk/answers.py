"""Use cases of answering, ending, closing, withdrawing and reopening."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.exports.packages import links_revoked
from dsr.desk.idempotency import Answer
from dsr.desk.kept import checked
from dsr.desk.letters import Draft, seal_letter
from dsr.desk.repository import Repository, of_items
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.export import RevocationReason
from dsr.domain.request.letters import is_blank
from dsr.domain.request.values import End


class AnswerDesk:
    """record the answer; propose and decide the end; close, withdraw, reopen."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def record_answer(self, request_id: UUID, call: Call, *, draft: Draft, item_ids: tuple[str, ...]) -> Answer:
        """Record a sent letter and the items it answers; the caller must work for all controllers of these items.

        Raises KeptWithoutGround, and what the domain refuses.
        """
        repository = self._repository
        with changing(repository, request_id, call, answering=of_items(*item_ids)) as work:
            said = draft.statements.get("kept-and-why")
            if not is_blank(said):
                items = [work.case.item(item_id) for item_id in item_ids]
                checked(repository, work.case, items, said, today=work.acting.today)
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
    def propose_end(self, request_id: UUID, call: Call, *, end: End, reasons: str) -> Answer:
        """Propose to end a registered case before everything in it was decided."""
        with changing(self._repository, request_id, call) as work:
            work.case.propose_end(work.acting, end=end, reasons=work.seal("reasons", reasons))
        return work.answer

    @use_case
    def decide_end(self, request_id: UUID, call: Call, *, approve: bool, reason: str) -> Answer:
        """End the case as proposed, or let it go on with a reason. Raises FourEyes for a DPO.

        If the person died, every link to a package is revoked, so that nobody opens it in their name.
        """
        repository = self._repository
        with changing(repository, request_id, call) as work:
            call.caller.require_decision_maker()
            if approve:
                work.case.approve_end(
                    work.acting,
                    evidence_destroyed=work.case.identity.evidence_keys,
                    unexamined_reason=work.seal("reason", reason),
                )
                if work.case.is_deceased:
                    work.add(*links_revoked(repository, request_id, work.acting, RevocationReason.SUBJECT_DECEASED))
            else:
                work.case.decline_end(work.acting, reason=work.seal("reason", reason))
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
