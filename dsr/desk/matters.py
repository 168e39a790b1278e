"""Use cases of matters: complaints, incidents, letters of authorities and courts (docs/law §13)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import MatterUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.matter_cases import note_order_on_cases, release_holds, take_up
from dsr.desk.matter_opening import (
    ComplaintArrival,
    IncidentNoticed,
    LetterArrival,
    open_complaint,
    open_incident,
    open_letter,
)
from dsr.desk.repository import Repository
from dsr.desk.staff import StaffDesk
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.desk.without_request import Opening, load, open_all, own_key, text_sealer, view
from dsr.domain.acting import CaseActing
from dsr.domain.matter import AuthorityLetter, IncidentRisk, Matter, MatterKind, MatterOutcome, TellingException
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.sealed import Sealed
from dsr.projections.matters import matter_row


@dataclass(frozen=True)
class _MatterWork:
    """The change of one matter, by the working days of its controller."""

    work: UnitOfWork
    matter: Matter
    acting: CaseActing
    repository: Repository

    def seal(self, field: str, text: str) -> Sealed | None:
        """Free text, sealed under the key of the matter; None if it is blank."""
        return text_sealer(self.repository, self.matter.id, own_key(self.repository, self.matter))(field, text)


class MatterDesk:
    """open complaints, incidents and letters; do for each what its kind demands; assign, link, answer, close, open."""

    def __init__(self, repository: Repository, staff: StaffDesk) -> None:
        self._repository = repository
        self._staff = staff

    @use_case
    def open_complaint(
        self,
        call: Call,
        *,
        controller_id: str,
        channel: Channel,
        received_at: datetime,
        language: str,
        sender: str,
        content: str,
        request_ids: tuple[UUID, ...] = (),
    ) -> Answer:
        """Open a complaint that came by any channel. ¶Raises RopaMissing, Forbidden (controller out of scope),
        RequestUnknown, and what `Matter.open_complaint` raises.
        """
        repository = self._repository
        with unit_of_work(repository, call) as work:
            call.caller.require_controller(controller_id)
            for request_id in request_ids:
                repository.request(request_id, call.caller)
            arrival = ComplaintArrival(
                controller_id=controller_id,
                channel=channel,
                received_at=received_at,
                language=language,
                sender=sender,
                content=content,
                request_ids=tuple(dict.fromkeys(request_ids)),
            )
            matter_id = open_complaint(repository, work, arrival).id
            work.respond(lambda: self._view(matter_id))
        return work.answer

    @use_case
    def open_incident(
        self,
        call: Call,
        *,
        controllers: tuple[str, ...],
        channel: Channel,
        certain_at: datetime,
        content: str,
        sender: str = "",
        request_ids: tuple[UUID, ...] = (),
        processor_for: str | None = None,
    ) -> Answer:
        """Open an incident of these controllers; the first handles it. ¶Raises RopaMissing, Forbidden (controller out
        of scope), RequestUnknown, and what `Matter.open_incident` raises.
        """
        repository = self._repository
        with unit_of_work(repository, call) as work:
            call.caller.require_controller(controllers[0])
            for request_id in request_ids:
                repository.request(request_id, call.caller)
            noticed = IncidentNoticed(
                controllers=tuple(dict.fromkeys(controllers)),
                channel=channel,
                certain_at=certain_at,
                content=content,
                sender=sender,
                request_ids=tuple(dict.fromkeys(request_ids)),
                processor_for=processor_for,
            )
            matter_id = open_incident(repository, work, noticed).id
            work.respond(lambda: self._view(matter_id))
        return work.answer

    @use_case
    def assess_risk(self, matter_id: UUID, call: Call, *, risk: IncidentRisk, reasons: str) -> Answer:
        """Assess the risk of an incident for people."""
        return self._give(matter_id, call, Matter.assess_risk, sealed={"reasons": reasons}, risk=risk)

    @use_case
    def notify_authority(
        self,
        matter_id: UUID,
        call: Call,
        *,
        authority: str,
        channel: Channel,
        content: str,
        late_reasons: str = "",
        notified_at: datetime | None = None,
    ) -> Answer:
        """Record that an authority was notified of an incident (default: now)."""
        return self._give(
            matter_id,
            call,
            Matter.notify_authority,
            sealed={"content": content, "late_reasons": late_reasons},
            moments={"notified_at": notified_at},
            authority=authority,
            channel=channel,
        )

    @use_case
    def omit_notification(self, matter_id: UUID, call: Call, *, reasons: str) -> Answer:
        """Record why no authority is notified of an incident."""
        return self._give(matter_id, call, Matter.omit_notification, sealed={"reasons": reasons})

    @use_case
    def tell_people(
        self, matter_id: UUID, call: Call, *, channel: Channel, content: str, told_at: datetime | None = None
    ) -> Answer:
        """Record that the people concerned were told of an incident (default: now)."""
        return self._give(
            matter_id,
            call,
            Matter.tell_people,
            sealed={"content": content},
            moments={"told_at": told_at},
            channel=channel,
        )

    @use_case
    def except_people(self, matter_id: UUID, call: Call, *, exception: TellingException, reasons: str) -> Answer:
        """Record the exception by which people are not told of an incident."""
        return self._give(matter_id, call, Matter.except_people, sealed={"reasons": reasons}, exception=exception)

    @use_case
    def tell_controller(
        self, matter_id: UUID, call: Call, *, channel: Channel, content: str, told_at: datetime | None = None
    ) -> Answer:
        """Record that the controller for which we process was told of an incident (default: now)."""
        return self._give(
            matter_id,
            call,
            Matter.tell_controller,
            sealed={"content": content},
            moments={"told_at": told_at},
            channel=channel,
        )

    @use_case
    def open_letter(
        self,
        call: Call,
        *,
        controller_id: str,
        kind: MatterKind,
        authority: str,
        due_on: date,
        channel: Channel,
        received_at: datetime,
        language: str,
        content: str,
        file_number: str = "",
        request_ids: tuple[UUID, ...] = (),
        item_ids: tuple[str, ...] = (),
    ) -> Answer:
        """Open an inquiry, an order or a claim; an order reopens the cases that it concerns, with these items, and a
        claim holds their data. ¶Raises RopaMissing, Forbidden (controller out of scope, or another one decides),
        RequestUnknown, and what `Matter.open_letter` raises.
        """
        repository = self._repository
        with unit_of_work(repository, call) as work:
            call.caller.require_controller(controller_id)
            cases = [repository.request(each, call.caller) for each in dict.fromkeys(request_ids)]
            arrival = LetterArrival(
                controller_id=controller_id,
                letter=AuthorityLetter(kind, authority, due_on, channel, received_at, language),
                content=content,
                file_number=file_number,
                request_ids=tuple(case.id for case in cases),
            )
            matter = open_letter(repository, work, arrival)
            take_up(repository, work, matter, cases, item_ids)
            work.respond(lambda: self._view(matter.id))
        return work.answer

    @use_case
    def move_date(
        self, matter_id: UUID, call: Call, *, due_on: date, received_at: datetime, channel: Channel, content: str
    ) -> Answer:
        """Set another date, as a new letter of the authority or court says; the cases of an order have it too."""
        with self._changing(matter_id, call) as changing:
            changing.matter.move_date(
                changing.acting,
                due_on=due_on,
                received_at=received_at,
                channel=channel,
                content=changing.seal("content", content),
            )
            note_order_on_cases(self._repository, changing.work, changing.matter)
        return changing.work.answer

    @use_case
    def acknowledge(
        self, matter_id: UUID, call: Call, *, channel: Channel, acknowledged_at: datetime | None = None
    ) -> Answer:
        """Record that the sender was told that the complaint arrived (default: now)."""
        return self._give(
            matter_id, call, Matter.acknowledge, moments={"acknowledged_at": acknowledged_at}, channel=channel
        )

    @use_case
    def tell_progress(
        self, matter_id: UUID, call: Call, *, channel: Channel, progress: str, told_at: datetime | None = None
    ) -> Answer:
        """Record that the sender was told how the examination goes on (default: now)."""
        return self._give(
            matter_id,
            call,
            Matter.tell_progress,
            sealed={"progress": progress},
            moments={"told_at": told_at},
            channel=channel,
        )

    @use_case
    def assign(self, matter_id: UUID, call: Call, *, responsible: str) -> Answer:
        """Name who is responsible. Raises StaffUnknown, StaffHasLeft, StaffAccessEnded, AssigneeUnfit."""
        with self._changing(matter_id, call) as changing:
            self._staff.require_assignable(responsible, (changing.matter.controller_id,))
            changing.matter.assign(changing.acting, responsible=responsible)
        return changing.work.answer

    @use_case
    def link_request(self, matter_id: UUID, call: Call, *, request_id: UUID) -> Answer:
        """Link a case that the matter concerns; an order reopens it, a claim holds its data.

        Raises RequestUnknown, Forbidden (another controller decides).
        """
        with self._changing(matter_id, call) as changing:
            case = self._repository.request(request_id, call.caller)
            changing.matter.link_request(changing.acting, request_id=request_id)
            take_up(self._repository, changing.work, changing.matter, (case,))
        return changing.work.answer

    @use_case
    def answer(
        self,
        matter_id: UUID,
        call: Call,
        *,
        channel: Channel,
        reasons: str,
        remedies: str = "",
        answered_at: datetime | None = None,
    ) -> Answer:
        """Record the answer that left (default: now); the cases of an order wait for its date no more."""
        with self._changing(matter_id, call) as changing:
            changing.matter.record_answer(
                changing.acting,
                answered_at=answered_at or changing.acting.at,
                channel=channel,
                reasons=changing.seal("reasons", reasons),
                remedies=changing.seal("remedies", remedies),
            )
            note_order_on_cases(self._repository, changing.work, changing.matter)
        return changing.work.answer

    @use_case
    def close(self, matter_id: UUID, call: Call, *, outcome: MatterOutcome) -> Answer:
        """Close an answered matter with its outcome; its legal holds are released."""
        with self._changing(matter_id, call) as changing:
            changing.matter.close(changing.acting, outcome=outcome)
            release_holds(self._repository, changing.work, changing.matter)
        return changing.work.answer

    def open(self, matter_id: UUID, call: Call, *, purpose: DisclosurePurpose) -> Opening:
        """Open its sealed parts; the opening is recorded first. Raises MatterUnknown."""
        return open_all(self._repository, self._load(matter_id, call.caller), call, purpose=purpose)

    def _give(
        self,
        matter_id: UUID,
        call: Call,
        command: Callable[..., None],
        *,
        sealed: Mapping[str, str] = MappingProxyType({}),
        moments: Mapping[str, datetime | None] = MappingProxyType({}),
        **facts: object,
    ) -> Answer:
        """Give a command to one matter: its texts are sealed, and a moment that is not stated is now.

        Raises MatterUnknown, VersionStale, and what the command raises.
        """
        with self._changing(matter_id, call) as changing:
            texts = {field: changing.seal(field, text) for field, text in sealed.items()}
            happened = {name: moment or changing.acting.at for name, moment in moments.items()}
            command(changing.matter, changing.acting, **facts, **texts, **happened)
        return changing.work.answer

    @contextmanager
    def _changing(self, matter_id: UUID, call: Call) -> Iterator[_MatterWork]:
        """A unit of work on one matter, at the version the caller saw. Raises MatterUnknown, VersionStale."""
        repository = self._repository
        with unit_of_work(repository, call) as work:
            matter = self._load(matter_id, call.caller)
            work.change(matter, lambda: self._view(matter_id))
            calendar = repository.ropa.at_version(matter.ropa_version).calendar(matter.controller_id)
            yield _MatterWork(work, matter, work.acting.on(calendar), repository)

    def _load(self, matter_id: UUID, caller: Caller) -> Matter:
        return load(self._repository, Matter, matter_id, caller, unknown=MatterUnknown)

    def _view(self, matter_id: UUID) -> Answer:
        return view(self._repository, matter_row, matter_id, unknown=MatterUnknown)
