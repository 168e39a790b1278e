"""Replay of the whole log: checks each row against its header, rebuilds read models for comparison, and recomputes each
legal date (docs/law §7).

One pass in the order of the log checks the rows; a second one, stream by stream, serves read models and dates, so that
memory use stays constant. No command waits for it.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Final, cast
from uuid import UUID

from eventsourcing.utils import resolve_topic

from dsr.database import Database
from dsr.domain.events import CreatedEvent, Event
from dsr.domain.file_terms import FileBefore
from dsr.domain.matter import Matter
from dsr.domain.matter.recomputing import MatterBefore
from dsr.domain.own_file import OwnFile
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.case import RequestCreated
from dsr.domain.request.recomputing import Before, Discrepancy, recompute
from dsr.domain.ropa import ROPA_ID, RecordOfProcessing
from dsr.eventstore.checking import FLAWS, RowCheck
from dsr.eventstore.log import Head, Log
from dsr.projections.folding import Progress
from dsr.projections.verify import Difference, verify

MOST: Final = 1_000
"""Number of differences of each kind that are listed; further ones are only counted."""


@dataclass(frozen=True)
class DateDifference:
    """A field of an event that differs from the recomputed one."""

    position: int
    stream_id: UUID
    name: str
    """The event's stable name."""
    field: str
    recorded: object
    recomputed: object


@dataclass(frozen=True)
class LogFlaw:
    """What is wrong with a row of the log."""

    position: int
    code: str
    """A key of `FLAWS`."""

    @property
    def meaning(self) -> str:
        """What it means, in words."""
        return FLAWS[self.code]


@dataclass(frozen=True)
class Replayed:
    """The result of a replay."""

    events: int
    cases: int
    dates: int
    """Number of recomputed legal dates and `late` marks."""
    rows: tuple[Difference, ...]
    """Rows of read models that differ from the log."""
    wrong_dates: tuple[DateDifference, ...]
    wrong: int
    """Number of dates that differ, including those not listed."""
    flaws: tuple[LogFlaw, ...]
    flawed: int
    """Number of flaws of the log itself, including those not listed."""

    @property
    def is_borne_out(self) -> bool:
        """Whether log, read models and law agree."""
        return not self.rows and not self.wrong and not self.flawed


def replay(
    database: Database,
    log: Log,
    *,
    known_keys: Iterable[UUID] | None = None,
    progress: Progress | None = None,
    most: int = MOST,
) -> Replayed:
    """Go through the whole log while the service runs. Raises EventUnknown, EventUnreadable.

    `known_keys`: ids of all keys that the key database ever held; None does not ask whether it knows those of the log.
    """
    flaws = list(_flaws_of(log, None if known_keys is None else set(known_keys)))
    reckoner = Reckoner(log, most=most)
    rows = tuple(verify(database, reckoner, progress=progress, limit=most))
    dates = tuple(sorted(reckoner.differences, key=attrgetter("position")))
    return Replayed(
        reckoner.events, reckoner.cases, reckoner.dates, rows, dates, reckoner.wrong, tuple(flaws[:most]), len(flaws)
    )


def _flaws_of(log: Log, known_keys: set[UUID] | None) -> Iterator[LogFlaw]:
    check = RowCheck(known_keys=known_keys)
    for row in log.rows(until=log.head().position):
        for code in check.flaws(row):
            yield LogFlaw(row.position, code)


class Reckoner:
    """A reader of the log that recomputes the dates of each event on the way, case by case."""

    def __init__(self, log: Log, *, most: int = MOST) -> None:
        self._log = log
        self._most_named = most
        self._records: list[tuple[int, RecordOfProcessing]] = []
        """States of the record of processing, keyed by the position of its events."""
        self.events = self.cases = self.dates = self.wrong = 0
        self.differences: list[DateDifference] = []

    def head(self) -> Head:
        """The present end of the log."""
        return self._log.head()

    def histories(self, *, until: int, moved_after: int = 0) -> Iterator[list[Recorded]]:
        """The histories of the log; dates of each event after `moved_after` are recomputed."""
        self._read_record(until)
        for history in self._log.histories(until=until, moved_after=moved_after):
            self._pass(history, moved_after)
            yield history

    def _read_record(self, until: int) -> None:
        record: RecordOfProcessing | None = None
        self._records.clear()
        for recorded in self._log.read(until=until, stream_id=ROPA_ID):
            record = cast(RecordOfProcessing, recorded.event.mutate(copy(record)))
            self._records.append((recorded.position, record))

    def _record_at(self, position: int) -> RecordOfProcessing | None:
        """The record of processing at the time of the event at that position."""
        place = bisect(self._records, position, key=itemgetter(0))
        return self._records[place - 1][1] if place else None

    def _pass(self, history: list[Recorded], moved_after: int) -> None:
        news = [recorded for recorded in history if recorded.position > moved_after]
        self.events += len(news)
        if isinstance(history[0].event, RequestCreated):
            self.cases += history[0].position > moved_after
            case: Request | None = None
            last: Event | None = None
            for recorded in history:
                record = self._record_at(recorded.position)
                before = Before(_moved(None, recorded.event) if case is None else case, last, record)
                last = self._reckoned(recorded, before, moved_after)
                case = _moved(case, last)
        elif _is_file(history[0].event):
            file: OwnFile | None = None
            for recorded, following in zip(history, [*(each.event for each in history[1:]), None], strict=True):
                known = cast(OwnFile, recorded.event.mutate(None)) if file is None else file
                record = self._record_at(recorded.position)
                before_it = (
                    MatterBefore(known, record, following) if isinstance(known, Matter) else FileBefore(known, record)
                )
                found = self._reckoned(recorded, before_it, moved_after)
                file = cast(OwnFile, found.mutate(file))

    def _reckoned(self, recorded: Recorded, before: Before | FileBefore[OwnFile], moved_after: int) -> Event:
        """The event with the dates that the rules give; what differs is noted."""
        dates, found, event = recompute(recorded.event, before)
        if recorded.position > moved_after:
            self._note(recorded, dates, found)
        return event

    def _note(self, recorded: Recorded, dates: int, found: tuple[Discrepancy, ...]) -> None:
        self.dates += dates
        self.wrong += len(found)
        room = max(0, self._most_named - len(self.differences))
        self.differences += [
            DateDifference(
                recorded.position, recorded.stream_id, recorded.name, each.field, each.recorded, each.recomputed
            )
            for each in found[:room]
        ]


def _is_file(first: Event) -> bool:
    """Whether this event opens a file that is no case."""
    return isinstance(first, CreatedEvent) and issubclass(resolve_topic(first.originator_topic), OwnFile)


def _moved(case: Request | None, event: Event) -> Request:
    return cast(Request, event.mutate(case))
