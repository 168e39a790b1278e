"""The queue: order, filters, scope, pages, and what a page costs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from dsr.database import Database
from dsr.domain.request.values import IdentityStatus, Lifecycle, Outcome
from dsr.domain.rights import Right
from dsr.projections import CursorInvalid, QueueFilter, Sort, Status, queue, request_by_reference, request_row
from dsr.projections.bulk import insert_many
from dsr.projections.queue import Clock, queue_query
from dsr.projections.requests import requests
from dsr.projections.rows import Row

COLUMN = {
    Sort.DUE: "effective_due",
    Sort.RECEIVED: "received_at",
    Sort.REFERENCE: "reference",
    Sort.CHANGED: "last_position",
}
TWO = frozenset({"acme-de", "acme-fr"})


def all_rows(database: Database) -> list[Row]:
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(requests)).mappings()]


def walk(database: Database, filters: QueueFilter, **options: Any) -> list[Row]:
    """Every page, one after the other."""
    seen: list[Row] = []
    cursor = None
    while True:
        with database.reading() as connection:
            page = queue(connection, filters, cursor=cursor, limit=3, **options)
        assert len(page.rows) <= 3
        seen.extend(page.rows)
        if (cursor := page.next) is None:
            return seen


def test_pages_in_any_order_show_each_case_once(played: Any) -> None:
    rows = all_rows(played.database)
    for sort, descending, scope in product(Sort, (False, True), (None, TWO)):
        expected = sorted(
            (row for row in rows if scope is None or row["controller_id"] in scope),
            key=lambda row: (row[COLUMN[sort]], row["request_id"]),
            reverse=descending,
        )
        found = walk(played.database, QueueFilter(status=Status.ALL), sort=sort, descending=descending, scope=scope)
        assert found == expected, (sort, descending, scope)


FILTERS: list[tuple[QueueFilter, Callable[[Row], bool]]] = [
    (QueueFilter(), lambda row: row["status"] == "open"),
    (QueueFilter(status=Status.CLOSED), lambda row: row["status"] == "closed"),
    (QueueFilter(lifecycle=Lifecycle.EXECUTING), lambda row: row["lifecycle"] == "executing"),
    (QueueFilter(lifecycle=Lifecycle.CLOSED), lambda row: row["status"] == "closed"),
    (QueueFilter(outcome=Outcome.DUPLICATE), lambda row: row["outcome"] == "duplicate"),
    (QueueFilter(controller="acme-pl"), lambda row: row["controller_id"] == "acme-pl" and row["status"] == "open"),
    (QueueFilter(assignee="bob"), lambda row: row["assignee"] == "bob" and row["status"] == "open"),
    (QueueFilter(unassigned=True), lambda row: row["assignee"] is None and row["status"] == "open"),
    (QueueFilter(clock=Clock.SUSPENDED), lambda row: row["clock"] == "suspended" and row["status"] == "open"),
    (QueueFilter(language="fr"), lambda row: row["language"] == "fr" and row["status"] == "open"),
    (
        QueueFilter(identity=IdentityStatus.ASKED, status=Status.ALL),
        lambda row: row["identity"] == "asked",
    ),
    (
        QueueFilter(right=Right.ACCESS, status=Status.ALL),
        lambda row: any(item["right"] == "access" for item in row["items"]),
    ),
]


def test_a_filter_leaves_exactly_what_it_says(played: Any) -> None:
    rows = all_rows(played.database)
    for filters, wanted in FILTERS:
        found = {row["request_id"] for row in walk(played.database, filters)}
        assert found == {row["request_id"] for row in rows if wanted(row)}, filters


def test_due_before_leaves_out_the_day_itself(played: Any) -> None:
    day = sorted(row["effective_due"] for row in all_rows(played.database))[10]
    found = walk(played.database, QueueFilter(status=Status.ALL, due_before=day))
    assert found
    assert all(row["effective_due"] < day for row in found)


@pytest.mark.parametrize("scope", [frozenset[str](), frozenset({"acme-de"})])
def test_a_filter_never_widens_the_scope(played: Any, scope: frozenset[str]) -> None:
    assert walk(played.database, QueueFilter(controller="acme-fr", status=Status.ALL), scope=scope) == []


@pytest.mark.parametrize("cursor", ["", "nonsense", "bnVsbA", "W10", "é", "WyJxdWV1ZTpkdWU6YXNjIiwxLDJd"])
def test_a_damaged_cursor_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(CursorInvalid), database.reading() as connection:
        queue(connection, cursor=cursor)


def test_a_cursor_of_another_order_is_refused(played: Any) -> None:
    with played.database.reading() as connection:
        cursor = queue(connection, limit=1).next
        with pytest.raises(CursorInvalid):
            queue(connection, cursor=cursor, descending=True)
        with pytest.raises(CursorInvalid):
            queue(connection, cursor=cursor, sort=Sort.RECEIVED)


def test_a_case_is_found_by_id_and_by_reference(played: Any) -> None:
    row = all_rows(played.database)[0]
    with played.database.reading() as connection:
        assert request_row(connection, row["request_id"]) == row
        assert request_by_reference(connection, row["reference"]) == row
        assert request_row(connection, UUID(int=1)) is None
        assert request_by_reference(connection, "DSR-2222-2222") is None


# What a page costs ---------------------------------------------------------------------------------------------


@pytest.fixture
def crowded(played: Any) -> Database:
    """Twenty thousand cases, nine in ten of them closed."""
    random, model, rows = Random(3), all_rows(played.database)[0], []  # noqa: S311
    for number in range(20_000):
        received_at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number * 20)
        closed = random.random() < 0.9
        rows.append(
            model
            | {
                "request_id": UUID(int=random.getrandbits(128)),
                "reference": f"DSR-{number:08}",
                "controller_id": f"acme-{number % 20}",
                "status": "closed" if closed else "open",
                "assignee": random.choice(["ann", "bob", None]),
                "received_at": received_at,
                "effective_due": received_at.date() + timedelta(days=30),
                "last_position": 1_000_000 + number,
            }
        )
    with played.database.writing() as connection:
        insert_many(connection, requests, rows)
    if not played.database.is_sqlite:
        with played.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("ANALYZE requests, items"))
    return played.database


SCOPES = [None, frozenset({"acme-3"}), frozenset(f"acme-{n}" for n in range(0, 20, 2))]


def test_a_page_is_a_walk_along_an_index(crowded: Database) -> None:
    for sort, descending, scope in product(Sort, (False, True), SCOPES):
        for filters in (QueueFilter(), QueueFilter(status=Status.ALL), QueueFilter(right=Right.ACCESS)):
            for after in (None, _in_the_middle(crowded, sort)):
                query = queue_query(filters, sort=sort, descending=descending, after=after, limit=51, scope=scope)
                _assert_no_table_is_scanned(crowded, query)
    # given: the list of one member of staff
    for filters in (QueueFilter(assignee="ann"), QueueFilter(unassigned=True)):
        query = queue_query(filters, sort=Sort.DUE, descending=False, after=None, limit=51, scope=SCOPES[2])
        _assert_no_table_is_scanned(crowded, query)


def _in_the_middle(database: Database, sort: Sort) -> tuple[Any, UUID]:
    column = requests.c[COLUMN[sort]]
    with database.reading() as connection:
        row = connection.execute(sa.select(column, requests.c.request_id).order_by(column).offset(9_000).limit(1)).one()
    return row[0], row[1]


def _assert_no_table_is_scanned(database: Database, query: Any) -> None:
    with database.reading() as connection:
        plan = "\n".join(str(row[-1]) for row in connection.execute(Explain(query)))
    assert not re.search(r"(SCAN|Seq Scan on) requests\b", plan), plan


class Explain(sa.Executable, sa.ClauseElement):
    """How the database would run a statement."""

    inherit_cache = False

    def __init__(self, statement: Any) -> None:
        self.statement = statement


@compiles(Explain)
def _explain(element: Explain, compiler: Any, **options: Any) -> str:
    words = "EXPLAIN QUERY PLAN" if compiler.dialect.name == "sqlite" else "EXPLAIN"
    return f"{words} {compiler.process(element.statement, **options)}"
