"""The kinds of files that are no cases: how each is loaded, how long it is kept, what else demands that it is kept
(docs/law §7). A new kind needs an entry here and in `dsr/projections/settled_files.py`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dsr.desk.errors import MatterUnknown
from dsr.desk.matter_cases import note_order_on_cases, release_holds
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.errors import DomainError
from dsr.domain.matter import Matter
from dsr.domain.own_file import FileKind, OwnFile
from dsr.domain.request import Request
from dsr.domain.request.forgetting import KeptBecause
from dsr.domain.ropa import OwnRetention, RopaVersion
from dsr.projections.authority_disclosures import is_undecided_about


@dataclass(frozen=True)
class OwnFileKind:
    """One kind of file."""

    aggregate: type[OwnFile]
    unknown: type[DomainError]
    period: Callable[[OwnRetention], str]
    pinned: Callable[[Repository, OwnFile], RopaVersion]
    """The version of the record of processing that says how long it is kept."""
    kept_elsewhere: Callable[[Repository, OwnFile], Collection[KeptBecause]] = lambda _repository, _file: ()
    """The reasons to keep it that others give."""
    let_go: Callable[[Repository, UnitOfWork, OwnFile], None] = lambda _repository, _work, _file: None
    """What a restored backup has to release before it is forgotten again."""

    def calendar(self, repository: Repository, file: OwnFile) -> WorkingCalendar:
        """The working days of its controller."""
        return self.pinned(repository, file).calendar(_controller(file))

    def kept_for(self, repository: Repository, file: OwnFile) -> str:
        """How long its controller keeps such files; an ISO 8601 period."""
        return self.period(self.pinned(repository, file).document.controller(_controller(file)).retention)


def _controller(file: OwnFile) -> str:
    assert file.belongs_to is not None  # noqa: S101 - a file of nobody has no period
    return file.belongs_to


def _matter_kept(repository: Repository, matter: OwnFile) -> Collection[KeptBecause]:
    """Cases that it concerns, and what an authority asked for in it."""
    assert isinstance(matter, Matter)  # noqa: S101 - by its kind
    found = (repository.find(Request, each) for each in matter.request_ids)
    cases = [each for each in found if each is not None and not each.is_forgotten]
    with repository.database.glancing() as connection:
        reasons = {
            KeptBecause.CASE: any(not each.is_closed for each in cases),
            KeptBecause.HOLD: any(each.holds for each in cases),
            KeptBecause.DISCLOSURE: is_undecided_about(connection, matter.id),
        }
    return [each for each, holds in reasons.items() if holds]


def _let_go_of_cases(repository: Repository, work: UnitOfWork, matter: OwnFile) -> None:
    """Its cases wait for no date of it any more, and its holds on them end."""
    assert isinstance(matter, Matter)  # noqa: S101 - by its kind
    note_order_on_cases(repository, work, matter)
    release_holds(repository, work, matter)


def _pinned(repository: Repository, file: OwnFile) -> RopaVersion:
    assert isinstance(file, Matter)  # noqa: S101 - by its kind
    return repository.ropa.at_version(file.ropa_version)


OWN_FILES: Final = MappingProxyType(
    {
        FileKind.MATTER: OwnFileKind(
            Matter,
            unknown=MatterUnknown,
            period=lambda kept: kept.matters,
            pinned=_pinned,
            kept_elsewhere=_matter_kept,
            let_go=_let_go_of_cases,
        ),
    }
)
