"""Statistics for the team and the supervisory authority, as of any time (docs/law §7).

At the present they come from counters (`case_counts.py`, `due_counts.py`), so that they cost the same at any number of
cases. As of a past time they count the states of cases at that time (`request_states.py`), so that results are
reproducible; that costs more the more cases had arrived in the period.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, false, func, or_, select

from dsr.domain.request.values import Outcome
from dsr.domain.rights import Right
from dsr.projections.case_counts import (
    ARRIVED,
    EXAMINED_LATE,
    MISSED,
    MOVED_LATER,
    NOTHING,
    Counted,
    counted,
    periods,
)
from dsr.projections.case_facts import Measures, State, Waited, days_of, measures_of
from dsr.projections.due_counts import MESSAGES, DueNumbers, due
from dsr.projections.messages import messages
from dsr.projections.missed_dates import missed_dates
from dsr.projections.queue import Scope, within
from dsr.projections.request_states import request_states

DUE_SOON: Final = timedelta(days=7)


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
    last_recorded_at: datetime | None = None,
    received_from: date | None = None,
    received_until: date | None = None,
    controller: str | None = None,
    scope: Scope = None,
) -> Statistics:
    """The numbers of the cases in scope at a past instant or now.

    `last_recorded_at` is the instant of the last event: from it on, counters answer; without it, states do.
    `received_from` and `received_until` are the first and last R included. A case belongs to its controller at that
    time.
    """
    seen = within(scope, controller)
    if last_recorded_at is not None and last_recorded_at <= at:
        return _by_counters(connection, at, received_from, received_until, seen)
    return _by_states(connection, at, received_from, received_until, seen)


def _by_counters(
    connection: Connection, at: datetime, first: date | None, last: date | None, seen: Collection[str] | None
) -> Statistics:
    when = periods(connection, first, last, today=at.astimezone(UTC).date())
    found = counted(connection, when, seen)
    dates = due(connection, at, last_day_of(at), when, seen=seen, what=("", MESSAGES))
    waiting_late = sum(each.missed for each in dates if each.what == MESSAGES)
    of_cases = [each for each in dates if each.what != MESSAGES]
    return _told(found, of_cases, at, messages_late=waiting_late + found.singles[EXAMINED_LATE])


def _by_states(
    connection: Connection, at: datetime, first: date | None, last: date | None, seen: Collection[str] | None
) -> Statistics:
    c = request_states.c
    query = select(*_COLUMNS).where(c.since <= at, or_(c.until.is_(None), c.until > at))
    if first is not None:
        query = query.where(c.received_on >= first)
    if last is not None:
        query = query.where(c.received_on <= last)
    if seen is not None:
        query = query.where(c.controller_id.in_(sorted(seen)) if seen else false())
    m = missed_dates.c
    first_noted = select(func.min(m.noted_at)).where(m.request_id == c.request_id).scalar_subquery()
    first_moved = select(func.min(m.moved_at)).where(m.request_id == c.request_id).scalar_subquery()
    found = connection.execute(query.add_columns(first_noted, first_moved)).all()
    missed = [(noted, moved) for *_, noted, moved in found if noted is not None and noted <= at]
    moved_later = sum(moved is not None and moved <= at for _, moved in missed)
    waited = _waited(connection, query.with_only_columns(c.request_id), at)
    states = (State(*row[:-2]) for row in found)
    return statistics_of(states, at, missed=len(missed), moved_later=moved_later, waited=waited)


def _waited(connection: Connection, cases: Select[*tuple[Any, ...]], at: datetime) -> list[Waited]:
    """The messages of these cases that were on record at that instant, by what was known of them then."""
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
    return [Waited(arrived, ends, None if on is None or on > at else on) for arrived, ends, on in found]


def statistics_of(
    states: Iterable[State],
    at: datetime,
    *,
    missed: int = 0,
    moved_later: int = 0,
    waited: Sequence[Waited] = (),
) -> Statistics:
    """Count states at an instant, in one pass; `missed` of these cases missed a date, of which `moved_later` were moved
    later; `waited` are their messages.
    """
    last_day = last_day_of(at)
    found = Counted()
    dates: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for state in states:
        found.add(state.controller_id, state.rights, measures_of(state))
        if state.outcome is not None:
            found.outcomes[state.outcome] += 1
        if (days := days_of(state)) is not None:
            found.days[days] += 1
        is_missed = state.owed and not state.suspended and state.effective_ends_at <= at
        is_due_soon = state.owed and not is_missed and state.effective_due <= last_day
        for what in ("", *state.rights):
            numbers = dates[what, state.controller_id]
            numbers[0] += is_missed
            numbers[1] += is_due_soon
    found.singles = Counter({MISSED: missed, MOVED_LATER: moved_later, ARRIVED: len(waited)})
    found.tenths = Counter(message.tenths for message in waited if message.tenths is not None)
    late = sum((message.examined_at or at) >= message.ends_at for message in waited)
    return _told(found, [DueNumbers(*cell, *numbers) for cell, numbers in dates.items()], at, messages_late=late)


def last_day_of(at: datetime) -> date:
    """The last day of what is due soon at the instant."""
    return at.astimezone(UTC).date() + DUE_SOON


def _told(found: Counted, dates: Iterable[DueNumbers], at: datetime, *, messages_late: int) -> Statistics:
    """The numbers, from what was counted and what is missed or due soon."""
    missed, soon = Counter[str](), Counter[str]()
    missed_of, soon_of = Counter[str](), Counter[str]()
    for each in dates:
        missed[each.what] += each.missed
        soon[each.what] += each.soon
        if not each.what:
            missed_of[each.controller_id] += each.missed
            soon_of[each.controller_id] += each.soon
    whole, arrived = found.whole, found.singles[ARRIVED]
    tenths = _median(found.tenths)
    return Statistics(
        as_of=at,
        cases=whole.cases,
        open=share_of(whole.open, whole.cases),
        due_soon=share_of(soon[""], whole.open),
        missed=share_of(missed[""], whole.open),
        closed=share_of(whole.closed, whole.cases),
        by_outcome={each.value: share_of(found.outcomes[each.value], whole.closed) for each in Outcome},
        by_right={
            each.value: _numbers(found.rights.get(each.value, NOTHING), missed[each.value], soon[each.value])
            for each in Right
        },
        by_controller={
            each: _numbers(found.controllers[each], missed_of[each], soon_of[each])
            for each in sorted(found.controllers)
        },
        answered=Answered(
            in_full=share_of(whole.answered, whole.cases),
            within_one_month=share_of(whole.within_one_month, whole.answered),
            within_three_months=share_of(whole.within_three_months, whole.answered),
            late=share_of(whole.late, whole.answered),
            extended=share_of(whole.extended, whole.answered),
            with_refusal=share_of(whole.with_refusal, whole.answered),
            median_days=_median(found.days),
        ),
        dates_missed=share_of(found.singles[MISSED], whole.cases),
        dates_moved_later=share_of(found.singles[MOVED_LATER], found.singles[MISSED]),
        messages=Examined(
            arrived=arrived,
            examined=share_of(found.tenths.total(), arrived),
            late=share_of(messages_late, arrived),
            median_hours=None if tenths is None else round(tenths / 10, 1),
        ),
    )


def _numbers(measures: Measures, missed: int, due_soon: int) -> Numbers:
    return Numbers(
        cases=measures.cases,
        open=measures.open,
        due_soon=due_soon,
        missed=missed,
        closed=measures.closed,
        answered=measures.answered,
    )


def _median(numbers: Counter[int]) -> float | None:
    """The median of values, each with how often it occurs; None without any."""
    total, passed, lower = numbers.total(), 0, None
    for value in sorted(numbers):
        passed += numbers[value]
        if lower is None and 2 * passed >= total:
            lower = value
        if lower is not None and 2 * passed > total:
            return (lower + value) / 2
    return None


def share_of(number: int, of: int) -> Share:
    """The number with its share of the total."""
    return Share(number, of, round(number / of, 4) if of else None)
