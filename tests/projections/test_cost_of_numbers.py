"""What statistics and metrics read depends on controllers, rights and days, not on the number of cases."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from dsr.database import Database
from dsr.database.migrations import upgrade
from dsr.domain.rights import Right
from dsr.projections import case_counts, due_counts, statistics, totals
from dsr.projections.case_facts import CaseFacts, State, Waited
from dsr.projections.requests import CLOSED, OPEN
from dsr.projections.trend import trend

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CONTROLLERS = ("acme-de", "acme-fr")
FEW, MANY = 1_000, 5_000
MOST = 1.5
"""Times as many steps for five times as many cases; those of a hundred times as many are no more."""

ASKED: dict[str, Callable[[Connection], Any]] = {
    "statistics": lambda connection: statistics(connection, at=NOW, last_recorded_at=NOW),
    "statistics of this year": lambda connection: statistics(
        connection, at=NOW, last_recorded_at=NOW, received_from=date(2026, 1, 1)
    ),
    "statistics of a year without a few days": lambda connection: statistics(
        connection, at=NOW, last_recorded_at=NOW, received_from=date(2026, 1, 2), received_until=date(2026, 11, 26)
    ),
    "statistics of one controller": lambda connection: statistics(
        connection, at=NOW, last_recorded_at=NOW, controller="acme-de"
    ),
    "trend": lambda connection: trend(connection, at=NOW, is_past=False, until=NOW.date()),
    "metrics": lambda connection: totals(connection, NOW),
}


def facts(chance: random.Random, *, has_message: bool = False) -> CaseFacts:
    """A case of the last year, half of them open and due around now; with a message that was examined after up to a
    week.
    """
    received_on = NOW.date() - timedelta(days=chance.randrange(365))
    is_open = chance.random() < 0.5
    due = received_on + timedelta(days=30) if not is_open else NOW.date() + timedelta(days=chance.randrange(-40, 40))
    state = State(
        controller_id=chance.choice(CONTROLLERS),
        received_on=received_on,
        rights=(chance.choice([*Right]).value,),
        status=OPEN if is_open else CLOSED,
        outcome=None if is_open else "fulfilled",
        owed=is_open,
        suspended=False,
        effective_due=due,
        effective_ends_at=datetime.combine(due + timedelta(days=1), time(), UTC),
        extended=False,
        answered_on=None if is_open else received_on + timedelta(days=chance.randrange(30)),
        refused=0,
        late=False,
    )
    examined_at = NOW + timedelta(minutes=6 * chance.randrange(1_680))
    waited = (Waited(NOW, NOW + timedelta(days=1), examined_at),) if has_message else ()
    return CaseFacts(state, "assessing" if is_open else "closed", waited, missed=False, moved_later=False)


def fill(database: Database, number: int, *, has_message: bool = False) -> None:
    upgrade(database, "main")
    chance = random.Random(20261127)  # noqa: S311 - of a test
    cases = [facts(chance, has_message=has_message) for _ in range(number)]
    with database.writing() as connection:
        for each in (case_counts, due_counts):
            rows = (row for case in cases for row in each._cells(case))
            each.READ_MODEL.add(connection, each.READ_MODEL.table, rows)


@contextmanager
def steps_of(database: Database) -> Iterator[tuple[Connection, list[int]]]:
    """A connection, and the steps that SQLite took on it, in hundreds."""
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    with database.reading() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(step, 100)
        yield connection, steps
        driver.set_progress_handler(None, 100)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Database]]:
    folder = tmp_path_factory.mktemp("numbers")
    found = [Database(f"sqlite:///{folder}/{number}.sqlite3") for number in (FEW, MANY)]
    for database, number in zip(found, (FEW, MANY), strict=True):
        fill(database, number)
    yield found
    for database in found:
        database.close()


@pytest.mark.parametrize("asked", ASKED)
def test_a_number_costs_the_same_at_any_number_of_cases(databases: list[Database], asked: str) -> None:
    few, many = (cost(database, ASKED[asked]) for database in databases)
    assert many <= MOST * few, f"{few * 100} steps, then {many * 100}"


def cost(database: Database, ask: Callable[[Connection], Any]) -> int:
    with steps_of(database) as (connection, steps):
        ask(connection)
    return steps[0]


def test_the_trend_costs_the_same_however_many_messages_were_examined(tmp_path: Path) -> None:
    # given
    costs = []
    for has_message in (False, True):
        database = Database(f"sqlite:///{tmp_path}/{has_message}.sqlite3")
        fill(database, FEW, has_message=has_message)
        # when
        costs.append(cost(database, ASKED["trend"]))
        database.close()
    # then
    none, some = costs
    assert 0 < some <= MOST * none, costs
