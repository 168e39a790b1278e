"""Pages by key: a page starts after the last row of the one before, so it costs the same wherever it is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, Select, Table, and_, false, select, tuple_, union_all

from dsr.projections.errors import CursorInvalid
from dsr.projections.rows import Row


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and how to ask for the next ones."""

    rows: Sequence[Row]
    next: str | None
    """Opaque cursor; None on the last page."""

    @classmethod
    def of(cls, rows: Sequence[Row], limit: int, cursor: Callable[[Row], str]) -> "Page":
        """From up to one row more than `limit`, which tells whether there is a next page."""
        shown = rows[:limit]
        return cls(shown, cursor(shown[-1]) if len(rows) > limit else None)


def make_cursor(kind: str, values: Sequence[Any]) -> str:
    """Where a page ended, for a list and order named by `kind`."""
    return urlsafe_b64encode(msgspec.json.encode([kind, *values])).decode().rstrip("=")


def cursor_values(cursor: str, kind: str, types: Sequence[type[Any]]) -> tuple[Any, ...]:
    """Read a cursor back. Raises CursorInvalid for one that is damaged or belongs to another list or order."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found, *values = msgspec.json.decode(urlsafe_b64decode(padded), type=list[Any])
        if found != kind:
            raise CursorInvalid()
        read = tuple(msgspec.convert(value, type_) for value, type_ in zip(values, types, strict=True))
    except (ValueError, TypeError, msgspec.MsgspecError):
        raise CursorInvalid() from None
    if any(isinstance(value, int) and not 0 <= value < 2**63 for value in read):
        raise CursorInvalid()
    if any(isinstance(value, str) and "\x00" in value for value in read):  # no PostgreSQL text can hold it
        raise CursorInvalid()
    return read


def conditions(table: Table, scope: frozenset[str] | None, **wanted: str | None) -> list[ColumnElement[bool]]:
    """What rows have to be: these columns as they are wanted (None: anything), a controller in scope (None: any)."""
    found: list[ColumnElement[bool]] = [
        table.c[name] == str(value) for name, value in wanted.items() if value is not None
    ]
    if scope is not None:
        found.append(table.c.controller_id.in_(sorted(scope)) if scope else false())
    return found


def page_by_position(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    *,
    kind: str,
    cursor: str | None,
    limit: int,
    newest_first: bool = False,
) -> Page:
    """One page of rows that hold their `position` in the log, in that order. Raises CursorInvalid."""
    position = query.selected_columns["position"]
    if cursor is not None:
        (after,) = cursor_values(cursor, kind, (int,))
        query = query.where(position < after if newest_first else position > after)
    query = query.order_by(position.desc() if newest_first else position).limit(limit + 1)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return Page.of(rows, limit, lambda row: make_cursor(kind, (row["position"],)))


def keyset(
    table: FromClause,
    *,
    walks: Iterable[Sequence[ColumnElement[bool]]],
    filters: Sequence[ColumnElement[bool]],
    order: Sequence[str],
    descending: bool,
    after: Sequence[Any] | None,
    limit: int,
    is_sqlite: bool,
) -> Select[*tuple[Any, ...]]:
    """The next `limit` rows in the order of these columns, the last of which is unique.

    Each walk is a set of equalities on the leading columns of an index that goes on with `order`: it meets the rows
    already sorted. Several walks (two controllers, say) are merged row by row, so that all of them together look at no
    more than the page needs, and each at one row ahead. For that SQLite must be told no limit of a walk, and PostgreSQL
    must: it would sort whole tables otherwise.
    """
    keys = [table.c[name] for name in order]
    conditions = list(filters)
    if after is not None:
        here, there = tuple_(*keys), tuple_(*after, types=[key.type for key in keys])
        conditions.append(here < there if descending else here > there)
    walked = [
        select(*keys)
        .where(and_(*walk, *conditions))
        .order_by(*(key.desc() if descending else key for key in keys))
        .limit(None if is_sqlite else limit)
        for walk in walks
    ]
    found = [select(each.subquery()) for each in walked]
    merged = found[0] if len(found) == 1 else union_all(*found)
    met = merged.selected_columns
    chosen = (
        merged.order_by(*(met[name].desc() if descending else met[name] for name in order))
        .limit(limit)
        .subquery("chosen")
    )
    sorting = [chosen.c[name].desc() if descending else chosen.c[name] for name in order]
    unique = order[-1]
    return select(table).join(chosen, table.c[unique] == chosen.c[unique]).order_by(*sorting).limit(limit)
