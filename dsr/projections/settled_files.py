"""Files of the privacy desk that are no cases and were closed, for the end of their period (docs/law §7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, case, select

from dsr.domain.authority_disclosure import AuthorityDisclosureStatus
from dsr.domain.own_file import FileKind
from dsr.domain.quarantine import QuarantineStatus
from dsr.projections.authority_disclosures import authority_disclosures
from dsr.projections.forgotten import forgotten
from dsr.projections.matters import matters
from dsr.projections.own_erasures import own_erasures
from dsr.projections.quarantine import quarantine


@dataclass(frozen=True)
class _Settled:
    """Where a read model says of a kind of file which it is, whose it is, and when it was closed."""

    file_id: ColumnElement[UUID]
    controller_id: ColumnElement[str]
    closed_at: ColumnElement[Any]
    """When it was closed, or earlier; null while it is open."""


_SETTLED: Final = {
    FileKind.MATTER: _Settled(matters.c.matter_id, matters.c.controller_id, matters.c.closed_at),
    FileKind.QUARANTINE: _Settled(
        quarantine.c.quarantine_id,
        quarantine.c.controller_id,
        case((quarantine.c.status == QuarantineStatus.DISCARDED.value, quarantine.c.settled_at)),
    ),
    FileKind.DISCLOSURE: _Settled(
        authority_disclosures.c.authority_disclosure_id,
        authority_disclosures.c.controller_id,
        case(
            (authority_disclosures.c.status == AuthorityDisclosureStatus.GIVEN.value, authority_disclosures.c.given_at),
            (
                authority_disclosures.c.status == AuthorityDisclosureStatus.REFUSED.value,
                authority_disclosures.c.reviewed_at,
            ),
        ),
    ),
    FileKind.OWN_ERASURE: _Settled(
        own_erasures.c.own_erasure_id, own_erasures.c.controller_id, own_erasures.c.settled_at
    ),
}


def settled_files(
    connection: Connection, kind: FileKind, controller_id: str | None, *, closed_before: datetime
) -> Iterator[UUID]:
    """The files of this kind and controller that were closed before this time and not ordered to be forgotten, the
    longest closed first; None: those of which nobody knows the controller.
    """
    of = _SETTLED[kind]
    query = (
        select(of.file_id)
        .outerjoin(forgotten, forgotten.c.file_id == of.file_id)
        .where(
            of.controller_id == controller_id,
            of.closed_at < closed_before,
            forgotten.c.file_id.is_(None),
        )
        .order_by(of.closed_at, of.file_id)
    )
    yield from connection.scalars(query)
