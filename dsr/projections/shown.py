"""Rows of state read models for a saved case, before and after the save."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from weakref import ref

from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.projections.agenda import READ_MODEL as AGENDA
from dsr.projections.case_counts import READ_MODEL as CASE_COUNTS
from dsr.projections.due_counts import READ_MODEL as DUE_COUNTS
from dsr.projections.items import READ_MODEL as ITEMS
from dsr.projections.judged_suggestions import READ_MODEL as JUDGED_SUGGESTIONS
from dsr.projections.messages import READ_MODEL as MESSAGES
from dsr.projections.missed_dates import READ_MODEL as MISSED_DATES
from dsr.projections.request_states import READ_MODEL as REQUEST_STATES
from dsr.projections.requests import READ_MODEL as REQUESTS
from dsr.projections.rows import Row
from dsr.projections.state import LogPlace, StateHistory, StateReadModel
from dsr.projections.summed import SummedReadModel

OF_STATE: Final[tuple[StateReadModel | StateHistory | SummedReadModel, ...]] = (
    REQUESTS,
    ITEMS,
    AGENDA,
    REQUEST_STATES,
    MESSAGES,
    MISSED_DATES,
    JUDGED_SUGGESTIONS,
    CASE_COUNTS,
    DUE_COUNTS,
)

MOST: Final = 1_000
"""Cases whose rows of the last save a process keeps; some 10 MB."""

_Mark = tuple[int, datetime]
"""Version and instant of the last event: they tell the state of a case from every other that it ever had."""

Shown = Mapping[str, list[Row]]
"""The rows of one case, by the name of the read model."""


@dataclass(frozen=True)
class CaseSave:
    """A saved case, with its rows when loaded and its rows now."""

    request_id: UUID
    before: Shown
    """Empty for a new case."""
    now: Shown


def request_row_of(save: CaseSave, recorded: Sequence[Recorded]) -> Row | None:
    """The queue's row of a case after these events are saved, without reading it back; None if no event is of the
    case.
    """
    last = next((each for each in reversed(recorded) if each.stream_id == save.request_id), None)
    if last is None:
        return None
    (row,) = save.now[REQUESTS.name]
    return REQUESTS.row(row, LogPlace(last.position, last.recorded_at))


def shown_of(case: Request) -> Shown:
    """The present rows of the case, without its position in the log."""
    return {each.name: each.show(case) for each in OF_STATE}


def no_rows() -> Shown:
    """The rows of a case that does not exist yet."""
    return {each.name: [] for each in OF_STATE}


def _mark_of(case: Request) -> _Mark:
    return case.version, case.modified_on


class ShownCases:
    """Rows of loaded cases, kept while they are in use, for comparison on saving.

    Cases are distinguished by object identity, since two in the same state are equal.
    """

    def __init__(self) -> None:
        self._shown: dict[int, tuple[ref[Request], Shown]] = {}
        self._latest: OrderedDict[UUID, tuple[_Mark, Shown]] = OrderedDict()

    def __len__(self) -> int:
        """Number of cases in use."""
        return len(self._shown)

    def loaded(self, case: Request) -> None:
        """Remember the rows of the case before a command changes it: those of its last save, if that was here."""
        mark, shown = self._latest.get(case.id, (None, None))
        self._remember(case, shown if shown is not None and mark == _mark_of(case) else shown_of(case))

    def saving(self, case: Request) -> CaseSave:
        """The rows before and after its pending events. Raises LookupError for a case that was not loaded here."""
        before, now = self._before(case), shown_of(case)
        self._remember(case, now)
        return CaseSave(case.id, before, now)

    def saved(self, case: Request) -> None:
        """Keep the rows of a committed save: the case shows them when it is loaded next."""
        self._latest.pop(case.id, None)
        self._latest[case.id] = _mark_of(case), self._shown[id(case)][1]
        if len(self._latest) > MOST:
            self._latest.popitem(last=False)

    def _before(self, case: Request) -> Shown:
        if case.version == len(case.pending_events):
            return no_rows()
        try:
            return self._shown[id(case)][1]
        except KeyError:
            raise LookupError(f"Nothing is known of what case {case.id} showed before.") from None

    def _remember(self, case: Request, shown: Shown) -> None:
        key = id(case)
        self._shown[key] = ref(case, lambda _: self._shown.pop(key, None)), shown
