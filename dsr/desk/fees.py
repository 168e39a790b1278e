"""Fees: decided by an approver, quoted before they are charged, and what the person made of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller
from dsr.desk.casebook import Answering, Casebook, of_items
from dsr.desk.idempotency import Answer
from dsr.desk.letters import Draft, full_statements, made, seal_letter
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.fee_rules import FeeCase
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.letters import is_blank
from dsr.domain.request.standing import CostLine
from dsr.projections import Row, decisions_of
from dsr.projections.decision_register import DecisionKind

_FIELDS = frozenset({"ground", "amount", "cost-basis"})
"""What the notice states from fields of their own."""


@dataclass(frozen=True)
class FeeDraft:
    """What an approver puts forward for asking a fee."""

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
    """What the notice will state, by code: the right to withdraw, judicial remedy, authority by id."""


class FeeDesk:
    """propose a fee, quote it; accept, decline, pay, waive it; let its offer expire."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

    def propose(self, request_id: UUID, call: Call, *, item_ids: tuple[str, ...], draft: FeeDraft) -> Answer:
        """Decide to ask a fee, with what its notice will say. Raises FourEyes for a DPO, AuthorityUnknown."""
        book = self._book
        full_statements(draft.statements)
        stated = set(made(draft.statements)) | _FIELDS
        stated |= {"facts"} if not is_blank(draft.facts) else set()

        def propose(case: Request, acting: CaseActing) -> None:
            call.caller.require_decision_maker()
            case.propose_fee(
                acting,
                fee_id=uuid4(),
                item_ids=item_ids,
                fee=FeeCase(
                    ground=draft.ground,
                    facts=book.seal_text(case, "facts", draft.facts),
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

        return book.change(request_id, call, propose, answering=of_items(*item_ids))

    def send_notice(self, request_id: UUID, fee_id: UUID, call: Call, *, draft: Draft) -> Answer:
        """Record that the notice left; from then on the person can answer."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.send_fee_notice(
                acting, fee_id=fee_id, notice=seal_letter(book, case, draft, acting.at)
            ),
            answering=_of_fee(fee_id),
        )

    def accept(self, request_id: UUID, fee_id: UUID, call: Call, *, answered_at: datetime | None) -> Answer:
        """Record that the person agreed to pay; `answered_at` None means now."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.accept_fee(acting, fee_id=fee_id, answered_at=answered_at or acting.at),
            answering=_of_fee(fee_id),
        )

    def decline(
        self, request_id: UUID, fee_id: UUID, call: Call, *, answered_at: datetime | None, statement: str
    ) -> Answer:
        """Record that the person does not agree; their own words are sealed."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.decline_fee(
                acting,
                fee_id=fee_id,
                answered_at=answered_at or acting.at,
                statement=book.seal_text(case, "statement", statement),
            ),
            answering=_of_fee(fee_id),
        )

    def record_paid(self, request_id: UUID, fee_id: UUID, call: Call, *, paid_at: datetime | None) -> Answer:
        """Record that the money arrived; `paid_at` None means now."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.record_fee_paid(acting, fee_id=fee_id, paid_at=paid_at or acting.at),
            answering=_of_fee(fee_id),
        )

    def waive(self, request_id: UUID, fee_id: UUID, call: Call, *, reason: str) -> Answer:
        """Decide to answer free of charge. Raises FourEyes for a DPO."""
        book = self._book

        def waive(case: Request, acting: CaseActing) -> None:
            call.caller.require_decision_maker()
            case.waive_fee(acting, fee_id=fee_id, reason=book.seal_text(case, "reason", reason))

        return book.change(request_id, call, waive, answering=_of_fee(fee_id))

    def expire(self, request_id: UUID, fee_id: UUID, call: Call) -> Answer:
        """Record that the offer is over and nothing was paid."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.expire_fee(acting, fee_id=fee_id),
            answering=_of_fee(fee_id),
        )

    def of(self, request_id: UUID, caller: Caller) -> tuple[list[Row], int]:
        """The fees of a case in the order in which they were proposed, and its version. Raises RequestUnknown."""
        book = self._book
        version = book.request(request_id, caller).version
        with book.database.reading() as connection:
            rows = decisions_of(connection, request_id)
        return [row for row in rows if row["kind"] == DecisionKind.FEE], version


def _of_fee(fee_id: UUID) -> Answering:
    """A fee belongs to those who answer the items that it is for."""

    def answering(case: Request) -> Collection[str]:
        fee = case.fees.get(fee_id)
        return () if fee is None else of_items(*fee.item_ids)(case)

    return answering
