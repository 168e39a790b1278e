"""A sweep of the clock costs what is due, not what exists."""

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa

from benchmarks.places import CALL, Place, installed
from benchmarks.results import Result
from benchmarks.watching import Watching
from dsr.bootstrap import Service
from dsr.desk.new_case import Person
from dsr.domain.request.due import Due
from dsr.domain.request.values import Channel
from dsr.projections.agenda import agenda

FEW: Final = 1_000
MANY: Final = 100_000
"""Open cases that nothing of is due yet."""

DUE: Final = 20
"""Cases whose acknowledgement is overdue, each time."""

ROUNDS: Final = 7
AIM: Final = 1.5

_ROWS: Final = 6
"""What an open case waits for: acknowledgement, three warnings, promise, statutory date."""
_CHUNK: Final = 20_000


def run(place: Place, watching: Watching) -> list[Result]:
    """The same number due among few open cases and among many; the rows of the others go to the table directly."""
    with installed(place.environment("due-dates")) as made:
        step = watching.steps(f"due dates, {place.kind}", 2 * ROUNDS)
        _fill(made, FEW)
        few = _median(made, step)
        _fill(made, MANY - FEW)
        many = _median(made, step)
    ratio = many / few
    shown = f"{many * 1000:,.0f} ms", f"{few * 1000:,.0f} ms"
    name = f"sweep of {DUE} due at {MANY:,} open cases ÷ {FEW:,}"
    return [Result(name, place.kind, *shown, ratio, f"at most {AIM:.2f}", ratio <= AIM)]


def _median(made: Service, step: Any) -> float:
    _try_to_record(made)  # warms up, uncounted
    found = []
    for _ in range(ROUNDS):
        found.append(_try_to_record(made))
        step()
    return statistics.median(found)


def _try_to_record(made: Service) -> float:
    """Seconds in which as many dates are recorded."""
    arrived = made.clock.now() - timedelta(days=6)  # no working day earlier than this is left to acknowledge it
    for _ in range(DUE):
        made.desk.entry.enter_request(
            CALL,
            controller_id="callcentre-de",
            channel=Channel.TELEPHONE,
            received_at=arrived,
            person=Person(name="Ada Lovelace", email="ada@example.org"),
            language="en",
            text="I am requesting access to my personal data.",
        )
    started = time.perf_counter()
    swept = made.desk.due_dates.sweep(10 * DUE)
    took = time.perf_counter() - started
    if (swept.recorded, swept.failed) != (DUE, 0):
        raise RuntimeError(f"{swept} instead of {DUE} that were due")
    return took


def _fill(made: Service, cases: int) -> None:
    """Open cases in the read model; ANALYZE, as both databases do by themselves in time."""
    rows = list(_waiting(cases, made.clock.now()))
    with made.database.writing() as connection:
        for start in range(0, len(rows), _CHUNK):
            connection.execute(sa.insert(agenda), rows[start : start + _CHUNK])
        connection.exec_driver_sql("ANALYZE agenda")


def _waiting(cases: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(cases):
        at = (now + timedelta(days=1, seconds=number)).astimezone(UTC)
        request_id = uuid4()
        for kind in range(_ROWS):
            yield {
                "request_id": request_id,
                "kind": Due.DEADLINE_APPROACHING.value,
                "subject": str(kind),
                "about": at.date(),
                "due_at": at,
                "stands": True,
                "recorded": False,
                "at": at,
                "memory": None,
            }
