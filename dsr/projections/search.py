"""Queue rows of cases selected outside the read models, such as by the blind index."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Select, exists, select, tuple_

from dsr.projections.items import items
from dsr.projections.paging import Page, cursor_values, make_cursor
from dsr.projections.queue import Scope
from dsr.projections.requests import requests

_KIND: Final = "search"


def cases_among(
    connection: Connection,
    chosen: Select[UUID],
    *,
    scope: Scope = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of the cases with the ids in `chosen`, open and closed, latest arrival first.

    A case is in scope if a controller of the scope has it or answers one of its items. The cost grows with the chosen
    cases only. Raises CursorInvalid.
    """
    c = requests.c
    query = select(requests).where(c.request_id.in_(chosen))
    if scope is not None:
        seen = sorted(scope)
        answered = items.c.controller_id.in_(seen) & (items.c.request_id == c.request_id)
        query = query.where(c.controller_id.in_(seen) | exists().where(answered))
    if cursor is not None:
        after = cursor_values(cursor, _KIND, (datetime, UUID))
        query = query.where(
            tuple_(c.received_at, c.request_id) < tuple_(*after, types=[c.received_at.type, c.request_id.type])
        )
    query = query.order_by(c.received_at.desc(), c.request_id.desc()).limit(limit + 1)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return Page.of(rows, limit, lambda row: make_cursor(_KIND, (row["received_at"], row["request_id"])))
