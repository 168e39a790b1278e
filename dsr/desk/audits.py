"""Audit: an auditor reads the log within their scope, and each reading is recorded before it is shown.

Reading appends to the same log, so the first page fixes the end of the reading, and the cursor carries it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dsr.desk.caller import Call, Caller
from dsr.desk.deadlines import DeadlineDesk
from dsr.desk.errors import RequestUnknown
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.acting import Acting
from dsr.domain.audit import AuditTrail, trail_id
from dsr.domain.authority_disclosure import AuthorityDisclosureOpened
from dsr.domain.deadlines import Explanation
from dsr.domain.dispatch import Dispatch
from dsr.domain.dispatch.events import DispatchOpened
from dsr.domain.events import Event
from dsr.domain.export import Export
from dsr.domain.matter import MatterPartsOpened
from dsr.domain.own_erasure import OwnErasureOpened
from dsr.domain.quarantine import QuarantineOpened
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.disclosure import PersonalDataDisclosed
from dsr.domain.ropa import RecordOfProcessing
from dsr.eventstore.log import Log
from dsr.projections.controllers import answering
from dsr.projections.decisions import READ_MODEL as DECISIONS
from dsr.projections.decisions import as_shown
from dsr.projections.facts import facts_of
from dsr.projections.folding import rows_of
from dsr.projections.items import READ_MODEL as ITEMS
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.requests import READ_MODEL as REQUESTS
from dsr.projections.rows import Row
from dsr.projections.timeline import READ_MODEL as TIMELINE

SEARCHED: Final = 10_000
"""Positions that one page searches for events of one name, which limits its cost."""

_JUST_BEFORE: Final = timedelta(microseconds=1)
"""Resolution of the log's timestamps."""


@dataclass(frozen=True)
class EventFilter:
    """Filter of events; None does not filter."""

    stream_id: UUID | None = None
    name: str | None = None
    recorded_from: datetime | None = None
    recorded_until: datetime | None = None
    """Up to and including this instant."""


OPENINGS: Final[tuple[type[Event], ...]] = (
    PersonalDataDisclosed,
    DispatchOpened,
    MatterPartsOpened,
    QuarantineOpened,
    OwnErasureOpened,
    AuthorityDisclosureOpened,
)
"""The events that record an opening of personal data."""


@dataclass(frozen=True)
class EventPage:
    """Events in the order of the log."""

    rows: Sequence[Row]
    next: str | None
    """Cursor of the next page, None on the last; a page of one name can be short, or empty, and not be the last."""
    until: int
    """Position at which this reading ends, even if events are appended meanwhile."""


@dataclass(frozen=True)
class AuditedRequest:
    """A case rebuilt from its events."""

    request: Row
    items: Sequence[Row]
    decisions: Sequence[Row]
    deadline: Explanation
    timeline: Sequence[Row]


class AuditDesk:
    """read events; read a case rebuilt from its events."""

    def __init__(self, repository: Repository, deadlines: DeadlineDesk) -> None:
        self._repository = repository
        self._deadlines = deadlines
        self._log = Log(repository.database)

    def events(
        self,
        caller: Caller,
        filters: EventFilter,
        *,
        after: int = 0,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> EventPage:
        """A page of the log after position `after`, up to and including `until` (None: its present end).

        An event outside the caller's scope shows only its position, name and time, so that positions stay dense and no
        gap can be hidden. For a single stream outside the scope, the page is empty. Raises CursorInvalid.
        """
        log = self._log
        if cursor is not None:
            after, until = cursor_values(cursor, "audit", (int, int))
        with self._repository.database.appending() as connection:
            head = log.head().position
            until = head if until is None else min(until, head)
            first, last = self._between(min(after, until), until, filters)
            stop = last if filters.name is None or filters.stream_id is not None else min(last, first + SEARCHED)
            names = () if filters.name is None else (filters.name,)
            found = list(log.read(first, until=stop, stream_id=filters.stream_id, names=names, limit=limit))
            if len(found) == limit:
                stop = found[-1].position
            sight = _Sight(connection, caller, found)
            rows = [_shown(each) if sight.reaches(each) else _withheld(each) for each in found]
            if filters.stream_id is not None:
                rows = [row for row in rows if not row["withheld"]]
            self._record(
                caller,
                lambda trail, acting: trail.read_events(
                    acting,
                    after=first,
                    until=max(first, stop),
                    count=len(rows),
                    withheld=sum(row["withheld"] for row in rows),
                    stream_id=filters.stream_id,
                    name=filters.name,
                    recorded_from=filters.recorded_from,
                    recorded_until=filters.recorded_until,
                ),
            )
        return EventPage(rows, make_cursor("audit", (stop, until)) if stop < last else None, until)

    def openings(self, caller: Caller, *, actor: str | None, cursor: str | None, limit: int) -> Page:
        """Who opened personal data, when and why, within the caller's scope, in the order of the log.

        `actor`: only what this person or part of the service opened. A page looks through a limited part of the log, so
        it can be short, or empty, and not be the last. Raises CursorInvalid.
        """
        log, names = self._log, [each.TOPIC for each in OPENINGS]
        after, until = (0, log.head().position) if cursor is None else cursor_values(cursor, "openings", (int, int))
        stop = min(until, after + SEARCHED)
        found = list(log.read(after, until=stop, names=names, limit=limit))
        if len(found) == limit:
            stop = found[-1].position
        with self._repository.database.reading() as connection:
            sight = _Sight(connection, caller, found)
        rows = [_opening(each) for each in found if sight.reaches(each) and actor in (None, each.event.actor)]
        return Page(rows, make_cursor("openings", (stop, until)) if stop < until else None)

    def request(self, request_id: UUID, caller: Caller, *, as_of: datetime | None = None) -> AuditedRequest:
        """A case now or at a past moment, rebuilt from its events without a read model.

        Raises RequestUnknown (also before it arrived), TimeNotYet.
        """
        with self._repository.database.appending():
            told = self._rebuilt(request_id, caller, as_of=as_of)
            self._record(
                caller,
                lambda trail, acting: trail.read_request(acting, request_id=request_id, as_of=as_of),
            )
        return told

    def bundle(self, request_ids: Iterable[UUID], caller: Caller) -> tuple[list[AuditedRequest], list[UUID]]:
        """These cases rebuilt from their events, and the ids of those that the caller does not see."""
        found, withheld = [], []
        for request_id in request_ids:
            try:
                found.append(self._rebuilt(request_id, caller, as_of=None))
            except RequestUnknown:
                withheld.append(request_id)
        return found, withheld

    def _rebuilt(self, request_id: UUID, caller: Caller, *, as_of: datetime | None) -> AuditedRequest:
        self._repository.request(request_id, caller, recorded_until=as_of)
        history = list(self._log.read(stream_id=request_id, recorded_until=as_of))
        rows = rows_of(history, (REQUESTS, ITEMS, DECISIONS, TIMELINE))
        return AuditedRequest(
            request=rows[REQUESTS][0],
            items=rows[ITEMS],
            decisions=[as_shown(row) for row in rows[DECISIONS]],
            deadline=self._deadlines.explain(request_id, caller, as_of=as_of),
            timeline=rows[TIMELINE],
        )

    def record_page(self, caller: Caller, *, route: str, subjects: tuple[UUID, ...]) -> None:
        """Record that an auditor reads a page of the team, before it is shown."""
        with self._repository.database.appending():
            self._record(
                caller,
                lambda trail, acting: trail.read_page(acting, route=route, subjects=subjects),
            )

    def _between(self, after: int, until: int, filters: EventFilter) -> tuple[int, int]:
        """The positions within the times: after the first, up to and including the second."""
        if filters.recorded_from is not None:
            after = max(after, self._log.position_at(filters.recorded_from - _JUST_BEFORE))
        if filters.recorded_until is not None:
            until = min(until, self._log.position_at(filters.recorded_until))
        return after, until

    def _record(self, caller: Caller, reading: Callable[[AuditTrail, Acting], None]) -> None:
        """Append the reading to the auditor's trail, in the transaction that reads."""
        repository = self._repository
        with unit_of_work(repository, Call(caller)) as work:
            last = next(iter(repository.application.events.get(trail_id(caller.actor), desc=True, limit=1)), None)
            trail = AuditTrail.after(last) if isinstance(last, Event) else AuditTrail.open(work.acting)
            reading(trail, work.acting)
            work.add(trail)


class _Sight:
    """The events of a page that the caller may read."""

    def __init__(self, connection: Connection, caller: Caller, found: Sequence[Recorded]) -> None:
        self._caller = caller
        self._answering: dict[UUID, set[str]] = {}
        if caller.scope is not None:
            subjects: dict[str, set[UUID]] = {}
            for aggregate, stream_id in map(_subject_of, found):
                subjects.setdefault(aggregate, set()).add(stream_id)
            for aggregate, ids in subjects.items():
                self._answering |= answering(connection, aggregate, ids)

    def reaches(self, recorded: Recorded) -> bool:
        """Whether the caller may read the event: of a controller in scope, of the record of processing, of their
        own trail.

        Only callers who see every controller may read about staff, other auditors' trails and messages of an unknown
        controller.
        """
        caller = self._caller
        if caller.scope is None:
            return True
        aggregate, stream_id = _subject_of(recorded)
        if aggregate in (RecordOfProcessing.TOPIC, AuditTrail.TOPIC):
            return aggregate == RecordOfProcessing.TOPIC or stream_id == trail_id(caller.actor)
        controllers = self._answering.get(stream_id)
        return controllers is not None and caller.sees(stream_id, *controllers)


def _subject_of(recorded: Recorded) -> tuple[str, UUID]:
    """The aggregate an event concerns, by its stable name and id; events of an export or a letter concern its case."""
    aggregate = recorded.name.rpartition(".")[0]
    if aggregate in (Export.TOPIC, Dispatch.TOPIC):
        return Request.TOPIC, recorded.event.request_id  # type: ignore[attr-defined]  # each event of theirs has it
    return aggregate, recorded.stream_id


def _opening(recorded: Recorded) -> Row:
    event: Any = recorded.event
    aggregate, subject_id = _subject_of(recorded)
    return {
        "position": recorded.position,
        "opened_at": recorded.recorded_at,
        "actor": event.actor,
        "credential": event.credential,
        "purpose": event.purpose,
        "kind": aggregate.removeprefix("dsr."),
        "subject_id": subject_id,
        "name": recorded.name,
        "versions": list(getattr(event, "versions", ())),
    }


def _withheld(recorded: Recorded) -> Row:
    nothing: dict[str, Any] = dict.fromkeys(
        ("stream_id", "stream_version", "timestamp", "happened_at", "actor", "credential", "facts", "sealed")
    )
    return nothing | {
        "position": recorded.position,
        "name": recorded.name,
        "recorded_at": recorded.recorded_at,
        "withheld": True,
    }


def _shown(recorded: Recorded) -> Row:
    shown, sealed, happened_at = facts_of(recorded.event)
    return {
        "position": recorded.position,
        "name": recorded.name,
        "recorded_at": recorded.recorded_at,
        "withheld": False,
        "stream_id": recorded.stream_id,
        "stream_version": recorded.stream_version,
        "timestamp": recorded.event.timestamp,
        "happened_at": happened_at,
        "actor": recorded.event.actor,
        "credential": recorded.event.credential,
        "facts": shown,
        "sealed": sealed,
    }
