"""The suppression list: people who objected to direct marketing and get no more of it, at once (GDPR Art. 21(3)).

The person's identifiers are sealed in the message that opened the case. The service opens them here without showing
them to anyone and stores only keyed hashes, so no opening is recorded, and the list outlives the case and its keys.
Names and postal addresses do not count, since other people share them.
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
from dsr.domain.ropa import RopaMissing
from dsr.vault import SUPPRESSED_BY, IndexPurpose, Marks, Sealer, SuppressionList, normal_form


class Suppressions:
    """add the person of a case; look a person up. `Repository.suppressions`."""

    def __init__(self, suppressed: SuppressionList, events: EventStore[UUID], sealer: Sealer, ropa: RopaCache) -> None:
        self._suppressed = suppressed
        self._events = events
        self._sealer = sealer
        self._ropa = ropa

    def add_for_case(self, case: Request, at: datetime) -> None:
        """Add the person of the case from the local date of `at`, for every controller they object to.

        These are the controllers of its items on direct marketing; without such an item, the controller of the case.
        Call it as an effect of the command that records the objection, in its transaction: `work.effect(lambda:
        book.suppressions.add_for_case(work.case, work.acting.at))`. Idempotent. Raises KeyDestroyed if the person's
        data was erased before; RuntimeError outside a transaction.
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
        """Identifiers of the person of a case, from the message that opened it. Raises KeyDestroyed."""
        for event in self._events.get(request_id, lte=1):
            if isinstance(event, RequestReceived) and event.message is not None:
                return _marks_of(self._sealer.open_json(event.message, stream_id=request_id, field="message"))
        return {}

    def since(self, caller: Caller, *, controller_id: str, marks: Marks) -> date | None:
        """The date from which the controller may not send marketing to a person with one of these identifiers; None: no
        objection known.

        Callers ask before they import or contact a person. Raises Forbidden outside the caller's scope;
        ControllerUnknown for one that no version of the record ever named, since a mistake must not read as consent;
        IdentifierMissing if no identifier could identify anyone.
        """
        caller.require_controller(controller_id)
        record = self._ropa.record()
        if record is None:
            raise RopaMissing()
        if all(controller_id != each.id for version in record.versions for each in version.document.controllers):
            record.current.document.controller(controller_id)
        if not any(normal_form(purpose, value) for purpose, values in marks.items() for value in values):
            raise IdentifierMissing()
        return self._suppressed.matches(controller_id, {purpose: marks.get(purpose, ()) for purpose in SUPPRESSED_BY})


def _marks_of(message: Mapping[str, Any]) -> Marks:
    """Identifiers of the person of an entered request, or of the sender of a mail."""
    person = message.get("person") or {"email": message["from_address"]}
    return {
        IndexPurpose.EMAIL: [person.get("email", "")],
        IndexPurpose.PHONE: [person.get("phone", "")],
        IndexPurpose.IDENTIFIER: person.get("identifiers", ()),
    }
