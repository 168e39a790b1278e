"""The files of every kind whose period has ended (docs/law §7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import merge
from itertools import islice
from typing import Final
from uuid import UUID

from dsr.desk.caller import Caller
from dsr.desk.file_forgetting import FileForgettingDesk
from dsr.desk.forgetting import ForgettingDesk
from dsr.desk.repository import Repository
from dsr.domain.file_terms import period_of
from dsr.domain.own_file import FileKind
from dsr.domain.request.forgetting import KeptBecause
from dsr.domain.ropa import RecordOfProcessing, last_year_due
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.settled_files import SettledFile, settled_files

_LIST: Final = "retention"
"""The name of this list in its cursors."""


@dataclass(frozen=True)
class FileToForget:
    """A file whose period has ended, and the reasons to keep it all the same."""

    kind: FileKind
    file_id: UUID
    request_id: UUID | None
    """The same for a case; None otherwise."""
    version: int
    reference: str | None
    """Of a case or a matter."""
    controller_id: str | None
    received_on: date | None
    """Of a case or a matter."""
    closed_at: datetime
    outcome: str
    """How it ended: a code that depends on its kind."""
    kept_until: date
    kept_because: tuple[KeptBecause, ...]


@dataclass(frozen=True)
class Owners:
    """Whose files are looked for."""

    controllers: frozenset[str] | None
    """None: of every controller, also of an unknown one."""
    unknown: bool = False
    """Also those whose controller is unknown."""

    @property
    def with_unknown(self) -> bool:
        """Whether files whose controller is unknown count."""
        return self.unknown or self.controllers is None


class DueFiles:
    """Lists the files whose period has ended."""

    def __init__(self, repository: Repository, forgetting: ForgettingDesk, file_forgetting: FileForgettingDesk) -> None:
        self._repository = repository
        self._forgetting = forgetting
        self._file_forgetting = file_forgetting

    def page(
        self, caller: Caller, *, kind: FileKind | None, controller: str | None, cursor: str | None, limit: int
    ) -> Page:
        """One page of the files in scope that nobody ordered to be forgotten, the longest closed first. Raises
        CursorInvalid.
        """
        asked = None if controller is None else frozenset({controller})
        in_both = asked if caller.scope is None else caller.scope if asked is None else caller.scope & asked
        after = None if cursor is None else SettledFile(*cursor_values(cursor, _LIST, (datetime, UUID)))
        kinds, record = tuple(FileKind) if kind is None else (kind,), self._repository.ropa.record()
        ordered = merge(
            *(self._of_kind(each, Owners(in_both), after, record) for each in kinds),
            key=lambda found: (found[0].closed_at, str(found[0].file_id)),
        )
        found = list(islice(ordered, limit + 1))
        last = found[:limit][-1][0] if len(found) > limit else None
        rows = [vars(due) for _, due in found[:limit]]
        return Page(rows, None if last is None else make_cursor(_LIST, (last.closed_at, last.file_id)))

    def of_kind(self, kind: FileKind, owners: Owners) -> Iterator[FileToForget]:
        """All files of one kind, the longest closed first."""
        return (due for _, due in self._of_kind(kind, owners, None, self._repository.ropa.record()))

    def _of_kind(
        self, kind: FileKind, owners: Owners, after: SettledFile | None, record: RecordOfProcessing | None
    ) -> Iterator[tuple[SettledFile, FileToForget]]:
        today = self._repository.now().date()
        times = {
            (each.id, version.number): _end_of(last_year_due(today, period_of(kind, each.retention)))
            for version in (() if record is None else record.versions)
            for each in version.document.controllers
        }
        theirs = {
            whose: time for whose, time in times.items() if owners.controllers is None or whose[0] in owners.controllers
        }
        unknown_before = max(times.values(), default=None) if owners.with_unknown else None
        for place in settled_files(
            self._repository.database.glancing,
            kind,
            closed_before=theirs,
            unknown_before=unknown_before,
            after=after,
        ):
            due = self._due(kind, place.file_id)
            if due is not None:
                yield place, due

    def _due(self, kind: FileKind, file_id: UUID) -> FileToForget | None:
        """The file, if its period has ended by the days of its controller."""
        is_case = kind is FileKind.CASE_FILE
        found = self._forgetting.candidate(file_id) if is_case else self._file_forgetting.candidate(kind, file_id)
        if found.kept_until is None or found.closed_at is None or KeptBecause.PERIOD in found.kept_because:
            return None
        return FileToForget(
            kind=kind,
            file_id=file_id,
            request_id=file_id if is_case else None,
            version=found.version,
            reference=found.reference,
            controller_id=found.controller_id,
            received_on=found.received_on,
            closed_at=found.closed_at,
            outcome=str(found.outcome),
            kept_until=found.kept_until,
            kept_because=found.kept_because,
        )


def _end_of(year: int) -> datetime:
    """When it has ended everywhere; in UTC-12 it lasts the longest."""
    return datetime(year + 1, 1, 1, 12, tzinfo=UTC)
