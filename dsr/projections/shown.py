"""What each read model of state shows of a case that is saved, before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from weakref import ref

from dsr.domain.recorded import Recorded
from dsr.domain.request import Request
from dsr.projections.agenda import READ_MODEL as AGENDA
from dsr.projections.items import READ_MODEL as ITEMS
from dsr.projections.request_states import READ_MODEL as REQUEST_STATES
from dsr.projections.requests import READ_MODEL as REQUESTS
from dsr.projections.rows import Row
from dsr.projections.state import LogPlace, StateHistory, StateReadModel

OF_STATE: Final[tuple[StateReadModel | StateHistory, ...]] = (REQUESTS, ITEMS, AGENDA, REQUEST_STATES)

Shown = Mapping[str, list[Row]]
"""The rows of one case, by the name of the read model."""


@dataclass(frozen=True)
class CaseSave:
    """A case that is saved, with the rows that it showed when it was loaded and those that it shows now."""

    request_id: UUID
    before: Shown
    """No rows where the case just arrived."""
    now: Shown


def request_row_of(save: CaseSave, recorded: Sequence[Recorded]) -> Row | None:
    """The case as the queue shows it once these events are saved, without reading it back; None where none is of it."""
    last = next((each for each in reversed(recorded) if each.stream_id == save.request_id), None)
    if last is None:
        return None
    (row,) = save.now[REQUESTS.name]
    return REQUESTS.row(row, LogPlace(last.position, last.recorded_at))


def shown_of(case: Request) -> Shown:
    """The rows of the case as it stands, without its place in the log."""
    return {each.name: each.show(case) for each in OF_STATE}


def no_rows() -> Shown:
    """What a case shows that did not arrive yet."""
    return {each.name: [] for each in OF_STATE}


class ShownCases:
    """What loaded cases showed, for as long as they are in use: what a save has to compare with.

    A case is told apart by its identity in memory, since two that stand alike are equal.
    """

    def __init__(self) -> None:
        self._shown: dict[int, tuple[ref[Request], Shown]] = {}

    def __len__(self) -> int:
        """How many cases are in use."""
        return len(self._shown)

    def loaded(self, case: Request) -> None:
        """Remember what the case shows before a command changes it."""
        self._remember(case, shown_of(case))

    def saving(self, case: Request) -> CaseSave:
        """What the save of its pending events changes. Raises LookupError for a case that was not loaded here."""
        before, now = self._before(case), shown_of(case)
        self._remember(case, now)
        return CaseSave(case.id, before, now)

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
