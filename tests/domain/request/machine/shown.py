"""What the read models of state show can be told from the case alone; whatever happened, both say the same."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis.stateful import invariant

from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.values import ItemStatus
from dsr.projections import agenda, cases, items, request_states
from dsr.projections.case_agenda import occasion_of
from dsr.projections.projection import Projection
from dsr.projections.rows import Rows

from .frame import Frame

OF_STATE: tuple[Projection, ...] = (cases.cases, items.item_rows, agenda.dates, request_states.states)
_OF_THE_LOG = ("last_event_at", "last_position")


class ShownRules(Frame):
    """Folds the events into the read models of state, and compares their rows with the case."""

    @invariant()
    def the_read_models_show_the_case(self) -> None:
        request = self.case.request
        if not hasattr(self, "rows") or self.rows_of != request.id:
            self.rows_of: UUID = request.id
            self.folded = 0
            self.rows: list[Rows] = [projection.rows() for projection in OF_STATE]
        for event in self.case.events[self.folded :]:
            self.folded += 1
            recorded = Recorded(
                position=self.folded,
                stream_id=request.id,
                stream_version=event.originator_version,
                name=event.TOPIC,
                recorded_at=event.timestamp,
                event=event,
            )
            for projection, rows in zip(OF_STATE, self.rows, strict=True):
                projection.fold(recorded, rows)
        queue, of_items, dates, states = (rows.of(request.id) for rows in self.rows)
        assert {name: value for name, value in queue[0].items() if name not in _OF_THE_LOG} == in_the_queue(request)
        assert of_items == [of_one(request, item) for item in request.items.values()]
        assert {occasion_of(row): row["at"] for row in dates if row["at"] is not None} == {
            each.occasion: each.at for each in request.coming_on_record
        }
        now = state_of(request)
        assert {name: states[-1][name] for name in now} == now


def in_the_queue(case: Request) -> dict[str, Any]:
    """The row of `requests`."""
    deadline, acting = case.clock.deadline, case.representation
    assert deadline is not None
    if acting is not None and acting.ended_at is not None:
        acting = None
    running = {each.kind.value: each.asked.isoformat() for each in case.clock.suspensions if each.sufficient is None}
    return {
        "request_id": case.id,
        "version": case.version,
        "reference": case.reference,
        "controller_id": case.controller_id,
        "held_by": list(case.held_by),
        "channel": case.channel.value,
        "language": case.language,
        "authenticated": case.identity.authenticated,
        "suggested_rights": [right.value for right in case.suggested_rights],
        "status": "closed" if case.is_closed else "open",
        "lifecycle": case.lifecycle.value,
        "outcome": case.outcome and case.outcome.value,
        "assignee": case.assignee,
        "linked_to": case.linked_to,
        "link_reason": case.link_reason,
        "closed_at": case.closed_at,
        "zone": case.zone,
        "received_at": case.received_at,
        "received_on": case.received_on,
        "acknowledge_by": case.clock.acknowledge_by,
        "acknowledged_at": case.acknowledged_at,
        "clock": "suspended" if running else "running",
        "suspensions": running,
        "suspended_since": date.fromisoformat(min(running.values())) if running else None,
        "suspended_days": deadline.suspended_days,
        "extended": deadline.extended,
        "extension_pending": case.clock.extension is not None,
        "statutory_due": deadline.certain_statutory_due,
        "promise_due": deadline.promise_due,
        "effective_due": deadline.certain_effective_due,
        "operational_due": deadline.certain_operational_due,
        "effective_ends_at": deadline.certain_effective_ends_at,
        "identity": case.identity.status.value,
        "represented_by": acting and acting.kind.value,
        "representation_ends_on": acting and acting.expires_on,
        "items": [
            {
                "item_id": item.item_id,
                "right": item.right.value,
                "controller_id": item.controller_id,
                "direct_marketing": item.direct_marketing,
                "status": item.status.value,
                "answered": item.answered,
                "refused_in_part": list(item.refused_in_part),
            }
            for item in case.items.values()
        ],
        "items_open": sum(item.status.is_pending for item in case.items.values()),
        "items_unanswered": sum(not each.answered for each in _owed(case)),
        "answered_at": case.answered_at,
        "late": case.late,
        "promise_missed": case.promise_missed,
    }


def of_one(case: Request, item: Item) -> dict[str, Any]:
    """A row of `items`."""
    refusal = item.refusal
    return {
        "request_id": case.id,
        "item_id": item.item_id,
        "number": item.number,
        "right": item.right.value,
        "controller_id": item.controller_id,
        "direct_marketing": item.direct_marketing,
        "status": item.status.value,
        "opened_at": item.opened_at,
        "decided_at": item.decided_at,
        "decided_by": item.decided_by,
        "refusal_proposed_by": refusal and refusal.proposed_by,
        "refusal_ground": refusal and refusal.ground,
        "refusal_provision": refusal and refusal.provision,
        "refusal_extent": None if refusal is None or refusal.extent is None else list(refusal.extent),
        "refusal_late": refusal and refusal.late,
        "refused_in_part": list(item.refused_in_part),
        "erasure_ground": item.erasure_ground and item.erasure_ground.value,
        "accuracy": item.accuracy and item.accuracy.value,
        "effected": item.effected,
        "done_at": item.done_at,
        "systems": list(item.systems),
        "answered": item.answered,
        "answered_at": item.answered_at,
    }


def state_of(case: Request) -> dict[str, Any]:
    """What `request_states` says of the moment, but for the items refused.

    Of an objection that turned out to be a withdrawal of consent it still counts the part that was refused before.
    """
    assert case.clock.deadline is not None
    owed, zone = _owed(case), ZoneInfo(case.zone)
    answers = [each.answered_since for each in owed]
    is_answered = bool(case.items) and None not in answers
    days = [_day(each, zone) for each in answers if each is not None]
    return {
        "controller_id": case.controller_id,
        "received_on": case.received_on,
        "rights": list(dict.fromkeys(item.right.value for item in case.items.values())),
        "status": "closed" if case.is_closed else "open",
        "outcome": case.outcome and case.outcome.value,
        "owed": not case.is_closed and not is_answered,
        "suspended": any(each.sufficient is None for each in case.clock.suspensions),
        "effective_due": case.clock.deadline.certain_effective_due,
        "effective_ends_at": case.clock.deadline.certain_effective_ends_at,
        "extended": case.clock.deadline.extended,
        "answered_on": max(days) if is_answered and days else None,
        "late": case.late,
    }


def _owed(case: Request) -> list[Item]:
    return [item for item in case.items.values() if item.status is not ItemStatus.WITHDRAWN]


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
