"""The dates that orders of authorities set for a case, beside its own (GDPR Art. 58(2); docs/law §13)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.state_guards import state_guard


class OrderDateNoted(RequestEvent):
    """An order of an authority set a date for the case, moved it, or was answered."""

    TOPIC: ClassVar[str] = "dsr.request.order-date-noted"
    matter_id: UUID
    """The order."""
    due_on: date | None
    """The last day that it sets; None once it is answered."""

    def apply(self, case: Case) -> None:
        if self.due_on is None:
            case.clock.orders.pop(self.matter_id)
        else:
            case.clock.orders[self.matter_id] = self.due_on


@state_guard
def may_note_order_date(_: Case) -> None:
    """Always allowed: an order may concern a closed case too."""


class OrderCommands(Case):
    """note the date of an order."""

    def note_order_date(self, acting: Acting, *, matter_id: UUID, due_on: date | None) -> None:
        """Note the date that an order sets, or None once it sets none any more. It moves no date of the case; the
        earlier date holds (GDPR Art. 58(2); docs/law §13). A date that is already noted is not noted again.
        """
        may_note_order_date(self)
        if self.clock.orders.get(matter_id) != due_on:
            self.record(acting, OrderDateNoted, matter_id=matter_id, due_on=due_on)
