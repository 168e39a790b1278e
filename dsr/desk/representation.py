"""Use cases of representation: accepting and ending it."""

from datetime import date
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Person
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.rights import Right


class RepresentationDesk:
    """accept a representation; end it."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def accept(
        self,
        request_id: UUID,
        call: Call,
        *,
        kind: RepresentativeKind,
        evidence: str,
        rights: tuple[Right, ...],
        expires_on: date | None,
        for_child: bool,
        conflict_assessed: bool,
        conflict: bool,
        answer_to: AnswerTo,
        contact: Person | None = None,
    ) -> Answer:
        """Accept a representative; the evidence of authority is described and sealed, and no document is kept.

        `contact` is their address for letters; without it, letters to them wait until an address is entered.
        """
        repository = self._repository
        with changing(repository, request_id, call) as work:
            case = work.case
            case.accept_representation(
                work.acting,
                kind=kind,
                evidence=work.seal("evidence", evidence),
                rights=rights,
                expires_on=expires_on,
                for_child=for_child,
                conflict_assessed=conflict_assessed,
                conflict=conflict,
                answer_to=answer_to,
                contact=None
                if contact is None
                else repository.sealer.seal_json(
                    contact, key=repository.case_key(case), stream_id=case.id, field="contact"
                ),
                child_age=self._child_age(case),
            )
        return work.answer

    @use_case
    def end(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """End the representation."""
        with changing(self._repository, request_id, call) as work:
            work.case.end_representation(work.acting, reason=work.seal("reason", reason))
        return work.answer

    def _child_age(self, case: Request) -> int:
        """The age of consent in the country of the case's controller, from the pinned version of the record."""
        return self._repository.ropa.at_version(case.ropa_version).document.controller(case.controller_id).child_age
