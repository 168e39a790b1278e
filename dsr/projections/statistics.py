"""Statistics for the team and the supervisory authority, as of any time (docs/law §7).

They count the states of cases at that time (`request_states.py`), so that results are reproducible. The cost grows with
the cases that arrived in the period.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, false, func, or_, select

from dsr.domain.deadlines.months import add_months
from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from dsr.projections.messages import messages
from dsr.projections.missed_dates import missed_dates
from dsr.projections.queue import Scope, within
from dsr.projections.request_states import request_states
from dsr.projections.requests import OPEN

DUE_SOON: Final = timedelta(days=7)


class State(NamedTuple):
    """A past state of one case; see `request_states`."""

    controller_id: str
    received_on: date
    rights: list[str]
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


@dataclass(frozen=True)
class Share:
    """A number and its total."""

    number: int
    of: int
    share: float | None
    """`number / of`, with four decimals; None if the total is 0."""


@dataclass(frozen=True)
class Numbers:
    """Numbers of one kind of cases."""

    cases: int
    open: int
    due_soon: int
    """Open, due within seven days or waiting past its date for an answer of the person; not missed."""
    missed: int
    """Open, an answer still owed, and past due while no question to the person stops the clock."""
    closed: int
    answered: int
    """Answered in full, closed or not."""


@dataclass(frozen=True)
class Answered:
    """The cases answered in full, by the statute and not by the promise (GDPR Art. 12(3), (4))."""

    in_full: Share
    """Of all cases: a letter has left for every item that was not withdrawn."""
    within_one_month: Share
    """At the latest on the same day number of the next month, or that month's last day: not moved to a working day,
    without suspension or extension."""
    within_three_months: Share
    """As above, of the third month."""
    late: Share
    """After the statutory date in force when the letter left, suspension and extension counted."""
    extended: Share
    with_refusal: Share
    """With one item refused or more, also where nobody could be identified."""
    median_days: float | None
    """Days from R to the letter by which the answer was complete; None if nothing was answered."""


@dataclass(frozen=True)
class Examined:
    """Messages of people after the first of each case, which a person has to examine (docs/law §9)."""

    arrived: int
    examined: Share
    """Of all of them."""
    late: Share
    """Of all of them: not examined within one working day after their arrival, or waiting for longer now."""
    median_hours: float | None
    """Hours from the arrival to the first examination, of those examined; None without any."""


@dataclass(frozen=True)
class Statistics:
    """Numbers of cases as of one time; shares name their totals."""

    as_of: datetime
    cases: int
    open: Share
    due_soon: Share
    """Of the open ones."""
    missed: Share
    """Of the open ones."""
    closed: Share
    by_outcome: dict[str, Share]
    """Every outcome, of the closed ones."""
    by_right: dict[str, Numbers]
    """Every right, by the items opened for it; a case with two rights counts for both, an unregistered for none."""
    by_controller: dict[str, Numbers]
    answered: Answered
    dates_missed: Share
    """Of all cases: a date passed unanswered, by what was on record then, whatever moved it since (docs/law §10)."""
    dates_moved_later: Share
    """Of those: a statement that was recorded afterwards moved a missed date later."""
    messages: Examined


_COLUMNS: Final = [request_states.c[name] for name in State._fields]


def statistics(
    connection: Connection,
    *,
    at: datetime,
    received_from: date | None = None,
    received_until: date | None = None,
    controller: str | None = None,
    scope: Scope = None,
) -> Statistics:
    """The numbers of the cases in scope at a past instant or now.

    `received_from` and `received_until` are the first and last R included. A case belongs to its controller at that
    time.
    """
    c = request_states.c
    query = select(*_COLUMNS).where(c.since <= at, or_(c.until.is_(None), c.until > at))
    if received_from is not None:
        query = query.where(c.received_on >= received_from)
    if received_until is not None:
        query = query.where(c.received_on <= received_until)
    seen = within(scope, controller)
    if seen is not None:
        query = query.where(c.controller_id.in_(sorted(seen)) if seen else false())
    m = missed_dates.c
    first_noted = select(func.min(m.noted_at)).where(m.request_id == c.request_id).scalar_subquery()
    first_moved = select(func.min(m.moved_at)).where(m.request_id == c.request_id).scalar_subquery()
    found = connection.execute(query.add_columns(first_noted, first_moved)).all()
    missed = [(noted, moved) for *_, noted, moved in found if noted is not None and noted <= at]
    moved_later = sum(moved is not None and moved <= at for _, moved in missed)
    examined = _examined(connection, query.with_only_columns(c.request_id), at)
    states = (State(*row[:-2]) for row in found)
    return statistics_of(states, at, missed=len(missed), moved_later=moved_later, examined=examined)


def _examined(connection: Connection, cases: Select[*tuple[Any, ...]], at: datetime) -> Examined:
    """Count the messages of these cases that were on record at that instant, by what was known of them then."""
    c = messages.c
    found = connection.execute(
        select(c.received_at, c.examine_ends_at, c.first_examined_at).where(
            c.request_id.in_(cases),
            c.recorded_at <= at,
            c.automatic.is_(False),
            c.stands_in.is_(None),
            c.examine_ends_at.is_not(None),
        )
    )
    return examined_of([(arrived, ends, None if on is None or on > at else on) for arrived, ends, on in found], at)


def examined_of(found: Sequence[tuple[datetime, datetime, datetime | None]], at: datetime) -> Examined:
    """Count messages at an instant: their arrival, the end of the time to examine them, their first examination."""
    hours = [(examined - arrived) / timedelta(hours=1) for arrived, _, examined in found if examined is not None]
    late = sum((examined or at) >= ends for _, ends, examined in found)
    return Examined(
        arrived=len(found),
        examined=_share(len(hours), len(found)),
        late=_share(late, len(found)),
        median_hours=round(median(hours), 1) if hours else None,
    )


def statistics_of(
    states: Iterable[State],
    at: datetime,
    *,
    missed: int = 0,
    moved_later: int = 0,
    examined: Examined | None = None,
) -> Statistics:
    """Count states at an instant, in one pass; `missed` of these cases missed a date, of which `moved_later` were moved
    later.
    """
    last_day = at.astimezone(UTC).date() + DUE_SOON
    whole, outcomes = _Tally(), Counter[str]()
    rights = {right.value: _Tally() for right in Right}
    controllers: dict[str, _Tally] = {}
    days: list[int] = []
    answered = Counter[str]()
    for state in states:
        tallies = [whole, controllers.setdefault(state.controller_id, _Tally())]
        tallies += [rights[right] for right in state.rights]
        is_missed = state.owed and not state.suspended and state.effective_ends_at <= at
        is_due_soon = state.owed and not is_missed and state.effective_due <= last_day
        for tally in tallies:
            tally.add(state, is_due_soon=is_due_soon, is_missed=is_missed)
        if state.outcome is not None:
            outcomes[state.outcome] += 1
        if state.answered_on is not None:
            days.append((state.answered_on - state.received_on).days)
            answered["one"] += state.answered_on <= add_months(state.received_on, 1)
            answered["three"] += state.answered_on <= add_months(state.received_on, 3)
            answered["late"] += state.late
            answered["extended"] += state.extended
            answered["refused"] += state.refused > 0
    return Statistics(
        as_of=at,
        cases=whole.cases,
        open=_share(whole.open, whole.cases),
        due_soon=_share(whole.due_soon, whole.open),
        missed=_share(whole.missed, whole.open),
        closed=_share(whole.closed, whole.cases),
        by_outcome={outcome.value: _share(outcomes[outcome.value], whole.closed) for outcome in Outcome},
        by_right={right: tally.numbers() for right, tally in rights.items()},
        by_controller={controller: tally.numbers() for controller, tally in sorted(controllers.items())},
        answered=Answered(
            in_full=_share(len(days), whole.cases),
            within_one_month=_share(answered["one"], len(days)),
            within_three_months=_share(answered["three"], len(days)),
            late=_share(answered["late"], len(days)),
            extended=_share(answered["extended"], len(days)),
            with_refusal=_share(answered["refused"], len(days)),
            median_days=float(median(days)) if days else None,
        ),
        dates_missed=_share(missed, whole.cases),
        dates_moved_later=_share(moved_later, missed),
        messages=examined or examined_of([], at),
    )


class _Tally:
    """Counters while counting."""

    __slots__ = ("answered", "cases", "closed", "due_soon", "missed", "open")

    def __init__(self) -> None:
        self.cases = self.open = self.due_soon = self.missed = self.closed = self.answered = 0

    def add(self, state: State, *, is_due_soon: bool, is_missed: bool) -> None:
        self.cases += 1
        if state.status == OPEN:
            self.open += 1
        else:
            self.closed += 1
        self.due_soon += is_due_soon
        self.missed += is_missed
        self.answered += state.answered_on is not None

    def numbers(self) -> Numbers:
        return Numbers(**{name: getattr(self, name) for name in self.__slots__})


def _share(number: int, of: int) -> Share:
    return Share(number, of, round(number / of, 4) if of else None)
