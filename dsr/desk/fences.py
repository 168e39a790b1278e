"""What was forgotten stays forgotten: each process compares the databases with the fence journal before it serves
(docs/law §7).

A copy of the databases from before a forgetting, put back by whatever tool, lacks the fence and holds the keys. The
journal, which lies apart from them, names both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dsr.desk.caller import Call
from dsr.desk.file_forgetting import FileForgettingDesk
from dsr.desk.forgetting import ForgettingDesk
from dsr.desk.repository import Repository
from dsr.domain.errors import ServiceWide
from dsr.domain.own_file import FileForgettingAttested, FileForgettingOrdered, FileForgettingRestored, FileKind
from dsr.domain.recorded import LogPosition
from dsr.domain.request.forgetting import ForgettingAttested, ForgettingOrdered, ForgettingRestored
from dsr.eventstore.log import Log
from dsr.vault import Fence, FenceJournal, FenceJournalCopyUnreadable, LogMark

_ORDERED: Final = {
    each.TOPIC for each in (ForgettingOrdered, ForgettingRestored, FileForgettingOrdered, FileForgettingRestored)
}
_ATTESTED: Final = {each.TOPIC for each in (ForgettingAttested, FileForgettingAttested)}

_NAMED: Final = 20
"""How many files a refusal names."""


class ForgottenReturned(ServiceWide):
    """Files that the fence journal (DSR_FENCE_JOURNAL) names as forgotten, or their keys, are back: the databases are
    an older copy. Put the newest databases in their place. If these are the newest, run `dsr forget-again`: it forgets
    these files again, and then the service serves.
    """

    code = "forgotten-returned"


@dataclass(frozen=True)
class _Kept:
    """The state in which the databases were last found to hold no forgotten file."""

    end: LogPosition | None
    """Of the log; a log that holds this event holds every fence before it."""
    marked: int
    """How far the log was, by the mark in the key database; an older copy of it says less."""


class Fences:
    """Compares log and keys with the fence journal, and forgets again. Safe to share between threads."""

    def __init__(
        self,
        repository: Repository,
        log: Log,
        *,
        journal: FenceJournal,
        mark: LogMark,
        forgetting: ForgettingDesk,
        file_forgetting: FileForgettingDesk,
    ) -> None:
        self._repository = repository
        self._log = log
        self._journal = journal
        self._mark = mark
        self._forgetting = forgetting
        self._file_forgetting = file_forgetting
        self._kept: _Kept | None = None
        self._reads_copy = True

    def require_kept(self) -> None:
        """Raise ForgottenReturned if the journal names a file that the log does not call forgotten, or a key of a
        forgotten file that opens. FenceJournalDamaged, StorageUnavailable; FenceJournalCopyUnreadable if there is no
        journal either.

        The whole journal is read the first time, and again once a database has gone back: each order is in the log
        before it is in the journal, so databases that only go on keep what they were found to keep. While its copy
        can't be read, the journal alone decides, and it is read again each time.
        """
        now = _Kept(self._log.end(), self._marked())
        if self._kept is None or not self._continues(self._kept, now):
            self._kept = None
            returned = [str(each.file_id) for each in self._returned(self._known())]
            if returned:
                raise ForgottenReturned(files=len(returned), file_ids=returned[:_NAMED])
            if not self._reads_copy:
                return
        self._kept = now

    @property
    def copy_state(self) -> str:
        """`ok`, or the code of why the last comparison did without the copy of the journal."""
        return "ok" if self._reads_copy else FenceJournalCopyUnreadable.code

    def forget_again(self, call: Call, told: Callable[[Fence], None] = lambda _fence: None) -> int:
        """Forget again every file of the journal that is back, and destroy the keys that are; how many files.

        Safe to repeat and to break off. Raises FenceJournalCopyUnreadable, FenceJournalDamaged, and as
        `ForgettingDesk.purge`.
        """
        again = 0
        for fence in self._journal.read():
            desk = self._forgetting if fence.kind is FileKind.CASE_FILE else self._file_forgetting
            was_back = desk.put_back(fence, call)
            if self._destroyed_again(fence) or was_back:  # an older log does not name every key of the order
                told(fence)
                again += 1
        return again

    def _continues(self, kept: _Kept, now: _Kept) -> bool:
        """Whether both databases hold at least what they held then."""
        if now.marked < kept.marked:
            return False
        return kept.end in (None, now.end) or self._log.at(kept.end.position) == kept.end

    def _known(self) -> list[Fence]:
        """The fences of journal and copy, or of the journal alone while its copy can't be read."""
        self._reads_copy = True
        try:
            return self._journal.read()
        except FenceJournalCopyUnreadable:
            self._reads_copy = False
            return self._journal.read_without_copy()

    def _marked(self) -> int:
        marked = self._mark.marked
        return 0 if marked is None else marked.position

    def _returned(self, fences: list[Fence]) -> Iterator[Fence]:
        """The fences behind which something opens. A file that the log does not know did not return."""
        recorded = self._log.names_in(each.file_id for each in fences)
        known = [(each, recorded[each.file_id]) for each in fences if each.file_id in recorded]
        destroyed = [key_id for each, names in known if names & _ATTESTED for key_id in each.keys]
        opening = self._repository.keystore.opening(destroyed)
        for each, names in known:
            if not names & _ORDERED or not opening.isdisjoint(each.keys if names & _ATTESTED else ()):
                yield each

    def _destroyed_again(self, fence: Fence) -> bool:
        """Destroy what the key database or the folder of files brought back of a file that the log calls forgotten."""
        opening = self._repository.keystore.opening(fence.keys)
        self._repository.keystore.destroy(opening)
        for blob_id in fence.blobs if opening else ():
            self._repository.blobs.delete(blob_id)
        return bool(opening)
