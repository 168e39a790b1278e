"""Key introductions in events, by key; a reserve key opens only with its introduction."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import Column, String, Table, Uuid, bindparam, select

from dsr.database import Database
from dsr.database.metadata import main
from dsr.database.statements import Statement
from dsr.domain.authority_disclosure import AuthorityDisclosureRequested
from dsr.domain.events import Event
from dsr.domain.export.package import ExportPrepared
from dsr.domain.log_signing import LogKeyIntroduced
from dsr.domain.matter import MatterMessageReceived, MatterOpened
from dsr.domain.own_erasure import OwnErasureReported
from dsr.domain.quarantine import MessageQuarantined
from dsr.domain.recorded import Recorded
from dsr.domain.request.attachments import AttachmentCollected
from dsr.domain.request.collection import DataCollected
from dsr.domain.request.identity import IdentityEvidenceReceived
from dsr.domain.request.intake import FollowUpReceived, RequestReceived
from dsr.domain.sealed import KeyIntroduction, KeyPurpose, KeyUnknown
from dsr.domain.signing import SigningKeyIntroduced
from dsr.domain.staff.events import StaffAddressGiven
from dsr.projections.projection import Projection
from dsr.projections.rows import Rows

introduced_keys: Final = Table(
    "introduced_keys",
    main,
    Column("key_id", Uuid, primary_key=True),
    Column("stream_id", Uuid, nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("commitment", String(64), nullable=False),
)

READ_MODEL: Final = Projection(introduced_keys, stream="stream_id", version=1, append_only=True)

_REMEMBERED: Final = 10_000

_BY_ID: Final = Statement(
    select(introduced_keys.c.purpose, introduced_keys.c.commitment).where(
        introduced_keys.c.key_id == bindparam("key_id", type_=Uuid)
    )
)


_OF_SEVERAL: Final = (
    RequestReceived,
    FollowUpReceived,
    MessageQuarantined,
    OwnErasureReported,
    AuthorityDisclosureRequested,
    MatterOpened,
    MatterMessageReceived,
    ExportPrepared,
)
_OF_ONE: Final = (
    DataCollected,
    AttachmentCollected,
    IdentityEvidenceReceived,
    StaffAddressGiven,
    SigningKeyIntroduced,
    LogKeyIntroduced,
)


@READ_MODEL.on(*_OF_SEVERAL, *_OF_ONE)
def introduced(event: Event, recorded: Recorded, rows: Rows) -> None:
    for key in introductions_in(event):
        rows.add(
            {
                "key_id": key.key_id,
                "stream_id": recorded.stream_id,
                "purpose": key.purpose.value,
                "commitment": key.commitment,
            }
        )


def introductions_in(event: Event) -> tuple[KeyIntroduction, ...]:
    """The keys that this event introduces."""
    if isinstance(event, _OF_SEVERAL):
        return event.keys
    return (event.key,) if isinstance(event, _OF_ONE) else ()


# Queries -------------------------------------------------------------------------------------------------------


def introductions_of(database: Database) -> Callable[[UUID], KeyIntroduction]:
    """A function that finds the introduction of a key; it raises KeyUnknown if no event introduced the key.

    Introductions never change, so they are cached.
    """

    @lru_cache(maxsize=_REMEMBERED)
    def introduction(key_id: UUID) -> KeyIntroduction:
        with database.glancing() as connection:
            found = _BY_ID.fetch(connection, {"key_id": key_id})
        if not found:
            raise KeyUnknown(key_id=key_id)
        ((purpose, commitment),) = found
        return KeyIntroduction(key_id, KeyPurpose(purpose), commitment)

    return introduction
