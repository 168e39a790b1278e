"""Sweep: takes away files, upload parts and keys that nothing refers to, left by a crash, a lost race or an abandoned
upload.

A new file or key without a reference is left alone for a day, until its event is stored. References are those in the
log (`named_in_log.py`), in a table with a column `blob_id` or `key_id`, and in uploads; the row of a small original is
not a reference to itself.

Beside a log that is not complete, such as one from a backup, what the lost events name looks unnamed. Three rules keep
it: no sweep runs where the log is older than the key database knows; a file or key is set aside for days, in which it
still opens and comes back once it is named, before it is destroyed; and a sweep that would set aside more than
one in a hundred of those that are named asks first.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice, takewhile
from typing import Final, TypeVar
from uuid import UUID

import sqlalchemy as sa

from dsr.blobs import small_blobs
from dsr.database import metadata
from dsr.desk.named_in_log import NamedInLog
from dsr.desk.repository import Repository
from dsr.desk.upload_store import UploadUnknown
from dsr.desk.uploads import UploadDesk
from dsr.domain.errors import Refused
from dsr.domain.sealed import MadeKey, StoredFile

T = TypeVar("T")

GRACE: Final = timedelta(days=1)
"""How long something may be unreferenced: no command and no upload of a part takes as long."""

FEW: Final = 20
"""How many files, or keys, are never too many for one sweep."""

_SHARE: Final = 100
"""One in so many of what is named may be set aside without asking."""

_CHUNK: Final = 500


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


@dataclass
class _Found:
    """What a sweep found, before it changes anything."""

    half: list[StoredFile] = field(default_factory=list)
    unnamed: list[StoredFile] = field(default_factory=list)
    unreadable: list[StoredFile] = field(default_factory=list)
    files_due: list[StoredFile] = field(default_factory=list)
    files_back: list[StoredFile] = field(default_factory=list)
    keys_unused: list[MadeKey] = field(default_factory=list)
    keys_due: list[MadeKey] = field(default_factory=list)
    keys_back: list[MadeKey] = field(default_factory=list)
    readable: int = 0
    """Number of files that are named and open."""
    used: int = 0
    """Number of keys that are named and open."""


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
        self._named_in_log = NamedInLog(repository.database)
        self._require_whole_log = require_whole_log
        self._kept = timedelta(days=days)

    def sweep(self, *, dry_run: bool, however_many: bool = False, goes_on: Callable[[], bool] = lambda: True) -> Swept:
        """Take away what nothing refers to, or only count it; safe during concurrent work, and safe to repeat.

        What seems unnamed is looked up once more at the end, so that references recorded meanwhile are found. The cost
        of reading the log grows with the events since the last sweep. `goes_on` is called before each step; the next
        sweep finds the rest. Raises SweepTooLarge unless `however_many`; LogOlderThanKeys, LogDiffers.
        """
        self._require_whole_log()
        abandoned = self._uploads.abandoned() if dry_run else None
        taken = len(abandoned) if abandoned is not None else self._take_away_abandoned(goes_on)
        self._named_in_log.catch_up(goes_on)
        if not goes_on():
            return Swept(uploads=taken, half_written=0, unnamed=0, forgotten=0, keys=0)
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
        keystore.set_aside(key.key_id for key in found.keys_unused)
        keystore.take_back(key.key_id for key in found.keys_back)
        keystore.destroy(key.key_id for key in found.keys_due)
        return _counted(taken, found)

    def _find(self, *, however_many: bool) -> _Found:
        """Look at every key and file in turn; memory holds only those with which something has to be done, and the ids
        of destroyed keys.
        """
        found = _Found()
        before = self._repository.now() - GRACE
        destroyed = self._find_keys(found, self._repository.keystore.made_before(before))
        self._find_files(found, self._repository.blobs.files(older_than=before), destroyed)
        self._named_in_log.catch_up()
        found.keys_unused = self._still_unnamed(found.keys_unused, lambda key: key.key_id)
        found.keys_due = self._still_unnamed(found.keys_due, lambda key: key.key_id)
        found.unnamed = self._still_unnamed(found.unnamed, lambda file: file.blob_id)
        found.files_due = self._still_unnamed(found.files_due, lambda file: file.blob_id)
        if not however_many:
            bound = [key for key in found.keys_unused if not key.of_reserve]
            _require_few("files", len(found.unnamed), found.readable)
            _require_few("keys", len(bound), found.used)
        return found

    def _find_keys(self, found: _Found, made: Iterable[MadeKey]) -> set[UUID]:
        """Sort the keys, and return the ids of destroyed ones."""
        due, destroyed = self._repository.now() - self._kept, set[UUID]()
        for some in _chunks(made):
            named = self._named([key.key_id for key in some])
            destroyed.update(key.key_id for key in some if not key.opens)
            for key in (each for each in some if each.opens):
                if key.key_id in named:
                    found.used += 1
                    if key.aside_since is not None:
                        found.keys_back.append(key)
                elif key.aside_since is None:
                    found.keys_unused.append(key)
                elif key.aside_since < due:
                    found.keys_due.append(key)
        return destroyed

    def _find_files(self, found: _Found, files: Iterable[StoredFile], destroyed: Collection[UUID]) -> None:
        due = self._repository.now() - self._kept
        for some in _chunks(files):
            named = self._named([file.blob_id for file in some])
            for file in some:
                if not file.whole:
                    found.half.append(file)
                elif file.blob_id in named and named[file.blob_id] in destroyed:
                    found.unreadable.append(file)
                elif file.blob_id in named:
                    found.readable += 1
                    if file.aside_since is not None:
                        found.files_back.append(file)
                elif file.aside_since is None:
                    found.unnamed.append(file)
                elif file.aside_since < due:
                    found.files_due.append(file)

    def _still_unnamed(self, those: list[T], id_of: Callable[[T], UUID]) -> list[T]:
        named = self._named([id_of(each) for each in those])
        return [each for each in those if id_of(each) not in named]

    def _take_away_abandoned(self, goes_on: Callable[[], bool]) -> int:
        taken = 0
        for upload in takewhile(lambda _: goes_on(), self._uploads.abandoned()):
            try:
                self._uploads.take_away(upload)
            except UploadUnknown:  # completed, discarded or continued meanwhile
                continue
            taken += 1
        return taken

    def _named(self, ids: Collection[UUID]) -> dict[UUID, UUID | None]:
        """Those of these ids that are referenced, each blob that the log names with its key."""
        named = dict[UUID, UUID | None]()
        with self._repository.database.reading() as connection:
            for column in _naming():
                for some in _chunks(ids):
                    named.update(dict.fromkeys(connection.execute(sa.select(column).where(column.in_(some))).scalars()))
        return named | self._named_in_log.among(ids)


def _naming() -> list[sa.Column[UUID]]:
    tables = [table for table in metadata.main.sorted_tables if table is not small_blobs]
    return [table.c[name] for table in tables for name in ("blob_id", "key_id") if name in table.c]


def _chunks(every: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(every)
    while some := list(islice(rest, _CHUNK)):
        yield some


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
