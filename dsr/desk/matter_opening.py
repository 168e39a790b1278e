"""Opening a matter within a unit of work: by hand, or from a message on a case (docs/law §9, §13)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork
from dsr.desk.without_request import text_sealer
from dsr.domain.acting import Acting
from dsr.domain.matter import Matter
from dsr.domain.matter.reference import new_matter_reference
from dsr.domain.request.values import Channel
from dsr.projections.matters import is_matter_reference_taken


@dataclass(frozen=True, kw_only=True)
class ComplaintArrival:
    """A complaint as it arrived. No `repr`, since it is personal data."""

    controller_id: str
    channel: Channel
    received_at: datetime
    language: str
    sender: str
    content: str
    request_ids: tuple[UUID, ...] = ()
    message_id: UUID | None = None

    def __repr__(self) -> str:
        return "<ComplaintArrival>"


def open_complaint(repository: Repository, work: UnitOfWork, arrival: ComplaintArrival) -> Matter:
    """Open a complaint under a key of its own, saved with the work.

    Raises RopaMissing, and what `Matter.open_complaint` raises.
    """
    record, matter_id = repository.ropa.current(), uuid4()
    keys = work.enter(kept(repository, None, ""))
    seal = text_sealer(repository, matter_id, keys.case_key)
    record.document.controller(arrival.controller_id)
    matter = Matter.open_complaint(
        work.acting.on(record.calendar(arrival.controller_id)),
        matter_id=matter_id,
        reference=_free_reference(repository),
        controller_id=arrival.controller_id,
        channel=arrival.channel,
        received_at=arrival.received_at,
        language=arrival.language,
        request_ids=arrival.request_ids,
        message_id=arrival.message_id,
        document=record.document,
        ropa_version=record.number,
        keys=keys.introductions,
        sender=seal("sender", arrival.sender),
        content=seal("content", arrival.content),
    )
    work.add(matter)
    return matter


@dataclass(frozen=True, kw_only=True)
class IncidentNoticed:
    """An incident as it was noticed. No `repr`, since it is personal data."""

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

    def __repr__(self) -> str:
        return "<IncidentNoticed>"


def open_incident(repository: Repository, work: UnitOfWork, noticed: IncidentNoticed) -> Matter:
    """Open an incident under a key of its own, saved with the work.

    Raises RopaMissing, and what `Matter.open_incident` raises.
    """
    record, matter_id = repository.ropa.current(), uuid4()
    keys = work.enter(kept(repository, None, ""))
    seal = text_sealer(repository, matter_id, keys.case_key)
    record.document.controller(noticed.controllers[0])
    acting: Acting = work.acting
    matter = Matter.open_incident(
        acting.on(record.calendar(noticed.controllers[0])),
        matter_id=matter_id,
        reference=_free_reference(repository),
        controllers=noticed.controllers,
        channel=noticed.channel,
        certain_at=noticed.certain_at,
        request_ids=noticed.request_ids,
        message_id=noticed.message_id,
        misdelivery_id=noticed.misdelivery_id,
        processor_for=noticed.processor_for,
        document=record.document,
        ropa_version=record.number,
        keys=keys.introductions,
        sender=seal("sender", noticed.sender),
        content=seal("content", noticed.content),
    )
    work.add(matter)
    return matter


def _free_reference(repository: Repository) -> str:
    with repository.database.glancing() as connection:
        while is_matter_reference_taken(connection, reference := new_matter_reference()):
            pass
        return reference
