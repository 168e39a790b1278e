"""What statistics know of one case, and what it counts for."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from dsr.domain.deadlines.months import add_months
from dsr.domain.request import Request
from dsr.projections import messages, missed_dates, request_states
from dsr.projections.requests import CLOSED, OPEN

_DAY: Final = timedelta(days=1)

NOW: Final = "now"
"""The period of cells that count open cases whenever they arrived."""

ALL: Final = "all"
"""The period of every arrival."""


class State(NamedTuple):
    """A past or present state of one case; see `request_states`."""

    controller_id: str
    received_on: date
    rights: tuple[str, ...]
    status: str
    outcome: str | None
    owed: bool
    suspended: bool
    effective_due: date
    effective_ends_at: datetime
    extended: bool
    answered_on: date | None
    refused: int
    late: bool


class Waited(NamedTuple):
    """A message of a person, after the first, which a handler has to examine."""

    arrived_at: datetime
    ends_at: datetime
    """End of the time to examine it."""
    examined_at: datetime | None

    @property
    def tenths(self) -> int | None:
        """Tenths of an hour until it was first examined."""
        return None if self.examined_at is None else round((self.examined_at - self.arrived_at) / timedelta(minutes=6))


class CaseFacts(NamedTuple):
    """What statistics know of the present state of one case."""

    state: State
    lifecycle: str
    messages: tuple[Waited, ...]
    missed: bool
    """Whether a date passed unanswered, by what was on record then."""
    moved_later: bool
    """Whether a missed date was moved later afterwards."""


def facts_of(case: Request) -> CaseFacts:
    """The present facts."""
    row = request_states.show(case)
    dates = missed_dates.show(case)
    waited = (
        Waited(each["received_at"], each["examine_ends_at"], each["first_examined_at"])
        for each in messages.show(case)
        if not each["automatic"] and each["stands_in"] is None and each["examine_ends_at"] is not None
    )
    state = State(**{name: row[name] for name in State._fields} | {"rights": tuple(row["rights"])})
    return CaseFacts(
        state, case.lifecycle.value, tuple(waited), bool(dates), any(each["moved_at"] is not None for each in dates)
    )


class Measures(NamedTuple):
    """Numbers that one case adds, whatever the time is."""

    cases: int = 1
    open: int = 0
    closed: int = 0
    answered: int = 0
    within_one_month: int = 0
    within_three_months: int = 0
    late: int = 0
    extended: int = 0
    with_refusal: int = 0


def measures_of(state: State) -> Measures:
    """What a case in this state adds. All but the first three refer to cases answered in full."""
    is_open, is_closed = int(state.status == OPEN), int(state.status == CLOSED)
    if state.answered_on is None:
        return Measures(1, is_open, is_closed)
    return Measures(
        1,
        is_open,
        is_closed,
        answered=1,
        within_one_month=int(state.answered_on <= add_months(state.received_on, 1)),
        within_three_months=int(state.answered_on <= add_months(state.received_on, 3)),
        late=int(state.late),
        extended=int(state.extended),
        with_refusal=int(state.refused > 0),
    )


def days_of(state: State) -> int | None:
    """Days from the arrival to the letter by which the answer was complete."""
    return None if state.answered_on is None else (state.answered_on - state.received_on).days


def periods_of(day: date) -> tuple[str, str, str, str]:
    """All arrivals, the year, the month and the day of this one, as cells name them."""
    return ALL, _year(day), month_of(day), day.isoformat()


def periods_between(first: date, last: date) -> dict[str, int]:
    """Years, months and days that together are all days from the first to the last: 1 for one to add, -1 for one to
    take away again. A period that lacks a few days of a year is the year without them, so that few are read.
    """
    return _divided(first, last, months=12, name=_year, parts=_months)


def _year(day: date) -> str:
    return f"{day.year:04}"


def month_of(day: date) -> str:
    """A month, as cells name it."""
    return day.isoformat()[:7]


def _days(first: date, last: date) -> dict[str, int]:
    return {(first + number * _DAY).isoformat(): 1 for number in range((last - first).days + 1)}


def _divided(
    first: date, last: date, *, months: int, name: Callable[[date], str], parts: Callable[[date, date], dict[str, int]]
) -> dict[str, int]:
    """The days as units of so many months: of each, the parts that are inside, or the whole without those outside."""
    found: dict[str, int] = {}
    while first <= last:
        begins = first.replace(month=first.month - (first.month - 1) % months, day=1)
        ends = add_months(begins, months) - _DAY
        until = min(last, ends)
        outside = parts(begins, first - _DAY) | parts(until + _DAY, ends)
        without = {name(begins): 1} | {period: -sign for period, sign in outside.items()}
        inside = parts(first, until)
        found |= inside if len(inside) <= len(without) else without
        first = ends + _DAY
    return found


_months: Final = partial(_divided, months=1, name=month_of, parts=_days)
