"""Use cases of fees: proposing, quoting, and recording the person's response."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.letters import STATED_BY_THE_SERVICE, Draft, full_statements, made, seal_letter
from dsr.desk.repository import Answering, Repository, of_items
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.fee_rules import FeeCase
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.letters import is_blank
from dsr.domain.request.standing import CostLine
from dsr.projections import Row, decisions_of
from dsr.projections.decisions import DecisionKind

_FIELDS = frozenset({"ground", "amount", "cost-basis"})
"""Statements of the notice that come from fields of their own."""


@dataclass(frozen=True)
class FeeDraft:
    """The facts an approver gives for charging a fee."""

    ground: str
    facts: str
    amount: int
    """In the smallest unit of the currency."""
    currency: str
    """ISO 4217."""
    cost_basis: tuple[CostLine, ...]
    offer_ends_on: date
    """The last local date on which the person may accept."""
    claims: tuple[ExcessClaim, ...]
    previous_request_on: date | None
    earlier_copy_on: date | None
    statements: Mapping[str, object]
    """What the notice says besides, by code."""


class FeeDesk:
    """propose a fee, quote it; accept, decline, pay, waive it; let its offer expire."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def propose(self, request_id: UUID, call: Call, *, item_ids: tuple[str, ...], draft: FeeDraft) -> Answer:
        """Propose a fee. Its notice offers to withdraw instead and names the remedies by itself.

        Raises FourEyes for a DPO, AuthorityUnknown.
        """
        full_statements(draft.statements)
        stated = {*made(draft.statements), *_FIELDS, *STATED_BY_THE_SERVICE}
        stated |= {"facts"} if not is_blank(draft.facts) else set()
        with changing(self._repository, request_id, call, answering=of_items(*item_ids)) as work:
            call.caller.require_decision_maker()
            work.case.propose_fee(
                work.acting,
                fee_id=uuid4(),
                item_ids=item_ids,
                fee=FeeCase(
                    ground=draft.ground,
                    facts=work.seal("facts", draft.facts),
                    amount=draft.amount,
                    currency=draft.currency,
                    cost_basis=draft.cost_basis,
                    offer_ends_on=draft.offer_ends_on,
                    claims=draft.claims,
                    previous_request_on=draft.previous_request_on,
                    earlier_copy_on=draft.earlier_copy_on,
                ),
                statements=stated,
            )
        return work.answer

    @use_case
    def send_notice(self, request_id: UUID, fee_id: UUID, call: Call, *, draft: Draft) -> Answer:
        """Record that the notice left; from then on the person can answer."""
        repository = self._repository
        with changing(repository, request_id, call, answering=_of_fee(fee_id)) as work:
            work.case.send_fee_notice(
                work.acting, fee_id=fee_id, notice=seal_letter(repository, work.case, draft, work.acting.at)
            )
        return work.answer

    @use_case
    def accept(self, request_id: UUID, fee_id: UUID, call: Call, *, answered_at: datetime | None) -> Answer:
        """Record that the person agreed to pay; `answered_at` None means now."""
        with changing(self._repository, request_id, call, answering=_of_fee(fee_id)) as work:
            work.case.accept_fee(work.acting, fee_id=fee_id, answered_at=answered_at or work.acting.at)
        return work.answer

    @use_case
    def decline(
        self, request_id: UUID, fee_id: UUID, call: Call, *, answered_at: datetime | None, statement: str
    ) -> Answer:
        """Record that the person does not agree; their own words are sealed."""
        with changing(self._repository, request_id, call, answering=_of_fee(fee_id)) as work:
            work.case.decline_fee(
                work.acting,
                fee_id=fee_id,
                answered_at=answered_at or work.acting.at,
                statement=work.seal("statement", statement),
            )
        return work.answer

    @use_case
    def record_paid(self, request_id: UUID, fee_id: UUID, call: Call, *, paid_at: datetime | None) -> Answer:
        """Record that the money arrived; `paid_at` None means now."""
        with changing(self._repository, request_id, call, answering=_of_fee(fee_id)) as work:
            work.case.record_fee_paid(work.acting, fee_id=fee_id, paid_at=paid_at or work.acting.at)
        return work.answer

    @use_case
    def waive(self, request_id: UUID, fee_id: UUID, call: Call, *, reason: str) -> Answer:
        """Decide to answer free of charge. Raises FourEyes for a DPO."""
        with changing(self._repository, request_id, call, answering=_of_fee(fee_id)) as work:
            call.caller.require_decision_maker()
            work.case.waive_fee(work.acting, fee_id=fee_id, reason=work.seal("reason", reason))
        return work.answer

    @use_case
    def expire(self, request_id: UUID, fee_id: UUID, call: Call) -> Answer:
        """Record that the offer ended without payment."""
        with changing(self._repository, request_id, call, answering=_of_fee(fee_id)) as work:
            work.case.expire_fee(work.acting, fee_id=fee_id)
        return work.answer

    def of(self, request_id: UUID, caller: Caller) -> tuple[list[Row], int]:
        """The fees of a case in the order in which they were proposed, and its version. Raises RequestUnknown."""
        repository = self._repository
        version = repository.request(request_id, caller).version
        with repository.database.reading() as connection:
            rows = decisions_of(connection, request_id)
        return [row for row in rows if row["kind"] == DecisionKind.FEE], version


def _of_fee(fee_id: UUID) -> Answering:
    """The controllers that decide on a fee: those that answer its items."""

    def answering(case: Request) -> Collection[str]:
        fee = case.fees.get(fee_id)
        return () if fee is None else of_items(*fee.item_ids)(case)

    return answering
