"""Destroys a file behind its fence, the same for files of every kind: the fence goes into the journal, then keys,
originals and rows go (docs/law §7). Each step can be repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from dsr.desk.belongings import Belongings, purge_rows
from dsr.desk.repository import Repository
from dsr.domain.own_file import FileKind
from dsr.domain.request.standing import Forgetting
from dsr.vault import Fence, FenceJournal


@dataclass(frozen=True)
class Destroyer:
    """What destroys: journal, keys, originals, rows, and copies of mail beside the log."""

    repository: Repository
    journal: FenceJournal
    unreadable_on: Callable[[], date | None]
    """The day from which no backup of today opens."""
    empty_journals: Callable[[], None]
    """Empties what the databases wrote ahead, where deleted rows would linger."""
    forget_copies: Callable[[datetime, Belongings], None]
    """Deletes plain copies of mail, of which none is younger than that time."""

    def begin(
        self,
        of: Belongings,
        *,
        kind: FileKind,
        ordered: Forgetting,
        ended_as: str,
        closed_at: datetime | None,
        last: datetime,
    ) -> Belongings:
        """Write the fence into the journal, then delete copies of mail. `ordered`: the order; `ended_as` and
        `closed_at`: how and when the file ended; `last`: when something last arrived or ended.

        Returns what is to be destroyed, with the keys and files that an earlier attempt wrote into the journal: it may
        have deleted the rows of uploads, which alone name theirs.
        """
        known = self.journal.read()
        earlier = [each for each in known if each.file_id == of.file_id]
        keys = dict.fromkeys((*(key_id for each in earlier for key_id in each.keys), *of.keys))
        blobs = dict.fromkeys((*(blob_id for each in earlier for blob_id in each.blobs), *of.blobs, *of.parts))
        whole = replace(of, keys=tuple(keys), blobs=tuple(blobs), parts=())
        assert ordered.ordered_at is not None  # noqa: S101 - it was ordered
        assert closed_at is not None  # noqa: S101 - no open file is forgotten
        fence = Fence(
            file_id=whole.file_id,
            ordered_at=ordered.ordered_at,
            ground=ordered.ground,
            proposed_by=ordered.proposed_by,
            ordered_by=ordered.ordered_by,
            ended_as=ended_as,
            closed_at=closed_at,
            keys=whole.keys,
            blobs=whole.blobs,
            kind=kind,
        )
        if fence in known:
            self.journal.begin()
        else:
            self.journal.append(fence)
        self.forget_copies(last, whole)
        return whole

    def destroy(self, of: Belongings, *, again: bool = False) -> None:
        """Destroy the keys first, then delete what they opened. `again`: of a file that older databases brought back,
        which may lack some of its keys. Raises KeyUnknown otherwise.
        """
        keystore = self.repository.keystore
        keystore.destroy(keystore.opening(of.keys) if again else of.keys)
        for blob_id in (*of.blobs, *of.parts):
            self.repository.blobs.delete(blob_id)
        purge_rows(self.repository, of)
        self.empty_journals()
