"""What is due on each day of some weeks: the first entries of each day, for a calendar.

Each day is one short walk along an index, so that a month with thousands of dates costs what a page shows of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import JSON, Column, ColumnElement, Connection, Date, Select, bindparam, cast, func, select, true

from dsr.database.statements import Fetched, Statement
from dsr.projections.columns import Json
from dsr.projections.due_list import ANSWER, cases_due, is_missed, matters_due, rights_of
from dsr.projections.matters import matters
from dsr.projections.requests import DueSource, requests
from dsr.projections.rows import Row

MOST_OF_A_DAY: Final = 3
"""Entries that a calendar shows of one day."""

_OF_CASE: Final = (
    *("request_id", "reference", "items", "due_on"),
    *("due_source", "clock", "effective_ends_at", "assignee"),
)
_OF_MATTER: Final = ("matter_id", "reference", "due", "due_on", "due_at", "responsible")


class DueEntry(NamedTuple):
    """One thing that is due on a day. A tuple, since a month has many of them."""

    request_id: UUID | None
    matter_id: UUID | None
    """Of a case, the one; of a matter, the other."""
    reference: str
    rights: Sequence[str]
    """What a case asks for."""
    due: str
    """What is owed."""
    missed: bool
    by_order: bool
    """By the order of an authority."""
    responsible: str | None

    @classmethod
    def of(cls, row: Row) -> "DueEntry":
        """The same, from a row of `due_list`."""
        return cls(*(row[name] for name in cls._fields))


@dataclass
class DueDay:
    """What is due on one day."""

    entries: list[DueEntry] = field(default_factory=list)
    """The first of them: matters, then cases."""
    has_more: bool = False


def due_days(
    connection: Connection, *, at: datetime, days: Sequence[date], controller_id: str, responsible: str | None = None
) -> dict[date, DueDay]:
    """What is due at a controller on these days, seen at this instant; a day without anything is left out.

    `responsible`: only what this member of staff has taken.
    """
    values: dict[str, Any] = {"controller_id": controller_id, "responsible": responsible, "days": days}
    of_matters = _of_matters(responsible is not None).fetch(connection, values)
    of_cases = _of_cases(responsible is not None).fetch(connection, values)
    found: defaultdict[date, DueDay] = defaultdict(DueDay)
    for on, entry in chain(_owed_by_matters(of_matters, at), _owed_by_cases(of_cases, at)):
        day = found[on]
        if len(day.entries) < MOST_OF_A_DAY:
            day.entries.append(entry)
        else:
            day.has_more = True
    return dict(found)


def _owed_by_matters(rows: Iterable[Fetched], at: datetime) -> Iterator[tuple[date, DueEntry]]:
    for id_, reference, due, on, due_at, responsible in rows:
        if id_ is not None:
            yield on, DueEntry(None, id_, reference, (), due, due_at <= at, False, responsible)


def _owed_by_cases(rows: Iterable[Fetched], at: datetime) -> Iterator[tuple[date, DueEntry]]:
    for id_, reference, items, on, source, clock, ends_at, responsible in rows:
        if id_ is not None:
            missed, by_order = is_missed(clock, ends_at, at), source == DueSource.ORDER
            yield on, DueEntry(id_, None, reference, rights_of(items), ANSWER, missed, by_order, responsible)


@cache
def _of_cases(is_of_one: bool) -> Statement:
    columns = [requests.c[name] for name in _OF_CASE]
    return _first(columns, cases_due(None, None), requests.c.assignee if is_of_one else None)


@cache
def _of_matters(is_of_one: bool) -> Statement:
    columns = [matters.c[name] for name in _OF_MATTER]
    return _first(columns, matters_due(None, None), matters.c.responsible if is_of_one else None)


def _first(
    columns: Sequence[Column[Any]], conditions: Sequence[ColumnElement[bool]], responsible: Column[Any] | None
) -> Statement:
    """Of each day one row more than is shown; the first column is the id, which on SQLite is None of a day without any.

    The days are one parameter: with a part for each of them, both databases took longer to plan the statement than to
    run it.
    """
    id_, table = columns[0], columns[0].table
    first = select(*columns).where(*conditions, table.c.controller_id == bindparam("controller_id"))
    if responsible is not None:
        first = first.where(responsible == bindparam("responsible"))
    first = first.order_by(id_).limit(MOST_OF_A_DAY + 1)
    given = bindparam("days", type_=Json)

    def made(dialect: str) -> Select[*tuple[Any, ...]]:
        if dialect == "sqlite":  # which knows no LATERAL
            days, shown = func.json_each(given).table_valued("value"), table.alias("shown")
            ids = first.with_only_columns(id_).where(table.c.due_on == days.c.value).correlate(days)
            found = select(*(shown.c[each.name] for each in columns))
            of_days = days.outerjoin(
                shown, shown.c[id_.name].in_(ids)
            )  # an outer join, so that it takes the days first
            return _sorted(found.select_from(of_days))
        days = func.json_array_elements_text(cast(given, JSON)).table_valued("value")
        of_day = first.where(table.c.due_on == cast(days.c.value, Date)).lateral("of_day")
        return _sorted(select(*of_day.c).select_from(days.join(of_day, true())))

    return Statement(made)


def _sorted(found: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    c = found.selected_columns
    return found.order_by(c["due_on"], next(iter(c)))
