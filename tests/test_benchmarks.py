"""What benchmarks prepare is lawful: a rule that is added must not stop a measurement in its middle."""

import time

import psycopg
import pytest

from benchmarks import clerks, racing
from benchmarks.distance import distant
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
