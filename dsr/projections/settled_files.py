"""The closed files of every kind whose period may have ended (docs/law §7)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Uuid, and_, case, false, or_, select, tuple_

from dsr.domain.authority_disclosure import AuthorityDisclosureStatus
from dsr.domain.own_file import FileKind
from dsr.domain.quarantine import QuarantineStatus
from dsr.projections.authority_disclosures import authority_disclosures
from dsr.projections.forgotten import forgotten
from dsr.projections.matters import matters
from dsr.projections.own_erasures import own_erasures
from dsr.projections.quarantine import quarantine
from dsr.projections.requests import requests


@dataclass(frozen=True)
class _Settled:
    """Where a read model says of a kind of file which it is, whose it is, and when it was closed."""

    file_id: ColumnElement[UUID]
    controller_id: ColumnElement[str]
    closed_at: ColumnElement[Any]
    """When it was closed, or earlier; null while it is open."""
    ropa_version: ColumnElement[int] | None = None
    """The version of the record of processing that it pinned, where the read model knows it."""


_SETTLED: Final = {
    FileKind.CASE_FILE: _Settled(
        requests.c.request_id, requests.c.controller_id, requests.c.closed_at, requests.c.ropa_version
    ),
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


_AT_ONCE: Final = 200


@dataclass(frozen=True)
class SettledFile:
    """Where a file stands among those of its kind."""

    closed_at: datetime
    file_id: UUID


def settled_files(
    connect: Callable[[], AbstractContextManager[Connection]],
    kind: FileKind,
    *,
    closed_before: Mapping[tuple[str, int], datetime],
    unknown_before: datetime | None,
    after: SettledFile | None = None,
) -> Iterator[SettledFile]:
    """The files of this kind whose period may have ended, which nobody ordered to be forgotten, the longest closed
    first, beginning after `after`. Read in short transactions.

    `closed_before`: by controller and version of the record of processing; `unknown_before`: for files whose
    controller is unknown, None to leave them out.
    """
    of = _SETTLED[kind]
    query = (
        select(of.closed_at.label("closed_at"), of.file_id.label("file_id"))
        .outerjoin(forgotten, forgotten.c.file_id == of.file_id)
        .where(or_(false(), *_over(of, closed_before, unknown_before)), forgotten.c.file_id.is_(None))
        .order_by(of.closed_at, of.file_id)
        .limit(_AT_ONCE)
    )
    place, types = tuple_(of.closed_at, of.file_id), [of.closed_at.type, Uuid()]
    while True:
        page = query if after is None else query.where(place > tuple_(after.closed_at, after.file_id, types=types))
        with connect() as connection:
            found = [SettledFile(*row) for row in connection.execute(page)]
        yield from found
        if len(found) < _AT_ONCE:
            return
        after = found[-1]


def _over(
    of: _Settled, closed_before: Mapping[tuple[str, int], datetime], unknown_before: datetime | None
) -> Iterator[ColumnElement[bool]]:
    """One condition for each time: that of the pinned version, or else of the version with the shortest period."""
    if of.ropa_version is not None:
        pinned = defaultdict[datetime, list[tuple[str, int]]](list)
        for version, time in closed_before.items():
            pinned[time].append(version)
        for time, versions in pinned.items():
            yield and_(of.closed_at < time, tuple_(of.controller_id, of.ropa_version).in_(versions))
    else:
        latest: dict[str, datetime] = {}
        for (controller_id, _), time in closed_before.items():
            latest[controller_id] = max(time, latest.get(controller_id, time))
        for controller_id, time in latest.items():
            yield and_(of.closed_at < time, of.controller_id == controller_id)
    if unknown_before is not None:
        yield and_(of.closed_at < unknown_before, of.controller_id.is_(None))
