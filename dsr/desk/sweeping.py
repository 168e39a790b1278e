"""Sweep: deletes files, upload parts and keys that nothing refers to, left by a crash, a lost race or an abandoned
upload.

A new file or key without a reference is left alone for a day, until its event is stored. References are those in the
log, in a table with a column `blob_id` or `key_id`, and in uploads; the row of a small original is not a reference to
itself. The log must be complete: after a restore from a backup, bring it to its end before sweeping.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.blobs import small_blobs
from dsr.database import metadata
from dsr.desk.repository import Repository
from dsr.desk.upload_store import UploadUnknown
from dsr.desk.uploads import UploadDesk
from dsr.domain.sealed import StoredFile
from dsr.eventstore.tables import events

GRACE: Final = timedelta(days=1)
"""How long something may be unreferenced: no command and no upload of a part takes as long."""

_CHUNK: Final = 2_000
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ANY_ID: Final = re.compile(_UUID)
_BLOB: Final = re.compile(rf'"blob_id":"({_UUID})","key_id":"({_UUID})"')


@dataclass(frozen=True)
class Swept:
    """How much was deleted, or would be."""

    uploads: int
    """Abandoned uploads."""
    half_written: int
    """Remains of interrupted writes."""
    unnamed: int
    """Files and rows of small originals without a reference."""
    forgotten: int
    """Files and rows whose key was destroyed, so that they can't be opened."""
    keys: int
    """Keys whose sealed content no longer exists."""


class SweepDesk:
    """sweep files and keys."""

    def __init__(self, repository: Repository, uploads: UploadDesk) -> None:
        self._repository = repository
        self._uploads = uploads

    def sweep(self, *, dry_run: bool, goes_on: Callable[[], bool] = lambda: True) -> Swept:
        """Delete what nothing refers to, or only count it; safe during concurrent work, and safe to repeat.

        Candidates are listed first and the log is read afterwards, so that references recorded meanwhile are found.
        `goes_on` is called before each deletion; the next sweep finds the rest.
        """
        repository = self._repository
        abandoned = self._uploads.abandoned() if dry_run else None
        taken = len(abandoned) if abandoned is not None else self._take_away_abandoned(goes_on)
        before = repository.now() - GRACE
        files = list(repository.blobs.files(older_than=before))
        made = dict(repository.keystore.made_before(before))
        named, key_of = self._named({str(file.blob_id) for file in files} | {str(key_id) for key_id in made})
        forgotten = {blob_id for blob_id, key_id in key_of.items() if made.get(key_id) is False}
        half = [file for file in files if not file.whole]
        unnamed = [file for file in files if file.whole and file.blob_id not in named]
        unreadable = [file for file in files if file.whole and file.blob_id in named & forgotten]
        unused = [key_id for key_id, opens in made.items() if opens and key_id not in named]
        if not dry_run:
            half, unnamed, unreadable = (self._delete(each, goes_on) for each in (half, unnamed, unreadable))
            unused = unused if goes_on() else []
            repository.keystore.destroy(unused)
        return Swept(taken, len(half), len(unnamed), len(unreadable), len(unused))

    def _take_away_abandoned(self, goes_on: Callable[[], bool]) -> int:
        taken = 0
        for upload in takewhile(lambda _: goes_on(), self._uploads.abandoned()):
            try:
                self._uploads.take_away(upload)
            except UploadUnknown:  # completed, discarded or continued meanwhile
                continue
            taken += 1
        return taken

    def _delete(self, files: list[StoredFile], goes_on: Callable[[], bool]) -> list[StoredFile]:
        """The ids that were deleted."""
        deleted = []
        for file in takewhile(lambda _: goes_on(), files):
            if file.whole:
                self._repository.blobs.delete(file.blob_id)
            else:
                self._repository.blobs.delete_half_written(file.blob_id)
            deleted.append(file)
        return deleted

    def _named(self, wanted: set[str]) -> tuple[set[UUID], dict[UUID, UUID]]:
        """The ids that are referenced, and the keys of the referenced blobs that the log knows."""
        named: set[UUID] = set()
        key_of: dict[UUID, UUID] = {}
        for payload in self._payloads():
            named.update(UUID(each) for each in _ANY_ID.findall(payload) if each in wanted)
            key_of.update((UUID(blob), UUID(key)) for blob, key in _BLOB.findall(payload) if blob in wanted)
        with self._repository.database.reading() as connection:
            for table in (each for each in metadata.main.sorted_tables if each is not small_blobs):
                for name in ("blob_id", "key_id"):
                    if name in table.c:
                        named.update(connection.execute(sa.select(table.c[name])).scalars())
        return named, key_of

    def _payloads(self) -> Iterator[str]:
        """All stored events in raw form, read in short transactions."""
        query = sa.select(events.c.log, events.c.position, events.c.payload)
        query = query.order_by(events.c.log, events.c.position).limit(_CHUNK)
        here = sa.tuple_(events.c.log, events.c.position)
        last: tuple[str, int] | None = None
        while True:
            after = query if last is None else query.where(here > sa.tuple_(*last))
            with self._repository.database.reading() as connection:
                rows = connection.execute(after).all()
            for row in rows:
                yield row.payload
            if len(rows) < _CHUNK:
                return
            last = (rows[-1].log, rows[-1].position)
