"""Keyset paging: a page starts after the last row of the previous one, so every page costs the same."""

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
    """Rows of a list, with the cursor of the next page."""

    rows: Sequence[Row]
    next: str | None
    """Opaque cursor; None on the last page."""

    @classmethod
    def of(cls, rows: Sequence[Row], limit: int, cursor: Callable[[Row], str]) -> "Page":
        """Build from up to `limit` + 1 rows; the extra row shows that there is a next page."""
        shown = rows[:limit]
        return cls(shown, cursor(shown[-1]) if len(rows) > limit else None)


def make_cursor(kind: str, values: Sequence[Any]) -> str:
    """A cursor for the end of a page, in the list and order named by `kind`."""
    return urlsafe_b64encode(msgspec.json.encode([kind, *values])).decode().rstrip("=")


def cursor_values(cursor: str, kind: str, types: Sequence[type[Any]]) -> tuple[Any, ...]:
    """The values of a cursor. Raises CursorInvalid if it is damaged or belongs to another list or order."""
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
    """Conditions on rows: values of columns (None: any), and a controller in scope (None: any)."""
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
    """One page of rows in the order of their `position` in the log. Raises CursorInvalid."""
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

    Each walk is a set of equalities on the leading columns of an index that continues with `order`, so it reads rows
    already sorted. Several walks (such as two controllers) are merged row by row, so that together they read only the
    rows of the page and one row ahead each. SQLite needs walks without a limit for that; PostgreSQL needs one per
    walk, since it would sort whole tables otherwise.
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
