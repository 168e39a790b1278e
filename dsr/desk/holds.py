"""Use cases of holds, and the query of a retention job (docs/law §3, §6)."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import IdentifierMissing
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Answering, Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.standing import Hold, HoldKind
from dsr.domain.ropa import RopaMissing
from dsr.projections.holds import holds_among
from dsr.vault import IndexPurpose, normal_form


@dataclass(frozen=True)
class RetentionAnswer:
    """Whether data of a person may be deleted now, and the holds that prevent it."""

    may_delete: bool
    holds: tuple[Hold, ...]


@dataclass(frozen=True)
class Marks:
    """Identifiers of a person, looked up and never stored."""

    email: str = ""
    phone: str = ""
    identifiers: tuple[str, ...] = ()
    """Customer, contract or staff numbers."""

    @property
    def given(self) -> tuple[tuple[IndexPurpose, str], ...]:
        """The identifiers that could identify anyone."""
        marks = [(IndexPurpose.EMAIL, self.email), (IndexPurpose.PHONE, self.phone)]
        marks += [(IndexPurpose.IDENTIFIER, each) for each in self.identifiers]
        return tuple((purpose, value) for purpose, value in marks if normal_form(purpose, value))


class HoldDesk:
    """place and release a hold; ask before deleting."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def place(
        self,
        request_id: UUID,
        call: Call,
        *,
        kind: HoldKind,
        controller_id: str | None,
        activities: tuple[str, ...],
        systems: tuple[str, ...],
        reason: str,
    ) -> Answer:
        """Place a hold on data of a controller (default: that of the case).

        The caller must work for that controller. Without systems named, all systems of the activities. Raises
        ControllerUnknown, ActivityUnknown, SystemUnknown, SystemElsewhere, Forbidden, and what `Request.place_hold`
        does.
        """
        repository = self._repository
        with changing(
            self._repository, request_id, call, answering=lambda _: () if controller_id is None else {controller_id}
        ) as work:
            case = work.case
            holder = controller_id or case.controller_id
            document = repository.ropa.at_version(case.ropa_version).document
            document.require_systems(holder, systems)
            repository.bases(case, holder, activities)
            case.place_hold(
                work.acting,
                hold_id=uuid4(),
                kind=kind,
                controller_id=holder,
                activities=activities,
                systems=systems or document.systems_of(activities),
                reason=work.seal("reason", reason),
            )
        return work.answer

    @use_case
    def release(self, request_id: UUID, hold_id: UUID, call: Call, *, reason: str) -> Answer:
        """Release a hold; the caller must work for the controller whose data it is.

        If that controller passed the case on, the caller must work for the present one.
        """

        with changing(self._repository, request_id, call, answering=_of_hold(hold_id)) as work:
            work.case.release_hold(work.acting, hold_id=hold_id, reason=work.seal("reason", reason))
        return work.answer

    @use_case
    def propose_exception(
        self, request_id: UUID, hold_id: UUID, call: Call, *, ground: str, systems: tuple[str, ...], reason: str
    ) -> Answer:
        """Propose to delete data of a restriction in these systems, or in all that it holds. Raises SystemUnknown."""
        repository = self._repository
        with changing(repository, request_id, call, answering=_of_hold(hold_id)) as work:
            case = work.case
            document = repository.ropa.at_version(case.ropa_version).document
            for system in systems:
                document.system(system)
            hold = case.holds.get(hold_id)
            case.propose_exception(
                work.acting,
                hold_id=hold_id,
                ground=ground,
                systems=systems or (() if hold is None else hold.systems),
                reason=work.seal("reason", reason),
                erasure_granted_elsewhere=repository.is_erasure_granted_elsewhere(request_id),
            )
        return work.answer

    @use_case
    def decide_exception(self, request_id: UUID, hold_id: UUID, call: Call, *, approve: bool, reason: str) -> Answer:
        """Approve, or decline with a reason. Raises FourEyes for a DPO."""
        repository = self._repository
        with changing(repository, request_id, call, answering=_of_hold(hold_id)) as work:
            call.caller.require_decision_maker()
            case = work.case
            if approve:
                hold = case.holds.get(hold_id)
                document = repository.ropa.at_version(case.ropa_version).document
                systems = () if hold is None else document.systems_of(hold.activities)
                case.approve_exception(work.acting, hold_id=hold_id, systems=systems)
            else:
                case.decline_exception(work.acting, hold_id=hold_id, reason=work.seal("reason", reason))
        return work.answer

    def may_delete(
        self,
        caller: Caller,
        *,
        controller_id: str,
        system: str,
        email: str,
        phone: str,
        identifiers: tuple[str, ...],
    ) -> RetentionAnswer:
        """Whether data of the person with these identifiers may be deleted from a controller's system now.

        A mistake in the query must not read as permission to delete. Raises Forbidden (a controller out of scope),
        RopaMissing, ControllerUnknown, SystemUnknown (in no version of the record), IdentifierMissing (nothing
        identifies anyone).
        """
        caller.require_controller(controller_id)
        marks = Marks(email, phone, identifiers)
        repository = self._repository
        record = repository.ropa.record()
        if record is None:
            raise RopaMissing()
        record.require_ever_named(controller_id, system)
        if not marks.given:
            raise IdentifierMissing()
        with repository.database.reading() as connection:
            cases = [repository.index.matching(purpose, value) for purpose, value in marks.given]
            held = holds_among(connection, cases, controller_id=controller_id, system=system)
        return RetentionAnswer(may_delete=not held, holds=held)


def _of_hold(hold_id: UUID) -> Answering:
    """The controller that decides on a hold: the one whose data it is, unless that one passed the case on."""

    def answering(case: Request) -> Collection[str]:
        hold = case.holds.get(hold_id)
        return {hold.controller_id} if hold is not None and hold.controller_id in case.controllers else ()

    return answering
