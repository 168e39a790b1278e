"""The fence journal: which files were forgotten, in a file apart from the databases and their backups.

A backup from before a forgetting brings the log back without its fence, and the keys with it. So each fence is written
here, and to a copy elsewhere, before a key is destroyed; a restore destroys again what the journal names. Each line
holds the digest of the one before, so that a line that was cut out or changed shows. It names no person: ids, dates and
codes only.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from dsr.disk import named_errors, sync_folder
from dsr.domain.errors import ServiceWide, Unavailable
from dsr.domain.own_file import FileKind
from dsr.domain.request.standing import ForgettingGround


class FenceJournalDamaged(Unavailable):
    """The fence journal (DSR_FENCE_JOURNAL) or its copy (beside the file of DSR_CHECKPOINT_COPY) was changed, or the
    two do not agree. Nothing is forgotten and nothing is restored until that is settled: find out which of the two
    holds every line, and replace the other by it.
    """

    code = "fence-journal-damaged"


class FenceJournalCopyUnreadable(ServiceWide):
    """The copy of the fence journal, beside the file of DSR_CHECKPOINT_COPY, can't be read: its disk or share fails.
    Requests are served if the journal itself (DSR_FENCE_JOURNAL) can be read, although its copy may name more files.
    Nothing is forgotten or restored until the copy can be read: mend the disk or mount the share.
    """

    code = "fence-journal-copy-unreadable"


class FenceJournalMissing(Unavailable):
    """There is no fence journal, neither where DSR_FENCE_JOURNAL says nor beside the file of DSR_CHECKPOINT_COPY.
    Everybody who was forgotten after this backup would be back. Put the newest journal there and restore again. If it
    is lost, add `--without-fence-journal`, then forget again everybody of whom you know.
    """

    code = "fence-journal-missing"


class Fence(msgspec.Struct, frozen=True):
    """One file that was ordered to be forgotten."""

    file_id: UUID = msgspec.field(name="request_id")  # as the first lines of journals call it
    ordered_at: datetime
    ground: ForgettingGround
    proposed_by: str
    ordered_by: str
    ended_as: str = msgspec.field(name="outcome")
    """How the case or the file had ended: a code that depends on its kind."""
    closed_at: datetime
    keys: tuple[UUID, ...]
    blobs: tuple[UUID, ...]
    kind: FileKind = FileKind.CASE_FILE


class _Line(msgspec.Struct):
    previous: str
    """SHA-256 of the line before, hex; empty in the first."""
    fence: Fence


_NO_LINE: Final = b""


class FenceJournal:
    """The file, and its copy elsewhere."""

    def __init__(self, path: Path, copy: Path | None = None) -> None:
        """`copy`: where each line is written too."""
        self._path, self._copy = path, copy

    @property
    def is_there(self) -> bool:
        """Whether the file or its copy exists; an empty one says that nobody was forgotten. Raises
        FenceJournalCopyUnreadable, StorageUnavailable.
        """
        return self._own() is not None or self._copied() is not None

    def begin(self) -> None:
        """Make the file and the copy where they are missing, so that a restore can tell an empty one from a lost one,
        and write to each what only the other holds.

        Raises FenceJournalDamaged, StorageFull, StorageUnavailable.
        """
        with named_errors(), _opened(self._path) as descriptor:
            if self._copy is not None:
                with _opened(self._copy) as other:
                    _bring_up(descriptor, other)
                    _bring_up(other, descriptor)

    def append(self, fence: Fence) -> None:
        """Write a fence to the file and to the copy, durable on return.

        Raises FenceJournalDamaged, StorageFull, StorageUnavailable.
        """
        with named_errors(), _opened(self._path) as descriptor:
            if self._copy is not None:
                with _opened(self._copy) as other:
                    _bring_up(descriptor, other)
                    _bring_up(other, descriptor)
            line = _written(fence, previous=_last_line(descriptor))
            # The copy first: what is only there is brought up the next time, and no key was destroyed yet.
            if self._copy is not None:
                with _opened(self._copy) as other:
                    _add(other, line)
            _add(descriptor, line)

    def read(self) -> list[Fence]:
        """Every fence, the oldest first, as the longer of file and copy knows them.

        Raises FenceJournalCopyUnreadable, FenceJournalDamaged, StorageUnavailable.
        """
        return _fences(self._own(), self._copied())

    def read_without_copy(self) -> list[Fence]:
        """Every fence that the file knows, where the copy can't be read. Raises FenceJournalCopyUnreadable if there is
        no file either, since then nothing is known; FenceJournalDamaged, StorageUnavailable.
        """
        own = self._own()
        if own is None:
            raise FenceJournalCopyUnreadable()
        return _fences(own, None)

    def _own(self) -> bytes | None:
        with named_errors():
            return _contents(self._path)

    def _copied(self) -> bytes | None:
        try:
            return None if self._copy is None else _contents(self._copy)
        except OSError as error:
            raise FenceJournalCopyUnreadable from error


def _fences(*places: bytes | None) -> list[Fence]:
    """Every fence, as the longer of file and copy knows them; None: it does not exist. Raises FenceJournalDamaged."""
    longer, shorter = sorted((each or b"" for each in places), key=len, reverse=True)
    if not longer.startswith(shorter):
        raise FenceJournalDamaged()
    fences, previous = [], _NO_LINE
    for line in longer.splitlines(keepends=True):
        try:
            read = msgspec.json.decode(line, type=_Line)
        except msgspec.DecodeError:
            raise FenceJournalDamaged() from None
        if read.previous != _digest(previous):
            raise FenceJournalDamaged()
        fences.append(read.fence)
        previous = line
    return fences


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The file, made if it is missing, under its lock and without a line that a killed process left half written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        whole = _whole(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
        os.ftruncate(descriptor, len(whole))
        if not whole:  # a new file: its name has to survive a power cut too
            sync_folder(path.parent)
        yield descriptor
    finally:
        os.close(descriptor)


def _contents(path: Path) -> bytes | None:
    """Its whole lines; None where there is no such file. Raises OSError."""
    return _whole(path.read_bytes()) if path.exists() else None


def _whole(contents: bytes) -> bytes:
    """Up to the last line that was written to its end."""
    return contents[: contents.rfind(b"\n") + 1]


def _bring_up(descriptor: int, other: int) -> None:
    """Add to the one file what only the other has. Raises FenceJournalDamaged where one does not continue the other."""
    own, longer = (os.pread(each, os.fstat(each).st_size, 0) for each in (descriptor, other))
    if len(own) < len(longer):
        if not longer.startswith(own):
            raise FenceJournalDamaged()
        _add(descriptor, longer[len(own) :])
    elif not own.startswith(longer):
        raise FenceJournalDamaged()


def _add(descriptor: int, lines: bytes) -> None:
    while lines:
        lines = lines[os.write(descriptor, lines) :]
    os.fsync(descriptor)


def _last_line(descriptor: int) -> bytes:
    lines = os.pread(descriptor, os.fstat(descriptor).st_size, 0).splitlines(keepends=True)
    return lines[-1] if lines else _NO_LINE


def _written(fence: Fence, *, previous: bytes) -> bytes:
    return msgspec.json.encode(_Line(_digest(previous), fence)) + b"\n"


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else ""
