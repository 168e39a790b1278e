"""How often a network may try: one count for all processes, by the minute, of which nothing stays."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from dsr.bootstrap import Service, build
from dsr.desk.attempts import ATTEMPTS_A_MINUTE, attempts
from dsr.settings import Settings
from tests.settable_clock import SettableClock

ADDRESS = "198.51.100.4"


@pytest.fixture
def processes(settings: Settings, clock: SettableClock) -> Iterator[list[Service]]:
    """Two that serve on one database."""
    both = [build(settings, clock=clock) for _ in range(2)]
    yield both
    for each in both:
        each.close()


def rows(service: Service) -> list[Any]:
    with service.database.reading() as connection:
        return list(connection.execute(sa.select(attempts)))


def test_two_processes_count_together(processes: list[Service]) -> None:
    waits = [processes[n % 2].desk.attempts.count(ADDRESS) for n in range(ATTEMPTS_A_MINUTE + 2)]
    assert waits == [0] * ATTEMPTS_A_MINUTE + [60, 60]


def test_the_next_minute_begins_anew_and_says_how_long_that_is(service: Service, clock: SettableClock) -> None:
    clock.advance(seconds=15)
    count: Callable[[str], int] = service.desk.attempts.count
    assert [count(ADDRESS) for _ in range(ATTEMPTS_A_MINUTE + 1)][-1] == 45
    clock.advance(seconds=44)
    assert count(ADDRESS) == 1
    clock.advance(seconds=1)
    assert count(ADDRESS) == 0


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("198.51.100.250", True),
        ("::ffff:198.51.100.9", True),
        ("198.51.101.4", False),
        ("2001:db8::1", False),
        ("", False),
    ],
)
def test_a_network_is_counted_as_one_and_hinders_no_other(service: Service, other: str, same: bool) -> None:
    for _ in range(ATTEMPTS_A_MINUTE):
        service.desk.attempts.count(ADDRESS)
    assert (service.desk.attempts.count(other) > 0) is same


def test_what_is_kept_names_no_network_cannot_be_followed_and_goes(service: Service, clock: SettableClock) -> None:
    service.desk.attempts.count(ADDRESS)
    [first] = rows(service)
    clock.advance(minutes=1)
    service.desk.attempts.count(ADDRESS)
    found = {each.network for each in rows(service)}
    assert len(found) == 2, "the same network has another name in each minute"
    assert len(first.network) == 64
    assert "198.51.100" not in repr(rows(service))
    clock.advance(minutes=3)
    service.desk.attempts.count("203.0.113.1")
    assert [each.made for each in rows(service)] == [1], "what is over is gone"
    assert found.isdisjoint(each.network for each in rows(service))


def test_a_flood_writes_nothing(service: Service) -> None:
    for _ in range(ATTEMPTS_A_MINUTE):
        service.desk.attempts.count(ADDRESS)
    before = rows(service)
    for _ in range(5):
        assert service.desk.attempts.count(ADDRESS) > 0
    assert rows(service) == before
