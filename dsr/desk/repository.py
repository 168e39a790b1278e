"""The repository of all use cases: loads cases and other aggregates, and seals texts about people."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from dsr.database import Database
from dsr.desk.application import LogApplication
from dsr.desk.caller import Caller
from dsr.desk.errors import RequestUnknown, TimeNotYet, VersionStale
from dsr.desk.idempotency import Answer, IdempotencyRecords
from dsr.desk.ropa_cache import RopaCache
from dsr.desk.suppressions import Suppressions
from dsr.domain.acting import Acting, CaseActing
from dsr.domain.clock import Clock
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.events import Aggregate, Event
from dsr.domain.request import Request
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.holds import Retained
from dsr.domain.request.item import Item
from dsr.domain.request.letters import is_blank
from dsr.domain.request.search_list import Listed
from dsr.domain.request.standing import Hold
from dsr.domain.rights import Right
from dsr.domain.ropa import ActivityUnknown, Ropa, working_days
from dsr.domain.sealed import BlobStore, DataKey, KeyPurpose, KeyStore, Sealed
from dsr.projections.holds import holds_of
from dsr.projections.items import asking_in_doubt, is_copy_pending, is_erasure_granted
from dsr.projections.messages import suggesting
from dsr.projections.queue import request_row
from dsr.projections.rows import Row
from dsr.projections.shown import ShownCases
from dsr.vault import BlindIndex, IndexPurpose, KnownMessages, Sealer

A = TypeVar("A", bound=Aggregate)

Answering = Callable[[Request], Collection[str]]
"""Ids of the controllers that decide on a command; empty: the controller of the case."""


@dataclass(frozen=True)
class Repository:
    """The repository and its collaborators, shared by all use cases."""

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
    """Rows shown for the cases that commands are about to change."""

    def now(self) -> datetime:
        """The time of a command."""
        return self.clock.now()

    # Loading ---------------------------------------------------------------------------------------------------

    def find(self, kind: type[A], stream_id: UUID, *, seen: int | None = None) -> A | None:
        """The aggregate of this kind; None if the stream is of another kind or does not exist.

        A command on the version `seen` may assume that it is the last one: see `dsr/database/assumptions.py`.
        """
        found = self.application.events.load(stream_id, seen=seen)
        if isinstance(found, Request):
            self.shown.loaded(found)
        return found if isinstance(found, kind) else None

    def find_at(self, kind: type[A], stream_id: UUID, version: int) -> A | None:
        """The aggregate at this version, or as it is now if it has fewer events."""
        found: Aggregate | None = None
        for event in self.application.events.whole(stream_id):
            if event.originator_version > version:
                break
            found = event.mutate(found)
        return found if isinstance(found, kind) else None

    def find_then(self, kind: type[A], stream_id: UUID, recorded_until: datetime) -> A | None:
        """The aggregate at a past time; None if it did not exist yet."""
        version = self.application.recorder.version_at(stream_id, recorded_until)
        return None if version is None else self.find_at(kind, stream_id, version)

    def request(
        self,
        request_id: UUID,
        caller: Caller,
        *,
        recorded_until: datetime | None = None,
        seen: int | None = None,
    ) -> Request:
        """The case, at `recorded_until` if given; its present state decides who may see it.

        A command on the version `seen` may assume that it is the last one.
        Raises RequestUnknown, also if it is outside the caller's scope, so that its existence is not revealed;
        TimeNotYet.
        """
        if recorded_until is not None and recorded_until > self.now():
            raise TimeNotYet()
        request = self.find(Request, request_id, seen=seen)
        if request is None or not caller.sees(request_id, *_answering_now(request, caller)):
            raise RequestUnknown()
        if request.is_deceased and caller.request_id is not None:  # nobody acts as a person who has died
            raise RequestUnknown()
        if recorded_until is None:
            return request
        then = self.find_then(Request, request_id, recorded_until)
        if then is None:
            raise RequestUnknown(
                "At that time nothing of this request was on record yet. Ask for a later `as_of`, or for none.",
                as_of=recorded_until.isoformat(),
                recorded_at=request.created_on.isoformat(),
            )
        return then

    def calendar(self, request: Request) -> WorkingCalendar:
        """The working days that count for this case, by its pinned version of the record or a later correction.

        They are those of the receiving controller and of the joint controllers the case was passed to.
        """
        return self.calendar_by(request, request.calendar_version)

    def calendar_by(self, request: Request, ropa_version: int, *, also: str | None = None) -> WorkingCalendar:
        """The same by the calendars of that version of the record, and with a controller that gets the case (`also`).

        Raises ControllerUnknown.
        """
        held_by = request.held_by if also is None else (*request.held_by, also)
        pinned, version = self.ropa.at_version(request.ropa_version), self.ropa.at_version(ropa_version)
        return working_days(pinned, version, held_by)

    def events_of(self, request: Request) -> tuple[Event, ...]:
        """The history of a case, up to the version that was loaded."""
        events = self.application.events.get(request.id, lte=request.version)
        return tuple(each for each in events if isinstance(each, Event))

    def acting_on(self, request: Request, acting: Acting) -> CaseActing:
        """The acting context of a command on this case."""
        return acting.on(self.calendar(request))

    def retained(self, request: Request, controllers: Iterable[str], subjects: Iterable[str]) -> tuple[Retained, ...]:
        """Retention periods of these controllers for these categories of data subjects (empty: all), by the record.

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

    def listed(self, request: Request, controllers: Iterable[str], subjects: Iterable[str]) -> tuple[Listed, ...]:
        """What has to be searched for these controllers and categories of data subjects (empty: all), by the record.

        Raises ControllerUnknown, SubjectsUnknown.
        """
        document = self.ropa.at_version(request.ropa_version).document
        wanted = document.require_subjects(subjects)
        return tuple(_listed(document, controller_id, wanted) for controller_id in controllers)

    def other_holds(self, request_id: UUID) -> tuple[Hold, ...]:
        """Holds in other cases of the same person, found by the blind index."""
        with self.database.glancing() as connection:
            return holds_of(connection, self._same_person(request_id))

    def is_copy_pending_elsewhere(self, request_id: UUID, controller_id: str) -> bool:
        """Whether this controller owes the same person a copy in another case, found by the blind index.

        A message there that suggests a wish for one counts too, until a handler examines it (docs/law §9). What a
        sender in doubt asks for does not: a stranger who typed the address would keep the person's erasure waiting. It
        counts where the sender of this case is in doubt as well.
        """
        with self.database.glancing() as connection:
            others = self._same_person(request_id)
            in_doubt = asking_in_doubt(connection, [request_id, *others]) if others else []
            if request_id not in in_doubt:
                others = [each for each in others if each not in in_doubt]
            return _asks_for_copy(connection, others, controller_id)

    def copies_asked_for_in_doubt(self, request: Request) -> tuple[UUID, ...]:
        """Cases that ask for a copy in the name of the same person, but whose sender is in doubt: none keeps an erasure
        of this case waiting, and each is for a person to look at before they erase anything.
        """
        erasing = {
            item.controller_id
            for item in request.items.values()
            if item.right is Right.ERASURE and item.status.is_pending
        }
        if not erasing:
            return ()
        with self.database.glancing() as connection:
            return tuple(
                each
                for each in asking_in_doubt(connection, self._same_person(request.id))
                if any(_asks_for_copy(connection, [each], controller_id) for controller_id in sorted(erasing))
            )

    def other_cases(self, request_id: UUID) -> list[UUID]:
        """Other cases of the same person, found by the blind index."""
        with self.database.glancing():
            return self._same_person(request_id)

    def is_erasure_granted_elsewhere(self, request_id: UUID) -> bool:
        """Whether an erasure of the same person is granted in another case, found by the blind index."""
        with self.database.glancing() as connection:
            return is_erasure_granted(connection, self._same_person(request_id))

    def holds_of_person(self, request_id: UUID) -> tuple[Hold, ...]:
        """Holds in this case and in others of the same person."""
        with self.database.glancing() as connection:
            return holds_of(connection, self.cases_of_person(request_id))

    def cases_of_person(self, request_id: UUID) -> list[UUID]:
        """This case and others of the same person, found by the blind index."""
        return [request_id, *self._same_person(request_id)]

    def _same_person(self, request_id: UUID) -> list[UUID]:
        """Cases that share more than a name with this one."""
        return [other for other, kinds in self.index.sharing(request_id).items() if kinds - {IndexPurpose.NAME}]

    def bases(self, request: Request, controller_id: str, activities: Iterable[str] = ()) -> tuple[ActivityBasis, ...]:
        """Legal bases from the pinned version of the record.

        They cover these activities of the controller; without any, all its activities for the case's categories of data
        subjects. Raises ActivityUnknown, ControllerUnknown.
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
                raise ActivityUnknown(activity=activity_id, existing=document.owners_of_activities())
        return tuple(ActivityBasis.of(known[activity_id]) for activity_id in chosen)

    # Sealing ---------------------------------------------------------------------------------------------------

    def case_key(self, request: Request) -> DataKey:
        """The key of the case file. Raises KeyDestroyed once the person's data was erased."""
        return self.keystore.open(request.keys[KeyPurpose.CASE_FILE.value])

    def seal_text(self, request: Request, field: str, text: str | None) -> Sealed | None:
        """Free text about a person, sealed; None if it is blank, so that the domain can require it."""
        if text is None or is_blank(text):
            return None
        return self.sealer.seal_json(text.strip(), key=self.case_key(request), stream_id=request.id, field=field)

    # Answering -------------------------------------------------------------------------------------------------

    def view(self, request_id: UUID) -> Answer:
        """The case's row in the read models, inside or outside a transaction."""
        with self.database.glancing() as connection:
            row = request_row(connection, request_id)
        if row is None:
            raise RequestUnknown()
        return view_of(row)


def _asks_for_copy(connection: Connection, request_ids: Collection[UUID], controller_id: str) -> bool:
    return is_copy_pending(connection, request_ids, controller_id=controller_id) or bool(
        suggesting(connection, request_ids, Right.ACCESS, Right.PORTABILITY, controller_id=controller_id)
    )


def activities_of(document: Ropa, case: Request, item: Item) -> tuple[str, ...]:
    """The processing that an item is about; all of its controller for these people, where nothing on record says less.

    What was granted to be erased, restricted, objected to, stopped or withdrawn.
    """
    restricted = (each for each in case.restrictions.values() if each.item_id == item.item_id)
    named = dict.fromkeys(
        [
            *item.to_erase,
            *item.objected_to,
            *item.marketing_stopped,
            *item.consents_withdrawn,
            *(activity for restriction in restricted for activity in restriction.activities),
        ]
    )
    if named:
        return tuple(named)
    subjects = set(case.subjects)
    every = document.activities_of(item.controller_id)
    return tuple(each.id for each in every if not subjects or subjects & set(each.subjects))


def _listed(document: Ropa, controller_id: str, wanted: frozenset[str]) -> Listed:
    activities, own_files = document.activities_of(controller_id), document.own_files
    known = {subject for activity in activities for subject in activity.subjects}
    systems = document.systems_of(each.id for each in activities if not wanted or wanted & set(each.subjects))
    return Listed(
        controller_id=controller_id,
        systems=tuple(system for system in systems if system != own_files),
        set_aside=tuple(sorted(known - wanted)) if wanted else (),
        own_files=own_files,
    )


def view_of(row: Row) -> Answer:
    """The answer of commands on a case: its row of the queue."""
    return Answer(msgspec.json.encode(row), row["version"], str(row["request_id"]))


def require_version(aggregate: Aggregate, expected: int | None) -> None:
    """Raise VersionStale unless the caller saw this version."""
    if expected is not None and aggregate.version != expected:
        raise VersionStale(expected=expected, current=aggregate.version)


def of_items(*item_ids: str) -> Answering:
    """The controllers that answer these items; an item that the case does not have is refused by the command itself."""
    return lambda case: {case.items[item_id].controller_id for item_id in item_ids if item_id in case.items}


def _answering_now(request: Request, caller: Caller) -> frozenset[str]:
    """The controllers that answer the case; for an auditor, also those that passed it on."""
    return request.controllers | frozenset(request.held_by if caller.is_auditor else ())


def require_answering(request: Request, caller: Caller, answering: Answering | None = None) -> None:
    """Raises Forbidden unless the caller works for a controller that decides; ItemUnknown."""
    if caller.request_id is None:
        controllers = () if answering is None else answering(request)
        for controller_id in controllers or {request.controller_id}:
            caller.require_controller(controller_id)
