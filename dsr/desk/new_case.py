"""Opening a case from any channel: pinned record of processing, keys, sealed content, blind index."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.desk.originals import Kept
from dsr.desk.repository import Repository
from dsr.domain.acting import Acting
from dsr.domain.deadlines.regime import regime
from dsr.domain.request import Request
from dsr.domain.request.reference import new_reference
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.ropa import RopaVersion
from dsr.projections.queue import is_reference_taken
from dsr.vault import IndexPurpose


@dataclass(frozen=True)
class Person:
    """The person as far as known; all of it is sealed, and findable by the blind index."""

    name: str = ""
    email: str = ""
    phone: str = ""
    identifiers: tuple[str, ...] = ()
    """Customer, contract or staff numbers."""
    address: str = ""


@dataclass(frozen=True)
class Arrival:
    """A request as it arrived."""

    controller_id: str
    channel: Channel
    received_at: datetime
    content: object
    """Content to seal in the event, as plain JSON."""
    language: str
    rights: tuple[Right, ...]
    """Rights suggested by the text, which a person confirms."""
    claimed_at: datetime | None = None
    authenticated: bool = False
    linked_to: UUID | None = None
    link_reason: str = ""


def new_case(
    acting: Acting, repository: Repository, version: RopaVersion, request_id: UUID, *, keys: Kept, arrival: Arrival
) -> Request:
    """Create a case under the record of processing in force (`version`).

    Raises ControllerUnknown, ReceiptInFuture, CalendarExhausted.
    """
    controller = version.document.controller(arrival.controller_id)
    return Request.receive(
        acting.on(version.calendar(controller.id)),
        request_id=request_id,
        reference=_free_reference(repository),
        controller_id=controller.id,
        channel=arrival.channel,
        received_at=arrival.received_at,
        ropa_version=version.number,
        regime=regime(controller.regime),
        keys=keys.introductions,
        message=repository.sealer.seal_json(arrival.content, key=keys.case_key, stream_id=request_id, field="message"),
        original=keys.blob,
        claimed_at=arrival.claimed_at,
        language=arrival.language,
        suggested_rights=arrival.rights,
        authenticated=arrival.authenticated,
        linked_to=arrival.linked_to,
        link_reason=arrival.link_reason,
    )


def make_findable(repository: Repository, request_id: UUID, person: Person) -> None:
    """Write the blind index, inside the transaction of the command."""
    repository.index.write(
        request_id,
        {
            IndexPurpose.EMAIL: [person.email],
            IndexPurpose.NAME: [person.name],
            IndexPurpose.PHONE: [person.phone],
            IndexPurpose.IDENTIFIER: person.identifiers,
        },
    )


def _free_reference(repository: Repository) -> str:
    while is_reference_taken(repository.database, reference := new_reference()):
        pass
    return reference
