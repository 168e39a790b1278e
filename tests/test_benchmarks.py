"""What benchmarks prepare is lawful: a rule that is added must not stop a measurement in its middle."""

import time

import psycopg
import pytest

from benchmarks import clerks, racing
from benchmarks.distance import distant
from benchmarks.flatness import COUNT, MEBIBYTE, MEMORY, Rule, course
from benchmarks.places import enrol
from dsr.bootstrap import build
from dsr.settings import Settings


def test_the_packages_to_race_for_are_offered(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "LINKS", 2)
    made = build(settings)
    links = racing.offered_links(made, lambda: None)
    made.close()
    assert len({link.token for link in links}) == 2


def test_a_clerk_assigns_each_case_in_turn(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(clerks, "_CASES", 2)
    made = build(settings)
    enrol(made)
    office = clerks.Office(made)
    # when
    done = office.work(time.monotonic() + 0.2)
    # then
    assert done == sum(each.name == "dsr.request.assigned" for each in made.log.read()) > 0
    made.close()


def test_a_distant_server_answers_later(postgres_url: str) -> None:
    with distant(postgres_url, round_trip=0.02) as url, psycopg.connect(url, autocommit=True) as connection:
        started = time.perf_counter()
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert time.perf_counter() - started >= 0.02


HOURS = [number / 120 for number in range(1, 241)]


@pytest.mark.parametrize(
    ("rule", "start", "per_hour", "is_flat"),
    [
        (MEMORY, 100 * MEBIBYTE, 2 * MEBIBYTE, True),
        (MEMORY, 100 * MEBIBYTE, 30 * MEBIBYTE, False),
        (COUNT, 20, 0, True),
        (COUNT, 20, 4, False),
    ],
)
def test_what_grows_all_the_time_is_not_flat(rule: Rule, start: float, per_hour: float, is_flat: bool) -> None:
    found = course(rule, HOURS, [start + per_hour * hour for hour in HOURS])
    assert found.is_flat is is_flat
    assert found.per_hour == pytest.approx(per_hour)


def test_what_fills_in_the_first_quarter_is_flat() -> None:
    values = [min(hour, 0.5) * 400 * MEBIBYTE for hour in HOURS]
    assert course(MEMORY, HOURS, values).is_flat
