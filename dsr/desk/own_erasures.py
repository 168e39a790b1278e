"""Use cases of erasure on own initiative: reported, deleted by the administrator, or cancelled with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import OwnErasureUnknown
from dsr.desk.holds import Marks
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.staff import StaffDesk
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.desk.without_request import Opening, load, open_all, own_key, text_sealer, view
from dsr.domain.own_erasure import OwnErasure, OwnErasureKind
from dsr.domain.request.standing import Hold
from dsr.domain.request.values import DisclosurePurpose
from dsr.projections.holds import holds_from_arrival, holds_of
from dsr.projections.own_erasures import own_erasure_row


class OwnErasureDesk:
    """report, carry out, cancel, open."""

    def __init__(self, repository: Repository, staff: StaffDesk) -> None:
        self._repository = repository
        self._staff = staff

    @use_case
    def report(
        self,
        call: Call,
        *,
        kind: OwnErasureKind,
        controller_id: str,
        system: str,
        found_at: datetime,
        description: str,
        reported_by: str | None = None,
        request_id: UUID | None = None,
    ) -> Answer:
        """Report data to erase; the caller found it unless another member of staff is named.

        Raises RopaMissing, Forbidden (controller out of scope), StaffUnknown, StaffHasLeft, RequestUnknown, and what
        `OwnErasure.report` raises.
        """
        repository, erasure_id = self._repository, uuid4()
        with unit_of_work(repository, call) as work:
            call.caller.require_controller(controller_id)
            if reported_by is not None:
                self._staff.require_present(reported_by)
            if request_id is not None:
                repository.request(request_id, call.caller)
            record = repository.ropa.current()
            keys = work.enter(kept(repository, None, ""))
            seal = text_sealer(repository, erasure_id, keys.case_key)
            erasure = OwnErasure.report(
                work.acting,
                erasure_id=erasure_id,
                kind=kind,
                controller_id=controller_id,
                system=system,
                reported_by=reported_by or work.acting.actor,
                found_at=found_at,
                request_id=request_id,
                document=record.document,
                ropa_version=record.number,
                keys=keys.introductions,
                description=seal("description", description),
            )
            work.add(erasure)
            work.respond(lambda: self._view(erasure_id))
        return work.answer

    @use_case
    def carry_out(
        self,
        erasure_id: UUID,
        call: Call,
        *,
        deleted_at: datetime | None,
        systems: tuple[str, ...],
        recipients_told: tuple[str, ...],
        account: str,
        email: str = "",
        phone: str = "",
        identifiers: tuple[str, ...] = (),
        person_unknown: bool = False,
    ) -> Answer:
        """Record that the caller deleted the data (default: now).

        Holds prevent it: those of the case that led to the report, of other cases of the same person, and of people
        with these `email`, `phone` or `identifiers`, which are looked up and not stored. Without any of these,
        `person_unknown` has to be true.
        """
        repository, marks = self._repository, Marks(email, phone, identifiers)
        with self._changing(erasure_id, call) as (work, erasure):
            erasure.carry_out(
                work.acting,
                deleted_at=deleted_at or work.acting.at,
                systems=systems,
                recipients_told=recipients_told,
                document=repository.ropa.at_version(erasure.ropa_version).document,
                holds=self._holds(erasure, marks, systems),
                person_unknown=person_unknown,
                account=text_sealer(repository, erasure_id, own_key(repository, erasure))("account", account),
            )

        return work.answer

    @use_case
    def cancel(self, erasure_id: UUID, call: Call, *, reason: str) -> Answer:
        """Cancel a wrong report."""
        repository = self._repository
        with self._changing(erasure_id, call) as (work, erasure):
            sealed = text_sealer(repository, erasure_id, own_key(repository, erasure))("reason", reason)
            erasure.cancel(work.acting, reason=sealed)
        return work.answer

    def open(self, erasure_id: UUID, call: Call, *, purpose: DisclosurePurpose) -> Opening:
        """Open its sealed parts; the opening is recorded first. Raises OwnErasureUnknown."""
        return open_all(self._repository, self._load(erasure_id, call.caller), call, purpose=purpose)

    @contextmanager
    def _changing(self, erasure_id: UUID, call: Call) -> Iterator[tuple[UnitOfWork, OwnErasure]]:
        """A unit of work on one report, at the version the caller saw. Raises OwnErasureUnknown, VersionStale."""
        with unit_of_work(self._repository, call) as work:
            erasure = self._load(erasure_id, call.caller)
            work.change(erasure, lambda: self._view(erasure_id))
            yield work, erasure

    def _holds(self, erasure: OwnErasure, marks: Marks, systems: tuple[str, ...]) -> tuple[Hold, ...] | None:
        """The holds on the person's data, by messages that nobody has examined too; None if the person is unknown."""
        repository = self._repository
        if erasure.request_id is None and not marks.given:
            return None
        with repository.database.reading() as connection:
            cases = {case for purpose, value in marks.given for case in repository.index.find(purpose, value)}
            if erasure.request_id is not None:
                cases.update(repository.cases_of_person(erasure.request_id))
            return (
                *holds_of(connection, cases),
                *holds_from_arrival(connection, cases, controller_id=erasure.controller_id, systems=systems),
            )

    def _load(self, erasure_id: UUID, caller: Caller) -> OwnErasure:
        return load(self._repository, OwnErasure, erasure_id, caller, unknown=OwnErasureUnknown)

    def _view(self, erasure_id: UUID) -> Answer:
        return view(self._repository, own_erasure_row, erasure_id, unknown=OwnErasureUnknown)
