"""Restricting data, what may still be done with it, and lifting the restriction after telling (GDPR Art. 18)."""

from collections.abc import Callable, Collection
from datetime import date
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.desk.letters import Draft, seal_letter
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request


class RestrictionDesk:
    """restrict; use restricted data, review, tell of lifting, lift."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

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
        """Restrict these activities, or, without any, all of the controller. Raises ActivityUnknown."""
        book = self._book

        def restrict(case: Request, acting: CaseActing) -> None:
            case.restrict(
                acting,
                restriction_id=uuid4(),
                item_id=item_id,
                ground=ground,
                activities=book.bases(case, case.item(item_id).controller_id, activities),
                facts=book.seal_text(case, "facts", facts),
                review_on=review_on,
            )

        return book.change(request_id, call, restrict, item_id=item_id)

    def use(self, request_id: UUID, restriction_id: UUID, call: Call, *, use: str, account: str) -> Answer:
        """Record a use that Art. 18(2) allows."""
        book = self._book
        return self._change(
            request_id,
            restriction_id,
            call,
            lambda case, acting: case.use_restricted_data(
                acting, restriction_id=restriction_id, use=use, account=book.seal_text(case, "account", account)
            ),
        )

    def set_review(self, request_id: UUID, restriction_id: UUID, call: Call, *, review_on: date, reason: str) -> Answer:
        """Let it stand until the next review."""
        book = self._book
        return self._change(
            request_id,
            restriction_id,
            call,
            lambda case, acting: case.set_review(
                acting,
                restriction_id=restriction_id,
                review_on=review_on,
                reason=book.seal_text(case, "reason", reason),
            ),
        )

    def tell_of_lifting(self, request_id: UUID, restriction_id: UUID, call: Call, *, draft: Draft) -> Answer:
        """Record the letter that left before the restriction is lifted."""
        book = self._book
        return self._change(
            request_id,
            restriction_id,
            call,
            lambda case, acting: case.tell_of_lifting(
                acting, restriction_id=restriction_id, notice=seal_letter(book, case, draft, acting.at)
            ),
        )

    def lift(self, request_id: UUID, restriction_id: UUID, call: Call, *, reason: str) -> Answer:
        """Let the data be processed again."""
        book = self._book
        return self._change(
            request_id,
            restriction_id,
            call,
            lambda case, acting: case.lift_restriction(
                acting, restriction_id=restriction_id, reason=book.seal_text(case, "reason", reason)
            ),
        )

    def _change(
        self, request_id: UUID, restriction_id: UUID, call: Call, command: Callable[[Request, CaseActing], None]
    ) -> Answer:
        """A command on a restriction is for those who work for the controller that answers its item."""

        def answering(case: Request) -> Collection[str]:
            standing = case.restrictions.get(restriction_id)
            return () if standing is None else {case.item(standing.item_id).controller_id}

        return self._book.change(request_id, call, command, answering=answering)
