"""Use cases of identity: the question, the evidence, the decision that destroys the evidence."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from dsr.blobs import Inspection
from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.scanning import noted, on_case
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request import Request
from dsr.domain.request.letters import is_blank
from dsr.domain.request.malware import Scanned
from dsr.domain.request.values import AssuranceLevel, IdentityMethod
from dsr.domain.scanning import Scanner, examine
from dsr.domain.sealed import KeyPurpose
from dsr.exports.errors import require_size


class IdentityDesk:
    """give the DPO's opinion; ask; take evidence; confirm, ask again, give up."""

    def __init__(self, repository: Repository, scanner: Scanner, max_upload_bytes: int) -> None:
        self._repository = repository
        self._scanner = scanner
        self._max_upload_bytes = max_upload_bytes

    @use_case
    def give_dpo_opinion(
        self, request_id: UUID, call: Call, *, supports: bool, opinion: str, method: IdentityMethod, doubt: str
    ) -> Answer:
        """Record whether the DPO supports the next question with this method and this doubt."""
        with changing(self._repository, request_id, call) as work:
            work.case.give_dpo_opinion(
                work.acting,
                supports=supports,
                opinion=work.seal("opinion", opinion),
                method=method,
                doubt=work.seal("doubt", doubt),
            )
        return work.answer

    @use_case
    def ask(
        self,
        request_id: UUID,
        call: Call,
        *,
        doubt: str,
        method: IdentityMethod,
        asked_at: datetime | None,
        alternatives: tuple[IdentityMethod, ...] = (),
        questions: tuple[str, ...] = (),
        new_fact: str = "",
    ) -> Answer:
        """Ask for the least that settles a written doubt; `asked_at` None means now.

        `questions` ask for the facts that only the person and the controller know, one plain sentence each.
        `new_fact` is the fact that renewed the doubt about an authenticated person.
        """
        with changing(self._repository, request_id, call) as work:
            work.case.ask_identity(
                work.acting,
                doubt=work.seal("doubt", doubt),
                method=method,
                asked_at=asked_at or work.acting.at,
                alternatives=alternatives,
                questions=work.seal("questions", _numbered(questions)),
                new_fact=work.seal("new_fact", new_fact),
                as_drafted=self._is_as_drafted(work.case, doubt),
            )
        return work.answer

    def _is_as_drafted(self, case: Request, doubt: str) -> bool:
        """Whether the doubt is word for word the one that the DPO's opinion names; spaces do not count."""
        opinion = case.identity.dpo_opinion
        if opinion is None:
            return False
        drafted = self._repository.sealer.open_json(opinion.doubt, stream_id=case.id, field="doubt")
        return isinstance(drafted, str) and drafted.split() == doubt.split()

    @use_case
    def take_evidence(
        self,
        request_id: UUID,
        call: Call,
        *,
        evidence: str | None,
        received_at: datetime | None,
        content: bytes | None = None,
        media_type: str = "",
    ) -> Answer:
        """Keep the evidence, a text, a file or both, under a key of its own, until the decision.

        `media_type` is only a hint. Raises FileTypeUnsupported (decided by the content), DataTooLarge, MalwareFound,
        ScannerUnavailable.
        """
        repository = self._repository
        if content is not None:
            require_size(content, self._max_upload_bytes, remedy="Ask for a smaller copy.")
            record = on_case(repository, request_id, call.caller, Scanned.PROOF)
            with noted(f"a proof for request {request_id}", record):
                examine(self._scanner, (content,))
        with changing(repository, request_id, call) as work:
            case, seen = work.case, None if content is None else Inspection([content], media_type)
            keys = work.enter(kept(repository, seen, "application/octet-stream", KeyPurpose.IDENTITY_EVIDENCE))
            case.take_identity_evidence(
                work.acting,
                evidence=None
                if evidence is None or is_blank(evidence)
                else repository.sealer.seal_json(evidence, key=keys.keys[0], stream_id=case.id, field="evidence"),
                content=None if keys.blob is None or seen is None else replace(keys.blob, media_type=seen.media_type),
                key=keys.introductions[0],
                received_at=received_at or work.acting.at,
            )
        return work.answer

    @use_case
    def confirm(
        self,
        request_id: UUID,
        call: Call,
        *,
        method: IdentityMethod,
        assurance: AssuranceLevel,
        answered_at: datetime | None,
    ) -> Answer:
        """Settle the doubt; the clock resumes on the day of the sufficient answer.

        `answered_at` None: the arrival of the last evidence on record; without any, now.
        """
        with changing(self._repository, request_id, call) as work:
            case = work.case
            case.confirm_identity(
                work.acting,
                method=method,
                assurance=assurance,
                answered_at=answered_at or case.identity.proof_at or work.acting.at,
                evidence_destroyed=case.identity.evidence_keys,
                retained=self._repository.retained(case, case.controllers, case.subjects),
            )
        return work.answer

    @use_case
    def ask_again(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """Say why the proof does not suffice; the suspension continues."""
        with changing(self._repository, request_id, call) as work:
            work.case.ask_identity_again(
                work.acting,
                reason=work.seal("reason", reason),
                evidence_destroyed=work.case.identity.evidence_keys,
            )
        return work.answer

    @use_case
    def give_up(self, request_id: UUID, call: Call, *, reason: str) -> Answer:
        """Stop asking; a full answer follows."""
        with changing(self._repository, request_id, call) as work:
            work.case.give_up_identity(
                work.acting,
                reason=work.seal("reason", reason),
                evidence_destroyed=work.case.identity.evidence_keys,
            )
        return work.answer


def _numbered(questions: tuple[str, ...]) -> str:
    """The questions as paragraphs; several are numbered, so that the person can answer each."""
    said = [each.strip() for each in questions if not is_blank(each)]
    if len(said) < 2:
        return "".join(said)
    return "\n\n".join(f"{number}. {each}" for number, each in enumerate(said, 1))
