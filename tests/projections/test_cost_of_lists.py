"""What the first lines of a list cost does not grow with the cases that are late, or that came back."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from dsr.database import Database
from dsr.projections import QueueFilter, due_soon, late, queue
from dsr.projections.bulk import insert_many
from dsr.projections.requests import requests
from dsr.projections.rows import Row
from tests.projections.mini_desk import MiniDesk

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
FEW, MANY = 1_000, 5_000
LINES = 8
MOST = 1.5
"""Times as much for five times as many cases."""

LISTS: dict[str, Callable[[Connection], Any]] = {
    "due soon": lambda connection: due_soon(connection, NOW, limit=LINES),
    "due soon, of one controller": lambda connection: due_soon(
        connection, NOW, limit=LINES, scope=frozenset({"acme-3"})
    ),
    "late": lambda connection: late(connection, NOW, limit=LINES),
    "came back": lambda connection: queue(connection, QueueFilter(undelivered=True), limit=LINES).rows,
}


def late_cases(model: Row, number: int) -> Iterator[Row]:
    """Open cases that are late, and answered ones that came back. Of every number, as many are due soon: forty."""
    chance = random.Random(20261127)  # noqa: S311 - of a test
    for place in range(number):
        is_soon, came_back = place % (number // 40) == 0, place % 2 == 0
        due = NOW.date() + timedelta(days=chance.randrange(1, 6) if is_soon else -chance.randrange(3, 900))
        yield model | {
            "request_id": UUID(int=chance.getrandbits(128)),
            "reference": f"DSR-{place:08}",
            "controller_id": f"acme-{place // (number // 40) % 5}",
            "status": "open",
            "lifecycle": "executing",
            "needs_attention": True,
            "undelivered": came_back,
            "clock": "suspended" if is_soon and place % 3 == 0 else "running",
            "items_unanswered": 1,
            "effective_due": due,
            "due_on": due,
            "effective_ends_at": datetime.combine(due + timedelta(days=1), time(), UTC),
            "last_position": 1_000_000 + place,
        }


@contextmanager
def looked_at(database: Database) -> Iterator[tuple[Connection, list[int]]]:
    """A connection, and what its questions look at: the steps of SQLite, in tens, or the rows of PostgreSQL."""
    seen = [0]
    with database.reading() as connection:
        watch = _steps if database.is_sqlite else _rows
        with watch(connection, seen):
            yield connection, seen


@contextmanager
def _steps(connection: Connection, seen: list[int]) -> Iterator[None]:
    def step() -> int:
        seen[0] += 1
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(step, 10)
    yield
    driver.set_progress_handler(None, 10)


@contextmanager
def _rows(connection: Connection, seen: list[int]) -> Iterator[None]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    sa.event.listen(connection, "before_cursor_execute", note)
    yield
    sa.event.remove(connection, "before_cursor_execute", note)
    for statement, values in asked:
        explained: Any = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar()
        seen[0] += rows_of(explained[0]["Plan"])


def rows_of(node: dict[str, Any]) -> int:
    """The rows that the scans of a plan looked at, those that they left out included."""
    below = sum(rows_of(each) for each in node.get("Plans", []))
    if not node["Node Type"].endswith("Scan"):
        return below
    left_out: float = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    met: float = (node["Actual Rows"] + left_out) * node["Actual Loops"]
    return below + round(met)


@pytest.fixture
def store(played: MiniDesk) -> Callable[[int], Database]:
    """Stores that many cases in place of the ones before."""
    database = played.database
    with database.reading() as connection:
        model = dict(connection.execute(sa.select(requests)).mappings().first() or {})

    def stored(number: int) -> Database:
        with database.writing() as connection:
            connection.execute(sa.delete(requests))
            insert_many(connection, requests, list(late_cases(model, number)))
        if not database.is_sqlite:
            with database.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("ANALYZE requests"))
        return database

    return stored


def test_the_first_lines_cost_the_same_at_any_number_of_cases(store: Callable[[int], Database]) -> None:
    # when
    cost: dict[str, list[int]] = {name: [] for name in LISTS}
    for number in (FEW, MANY):
        database = store(number)
        for name, ask in LISTS.items():
            with looked_at(database) as (connection, seen):
                assert len(ask(connection)) == LINES, name
            cost[name] += seen
    # then
    assert {name: found for name, found in cost.items() if found[1] > MOST * found[0]} == {}
