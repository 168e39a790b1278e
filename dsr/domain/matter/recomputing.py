"""An audit of the dates of matters: recomputes each from the facts before it, as `dsr.domain.request.recomputing` does
for cases (docs/law §7, §13).
"""

from dataclasses import dataclass

from dsr.domain.deadlines.calendar import WorkingCalendar
from dsr.domain.events import Event
from dsr.domain.file_terms import FileBefore
from dsr.domain.matter.complaint import ComplaintAcknowledged
from dsr.domain.matter.complaint_rules import acknowledgement_date
from dsr.domain.matter.errors import MatterDateNotDue
from dsr.domain.matter.incident import (
    AuthorityNotified,
    IncidentDescribed,
    IncidentRiskAssessed,
    is_notified_late,
    notification_date,
    require_processor,
)
from dsr.domain.matter.letter import MatterDateMoved, date_of_letter
from dsr.domain.matter.matter import Matter
from dsr.domain.matter.state import MatterAnswerRecorded, MatterDateApproaching, MatterDateMissed, MatterOpened
from dsr.domain.matter.values import IncidentRisk, MatterKind
from dsr.domain.request.recomputed import Dates, recomputes
from dsr.domain.ropa import RopaMissing, RopaVersion


@dataclass(frozen=True)
class MatterBefore(FileBefore[Matter]):
    """The state of the log when an event of a matter was recorded."""

    following: Event | None
    """The event after it, of the same matter: it says whom an incident that was opened has to be notified to."""

    @property
    def matter(self) -> Matter:
        """The matter after the earlier events; for the first event, as that one opened it."""
        return self.file

    @property
    def version(self) -> RopaVersion:
        """The version of the record that the matter pinned. Raises RopaMissing, RopaVersionUnknown."""
        if self.record is None:
            raise RopaMissing()
        return self.record.at_version(self.matter.ropa_version)

    @property
    def calendar(self) -> WorkingCalendar:
        """The working days of its controller. Raises as above, ControllerUnknown."""
        return self.version.calendar(self.matter.controller_id)


@recomputes(MatterOpened)
def _opened(event: MatterOpened, before: MatterBefore) -> Dates:
    """The date of a letter is a fact; what follows from it is computed. A processor waits for no date."""
    described = before.following if isinstance(before.following, IncidentDescribed) else None
    calendar = before.calendar
    received_on = calendar.local_date(event.received_at)
    if event.kind is MatterKind.COMPLAINT:
        controller = before.version.document.controller(event.controller_id)
        date = acknowledgement_date(controller, received_on, calendar)
    elif event.kind is MatterKind.INCIDENT:
        is_of_others = described is not None and described.processor_for is not None
        date = None if is_of_others else notification_date(event.received_at, calendar)
    elif event.date is None:
        raise MatterDateNotDue()
    else:
        date = date_of_letter(event.date.on, calendar)
    return {"received_on": received_on, "date": date}


@recomputes(IncidentDescribed)
def _described(event: IncidentDescribed, before: MatterBefore) -> Dates:
    """The authority of the controller that handles it is among those to notify, unless the record says that the data is
    processed for another controller, which is told instead. Raises NotProcessor.
    """
    document, controller_id = before.version.document, before.matter.controller_id
    if event.processor_for is not None:
        require_processor(document, controller_id, event.processor_for)
        return {"authorities": ()}
    own = document.controller(controller_id).authority
    return {"authorities": event.authorities if own in event.authorities else (own, *event.authorities)}


@recomputes(MatterDateMoved)
def _date_moved(event: MatterDateMoved, before: MatterBefore) -> Dates:
    return {"date": date_of_letter(event.date.on, before.calendar)}


@recomputes(IncidentRiskAssessed)
def _risk_assessed(event: IncidentRiskAssessed, before: MatterBefore) -> Dates:
    """A risk that is found after it seemed unlikely brings the 72 hours back."""
    matter = before.matter
    if matter.not_notified and event.risk is not IncidentRisk.UNLIKELY:
        return {"date": notification_date(matter.received_at, before.calendar)}
    return {"date": matter.date}


@recomputes(AuthorityNotified)
def _authority_notified(event: AuthorityNotified, before: MatterBefore) -> Dates:
    matter = before.matter
    phase = matter.notified.get(event.authority, 0) + 1
    return {
        "phase": phase,
        "late": is_notified_late(matter, phase, event.timestamp),
        "complete": {*matter.notified, event.authority} == set(matter.authorities),
    }


def _late(event: ComplaintAcknowledged | MatterAnswerRecorded, before: MatterBefore) -> Dates:
    return {"late": before.matter.is_late(event.timestamp)}


def _due(event: MatterDateApproaching | MatterDateMissed, before: MatterBefore) -> Dates:
    """The matter waited for this date. Raises MatterDateNotDue."""
    date = before.matter.date
    if date is None or event.timestamp < (date.ends_at if isinstance(event, MatterDateMissed) else date.warn_at):
        raise MatterDateNotDue()
    return {"due": date.due, "on": date.on}


recomputes(ComplaintAcknowledged)(_late)
recomputes(MatterAnswerRecorded)(_late)
recomputes(MatterDateApproaching)(_due)
recomputes(MatterDateMissed)(_due)
