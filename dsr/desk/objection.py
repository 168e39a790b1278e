"""Objecting to processing: restrict at once, then balance; direct marketing stops at once (GDPR Art. 21)."""

from collections.abc import Callable
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.casebook import Casebook
from dsr.desk.idempotency import Answer
from dsr.domain.acting import CaseActing
from dsr.domain.request import Request
from dsr.domain.request.values import BalanceFinding


class ObjectionDesk:
    """object, balance interests, stop processing."""

    def __init__(self, book: Casebook) -> None:
        self._book = book

    def object(
        self, request_id: UUID, item_id: str, call: Call, *, activities: tuple[str, ...], grounds: str
    ) -> Answer:
        """Record what is objected to: these activities, or, without any, all of the controller.

        Consent that some of it rests on is withdrawn with it, on an item of that right.
        Against direct marketing, the person is suppressed in the same transaction, and no grounds are kept: nothing
        will be balanced. Raises ActivityUnknown.
        """
        book = self._book

        def raise_objection(case: Request, acting: CaseActing) -> None:
            item = case.item(item_id)
            named = activities or not item.direct_marketing
            case.object(
                acting,
                item_id=item_id,
                activities=book.bases(case, item.controller_id, activities) if named else (),
                grounds=None if item.direct_marketing else book.seal_text(case, "grounds", grounds),
                restriction_id=uuid4(),
            )

        return book.change(request_id, call, raise_objection, effects=[self._suppress(item_id)], item_id=item_id)

    def balance(
        self,
        request_id: UUID,
        item_id: str,
        call: Call,
        *,
        finding: BalanceFinding,
        assessment: str,
        extent: tuple[str, ...],
    ) -> Answer:
        """Record whose grounds prevail. Raises FourEyes for a DPO."""
        book = self._book

        def balance(case: Request, acting: CaseActing) -> None:
            call.caller.require_decision_maker()
            case.balance_interests(
                acting,
                item_id=item_id,
                finding=finding,
                assessment=book.seal_text(case, "assessment", assessment),
                extent=extent,
            )

        return book.change(request_id, call, balance, item_id=item_id)

    def stop(self, request_id: UUID, item_id: str, call: Call, *, systems: tuple[str, ...]) -> Answer:
        """Record in which systems it was stopped. Raises SystemUnknown."""
        book = self._book

        def stop(case: Request, acting: CaseActing) -> None:
            document = book.ropa.at_version(case.ropa_version).document
            for system in systems:
                document.system(system)
            case.stop_processing(acting, item_id=item_id, systems=systems)

        return book.change(request_id, call, stop, effects=[self._suppress(item_id)], item_id=item_id)

    def _suppress(self, item_id: str) -> Callable[[Request, CaseActing], None]:
        def suppress(case: Request, acting: CaseActing) -> None:
            if case.item(item_id).direct_marketing:
                self._book.suppressions.add_for_case(case, acting.at)

        return suppress
