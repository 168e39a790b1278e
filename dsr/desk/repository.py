"""What every use case works with: loads cases and other aggregates, and seals what is written about people."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from eventsourcing.application import AggregateNotFoundError

from dsr.database import Database
from dsr.desk.application import LogApplication
from dsr.desk.caller import Caller
from dsr.desk.errors import RequestUnknown, TimeNotYet, VersionStale
from dsr.desk.idempotency import Answer, IdempotencyRecords
from dsr.desk.ropa_cache import RopaCache
from dsr.desk.suppressions import Suppressions
from dsr.domain.acting import CaseActing
from dsr.domain.clock import Clock
from dsr.domain.deadlines import JointCalendar, WorkingCalendar
from dsr.domain.events import Aggregate, Event
from dsr.domain.request import Request
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.holds import Retained
from dsr.domain.request.letters import is_blank
from dsr.domain.request.standing import Hold
from dsr.domain.ropa import ActivityUnknown
from dsr.domain.sealed import BlobStore, DataKey, KeyPurpose, KeyStore, Sealed
from dsr.projections.holds import holds_of
from dsr.projections.items import is_copy_pending
from dsr.projections.queue import request_row
from dsr.projections.rows import Row
from dsr.projections.shown import ShownCases
from dsr.vault import BlindIndex, IndexPurpose, KnownMessages, Sealer

A = TypeVar("A", bound=Aggregate)

Answering = Callable[[Request], Collection[str]]
"""Ids of the controllers whose decision a command on a case is; none of them: of the one that has the case."""


@dataclass(frozen=True)
class Repository:
    """What every use case works with."""

    database: Database
    application: LogApplication
    keystore: KeyStore
    sealer: Sealer
    blobs: BlobStore
    index: BlindIndex
    messages: KnownMessages
    suppressions: Suppressions
    ropa: RopaCache
    idempotency: IdempotencyRecords
    clock: Clock
    shown: ShownCases = field(default_factory=ShownCases)
    """What the cases showed that commands are about to change."""

    def now(self) -> datetime:
        """The time of a command."""
        return self.clock.now()

    # Loading ---------------------------------------------------------------------------------------------------

    def find(self, kind: type[A], stream_id: UUID, *, version: int | None = None) -> A | None:
        """The aggregate of this kind, at a version if one is given; None where the stream is another's or no one's."""
        try:
            found: Aggregate = self.application.repository.get(stream_id, version=version, projector_func=_replay)
        except AggregateNotFoundError:
            return None
        if isinstance(found, Request) and version is None:
            self.shown.loaded(found)
        return found if isinstance(found, kind) else None

    def find_then(self, kind: type[A], stream_id: UUID, recorded_until: datetime) -> A | None:
        """The aggregate as it stood at a time; None where it was not there yet."""
        version = self.application.recorder.version_at(stream_id, recorded_until)
        return None if version is None else self.find(kind, stream_id, version=version)

    def request(self, request_id: UUID, caller: Caller, *, recorded_until: datetime | None = None) -> Request:
        """The case, as it stood at `recorded_until` if that is given; who may see it is decided as it stands now.

        Raises RequestUnknown, also where it is out of the caller's scope: nobody learns that it exists; TimeNotYet.
        """
        if recorded_until is not None and recorded_until > self.now():
            raise TimeNotYet()
        request = self.find(Request, request_id)
        if request is None or not caller.sees(request_id, *_answering_now(request, caller)):
            raise RequestUnknown()
        if recorded_until is None:
            return request
        then = self.find_then(Request, request_id, recorded_until)
        if then is None:
            raise RequestUnknown()
        return then

    def calendar(self, request: Request) -> WorkingCalendar:
        """The working days that count for this case: by the version of the record that it pinned.

        Those of the controller whose mailbox it reached, with those of the joint controllers it was passed on to.
        """
        version = self.ropa.at_version(request.ropa_version)
        first, *others = (version.calendar(controller_id) for controller_id in request.held_by)
        return JointCalendar.joining(first, others)

    def acting_on(self, request: Request, actor: str, at: datetime) -> CaseActing:
        """Who acts on this case, when, and by its working days."""
        return CaseActing(actor, at, self.calendar(request))

    def retained(self, request: Request, controllers: Iterable[str], subjects: Iterable[str]) -> tuple[Retained, ...]:
        """How long these controllers keep data of these categories of people (none named: of all), by the record.

        Raises ControllerUnknown, SubjectsUnknown.
        """
        document = self.ropa.at_version(request.ropa_version).document
        wanted = document.require_subjects(subjects)
        return tuple(
            Retained(
                controller_id=controller_id,
                activity=activity.id,
                systems=activity.systems,
                period=activity.retention.period,
            )
            for controller_id in controllers
            for activity in document.activities_of(controller_id)
            if not wanted or wanted & set(activity.subjects)
        )

    def other_holds(self, request_id: UUID) -> tuple[Hold, ...]:
        """What is held in other cases of the same person, by the blind index."""
        with self.database.glancing() as connection:
            return holds_of(connection, self._same_person(request_id))

    def is_copy_pending_elsewhere(self, request_id: UUID, controller_id: str) -> bool:
        """Whether this controller still owes the same person a copy in another case, by the blind index."""
        with self.database.glancing() as connection:
            return is_copy_pending(connection, self._same_person(request_id), controller_id=controller_id)

    def holds_of_person(self, request_id: UUID) -> tuple[Hold, ...]:
        """What is held in this case, and in others of the same person."""
        with self.database.glancing() as connection:
            return holds_of(connection, [request_id, *self._same_person(request_id)])

    def _same_person(self, request_id: UUID) -> list[UUID]:
        """Cases that share more than a name with this one."""
        return [other for other, kinds in self.index.sharing(request_id).items() if kinds - {IndexPurpose.NAME}]

    def bases(self, request: Request, controller_id: str, activities: Iterable[str] = ()) -> tuple[ActivityBasis, ...]:
        """What decides about rights, from the version of the record that the case pinned.

        Of these activities of the controller; without any, of all that it carries out with data of the categories of
        people that the case names. Raises ActivityUnknown, ControllerUnknown.
        """
        document = self.ropa.at_version(request.ropa_version).document
        carried_out = document.activities_of(controller_id)
        chosen = tuple(activities)
        if not chosen:
            subjects = set(request.subjects)
            about = [each for each in carried_out if not subjects or subjects & set(each.subjects)]
            return tuple(map(ActivityBasis.of, about))
        known = {each.id: each for each in carried_out}
        for activity_id in chosen:
            if activity_id not in known:
                raise ActivityUnknown(activity=activity_id)
        return tuple(ActivityBasis.of(known[activity_id]) for activity_id in chosen)

    # Sealing ---------------------------------------------------------------------------------------------------

    def case_key(self, request: Request) -> DataKey:
        """The key of the case file. Raises KeyDestroyed once the person was forgotten."""
        return self.keystore.open(request.keys[KeyPurpose.CASE_FILE.value])

    def seal_text(self, request: Request, field: str, text: str | None) -> Sealed | None:
        """Free text about a person, sealed; None where it says nothing, so that the domain can demand it."""
        if text is None or is_blank(text):
            return None
        return self.sealer.seal_json(text.strip(), key=self.case_key(request), stream_id=request.id, field=field)

    # Answering -------------------------------------------------------------------------------------------------

    def view(self, request_id: UUID) -> Answer:
        """The case as the read models have it, inside or outside of a transaction."""
        with self.database.glancing() as connection:
            row = request_row(connection, request_id)
        if row is None:
            raise RequestUnknown()
        return view_of(row)


def view_of(row: Row) -> Answer:
    """A case as commands answer with it: its row of the queue."""
    return Answer(msgspec.json.encode(row), row["version"], str(row["request_id"]))


def _replay(aggregate: Aggregate | None, events: Iterable[Event]) -> Aggregate | None:
    """The library's own projector asks of every event whether it is one, which takes longer than to apply it."""
    for event in events:
        aggregate = event.mutate(aggregate)
    return aggregate


def require_version(aggregate: Aggregate, expected: int | None) -> None:
    """Raise VersionStale unless the caller saw this version."""
    if expected is not None and aggregate.version != expected:
        raise VersionStale(expected=expected, current=aggregate.version)


def of_items(*item_ids: str) -> Answering:
    """The controllers that answer these items. Raises ItemUnknown when it is asked."""
    return lambda case: {case.item(item_id).controller_id for item_id in item_ids}


def _answering_now(request: Request, caller: Caller) -> frozenset[str]:
    """Who answers the case; an auditor of a controller that passed it on still audits its part."""
    return request.controllers | frozenset(request.held_by if caller.is_auditor else ())


def require_answering(request: Request, caller: Caller, answering: Answering | None = None) -> None:
    """Raises Forbidden for staff of another controller than those whose decision it is; ItemUnknown."""
    if caller.request_id is None:
        controllers = () if answering is None else answering(request)
        for controller_id in controllers or {request.controller_id}:
            caller.require_controller(controller_id)
