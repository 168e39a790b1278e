"""What a month of dates costs does not grow with what is due in it, nor with the number of its days."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from dsr.database import Database
from dsr.projections import due_days
from dsr.projections.bulk import insert_many
from dsr.projections.due_days import MOST_OF_A_DAY
from dsr.projections.due_list import due_list
from dsr.projections.matters import matters
from dsr.projections.requests import requests
from dsr.projections.rows import Row
from tests.projections.mini_desk import MiniDesk
from tests.traffic import counted_in

NOW: Final = datetime(2026, 11, 27, 12, tzinfo=UTC)
FIRST: Final = date(2026, 10, 26)
DAYS: Final = [FIRST + timedelta(each) for each in range(42)]
"""The weeks of November 2026."""
HERE: Final = "acme"
FEW, MANY = 1_000, 5_000
MOST: Final = 1.5
"""Times as much for five times as many cases and matters."""
A_FEW: Final = 50
"""Rows that PostgreSQL looks at besides, such as those that were deleted before."""


def dated(model: Row, id_: str, number: int) -> Iterator[Row]:
    """Rows like this one, in turn of two controllers, evenly over the days."""
    for place in range(number):
        day = DAYS[place // 2 % len(DAYS)]
        yield model | {
            id_: uuid4(),
            "reference": f"REF-{place:08}",
            "controller_id": HERE if place % 2 else "elsewhere",
            "due_on": day,
        }


def of_cases(model: Row, number: int) -> Iterator[Row]:
    """Open cases that wait for an answer."""
    for place, row in enumerate(dated(model, "request_id", number)):
        yield row | {
            "status": "open",
            "lifecycle": "executing",
            "needs_attention": True,
            "clock": "running",
            "items_unanswered": 1,
            "effective_due": row["due_on"],
            "effective_ends_at": NOW,
            "last_position": 1_000_000 + place,
        }


def of_matters(model: Row, number: int) -> Iterator[Row]:
    """Matters that owe something; of ten, nine owe nothing any more."""
    nothing: Row = dict.fromkeys(("due", "due_at", "due_on"))
    for place, row in enumerate(dated(model, "matter_id", number)):
        owed = {"due": "answer", "due_at": NOW} if place // 2 % 10 == 0 else nothing
        yield row | {"position": 1_000_000 + place} | owed


def model_of(connection: Connection, table: Table) -> Row:
    """Any row of the table."""
    return dict(connection.execute(sa.select(table)).mappings().first() or {})


@pytest.fixture
def store(played: MiniDesk) -> Callable[[int], Database]:
    """Stores that many cases and that many matters in place of the ones before."""
    database = played.database
    with database.reading() as connection:
        case, matter = model_of(connection, requests), model_of(connection, matters)

    def stored(number: int) -> Database:
        with database.writing() as connection:
            for table, rows in ((requests, of_cases(case, number)), (matters, of_matters(matter, number))):
                connection.execute(sa.delete(table))
                insert_many(connection, table, list(rows))
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("ANALYZE"))
        return database

    return stored


@contextmanager
def looked_at(database: Database) -> Iterator[tuple[Connection, list[int]]]:
    """A connection, and what is looked at meanwhile: the steps of SQLite, in tens, or the rows of PostgreSQL."""
    seen = [0]

    def step() -> int:
        seen[0] += 1
        return 0

    read = sa.text("SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")
    with database.reading() as connection:
        if database.is_sqlite:
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(step, 10)
            yield connection, seen
            driver.set_progress_handler(None, 10)
        else:
            before = connection.scalar(read)
            yield connection, seen
            seen[0] = round(connection.scalar(read) - before)


def month(connection: Connection) -> dict[date, Any]:
    return due_days.due_days(connection, at=NOW, days=DAYS, controller_id=HERE)


ASKED: Final[dict[str, Callable[[Connection], Any]]] = {
    "the month": month,
    "the first date": lambda connection: due_list(connection, at=NOW, limit=1).rows,
    "the first date of a controller": lambda connection: (
        due_list(connection, at=NOW, limit=1, scope=frozenset({HERE})).rows
    ),
    "a day of a controller": lambda connection: (
        due_list(connection, at=NOW, limit=10, due_from=DAYS[7], due_until=DAYS[7], scope=frozenset({HERE})).rows
    ),
}


def test_a_month_costs_the_same_whatever_is_due_in_it(store: Callable[[int], Database]) -> None:
    # when
    cost: dict[str, list[int]] = {name: [] for name in ASKED}
    for number in (FEW, MANY):
        database = store(number)
        for name, ask in ASKED.items():
            with looked_at(database) as (connection, seen):
                assert ask(connection), name
            cost[name] += seen
    # then
    assert all(found[0] for found in cost.values())
    assert {name: found for name, found in cost.items() if found[1] > MOST * found[0] + A_FEW} == {}


def test_a_month_shows_the_first_of_each_day_matters_before_cases(store: Callable[[int], Database]) -> None:
    # when
    database = store(FEW)
    with database.reading() as connection:
        found = month(connection)
        for day in islice(found, 5):
            # then
            owed = connection.scalars(
                sa.select(matters.c.matter_id)
                .where(matters.c.controller_id == HERE, matters.c.due_on == day)
                .order_by(matters.c.matter_id)
            ).all()
            waiting = connection.scalars(
                sa.select(requests.c.request_id)
                .where(requests.c.controller_id == HERE, requests.c.due_on == day)
                .order_by(requests.c.request_id)
            ).all()
            shown = [each.matter_id or each.request_id for each in found[day].entries]
            assert shown == [*owed, *waiting][:MOST_OF_A_DAY], day
            assert found[day].has_more
    assert set(found) == set(DAYS)


@pytest.mark.parametrize("responsible", [None, "ann"])
def test_a_month_is_two_questions_however_many_days_it_has(played: MiniDesk, responsible: str | None) -> None:
    # when
    with counted_in(played.database) as traffic, played.database.reading() as connection:
        due_days.due_days(connection, at=NOW, days=DAYS, controller_id=HERE, responsible=responsible)
    # then
    asked = [each for each in traffic.texts if "SELECT" in each]
    assert len(asked) == 2
    assert max(each.count("SELECT") for each in asked) == 2, "one for the days, one for the rows of a day"
