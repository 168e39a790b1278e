"""Use cases of triage: what a letter is, which rights it exercises, who works on it."""

from datetime import date, datetime
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.staff import StaffDesk
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.joint import NotJointController
from dsr.domain.request.values import Channel, DismissalKind
from dsr.domain.rights import Right


class TriageDesk:
    """dismiss, register, open items, link a duplicate, forward, correct the language, confirm the sender, assign,
    note.
    """

    def __init__(self, repository: Repository, staff: StaffDesk) -> None:
        self._repository = repository
        self._staff = staff

    @use_case
    def dismiss(self, request_id: UUID, call: Call, *, kind: DismissalKind, reason: str) -> Answer:
        """Close a case that is not a request."""
        with changing(self._repository, request_id, call) as work:
            work.case.dismiss(
                work.acting,
                kind=kind,
                reason=work.seal("reason", reason),
                evidence_destroyed=work.case.identity.evidence_keys,
            )
        return work.answer

    @use_case
    def register(
        self,
        request_id: UUID,
        call: Call,
        *,
        rights: tuple[Right, ...],
        direct_marketing: bool = False,
        controllers: tuple[str, ...] = (),
        subjects: tuple[str, ...] = (),
    ) -> Answer:
        """Confirm the request, its rights, their controllers, and the person's categories of data subjects.

        Raises NotJointController, ControllerUnknown, SubjectsUnknown.
        """
        repository = self._repository
        with changing(repository, request_id, call) as work:
            case = work.case
            self._require_joint(case, controllers)
            case.register(
                work.acting,
                rights=rights,
                direct_marketing=direct_marketing,
                controllers=controllers,
                subjects=subjects,
                retained=repository.retained(case, controllers or (case.controller_id,), subjects),
                listed=repository.listed(case, controllers or (case.controller_id,), subjects),
            )
        return work.answer

    @use_case
    def open_items(
        self,
        request_id: UUID,
        call: Call,
        *,
        rights: tuple[Right, ...],
        direct_marketing: bool = False,
        controllers: tuple[str, ...] = (),
    ) -> Answer:
        """Open items for further rights of the same letter, or for joint controllers that answer too.

        Raises NotJointController, ControllerUnknown.
        """
        repository = self._repository
        with changing(repository, request_id, call) as work:
            case = work.case
            self._require_joint(case, controllers)
            case.open_items(
                work.acting,
                rights=rights,
                direct_marketing=direct_marketing,
                controllers=controllers,
                retained=repository.retained(case, controllers or (case.controller_id,), case.subjects),
                listed=repository.listed(case, controllers or (case.controller_id,), case.subjects),
            )
        return work.answer

    @use_case
    def reassign(
        self, request_id: UUID, call: Call, *, controller_id: str, reason: str, received_on: date | None
    ) -> Answer:
        """Pass the case on to a joint controller; the clock does not restart. Raises ControllerUnknown."""
        repository = self._repository
        with changing(repository, request_id, call) as work:
            case = work.case
            version = repository.ropa.at_version(case.ropa_version)
            version.document.controller(controller_id)
            case.reassign(
                work.acting.on(repository.calendar_by(case, case.calendar_version, also=controller_id)),
                controller_id=controller_id,
                joint=version.document.are_joint(case.controller_id, controller_id),
                reason=work.seal("reason", reason),
                received_on=received_on,
                retained=repository.retained(case, [controller_id], case.subjects),
                listed=repository.listed(case, [controller_id], case.subjects),
            )
        return work.answer

    @use_case
    def link_duplicate(self, request_id: UUID, call: Call, *, original_id: UUID) -> Answer:
        """Close as a duplicate of an earlier case in scope, of the same person by the blind index."""
        repository = self._repository
        with changing(repository, request_id, call) as work:
            original = repository.request(original_id, call.caller)
            work.case.link_duplicate(
                work.acting,
                original_id=original_id,
                original_received_on=original.received_on,
                original_outcome=original.outcome,
                original_items=tuple(original.items.values()),
                same_subject=repository.index.shares(request_id, original_id),
                evidence_destroyed=work.case.identity.evidence_keys,
            )
        return work.answer

    @use_case
    def correct_language(self, request_id: UUID, call: Call, *, language: str) -> Answer:
        """Answer the person in another language from now on; letters that are drafts stay as they are."""
        with changing(self._repository, request_id, call) as work:
            work.case.correct_language(work.acting, language=language)
        return work.answer

    @use_case
    def confirm_sender(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """Confirm that the request came from the person at the address that it names."""
        with changing(self._repository, request_id, call) as work:
            work.case.confirm_sender(work.acting, reason=work.seal("reason", reason))
        return work.answer

    @use_case
    def forward(
        self,
        request_id: UUID,
        call: Call,
        *,
        controller_id: str,
        channel: Channel,
        text: str,
        forwarded_at: datetime | None = None,
    ) -> Answer:
        """Close a case whose request was passed on to a controller for which we process the data (None: now)."""
        repository = self._repository
        with changing(repository, request_id, call) as work:
            case = work.case
            document = repository.ropa.at_version(case.ropa_version).document
            case.forward(
                work.acting,
                forwarded_to=controller_id,
                is_processor=document.processes_for(case.controller_id, controller_id),
                forwarded_at=forwarded_at or work.acting.at,
                channel=channel,
                text=work.seal("text", text),
                evidence_destroyed=case.identity.evidence_keys,
            )
        return work.answer

    @use_case
    def assign(self, request_id: UUID, call: Call, *, assignee: str) -> Answer:
        """Give the case to a member of staff. Raises StaffUnknown, StaffHasLeft, StaffAccessEnded, AssigneeUnfit."""
        with changing(self._repository, request_id, call) as work:
            self._staff.require_assignable(assignee, work.case.controllers)
            work.case.assign(work.acting, assignee=assignee)
        return work.answer

    @use_case
    def add_note(self, request_id: UUID, call: Call, *, note: str) -> Answer:
        """Add a sealed note."""
        with changing(self._repository, request_id, call) as work:
            work.case.add_note(work.acting, note=work.seal("note", note))
        return work.answer

    def _require_joint(self, case: Request, controllers: tuple[str, ...]) -> None:
        document = self._repository.ropa.at_version(case.ropa_version).document
        for controller_id in controllers:
            document.controller(controller_id)
            if controller_id != case.controller_id and not document.are_joint(case.controller_id, controller_id):
                raise NotJointController(controller=controller_id)
