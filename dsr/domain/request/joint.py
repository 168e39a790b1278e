"""Passing a case on to a joint controller (GDPR Art. 26(3); docs/law §2): the clock never restarts."""

from collections.abc import Collection
from datetime import date
from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.deadlines import Deadline
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.dates import DatedCase
from dsr.domain.request.errors import ClockResetForbidden, ReasonRequired
from dsr.domain.request.guards import require_not_closed
from dsr.domain.request.holds import Retained, hold_what_expires
from dsr.domain.request.search_list import Listed
from dsr.domain.request.searching import list_what_is_searched
from dsr.domain.request.state_guards import state_guard
from dsr.domain.sealed import Sealed


class NotJointController(Refused):
    """Pass a case on only to another controller that shares a processing activity with this one (GDPR Art. 26)."""

    code = "not-joint-controller"


class RequestReassigned(RequestEvent):
    """The case passed to another joint controller; its assignment to a member of staff ended.

    R stays: arrival at any of the joint controllers started the clock. Of the dates by the two calendars, the earlier
    apply.
    """

    TOPIC: ClassVar[str] = "dsr.request.reassigned"
    from_controller: str
    controller_id: str
    reason: Sealed
    item_ids: tuple[str, ...]
    """Undecided items that move with it."""
    received_on: date
    """R, unchanged."""
    deadline: Deadline

    def apply(self, case: Case) -> None:
        case.controller_id = self.controller_id
        case.held_by = (*case.held_by, self.controller_id)
        case.assignee = None
        case.note_missed(self.timestamp)
        case.move(self, self.deadline)
        for item_id in self.item_ids:
            case.move_item(item_id, self.controller_id)


@state_guard
def may_reassign(case: Case) -> None:
    """Raises RequestIsClosed."""
    require_not_closed(case)


class JointCommands(DatedCase):
    """reassign."""

    def reassign(
        self,
        acting: CaseActing,
        *,
        controller_id: str,
        joint: bool,
        reason: Sealed | None,
        received_on: date | None = None,
        retained: Collection[Retained] = (),
        listed: Collection[Listed] = (),
    ) -> None:
        """Pass the case on, with its undecided items.

        `joint`: the record of processing has an activity of both controllers. `calendar` already counts the new
        controller's working days too. `received_on` may repeat R but never change it. `retained` are the new
        controller's retention periods, `listed` its systems, which are searched anew. Raises NotJointController,
        ClockResetForbidden, ReasonRequired, RequestIsClosed.
        """
        may_reassign(self)
        if received_on not in (None, self.received_on):
            raise ClockResetForbidden(received_on=self.received_on.isoformat())
        if not joint or controller_id == self.controller_id:
            raise NotJointController(controller=controller_id)
        if reason is None:
            raise ReasonRequired()
        moving = tuple(
            item.item_id
            for item in self.items.values()
            if item.controller_id == self.controller_id and item.status.is_pending
        )
        self.record(
            acting,
            RequestReassigned,
            from_controller=self.controller_id,
            controller_id=controller_id,
            reason=reason,
            item_ids=moving,
            received_on=self.received_on,
            deadline=self.deadline_with(acting.calendar, as_of=acting.today),
        )
        list_what_is_searched(self, acting, listed, anew=moving)
        hold_what_expires(self, acting, retained)
