"""Sweep: takes away files, upload parts and keys that nothing refers to, left by a crash, a lost race or an abandoned
upload.

A new file or key without a reference is left alone for a day, until its event is stored. References are those in the
log, in a table with a column `blob_id` or `key_id`, and in uploads; the row of a small original is not a reference to
itself.

Beside a log that is not complete, such as one from a backup, what the lost events name looks unnamed. Three rules keep
it: no sweep runs where the log is older than the key database knows; a file or key is set aside for days, in which it
still opens and comes back once it is named, before it is destroyed; and a sweep that would set aside more than
one in a hundred of those that are named asks first.
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
from dsr.domain.errors import Refused
from dsr.domain.sealed import StoredFile
from dsr.eventstore.tables import events

GRACE: Final = timedelta(days=1)
"""How long something may be unreferenced: no command and no upload of a part takes as long."""

FEW: Final = 20
"""How many files, or keys, are never too many for one sweep."""

_SHARE: Final = 100
"""One in so many of what is named may be set aside without asking."""

_CHUNK: Final = 2_000
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ANY_ID: Final = re.compile(_UUID)
_BLOB: Final = re.compile(rf'"blob_id":"({_UUID})","key_id":"({_UUID})"')


class SweepTooLarge(Refused):
    """This sweep would set aside more than one in a hundred of the files or keys that the log names, which hardly
    happens by crashes. Check that the log is complete. If it is, run `dsr blobs sweep --all`.
    """

    code = "sweep-too-large"


@dataclass(frozen=True)
class Swept:
    """How much was taken away, or would be."""

    uploads: int
    """Abandoned uploads, deleted."""
    half_written: int
    """Remains of interrupted writes, deleted."""
    unnamed: int
    """Files and rows of small originals without a reference: rows are deleted, files set aside."""
    forgotten: int
    """Files and rows whose key was destroyed, so that they can't be opened; deleted."""
    keys: int
    """Keys whose sealed content no longer exists, set aside."""
    destroyed: int = 0
    """Files and keys that had been set aside long enough; destroyed for good."""
    taken_back: int = 0
    """Files and keys that had been set aside and are named again."""


@dataclass(frozen=True)
class _Found:
    """What a sweep found, before it changes anything."""

    half: list[StoredFile]
    unnamed: list[StoredFile]
    unreadable: list[StoredFile]
    files_due: list[StoredFile]
    files_back: list[StoredFile]
    keys_unused: list[UUID]
    keys_due: list[UUID]
    keys_back: list[UUID]


class SweepDesk:
    """sweep files and keys."""

    def __init__(
        self, repository: Repository, uploads: UploadDesk, *, require_whole_log: Callable[[], None], days: int
    ) -> None:
        """`require_whole_log` raises if the log is older than the key database knows; `days` is how long a file or key
        is set aside before it is destroyed.
        """
        self._repository = repository
        self._uploads = uploads
        self._require_whole_log = require_whole_log
        self._kept = timedelta(days=days)

    def sweep(self, *, dry_run: bool, however_many: bool = False, goes_on: Callable[[], bool] = lambda: True) -> Swept:
        """Take away what nothing refers to, or only count it; safe during concurrent work, and safe to repeat.

        Candidates are listed first and the log is read afterwards, so that references recorded meanwhile are found.
        `goes_on` is called before each step; the next sweep finds the rest. Raises SweepTooLarge unless `however_many`;
        LogOlderThanKeys, LogDiffers.
        """
        self._require_whole_log()
        abandoned = self._uploads.abandoned() if dry_run else None
        taken = len(abandoned) if abandoned is not None else self._take_away_abandoned(goes_on)
        found = self._find(however_many=however_many or dry_run)
        if dry_run:
            return _counted(taken, found)
        keystore, blobs, now = self._repository.keystore, self._repository.blobs, self._repository.now()
        found = _Found(
            half=_each(found.half, goes_on, lambda file: blobs.delete_half_written(file.blob_id)),
            unnamed=_each(found.unnamed, goes_on, lambda file: blobs.set_aside(file.blob_id, now)),
            unreadable=_each(found.unreadable, goes_on, lambda file: blobs.delete(file.blob_id)),
            files_due=_each(found.files_due, goes_on, lambda file: blobs.delete(file.blob_id)),
            files_back=_each(found.files_back, goes_on, lambda file: blobs.take_back(file.blob_id)),
            keys_unused=found.keys_unused if goes_on() else [],
            keys_due=found.keys_due if goes_on() else [],
            keys_back=found.keys_back if goes_on() else [],
        )
        keystore.set_aside(found.keys_unused)
        keystore.take_back(found.keys_back)
        keystore.destroy(found.keys_due)
        return _counted(taken, found)

    def _find(self, *, however_many: bool) -> _Found:
        repository = self._repository
        before, due = repository.now() - GRACE, repository.now() - self._kept
        files = list(repository.blobs.files(older_than=before))
        made = list(repository.keystore.made_before(before))
        wanted = {str(file.blob_id) for file in files} | {str(key.key_id) for key in made}
        named, key_of = self._named(wanted)
        destroyed = {key.key_id for key in made if not key.opens}
        forgotten = {blob_id for blob_id, key_id in key_of.items() if key_id in destroyed}
        whole = [file for file in files if file.whole]
        unnamed = [file for file in whole if file.blob_id not in named]
        readable = [file for file in whole if file.blob_id in named - forgotten]
        unused = [key for key in made if key.opens and key.key_id not in named]
        used = [key for key in made if key.opens and key.key_id in named]
        found = _Found(
            half=[file for file in files if not file.whole],
            unnamed=[file for file in unnamed if file.aside_since is None],
            unreadable=[file for file in whole if file.blob_id in named & forgotten],
            files_due=[file for file in unnamed if file.aside_since is not None and file.aside_since < due],
            files_back=[file for file in readable if file.aside_since is not None],
            keys_unused=[key.key_id for key in unused if key.aside_since is None],
            keys_due=[key.key_id for key in unused if key.aside_since is not None and key.aside_since < due],
            keys_back=[key.key_id for key in used if key.aside_since is not None],
        )
        bound = [key for key in unused if key.aside_since is None and not key.of_reserve]
        if not however_many:
            _require_few("files", len(found.unnamed), len(readable))
            _require_few("keys", len(bound), len(used))
        return found

    def _take_away_abandoned(self, goes_on: Callable[[], bool]) -> int:
        taken = 0
        for upload in takewhile(lambda _: goes_on(), self._uploads.abandoned()):
            try:
                self._uploads.take_away(upload)
            except UploadUnknown:  # completed, discarded or continued meanwhile
                continue
            taken += 1
        return taken

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


def _each(
    files: list[StoredFile], goes_on: Callable[[], bool], change: Callable[[StoredFile], object]
) -> list[StoredFile]:
    """Change one after the other while the work goes on; return those that were changed."""
    changed = []
    for file in takewhile(lambda _: goes_on(), files):
        change(file)
        changed.append(file)
    return changed


def _require_few(what: str, unnamed: int, named: int) -> None:
    if unnamed > max(FEW, named // _SHARE):
        raise SweepTooLarge(what=what, unnamed=unnamed, named=named)


def _counted(uploads: int, found: _Found) -> Swept:
    return Swept(
        uploads=uploads,
        half_written=len(found.half),
        unnamed=len(found.unnamed),
        forgotten=len(found.unreadable),
        keys=len(found.keys_unused),
        destroyed=len(found.files_due) + len(found.keys_due),
        taken_back=len(found.files_back) + len(found.keys_back),
    )
