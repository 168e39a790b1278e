"""Purging packages once the promised time is over (GDPR Art. 5(1)(e))."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.exports.packages import Packages, find
from dsr.desk.unit_of_work import Effect, retrying, unit_of_work
from dsr.domain.errors import ServiceWide, code_of
from dsr.domain.export import Export, ExportStillKept, PurgeReason
from dsr.projections.exports import exports_to_purge

log = logging.getLogger("dsr.exports")

_PURGED_AT_ONCE: Final = 500

_PURGE: Final = Call(Caller("purge", frozenset(), frozenset()))


@dataclass(frozen=True)
class Purged:
    """A package that was deleted."""

    export_id: UUID
    request_id: UUID
    prepared_at: datetime
    kept_until: datetime
    size: int
    """Bytes."""


def purge_due(packages: Packages) -> Iterator[Purged]:
    """Purge every package whose promised time is over, and yield each once it is gone. Safe to repeat.

    A package that fails does not hold up the others; the first error is raised at the end.
    """
    repository, failed = packages.repository, dict[UUID, Exception]()
    while True:
        with repository.database.reading() as connection:
            due = exports_to_purge(connection, repository.now(), limit=len(failed) + _PURGED_AT_ONCE)
        left = [export_id for export_id in due if export_id not in failed]
        for export_id in left:
            try:
                purged = retrying(partial(_purge, packages, export_id))
            except ServiceWide:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others go
                log.error("export %s could not be purged: %s", export_id, code_of(error))  # noqa: TRY400 - no words
                failed[export_id] = error
                continue
            if purged is not None:
                yield purged
        if len(left) < _PURGED_AT_ONCE:
            break
    if failed:
        raise next(iter(failed.values()))


def destruction_of(packages: Packages, export: Export) -> Sequence[Effect]:
    """Destroy the key of a package, then its file. Its sealed digest stays as long as the case."""
    repository, package = packages.repository, export.package
    return [lambda: repository.keystore.destroy([package.key_id]), lambda: repository.blobs.delete(package.blob_id)]


def _purge(packages: Packages, export_id: UUID) -> Purged | None:
    """Purge a package; None if it was offered again or purged since it was found."""
    export = find(packages, export_id)
    if export.purged_at is not None:
        return None
    kept_until = export.kept_until
    try:
        with unit_of_work(packages.repository, _PURGE) as work:
            export.purge(work.acting, reason=PurgeReason.EXPIRED)
            work.add(export)
            work.irrevocable(*destruction_of(packages, export))
    except ExportStillKept:
        return None
    return Purged(export_id, export.request_id, export.prepared_at, kept_until, export.package.size)
