"""A command through the desk ÷ a bare save with the `eventsourcing` library's own recorder.

Ours: load the case from its events, check version and guards, append one event, project it into the read models,
answer with the new view. Theirs: save one new aggregate, which is one event, with the library's defaults (SQLite:
a file in WAL mode, `synchronous` FULL; PostgreSQL: the defaults of the server).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from sqlalchemy.engine import make_url

from benchmarks.places import CALL, STAFF, Place, installed
from benchmarks.results import Result, compared, rates
from benchmarks.watching import Watching
from dsr.bootstrap import Service
from dsr.desk.caller import Call
from dsr.desk.new_case import Person
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right

AIM = 0.35
_CASES = 100
_CALLS = 25
_ROUNDS = 24


def run(place: Place, watching: Watching) -> list[Result]:
    """Measure assigning a case, which touches no personal data, and adding a note, which seals some."""
    with installed(place.environment("command")) as made, _bare(place) as bare:
        versions = registered_cases(made, _CASES)
        cases = list(versions)
        turns = count()

        def next_case() -> tuple[UUID, Call, int]:
            turn = next(turns)
            case = cases[turn % _CASES]
            call = Call(CALL.caller, expected=versions[case])
            versions[case] += 1
            return case, call, turn // _CASES

        def assign() -> int:
            for _ in range(_CALLS):
                case, call, lap = next_case()
                made.desk.triage.assign(case, call, assignee=STAFF[lap % 2])
            return _CALLS

        def note() -> int:
            for _ in range(_CALLS):
                case, call, _ = next_case()
                made.desk.triage.add_note(case, call, note="She called again about the recording of 3 March.")
            return _CALLS

        def save() -> int:
            for _ in range(_CALLS):
                bare.save(Aggregate())
            return _CALLS

        results = []
        for name, ours in (("command through the desk: assign", assign), ("the same with sealing: note", note)):
            step = watching.steps(f"{name}, {place.kind}", _ROUNDS)
            results.append(compared(name, place.kind, *rates(ours, save, rounds=_ROUNDS, progress=step), aim=AIM))
        return results


def registered_cases(made: Service, number: int) -> dict[UUID, int]:
    """Each with the version that it has."""
    received_at = datetime.now(UTC) - timedelta(days=1)
    cases = {}
    for each in range(number):
        answer = made.desk.entry.enter_request(
            CALL,
            controller_id="callcentre-de",
            channel=Channel.TELEPHONE,
            received_at=received_at,
            person=Person(name=f"Person {each}", email=f"person-{each}@mail.example"),
            text="Please send me a copy of my data.",
            language="en",
        )
        case = UUID(answer.resource_id)
        registered = made.desk.triage.register(case, CALL, rights=(Right.ACCESS,), direct_marketing=False)
        assert registered.version is not None
        cases[case] = registered.version
    return cases


@contextmanager
def _bare(place: Place) -> Iterator[Application[UUID]]:
    url = make_url(place.url("bare"))
    if place.server is None:
        env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(url.database)}
    else:
        env = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(url.database),
            "POSTGRES_HOST": str(url.query.get("host") or url.host),
            "POSTGRES_PORT": str(url.port or 5432),
            "POSTGRES_USER": str(url.username),
            "POSTGRES_PASSWORD": str(url.password or ""),
        }
    application: Application[UUID] = Application(env)
    try:
        yield application
    finally:
        application.close()
