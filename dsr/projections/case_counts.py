"""Numbers of cases by arrival, controller and right, for statistics of the present (docs/law §7).

A cell counts the cases of all time, or of one year, month or day, so that a period costs its years, its months, and the
days at its ends, not its cases. `what` is empty for the whole; otherwise it names a right, an outcome, the days to the
answer, or something about messages. Cells of the period `now` count open cases by lifecycle and by clock.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    case,
    func,
    select,
    union_all,
)

from dsr.database.metadata import main
from dsr.domain.request import Request
from dsr.projections.case_facts import (
    ALL,
    NOW,
    CaseFacts,
    Measures,
    days_of,
    facts_of,
    measures_of,
    periods_between,
    periods_of,
)
from dsr.projections.requests import OPEN, RUNNING, SUSPENDED
from dsr.projections.rows import Row
from dsr.projections.summed import SummedReadModel, cell_id

case_counts: Final = Table(
    "case_counts",
    main,
    Column("cell_id", Uuid, primary_key=True),
    Column("period", String(10), nullable=False),
    Column("controller_id", String, nullable=False),
    Column("what", String(40), nullable=False),
    *(Column(name, Integer, nullable=False) for name in Measures._fields),
    Index(None, "period", "what"),
)

MISSED: Final = "missed"
MOVED_LATER: Final = "moved-later"
ARRIVED: Final = "messages"
EXAMINED_LATE: Final = "messages-late"
_RIGHT, _OUTCOME, _DAYS, _TENTHS, _LIFECYCLE, _CLOCK = "right:", "outcome:", "days:", "tenths:", "lifecycle:", "clock:"


def show(request: Request) -> list[Row]:
    """What a case adds."""
    return _cells(facts_of(request))


@lru_cache(maxsize=2_000)
def _cells(facts: CaseFacts) -> list[Row]:
    found = [_cell(period, facts.state.controller_id, what, added) for period, what, added in _added(facts)]
    return READ_MODEL.summed(found)


def _added(facts: CaseFacts) -> Iterator[tuple[str, str, Measures]]:
    state, measures, one = facts.state, measures_of(facts.state), Measures()
    for period in periods_of(state.received_on):
        yield period, "", measures
        yield from ((period, f"{_RIGHT}{right}", measures) for right in state.rights)
        yield from ((period, what, one) for what in _singles(facts))
    if state.status == OPEN:
        yield NOW, f"{_LIFECYCLE}{facts.lifecycle}", one
        yield NOW, f"{_CLOCK}{SUSPENDED if state.suspended else RUNNING}", one


def _singles(facts: CaseFacts) -> Iterator[str]:
    """What a case, or each of its messages, counts once for."""
    if facts.state.outcome is not None:
        yield f"{_OUTCOME}{facts.state.outcome}"
    if (days := days_of(facts.state)) is not None:
        yield f"{_DAYS}{days}"
    if facts.missed:
        yield MISSED
    if facts.moved_later:
        yield MOVED_LATER
    for message in facts.messages:
        yield ARRIVED
        if message.examined_at is not None:
            yield f"{_TENTHS}{message.tenths}"
            if message.examined_at >= message.ends_at:
                yield EXAMINED_LATE


def _cell(period: str, controller_id: str, what: str, added: Measures) -> Row:
    return {
        "cell_id": cell_id(period, controller_id, what),
        "period": period,
        "controller_id": controller_id,
        "what": what,
        **added._asdict(),
    }


READ_MODEL: Final = SummedReadModel(case_counts, version=4, show=show)


# Queries -------------------------------------------------------------------------------------------------------


NOTHING: Final = Measures(*(0 for _ in Measures._fields))


@dataclass
class Counted:
    """What cases add up to."""

    whole: Measures = field(default_factory=lambda: NOTHING)
    rights: dict[str, Measures] = field(default_factory=dict)
    controllers: dict[str, Measures] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)
    """Number of cases by the days to their answer."""
    tenths: Counter[int] = field(default_factory=Counter)
    """Number of messages by the tenths of an hour until they were examined."""
    singles: Counter[str] = field(default_factory=Counter)
    """Missed dates and messages."""

    def add(self, controller_id: str, rights: Collection[str], measures: Measures) -> None:
        """Add a case of this controller."""
        self.whole = _plus(self.whole, measures)
        self.controllers[controller_id] = _plus(self.controllers.get(controller_id), measures)
        for right in rights:
            self.rights[right] = _plus(self.rights.get(right), measures)


def _plus(one: Measures | None, other: Measures) -> Measures:
    """Both together."""
    return other if one is None else Measures(*(mine + theirs for mine, theirs in zip(one, other, strict=True)))


def counted(connection: Connection, periods: Mapping[str, int], seen: Collection[str] | None) -> Counted:
    """What the cases of these periods add up to, of these controllers; None for all."""
    c = case_counts.c
    wanted = [] if seen is None else [c.controller_id.in_(sorted(seen))]
    of = case((c.what == "", c.controller_id), else_="").label("of")
    numbers = [c[name] for name in Measures._fields]
    cells = union_all(*signed(periods, (c.what, of), numbers, *wanted)).subquery().c
    by, sums = (cells.what, cells.of), (func.sum(cells[name]) for name in Measures._fields)
    found = Counted()
    for what, controller_id, *added in connection.execute(select(*by, *sums).group_by(*by)):
        measures = Measures(*map(int, added))
        if not measures.cases:  # all that one period adds, another takes away
            continue
        if not what:
            found.whole = _plus(found.whole, measures)
            found.controllers[controller_id] = measures
        elif what.startswith(_RIGHT):
            found.rights[what.removeprefix(_RIGHT)] = measures
        else:
            _sort(found, what, measures.cases)
    return found


def signed(
    periods: Mapping[str, int],
    columns: Sequence[ColumnElement[Any]],
    numbers: Sequence[Column[int]],
    *wanted: ColumnElement[bool],
) -> Iterator[Select[*tuple[Any, ...]]]:
    """The wanted cells of these periods: columns and numbers, which are negative in a period that is taken away."""
    period = numbers[0].table.c.period
    taken = [each for each, sign in periods.items() if sign < 0]
    yield select(*columns, *numbers).where(period.in_(periods.keys() - taken), *wanted)
    if taken:
        yield select(*columns, *((-each).label(each.name) for each in numbers)).where(period.in_(taken), *wanted)


def _sort(found: Counted, what: str, number: int) -> None:
    kind, _, name = what.rpartition(":")
    if kind == _OUTCOME[:-1]:
        found.outcomes[name] += number
    elif kind == _DAYS[:-1]:
        found.days[int(name)] += number
    elif kind == _TENTHS[:-1]:
        found.tenths[int(name)] += number
    else:
        found.singles[what] += number


def open_by(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """Numbers of open cases by lifecycle, and by clock."""
    c = case_counts.c
    query = select(c.what, func.sum(c.cases)).where(c.period == NOW).group_by(c.what)
    found = {what: int(number) for what, number in connection.execute(query)}
    return tuple(  # type: ignore[return-value]
        {what.removeprefix(kind): number for what, number in found.items() if what.startswith(kind)}
        for kind in (_LIFECYCLE, _CLOCK)
    )


def periods(connection: Connection, first: date | None, last: date | None, *, today: date) -> dict[str, int]:
    """The periods of all arrivals from the first to the last day, as from `periods_between`; None for the first or last
    arrival.
    """
    if first is None and last is None:
        return {ALL: 1}
    if first is None:
        c = case_counts.c
        earliest = connection.scalar(select(func.min(c.period)).where(c.period < ALL))
        first = date(int(earliest[:4]) if earliest else today.year, 1, 1)
    return periods_between(first, last or date(today.year + 1, 12, 31))
