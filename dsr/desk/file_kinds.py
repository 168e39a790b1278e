"""The kinds of files that are no cases: how each is loaded, and what else demands that it is kept (docs/law §7). A new
kind needs an entry here, in `dsr/domain/file_terms.py` and in `dsr/projections/settled_files.py`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from dsr.desk.errors import AuthorityDisclosureUnknown, MatterUnknown, OwnErasureUnknown, QuarantineUnknown
from dsr.desk.matter_cases import note_order_on_cases, release_holds
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork
from dsr.domain.authority_disclosure import AuthorityDisclosure
from dsr.domain.errors import DomainError
from dsr.domain.matter import Matter
from dsr.domain.own_erasure import OwnErasure
from dsr.domain.own_file import FileKind, OwnFile
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request import Request
from dsr.domain.request.forgetting import KeptBecause
from dsr.projections.authority_disclosures import is_undecided_about


@dataclass(frozen=True)
class OwnFileKind:
    """One kind of file."""

    aggregate: type[OwnFile]
    unknown: type[DomainError]
    kept_elsewhere: Callable[[Repository, OwnFile], Collection[KeptBecause]] = lambda _repository, _file: ()
    """The reasons to keep it that others give."""
    let_go: Callable[[Repository, UnitOfWork, OwnFile], None] = lambda _repository, _work, _file: None
    """What a restored backup has to release before it is forgotten again."""


def _matter_kept(repository: Repository, matter: OwnFile) -> Collection[KeptBecause]:
    """Cases that it concerns, and what an authority asked for in it."""
    assert isinstance(matter, Matter)  # noqa: S101 - by its kind
    with repository.database.glancing() as connection:
        is_asked = is_undecided_about(connection, matter.id)
    return [*_of_cases(repository, matter.request_ids), *([KeptBecause.DISCLOSURE] if is_asked else [])]


def _of_cases(repository: Repository, request_ids: Iterable[UUID]) -> Iterator[KeptBecause]:
    """What these cases give as reasons, as long as their own files are there."""
    found = (repository.find(Request, each) for each in request_ids)
    cases = [each for each in found if each is not None and not each.is_forgotten]
    if any(not each.is_closed for each in cases):
        yield KeptBecause.CASE
    if any(each.holds for each in cases):
        yield KeptBecause.HOLD


def _disclosure_kept(repository: Repository, disclosure: OwnFile) -> Collection[KeptBecause]:
    """The case in which the authority wrote, and the matter in which it asks."""
    assert isinstance(disclosure, AuthorityDisclosure)  # noqa: S101 - by its kind
    reasons = [*_of_cases(repository, filter(None, [disclosure.request_id]))]
    matter = None if disclosure.matter_id is None else repository.find(Matter, disclosure.matter_id)
    return [*reasons, KeptBecause.MATTER] if matter is not None and matter.closed_at is None else reasons


def _erasure_kept(repository: Repository, erasure: OwnFile) -> Collection[KeptBecause]:
    """The case that led to the finding."""
    assert isinstance(erasure, OwnErasure)  # noqa: S101 - by its kind
    return [*_of_cases(repository, filter(None, [erasure.request_id]))]


def _let_go_of_cases(repository: Repository, work: UnitOfWork, matter: OwnFile) -> None:
    """Its cases wait for no date of it any more, and its holds on them end."""
    assert isinstance(matter, Matter)  # noqa: S101 - by its kind
    note_order_on_cases(repository, work, matter)
    release_holds(repository, work, matter)


OWN_FILES: Final = MappingProxyType(
    {
        FileKind.MATTER: OwnFileKind(
            Matter,
            unknown=MatterUnknown,
            kept_elsewhere=_matter_kept,
            let_go=_let_go_of_cases,
        ),
        FileKind.QUARANTINE: OwnFileKind(QuarantinedMessage, unknown=QuarantineUnknown),
        FileKind.DISCLOSURE: OwnFileKind(
            AuthorityDisclosure,
            unknown=AuthorityDisclosureUnknown,
            kept_elsewhere=_disclosure_kept,
        ),
        FileKind.OWN_ERASURE: OwnFileKind(
            OwnErasure,
            unknown=OwnErasureUnknown,
            kept_elsewhere=_erasure_kept,
        ),
    }
)
