"""The queue: lists of cases, soonest due first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import product
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, bindparam, false, literal, or_, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from dsr.database import Database
from dsr.database.assumptions import assume
from dsr.database.statements import Query, Statement, ask
from dsr.domain.request.values import IdentityStatus, ItemStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.projections.items import items
from dsr.projections.messages import messages
from dsr.projections.paging import Page, cursor_values, keyset, make_cursor
from dsr.projections.requests import CLOSED, OPEN, requests
from dsr.projections.rows import Row

Scope = frozenset[str] | None
"""Ids of the controllers whose cases may be seen; None for all."""

_OWED_AN_ANSWER: Final = tuple(status.value for status in ItemStatus if status is not ItemStatus.WITHDRAWN)

_MOST_WALKS: Final = 100
"""Number of controllers from which one walk over all cases is cheaper than one walk each."""


class Status(StrEnum):
    """Whether a case is open or closed. Without it, a list shows the cases on which somebody has to act."""

    OPEN = OPEN
    """Not closed."""
    CLOSED = CLOSED
    """Closed."""
    ALL = "all"
    """Open and closed."""


_IS_OPEN: Final = (Status.OPEN, True)
_CLOSED_NEEDS_ATTENTION: Final = (Status.CLOSED, True)
_CLOSED_AND_DONE: Final = (Status.CLOSED, False)


class ClockState(StrEnum):
    """Whether the clock runs."""

    RUNNING = "running"
    """The clock runs."""
    SUSPENDED = "suspended"
    """The clock is suspended by an open question that the person knows. It runs until the letter that asks has left."""


class Sort(StrEnum):
    """Sort keys of a list of cases; ties by id."""

    DUE = "due"
    """By the date that holds: the earlier of the effective date and the date of an order."""
    RECEIVED = "received"
    """By arrival."""
    REFERENCE = "reference"
    """By the public reference."""
    CHANGED = "changed"
    """By the last event."""


_ORDER: Final[dict[Sort, tuple[str, type[Any]]]] = {
    Sort.DUE: ("due_on", date),
    Sort.RECEIVED: ("received_at", datetime),
    Sort.REFERENCE: ("reference", str),
    Sort.CHANGED: ("last_position", int),
}


@dataclass(frozen=True)
class QueueFilter:
    """Filter of cases; None does not filter.

    Closed cases that need nobody's attention are left out unless requested by `status`, or by a lifecycle or outcome
    that only closed cases have.
    """

    status: Status | None = None
    lifecycle: Lifecycle | None = None
    right: Right | None = None
    controller: str | None = None
    answering: str | None = None
    """A controller that has to answer an item of another controller's case."""
    assignee: str | None = None
    unassigned: bool = False
    due_before: date | None = None
    """Due earlier than this date."""
    clock: ClockState | None = None
    language: str | None = None
    identity: IdentityStatus | None = None
    outcome: Outcome | None = None
    messages_waiting: bool = False
    """With messages that nobody has examined."""
    undelivered: bool = False
    """With items whose answer came back."""
    sender_doubtful: bool = False
    """From a sender whom our own mail server refuted, and nobody has confirmed."""
    questions_open: bool = False
    """With questions to the person that wait for an answer and stop no clock."""
    ordered: bool = False
    """With an order of an authority that waits for its answer."""

    @property
    def ranges(self) -> tuple[tuple[Status, bool], ...]:
        """The parts of the table to read: a status, and whether the case needs attention."""
        if self.status is Status.OPEN:
            return (_IS_OPEN,)
        if self.status is Status.ALL:
            return (_IS_OPEN, _CLOSED_NEEDS_ATTENTION, _CLOSED_AND_DONE)
        if self.status is Status.CLOSED or self.lifecycle is Lifecycle.CLOSED or self.outcome is not None:
            return (_CLOSED_NEEDS_ATTENTION, _CLOSED_AND_DONE)
        return (_IS_OPEN, _CLOSED_NEEDS_ATTENTION)


WHAT_NEEDS_ATTENTION: Final = QueueFilter()


def queue(
    connection: Connection,
    filters: QueueFilter = WHAT_NEEDS_ATTENTION,
    *,
    sort: Sort = Sort.DUE,
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
    scope: Scope = None,
) -> Page:
    """One page of cases. Raises CursorInvalid."""
    kind = f"queue:{sort}:{'desc' if descending else 'asc'}"
    column, type_ = _ORDER[sort]
    after = None if cursor is None else cursor_values(cursor, kind, (type_, UUID))
    query = queue_query(
        filters,
        sort=sort,
        descending=descending,
        after=after,
        limit=limit + 1,
        scope=scope,
        is_sqlite=connection.dialect.name == "sqlite",
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return Page.of(rows, limit, lambda row: make_cursor(kind, (row[column], row["request_id"])))


def queue_query(
    filters: QueueFilter,
    *,
    sort: Sort,
    descending: bool,
    after: Sequence[Any] | None,
    limit: int,
    scope: Scope,
    is_sqlite: bool,
) -> Select[*tuple[Any, ...]]:
    """The statement of a page, separate so that a test can check its query plan."""
    paged: dict[str, Any] = {
        "order": (_ORDER[sort][0], "request_id"),
        "descending": descending,
        "after": after,
        "limit": limit,
        "is_sqlite": is_sqlite,
    }
    if (
        filters.answering is not None
        or filters.messages_waiting
        or (filters.undelivered and sort is not Sort.DUE)
        or filters.sender_doubtful
        or filters.ordered
    ):
        found = _named(filters, scope)
        walk: list[ColumnElement[bool]] = [or_(*(and_(*each) for each in _ranges(filters, found.c)))]
        walk += [] if filters.controller is None else [found.c.controller_id == filters.controller]
        return keyset(found, walks=[walk], filters=_conditions(filters, found.c), **paged)
    c = requests.c
    seen = within(scope, filters.controller)
    conditions = _conditions(filters, c)
    has_own_index = filters.unassigned or filters.assignee is not None or filters.undelivered
    controllers: list[list[ColumnElement[bool]]] = [[]]
    if seen is not None and not seen:
        controllers = [[false()]]
    elif seen is not None and (has_own_index or len(seen) > _MOST_WALKS):
        conditions.append(c.controller_id.in_(sorted(seen)))
    elif seen is not None:
        controllers = [[c.controller_id == each] for each in sorted(seen)]
    return keyset(
        requests,
        walks=[[*controller, *part] for controller, part in product(controllers, _ranges(filters, c))],
        filters=conditions,
        **paged,
    )


def _ranges(filters: QueueFilter, c: ReadOnlyColumnCollection[str, Any]) -> list[list[ColumnElement[bool]]]:
    """The parts of the table to read, each as equalities on the columns that lead the indexes of `requests`."""
    return [[c.status == status.value, c.needs_attention.is_(needed)] for status, needed in filters.ranges]


def _named(filters: QueueFilter, scope: Scope) -> CTE:
    """The few cases in scope that one filter names; `_conditions` asks for the others."""
    if filters.answering is not None:
        return _waiting_for(filters.answering, scope)
    if filters.messages_waiting:
        return _with_messages(scope)
    if filters.undelivered:
        return _undelivered(scope)
    return _doubtful(scope) if filters.sender_doubtful else _ordered(scope)


def _waiting_for(controller_id: str, scope: Scope) -> CTE:
    """Other controllers' cases in which this controller, if in scope, has an item to decide, carry out or answer.

    The cost grows with its waiting items; closed cases have none. Materialised, so that the database does not scan all
    open cases instead.
    """
    c = requests.c
    seen = within(scope, controller_id)
    waiting = select(items.c.request_id).where(
        items.c.controller_id == controller_id, items.c.answered.is_(False), items.c.status.in_(_OWED_AN_ANSWER)
    )
    found = select(requests).where(c.request_id.in_(waiting), c.controller_id != controller_id)
    if seen is not None and not seen:
        found = found.where(false())
    return found.cte("waiting").prefix_with("MATERIALIZED")


def _with_messages(scope: Scope) -> CTE:
    """Cases in scope with a message that nobody has examined. The cost grows with these messages; materialised, as
    above.
    """
    c = requests.c
    waiting = select(messages.c.request_id).where(messages.c.unexamined.is_(True))
    found = _in_scope(select(requests).where(c.request_id.in_(waiting)), scope)
    return found.cte("with_messages").prefix_with("MATERIALIZED")


def _undelivered(scope: Scope) -> CTE:
    """Cases in scope with an item whose answer came back, for sorts other than by due date, which have no index. The
    cost grows with these cases.
    """
    found = _in_scope(select(requests).where(requests.c.undelivered.is_(True)), scope)
    return found.cte("undelivered").prefix_with("MATERIALIZED")


def _doubtful(scope: Scope) -> CTE:
    """Cases in scope whose sender is in doubt. The cost grows with these cases."""
    found = _in_scope(select(requests).where(requests.c.sender_doubtful.is_(True)), scope)
    return found.cte("doubtful").prefix_with("MATERIALIZED")


def _ordered(scope: Scope) -> CTE:
    """Cases in scope with an order that waits for its answer. The cost grows with these cases."""
    found = _in_scope(select(requests).where(requests.c.order_due.is_not(None)), scope)
    return found.cte("ordered").prefix_with("MATERIALIZED")


def _in_scope(found: Select[*tuple[Any, ...]], scope: Scope) -> Select[*tuple[Any, ...]]:
    if scope is None:
        return found
    return found.where(requests.c.controller_id.in_(sorted(scope)) if scope else false())


def within(scope: Scope, controller: str | None) -> Scope:
    """The scope narrowed to one controller, if requested; empty if that one is outside."""
    if controller is None:
        return scope
    chosen = frozenset({controller})
    return chosen if scope is None else chosen & scope


def _conditions(filters: QueueFilter, c: ReadOnlyColumnCollection[str, Any]) -> list[ColumnElement[bool]]:
    wanted: list[tuple[ColumnElement[Any], str | None]] = [
        (c.lifecycle, filters.lifecycle),
        (c.assignee, filters.assignee),
        (c.clock, filters.clock),
        (c.language, filters.language),
        (c.identity, filters.identity),
        (c.outcome, filters.outcome),
    ]
    conditions = [column == str(value) for column, value in wanted if value is not None]
    if filters.messages_waiting:
        conditions.append(c.messages_waiting > 0)
    if filters.undelivered:
        conditions.append(c.undelivered.is_(True))
    if filters.sender_doubtful:
        conditions.append(c.sender_doubtful.is_(True))
    if filters.questions_open:
        conditions.append(c.questions_open > 0)
    if filters.ordered:
        conditions.append(c.order_due.is_not(None))
    if filters.unassigned:
        conditions.append(c.assignee.is_(None))
    if filters.due_before is not None:
        conditions.append(c.due_on < filters.due_before)
    if filters.right is not None:
        # Not `exists` with both conditions: SQLite would read every item of that right once per case.
        rights = select(items.c.right).where(items.c.request_id == c.request_id).scalar_subquery()
        conditions.append(literal(filters.right.value).in_(rights))
    return conditions


_BY_ID: Final = Statement(select(requests).where(requests.c.request_id == bindparam("request_id")))
_BY_REFERENCE: Final = select(requests).where(requests.c.reference == bindparam("reference"))

_TAKEN: Final = Statement(select(requests.c.request_id).where(requests.c.reference == bindparam("reference")))


def request_row(connection: Connection, request_id: UUID) -> Row | None:
    """The queue's row of one case; None if unknown."""
    return next(iter(_BY_ID.rows(connection, {"request_id": request_id})), None)


def request_rows(connection: Connection, request_ids: Iterable[UUID]) -> Mapping[UUID, Row]:
    """The queue's rows of these cases, for lists that show rows of something else; without those not on record."""
    query = select(requests).where(requests.c.request_id.in_(set(request_ids)))
    return {row["request_id"]: dict(row) for row in connection.execute(query).mappings()}


def is_reference_taken(database: Database, reference: str) -> bool:
    """Whether a case has this reference, in its stored form. A command may assume that none has."""
    query = Query(_TAKEN, {"reference": reference})
    if assume(database, query, []):
        return False
    with database.glancing() as connection:
        ask(connection, [query])
    return bool(query.rows)


def request_by_reference(connection: Connection, reference: str) -> Row | None:
    """The case with this reference, in its stored form."""
    found = connection.execute(_BY_REFERENCE, {"reference": reference}).mappings().first()
    return None if found is None else dict(found)
