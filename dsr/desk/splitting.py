"""Use case of a letter for many people: a lawyer or works council writes, and each person gets a case (docs/law §9)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Arrival, Person, make_findable, new_case
from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import CaseWork, changing, use_case
from dsr.domain.request.letters import is_blank
from dsr.domain.request.standing import AnswerTo, RepresentativeKind
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose, Sealed


@dataclass(frozen=True)
class PartOfLetter:
    """What the letter says for one person."""

    person: Person
    text: str
    """The part that concerns this person."""
    rights: tuple[Right, ...]
    evidence: str
    """Of the mandate of this person."""
    direct_marketing: bool = False
    """The objection, if there is one, is to direct marketing (GDPR Art. 21(2))."""


@dataclass(frozen=True)
class Mandate:
    """Who wrote the letter for all of them."""

    kind: RepresentativeKind
    contact: Person
    answer_to: AnswerTo
    conflict_assessed: bool
    conflict: bool
    expires_on: date | None = None


class SplittingDesk:
    """split a letter for many people."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def split(self, request_id: UUID, call: Call, *, parts: tuple[PartOfLetter, ...], mandate: Mandate) -> Answer:
        """Open and register a case for each person, with R of the letter, their mandate and their part of it.

        The original stays with this case, which closes. Raises what `Request.split`, `register` and
        `accept_representation` do.
        """
        with changing(self._repository, request_id, call) as work:
            case = work.case
            opened = tuple(uuid4() for _ in parts)
            case.split(work.acting, request_ids=opened, evidence_destroyed=case.identity.evidence_keys)
            for other_id, part in zip(opened, parts, strict=True):
                self._open(work, other_id, part, mandate)
        return work.answer

    def _open(self, work: CaseWork, request_id: UUID, part: PartOfLetter, mandate: Mandate) -> None:
        repository, letter = self._repository, work.case
        version = repository.ropa.at_version(letter.ropa_version)
        keys = work.enter(kept(repository, None, "", KeyPurpose.CASE_FILE))
        arrival = Arrival(
            controller_id=letter.controller_id,
            channel=letter.channel,
            received_at=letter.received_at,
            content={"person": part.person, "text": part.text},
            language=letter.language,
            rights=part.rights,
            linked_to=letter.id,
            link_reason="split",
        )
        case = new_case(work.acting, repository, version, request_id, keys=keys, arrival=arrival)
        acting = repository.acting_on(case, work.acting)
        case.register(
            acting,
            rights=part.rights,
            direct_marketing=part.direct_marketing,
            retained=repository.retained(case, (case.controller_id,), ()),
            listed=repository.listed(case, (case.controller_id,), ()),
        )

        def sealed(field: str, value: object) -> Sealed:
            return repository.sealer.seal_json(value, key=keys.case_key, stream_id=request_id, field=field)

        case.accept_representation(
            acting,
            kind=mandate.kind,
            evidence=None if is_blank(part.evidence) else sealed("evidence", part.evidence.strip()),
            rights=part.rights,
            expires_on=mandate.expires_on,
            conflict_assessed=mandate.conflict_assessed,
            conflict=mandate.conflict,
            answer_to=mandate.answer_to,
            contact=sealed("contact", mandate.contact),
            child_age=version.document.controller(case.controller_id).child_age,
        )
        work.add(case)
        work.effect(keys.store)
        work.effect(lambda: make_findable(repository, request_id, part.person))
