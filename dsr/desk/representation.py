"""Use cases of representation: accepting and ending it."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Person
from dsr.desk.repository import Repository
from dsr.desk.sign_in_codes import SignInCodes
from dsr.desk.tokens import Tokens
from dsr.desk.unit_of_work import CaseWork, changing, use_case
from dsr.domain.acting import Acting
from dsr.domain.export import Export, RevocationReason
from dsr.domain.request import Request
from dsr.domain.request.standing import AnswerTo, Representation, RepresentativeKind
from dsr.domain.rights import Right
from dsr.projections.exports import exports_of


class RepresentationDesk:
    """accept a representation; end it; list them."""

    def __init__(self, repository: Repository, tokens: Tokens, sign_in_codes: SignInCodes) -> None:
        self._repository = repository
        self._tokens = tokens
        self._sign_in_codes = sign_in_codes

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
        replaces: tuple[int, ...] = (),
    ) -> Answer:
        """Accept a representative; the evidence of authority is described and sealed, and no document is kept.

        `contact` is their address for letters; without it, letters to them wait until an address is entered. Those whom
        they replace lose what they may have got: links, and the tokens, sessions and codes of the data subject.
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
                replaces=replaces,
            )
            work.add(*self._ended_links(work.acting, case, *replaces))
            if replaces:
                self._end_access(work)
        return work.answer

    @use_case
    def end(self, request_id: UUID, call: Call, *, reason: str, number: int | None = None) -> Answer:
        """End a representation (`number` None: the only one), and what this representative may have got: links to
        packages, and the tokens, sessions and codes of the data subject, who can sign in anew.
        """
        with changing(self._repository, request_id, call) as work:
            case = work.case
            before = case.representations
            case.end_representation(work.acting, reason=work.seal("reason", reason), number=number)
            ended = (place for place, each in enumerate(before, 1) if each is not case.representations[place - 1])
            work.add(*self._ended_links(work.acting, case, *ended))
            self._end_access(work)
        return work.answer

    def list_of(self, request_id: UUID, caller: Caller) -> tuple[tuple[Representation, ...], int]:
        """Everybody who was accepted, in that order, in force or not; the version of the case."""
        case = self._repository.request(request_id, caller)
        return case.representations, case.version

    def _end_access(self, work: CaseWork) -> None:
        request_id = work.case.id
        work.case.end_subject_access(work.acting)
        work.effect(lambda: self._tokens.revoke(request_id=request_id))
        work.effect(lambda: self._sign_in_codes.end_all(request_id))

    def _ended_links(self, acting: Acting, case: Request, *numbers: int) -> Iterator[Export]:
        """The packages of the case whose link worked, with that link ended, if one of these got letters."""
        if all(case.representations[number - 1].answer_to is AnswerTo.DATA_SUBJECT for number in numbers):
            return
        with self._repository.database.glancing() as connection:
            ids = [row["export_id"] for row in exports_of(connection, case.id)]
        for export in (self._repository.find(Export, each) for each in ids):
            offer = None if export is None else export.offer_made
            if export is not None and offer is not None and export.purged_at is None and offer.works(acting.at):
                export.revoke(acting, reason=RevocationReason.MANDATE_ENDED)
                yield export

    def _child_age(self, case: Request) -> int:
        """The age of consent in the country of the case's controller, from the pinned version of the record."""
        return self._repository.ropa.at_version(case.ropa_version).document.controller(case.controller_id).child_age
