"""Rectification: what the assessment found, what was corrected, completed or added, where."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.values import AccuracyFinding


class RectificationDesk:
    """assess accuracy; rectify."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

    def assess(
        self, request_id: UUID, item_id: str, call: Call, *, finding: AccuracyFinding, assessment: str
    ) -> Answer:
        """Record whether the data is accurate and complete, and what showed it."""
        book = self._book
        return book.change(
            request_id,
            call,
            lambda case, acting: case.assess_accuracy(
                acting, item_id=item_id, finding=finding, assessment=book.seal_text(case, "assessment", assessment)
            ),
            item_id=item_id,
        )

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
        """Record what one field of one system said before and says now. Raises SystemUnknown, SystemElsewhere."""
        book = self._book

        def rectify(case: Request, acting: CaseActing) -> None:
            document = book.ropa.at_version(case.ropa_version).document
            document.require_systems(case.item(item_id).controller_id, (system,))
            case.rectify(
                acting,
                item_id=item_id,
                operation=operation,
                field=field,
                system=system,
                before=book.seal_text(case, "before", before),
                after=book.seal_text(case, "after", after),
            )

        return book.change(request_id, call, rectify, item_id=item_id)
