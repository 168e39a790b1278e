"""Replaying the whole log: into fresh read models, and to reckon each legal date anew (law.md §7).

One pass over the log serves both; nobody has to wait for it, and memory stays flat: the cases that moved last are
held, the others are read again when they move.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from dsr.database import Database
from dsr.domain.events import Event
from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.domain.request.case import RequestCreated, RequestEvent
from dsr.domain.request.recomputing import Before, Discrepancy, recompute
from dsr.domain.ropa import ROPA_ID, RecordOfProcessing
from dsr.eventstore.log import Head, Log
from dsr.projections.folding import Progress
from dsr.projections.verify import Difference, verify

HELD: Final = 10_000
"""Cases kept in memory; the one that has not moved for longest goes first."""

MOST: Final = 1_000
"""Differences of each kind that are named; beyond, they are only counted."""


@dataclass(frozen=True)
class DateDifference:
    """A field of an event that the law, reckoned anew, does not bear out."""

    position: int
    stream_id: UUID
    name: str
    """The event's stable name."""
    field: str
    recorded: object
    recomputed: object


@dataclass(frozen=True)
class Replayed:
    """What the replay went through, and what it found."""

    events: int
    cases: int
    dates: int
    """Legal dates and `late` marks that were reckoned anew."""
    rows: tuple[Difference, ...]
    """Rows of read models that are not what the log says."""
    wrong_dates: tuple[DateDifference, ...]
    wrong: int
    """How many dates differ, those beyond the ones named too."""

    @property
    def is_borne_out(self) -> bool:
        """Whether log, read models and law agree."""
        return not self.rows and not self.wrong


def replay(
    database: Database, log: Log, *, progress: Progress | None = None, held: int = HELD, most: int = MOST
) -> Replayed:
    """Go through the whole log while the service runs. Raises EventUnknown, EventUnreadable."""
    reckoner = Reckoner(log, held=held, most=most)
    rows = tuple(verify(database, reckoner, progress=progress, limit=most))
    return Replayed(reckoner.events, reckoner.cases, reckoner.dates, rows, tuple(reckoner.differences), reckoner.wrong)


@dataclass(frozen=True)
class _Held:
    """A case on its way: as it should stand, and the event that it came to last."""

    case: Request
    last: Event


class Reckoner:
    """A reader of the log that reckons the dates of each event as it passes by."""

    def __init__(self, log: Log, *, held: int = HELD, most: int = MOST) -> None:
        self._log = log
        self._most_held, self._most_named = held, most
        self._held: OrderedDict[UUID, _Held] = OrderedDict()
        self._record: RecordOfProcessing | None = None
        self.events = self.cases = self.dates = self.wrong = 0
        self.differences: list[DateDifference] = []

    def head(self) -> Head:
        """Where the log ends now."""
        return self._log.head()

    def read(self, after: int = 0, *, until: int | None = None) -> Iterator[Recorded]:
        """The events of the log, each of them reckoned."""
        for recorded in self._log.read(after, until=until):
            self._pass(recorded)
            yield recorded

    def _pass(self, recorded: Recorded) -> None:
        self.events += 1
        if recorded.stream_id == ROPA_ID:
            self._record = recorded.event.mutate(self._record)
        elif isinstance(recorded.event, RequestCreated | RequestEvent):
            self.cases += isinstance(recorded.event, RequestCreated)
            dates, found = self._reckon(recorded)
            self.dates += dates
            self.wrong += len(found)
            room = max(0, self._most_named - len(self.differences))
            self.differences += [
                DateDifference(
                    recorded.position, recorded.stream_id, recorded.name, each.field, each.recorded, each.recomputed
                )
                for each in found[:room]
            ]
            if len(self._held) > self._most_held:
                self._held.popitem(last=False)

    def _reckon(self, recorded: Recorded) -> tuple[int, tuple[Discrepancy, ...]]:
        """Take the case one event further; how many dates that reckoned, and which are wrong."""
        event, stream_id = recorded.event, recorded.stream_id
        if isinstance(event, RequestCreated):
            before = Before(_moved(None, event), None, self._record)
        else:
            if stream_id not in self._held:
                self._take_up(recorded)
            held = self._held[stream_id]
            before = Before(held.case, held.last, self._record)
        dates, found, right = recompute(event, before)
        self._held[stream_id] = _Held(_moved(None if before.previous is None else before.case, right), right)
        self._held.move_to_end(stream_id)
        return dates, found

    def _take_up(self, recorded: Recorded) -> None:
        """Read a case again that had come to rest, up to the event that moves it."""
        for earlier in self._log.read(stream_id=recorded.stream_id, until=recorded.position - 1):
            self._reckon(earlier)


def _moved(case: Request | None, event: Event) -> Request:
    return cast(Request, event.mutate(case))
