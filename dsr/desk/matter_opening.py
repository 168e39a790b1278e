"""Opening a matter within a unit of work: by hand, or from a message on a case (docs/law §9, §13)."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar
from uuid import UUID, uuid4

from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork
from dsr.desk.without_request import text_sealer
from dsr.domain.matter import AuthorityLetter, Matter
from dsr.domain.matter.reference import new_matter_reference
from dsr.domain.request.values import Channel
from dsr.projections.matters import is_matter_reference_taken


class _Arrival:
    """What arrived, as the command that opens its matter takes it. No `repr`, since it is personal data."""

    SEALED: ClassVar[tuple[str, ...]] = ("sender", "content")
    """The texts, which are sealed under the key of the matter."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@dataclass(frozen=True, kw_only=True, repr=False)
class ComplaintArrival(_Arrival):
    """A complaint as it arrived."""

    controller_id: str
    channel: Channel
    received_at: datetime
    language: str
    sender: str
    content: str
    request_ids: tuple[UUID, ...] = ()
    message_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class IncidentNoticed(_Arrival):
    """An incident as it was noticed."""

    controllers: tuple[str, ...]
    """Those whose data it is about; the first handles it."""
    channel: Channel
    certain_at: datetime
    content: str
    sender: str = ""
    request_ids: tuple[UUID, ...] = ()
    message_id: UUID | None = None
    misdelivery_id: UUID | None = None
    processor_for: str | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class LetterArrival(_Arrival):
    """A letter of an authority or court as it arrived."""

    SEALED: ClassVar[tuple[str, ...]] = ("file_number", "content")
    controller_id: str
    letter: AuthorityLetter
    content: str
    file_number: str
    request_ids: tuple[UUID, ...]


def open_complaint(repository: Repository, work: UnitOfWork, arrival: ComplaintArrival) -> Matter:
    """Open a complaint, saved with the work. Raises RopaMissing, and what `Matter.open_complaint` raises."""
    return _opened(repository, work, Matter.open_complaint, arrival, arrival.controller_id)


def open_incident(repository: Repository, work: UnitOfWork, noticed: IncidentNoticed) -> Matter:
    """Open an incident, saved with the work. Raises RopaMissing, and what `Matter.open_incident` raises."""
    return _opened(repository, work, Matter.open_incident, noticed, noticed.controllers[0])


def open_letter(repository: Repository, work: UnitOfWork, arrival: LetterArrival) -> Matter:
    """Open an inquiry, an order or a claim, saved with the work.

    Raises RopaMissing, and what `Matter.open_letter` raises.
    """
    return _opened(repository, work, Matter.open_letter, arrival, arrival.controller_id)


def _opened(
    repository: Repository,
    work: UnitOfWork,
    command: Callable[..., Matter],
    arrival: ComplaintArrival | IncidentNoticed | LetterArrival,
    controller_id: str,
) -> Matter:
    """A matter under a key and a reference of its own, by the record in force and the days of this controller."""
    record, matter_id = repository.ropa.current(), uuid4()
    record.document.controller(controller_id)
    keys = work.enter(kept(repository, None, ""))
    seal = text_sealer(repository, matter_id, keys.case_key)
    said = {each.name: getattr(arrival, each.name) for each in fields(arrival)}
    matter = command(
        work.acting.on(record.calendar(controller_id)),
        matter_id=matter_id,
        reference=_free_reference(repository),
        document=record.document,
        ropa_version=record.number,
        keys=keys.introductions,
        **said | {name: seal(name, said[name]) for name in arrival.SEALED},
    )
    work.add(matter)
    return matter


def _free_reference(repository: Repository) -> str:
    with repository.database.glancing() as connection:
        while is_matter_reference_taken(connection, reference := new_matter_reference()):
            pass
        return reference
