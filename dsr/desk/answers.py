"""Answering, closing, withdrawing, reopening."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook, of_items
from dsr.desk.idempotency import Answer
from dsr.desk.letters import Draft, seal_letter


class AnswerDesk:
    """record the answer; close, withdraw, reopen."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

    def record_answer(self, request_id: UUID, call: Call, *, draft: Draft, item_ids: tuple[str, ...]) -> Answer:
        """Record a letter that left, and the items it answers; for those who work for all that answer them."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.record_answer(
                acting, letter=seal_letter(book, case, draft, acting.at), item_ids=item_ids
            ),
            answering=of_items(*item_ids),
        )

    def close(self, request_id: UUID, call: Call, *, unidentified: bool) -> Answer:
        """Close an answered case."""
        return self._book.change(
            request_id,
            call,
            lambda case, acting: case.close(
                acting, unidentified=unidentified, evidence_destroyed=case.identity.evidence_keys
            ),
        )

    def withdraw(
        self, request_id: UUID, call: Call, *, confirmed: bool, statement: str, item_ids: tuple[str, ...] | None
    ) -> Answer:
        """Take the request back, or some items; the person's own words are sealed."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.withdraw(
                acting,
                confirmed=confirmed,
                statement=book.seal_text(case, "statement", statement),
                item_ids=item_ids,
                evidence_destroyed=case.identity.evidence_keys,
            ),
        )

    def reopen(self, request_id: UUID, call: Call, *, reason: str, item_ids: tuple[str, ...]) -> Answer:
        """Go on with a closed case; without items, by all that a link or closing `unidentified` took away."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.reopen(
                acting,
                reason=book.seal_text(case, "reason", reason),
                item_ids=item_ids,
                retained=book.retained(case, case.controllers, case.subjects),
            ),
        )
