"""Whom nobody may write to for direct marketing any more: from an objection on, at once (GDPR Art. 21(3)).

What identifies the person stands sealed in the message that made the case. It is opened here by the service itself, for
nobody to see, and only keyed hashes of it are kept: so no opening is recorded, and the list holds on when the case and
its keys are gone. A name or a postal address suppresses nobody, since others share them.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import EventStore

from dsr.desk.caller import Caller
from dsr.desk.errors import IdentifierMissing
from dsr.desk.ropa_cache import RopaCache
from dsr.domain.request import Request
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import ControllerUnknown, RopaMissing
from dsr.vault import SUPPRESSED_BY, IndexPurpose, Marks, Sealer, SuppressionList, normal_form


class Suppressions:
    """add the person of a case; ask about somebody. `Repository.suppressions`."""

    def __init__(self, suppressed: SuppressionList, events: EventStore[UUID], sealer: Sealer, ropa: RopaCache) -> None:
        self._suppressed = suppressed
        self._events = events
        self._sealer = sealer
        self._ropa = ropa

    def add_for_case(self, case: Request, at: datetime) -> None:
        """Suppress the person of the case from the local date of `at` on, for every controller that they object to.

        Those are the controllers of its items on direct marketing; without such an item, the one that has the case.
        An effect of the command that records the objection, in its transaction:
        `work.effect(lambda: book.suppressions.add_for_case(work.case, work.acting.at))`.
        Doing so again changes nothing.
        Raises KeyDestroyed where the person was forgotten before; RuntimeError outside of a transaction.
        """
        objected = {
            item.controller_id
            for item in case.items.values()
            if item.right is Right.OBJECTION and item.direct_marketing and item.status is not ItemStatus.WITHDRAWN
        }
        since = self._ropa.at_version(case.ropa_version).calendar(case.controller_id).local_date(at)
        marks = self.marks_of_case(case.id)
        for controller_id in sorted(objected or {case.controller_id}):
            self._suppressed.add(case.id, controller_id, marks, since)

    def marks_of_case(self, request_id: UUID) -> Marks:
        """What the person of a case is known by: that of the message that made it. Raises KeyDestroyed."""
        for event in self._events.get(request_id, lte=1):
            if isinstance(event, RequestReceived) and event.message is not None:
                return _marks_of(self._sealer.open_json(event.message, stream_id=request_id, field="message"))
        return {}

    def since(self, caller: Caller, *, controller_id: str, marks: Marks) -> date | None:
        """Since when the controller may not write to whoever has one of the marks; None: no such objection is known.

        Asked before a person is imported or written to. Raises Forbidden outside the caller's scope; ControllerUnknown
        for one that no version of the record ever named, since a slip must not read as consent; IdentifierMissing
        where nothing is given that could identify anyone.
        """
        caller.require_controller(controller_id)
        record = self._ropa.record()
        if record is None:
            raise RopaMissing()
        if all(controller_id != each.id for version in record.versions for each in version.document.controllers):
            raise ControllerUnknown(controller=controller_id)
        if not any(normal_form(purpose, value) for purpose, values in marks.items() for value in values):
            raise IdentifierMissing()
        return self._suppressed.matches(controller_id, {purpose: marks.get(purpose, ()) for purpose in SUPPRESSED_BY})


def _marks_of(message: Mapping[str, Any]) -> Marks:
    """Of an entered request its person, of a mail its sender."""
    person = message.get("person") or {"email": message["from_address"]}
    return {
        IndexPurpose.EMAIL: [person.get("email", "")],
        IndexPurpose.PHONE: [person.get("phone", "")],
        IndexPurpose.IDENTIFIER: person.get("identifiers", ()),
    }
