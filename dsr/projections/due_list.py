"""One list of what is due: the dates of cases and of matters, the earliest first, now or as of a past time.

The date of a case is the one that holds: its own, or that of an order of an authority, if earlier (docs/law §13). A
page of the present costs what it shows. One of the past costs what was open then.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, false, or_, select, tuple_

from dsr.domain.matter import MatterKind
from dsr.projections.matter_states import matter_states, stood
from dsr.projections.matters import matters
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.queue import Scope
from dsr.projections.request_states import request_states
from dsr.projections.requests import RUNNING, DueSource, requests
from dsr.projections.rows import Row
from dsr.projections.workload import AWAITS_ANSWER

ANSWER: Final = "answer"
"""What is due by the date of a case."""

_KIND: Final = "due"
_PAST_CASE: Final = ("request_id", "controller_id", "rights", "effective_due", "effective_ends_at", "suspended")
_MATTER: Final = ("matter_id", "reference", "controller_id", "responsible", "due", "due_on", "due_at")


def due_list(
    connection: Connection,
    *,
    at: datetime,
    is_past: bool = False,
    due_from: date | None = None,
    due_until: date | None = None,
    responsible: str | None = None,
    scope: Scope = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of what is due, seen at this instant; `is_past`: by what was on record then. `due_from` and `due_until`:
    only dates from this day on, and up to that one; `responsible`: only what this member of staff has taken, which no
    past view knows of a case; `scope` are the controllers in scope (None: all). Raises CursorInvalid.
    """
    after = None if cursor is None else cursor_values(cursor, _KIND, (date, UUID))
    found: Iterable[Row]
    if is_past:
        found = chain(_past_cases(connection, at, scope), _past_matters(connection, at, scope))
        found = (row for row in found if due_from is None or due_from <= row["due_on"])
        found = (row for row in found if due_until is None or row["due_on"] <= due_until)
        found = (row for row in found if responsible is None or row["responsible"] == responsible)
        found = (row for row in found if after is None or _place(row) > after)
    else:
        cases = select(requests).where(*cases_due(scope, responsible))
        waiting = select(matters).where(*matters_due(scope, responsible))
        first = [
            _first(query, [table.c.due_on, table.c[id_]], after=after, days=(due_from, due_until), limit=limit + 1)
            for query, table, id_ in ((cases, requests, "request_id"), (waiting, matters, "matter_id"))
        ]
        found = chain(
            (case_entry(row, at) for row in connection.execute(first[0]).mappings()),
            (matter_entry(row, at) for row in connection.execute(first[1]).mappings()),
        )
    rows = sorted(found, key=_place)[: limit + 1]
    return Page.of(rows, limit, lambda row: make_cursor(_KIND, _place(row)))


def _first(
    query: Select[*tuple[Any, ...]],
    keys: Sequence[ColumnElement[Any]],
    *,
    after: tuple[date, UUID] | None,
    days: tuple[date | None, date | None],
    limit: int,
) -> Select[*tuple[Any, ...]]:
    """The next rows of one table, sorted by date."""
    first, last = days
    if first is not None:
        query = query.where(keys[0] >= first)
    if last is not None:
        query = query.where(keys[0] <= last)
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after, types=[key.type for key in keys]))
    return query.order_by(*keys).limit(limit)


def _past_cases(connection: Connection, at: datetime, scope: Scope) -> Iterator[Row]:
    """The cases that waited for an answer then, with the dates of the orders that waited then."""
    c, m = request_states.c, matter_states.c
    orders = select(m.due_on, m.request_ids).where(stood(at), m.kind == MatterKind.ORDER.value, m.due_on.is_not(None))
    ordered: dict[UUID, date] = {}
    for due_on, request_ids in connection.execute(orders):
        for each in map(UUID, request_ids):
            ordered[each] = min(due_on, ordered.get(each, due_on))
    query = (
        select(*(c[name] for name in _PAST_CASE), requests.c.reference)
        .join(requests, requests.c.request_id == c.request_id)
        .where(c.since <= at, or_(c.until.is_(None), c.until > at), c.owed.is_(True), _seen(request_states, scope))
    )
    for row in connection.execute(query).mappings():
        order_due = ordered.get(row["request_id"])
        is_ordered = order_due is not None and order_due < row["effective_due"]
        yield case_entry(
            dict(row)
            | {
                "due_on": order_due if is_ordered else row["effective_due"],
                "due_source": DueSource.ORDER if is_ordered else "",
                "clock": "" if row["suspended"] else RUNNING,
                "assignee": None,
                "items": [{"right": right} for right in row["rights"]],
            },
            at,
        )


def _past_matters(connection: Connection, at: datetime, scope: Scope) -> Iterator[Row]:
    c = matter_states.c
    query = select(*(c[name] for name in _MATTER)).where(stood(at), c.due_on.is_not(None), _seen(matter_states, scope))
    return (matter_entry(row, at) for row in connection.execute(query).mappings())


def cases_due(scope: Scope, responsible: str | None) -> list[ColumnElement[bool]]:
    """The conditions of cases whose date is ahead or missed, those of this member of staff if one is named."""
    conditions = [AWAITS_ANSWER, requests.c.needs_attention.is_(True), _seen(requests, scope)]
    return conditions if responsible is None else [*conditions, requests.c.assignee == responsible]


def matters_due(scope: Scope, responsible: str | None) -> list[ColumnElement[bool]]:
    """The same of matters."""
    conditions = [matters.c.due_on.is_not(None), _seen(matters, scope)]
    return conditions if responsible is None else [*conditions, matters.c.responsible == responsible]


def is_missed(clock: str, ends_at: datetime, at: datetime) -> bool:
    """Whether the date of a case has passed while its clock ran."""
    return clock == RUNNING and ends_at <= at


def rights_of(items: Sequence[Row]) -> list[str]:
    """What a case asks for, each right once."""
    return list(dict.fromkeys(item["right"] for item in items)) if items else []


def case_entry(row: Any, at: datetime) -> Row:
    """What the list says of a case."""
    by_order = row["due_source"] == DueSource.ORDER
    return {
        "due_on": row["due_on"],
        "due_at": None if by_order else row["effective_ends_at"],
        "due": ANSWER,
        "by_order": by_order,
        "missed": is_missed(row["clock"], row["effective_ends_at"], at),
        "request_id": row["request_id"],
        "matter_id": None,
        "reference": row["reference"],
        "rights": rights_of(row["items"]),
        "controller_id": row["controller_id"],
        "responsible": row["assignee"],
    }


def matter_entry(row: Any, at: datetime) -> Row:
    """What the list says of a matter."""
    return {
        **{name: row[name] for name in _MATTER},
        "by_order": False,
        "missed": row["due_at"] <= at,
        "request_id": None,
        "rights": [],
    }


def _place(row: Row) -> tuple[date, UUID]:
    """By what the list is sorted."""
    return row["due_on"], row["request_id"] or row["matter_id"]


def _seen(table: Table, scope: Scope) -> ColumnElement[bool]:
    if scope is None:
        return and_(True)
    return table.c.controller_id.in_(sorted(scope)) if scope else false()
