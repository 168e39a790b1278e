"""A command rehearsed: what it would do to the dates of its case, or to a letter, before anybody gives it.

The use case runs as it always does, with its guards, and stops where it would be saved. No rule is written a second
time, and nothing is kept (decision 101).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from dsr.desk.caller import Caller
from dsr.desk.repository import Repository
from dsr.domain.deadlines import SuspensionKind
from dsr.domain.dispatch import Dispatch, Filling
from dsr.domain.events import Aggregate
from dsr.domain.request import Request
from dsr.projections.requests import show
from dsr.projections.rows import Row

MOVE_DATES: Final = frozenset(
    {
        *("propose_extension", "decide_extension", "send_extension_notice"),
        *("ask_clarification", "receive_clarification", "correct_arrival", "correct_calendar", "confirm_earlier_fact"),
        *("ask_identity", "ask_identity_again", "take_identity_evidence", "confirm_identity", "give_up_identity"),
    }
)
"""The operations whose form shows the dates that follow."""


class Rehearsed(Exception):
    """A use case came to where it would be saved; raised instead, for a call that only rehearses."""

    def __init__(self, aggregates: Sequence[Aggregate]) -> None:
        super().__init__()
        self.aggregates = aggregates


@dataclass(frozen=True)
class CaseDates:
    """What the queue says of the dates of a case, and what is on its way."""

    row: Row
    extended_to: date | None
    """The date from the moment the person is told of an extension; None where none is proposed."""
    questions: tuple[SuspensionKind, ...]
    """What stops the clock once the letter with the question has left."""


@dataclass(frozen=True)
class Rehearsal:
    """The dates of a case before and after a command."""

    before: CaseDates
    after: CaseDates

    @property
    def changes(self) -> bool:
        """Whether anything is different afterwards."""
        shown = ("due_on", "statutory_due", "promise_due", "clock", "suspended_since", "received_on")
        before, after = self.before, self.after
        is_same = all(before.row[name] == after.row[name] for name in shown)
        return not is_same or (before.extended_to, before.questions) != (after.extended_to, after.questions)


def rehearse(repository: Repository, request_id: UUID, caller: Caller, give: Callable[[], object]) -> Rehearsal:
    """The dates before and after a command, which `give` gives by a call that rehearses. Raises RequestUnknown, and
    what the command raises.
    """
    before = _dates(repository.request(request_id, caller))
    [after] = (each for each in _rehearsed(give) if isinstance(each, Request) and each.id == request_id)
    return Rehearsal(before, _dates(after))


def rehearse_edit(give: Callable[[], object]) -> Filling:
    """What a letter would say and still lack after the edit that `give` makes; its call has to rehearse.

    Raises what the edit raises.
    """
    [letter] = (each for each in _rehearsed(give) if isinstance(each, Dispatch))
    return letter.filling


def _rehearsed(give: Callable[[], object]) -> Sequence[Aggregate]:
    try:
        give()
    except Rehearsed as done:
        return done.aggregates
    raise AssertionError("a call that rehearses is never saved")


def _dates(case: Request) -> CaseDates:
    clock = case.clock
    return CaseDates(
        row=show(case)[0],
        extended_to=None if clock.extension is None else clock.extension.new_due,
        questions=tuple(
            each.kind for each in clock.suspensions if each.sufficient is None and not clock.was_put(each.kind)
        ),
    )
