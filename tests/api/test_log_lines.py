"""What the process log says of a request, and of what follows from it; and what it never says."""

import io
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dsr import logs
from dsr.api.problems import note_error
from dsr.database import engine
from dsr.domain.errors import StorageFull
from dsr.worker import Worker
from tests.api.team import Team

GIVEN = "4bf92f3577b34da6a3ce929d0e0e4736"


class Lines:
    """What is written while the block runs, in one form."""

    def __init__(self, form: str) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(logs.form_of(form))

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def parsed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(params=[logs.JSON, logs.TEXT])
def form(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def lines(form: str) -> Iterator[Lines]:
    made, ours = Lines(form), logging.getLogger("dsr")
    level = ours.level
    ours.addHandler(made.handler)
    ours.setLevel(logging.INFO)
    yield made
    ours.removeHandler(made.handler)
    ours.setLevel(level)


def test_the_id_that_a_proxy_gave_comes_back_and_stands_in_the_line(team: Team, lines: Lines) -> None:
    answer = team.get("/requests", headers={"X-Request-ID": GIVEN})
    assert answer.headers["X-Request-ID"] == GIVEN
    assert GIVEN in lines.text


@pytest.mark.parametrize("given", ["ada-lovelace-of-london", "ab12", "a" * 65, "0123456789abcdef\u00e9", "", None])
def test_an_id_that_could_be_a_word_or_fill_the_log_is_replaced(team: Team, lines: Lines, given: str | None) -> None:
    answer = team.get("/requests", headers={} if given is None else {"X-Request-ID": given})
    made = answer.headers["X-Request-ID"]
    assert made != given
    assert len(made) == 32
    assert made in lines.text
    assert not given or given not in lines.text


@pytest.mark.parametrize("form", [logs.JSON])
def test_a_line_of_access_has_its_fields_by_name(team: Team, lines: Lines, form: str) -> None:
    case = team.arrived()
    team.get(f"/requests/{case.id}")
    entered, shown = lines.parsed[-2:]
    received = next(each.position for each in team.service.log.read() if each.name == "dsr.request.received")
    assert (entered["method"], entered["route"], entered["status"]) == ("POST", "/api/v1/requests", 201)
    assert entered["events"] == str(received), "what it appended"
    assert (shown["ids"], shown["events"], shown["level"], shown["logger"]) == (case.id, "-", "INFO", "dsr.access")
    assert shown["request_id"] != entered["request_id"]


@pytest.mark.parametrize("form", [logs.JSON])
def test_from_a_request_one_finds_the_policy_and_the_letter(team: Team, lines: Lines, form: str) -> None:
    # given
    team.registered("access")
    # when
    worker = Worker(team.service)
    while worker.round():
        pass
    # then
    said = lines.parsed
    reacted = next(
        each["message"] for each in said if each["logger"] == "dsr.policies" and " letter " in each["message"]
    )
    position, letter = int(reacted.split(" event ")[1].split(":")[0]), reacted.rpartition(" ")[2]
    appended = [each["events"].partition("-")[::2] for each in said if each.get("events", "-") != "-"]
    assert [each for each in appended if int(each[0]) <= position <= int(each[1] or each[0])], "by one request"
    assert f"letter {letter} left" in [each["message"] for each in said]


def test_no_line_holds_what_a_person_wrote_or_who_they_are(team: Team, lines: Lines) -> None:
    canaries = ("Zebedee", "zebedee@example.org", "canary-of-the-text")
    person = {"name": "Zebedee Canary", "email": "zebedee@example.org"}
    case = team.registered("access", person=person, text="canary-of-the-text")
    team.get(f"/requests/{case.id}?name=Zebedee")
    team.get("/requests/zebedee@example.org")
    worker = Worker(team.service)
    while worker.round():
        pass
    assert "/api/v1/requests" in lines.text
    assert not [each for each in canaries if each in lines.text]


def test_a_full_disk_writes_one_line_a_minute(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("dsr.api.problems._of_all_requests", logs.Seldom(60, now=lambda: now[0]))
    for _ in range(120):  # two minutes
        note_error(StorageFull())
        now[0] += 1.0
    said = lines.text.splitlines()
    assert len(said) == 2
    assert "59 more" in said[1]


def test_an_error_of_one_request_always_has_its_line(lines: Lines) -> None:
    for _ in range(3):
        note_error(ZeroDivisionError())
    assert len(lines.text.splitlines()) == 3


def test_a_write_that_waits_long_for_its_turn_says_so(
    team: Team, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LONG_WAIT", 0.1)
    monkeypatch.setattr(engine, "_waits", logs.Seldom(10))
    comes = threading.Event()

    def write() -> None:
        comes.set()
        with team.service.database.appending():
            pass

    writer = threading.Thread(target=write)
    with team.service.database.appending():
        writer.start()
        comes.wait(10)
        time.sleep(0.5)
    writer.join()
    assert "for its turn" in lines.text


def test_the_driver_of_postgresql_writes_nothing(form: str) -> None:
    end = logs.log_to_stderr(form)
    try:
        assert not logging.getLogger("psycopg.pq").isEnabledFor(logging.WARNING)
    finally:
        end()
