"""The pages of the console: how long each takes with 100,000 stored requests, and with 1,000.

The service answers in this process, as one of its threads would. Both installations answer in turn, and the shortest
time of each counts: other work of the machine only makes times longer.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from benchmarks.history import FEW, MANY, write_log
from benchmarks.places import CALL, Place, installed
from benchmarks.results import Result
from benchmarks.watching import Watching
from dsr.api.app import create_app
from dsr.api.operation import operation_of
from dsr.bootstrap import Service
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from dsr.projections import rebuild
from dsr.projections.requests import OPEN, requests

AIM_MILLISECONDS: Final = 50
AIM_RATIO: Final = 1.5
_CAREERS: Final = 4_000
_ROUNDS: Final = 15
_ELSEWHERE: Final = ("/console/calendar", "/console/static", "/console/sign")
_MEMBERS: Final[Mapping[str, tuple[Role, ...]]] = {
    "cleo": (Role.HANDLER, Role.APPROVER, Role.DPO),
    "otto": (Role.OPERATOR,),
    "aude": (Role.AUDITOR,),
}
"""Who asks: the first member who may see a page."""


@dataclass(frozen=True)
class _Asked:
    """One page of one installation."""

    app: Flask
    name: str
    path: str
    token: str

    def milliseconds(self) -> float:
        """How long one answer takes."""
        started = time.perf_counter()
        answer = self._get()
        taken = (time.perf_counter() - started) * 1000
        assert answer.status_code == 200, (self.path, answer.status_code, answer.text[:500])
        return taken

    def settled(self) -> "_Asked":
        """The page that this one redirects to, if it does: some choose a controller first."""
        place = self._get().location
        return self if place is None else replace(self, path=place)

    def _get(self) -> TestResponse:
        return self.app.test_client().get(self.path, headers={"Authorization": f"Bearer {self.token}"})


def run(place: Place, watching: Watching) -> list[Result]:
    """Each page that needs no argument, the page of a case, and the queue with a filter."""
    with ExitStack() as stack:
        found: dict[str, list[_Asked]] = {}
        for name, careers, copies in (("many", _CAREERS, MANY // _CAREERS), ("few", FEW, 1)):
            made = stack.enter_context(installed(place.environment(name)))
            after = made.log.head().position
            progress = watching.amount(f"writing {careers * copies:,} requests, {place.kind}")
            write_log(made.database, careers, copies, after=after, progress=progress)
            rebuild(made.database, made.log, at=datetime.now(UTC), progress=watching.amount(f"rebuild, {place.kind}"))
            for asked in _pages(made):
                found.setdefault(asked.name, []).append(asked.settled())
        return [_compared(name, both, place.kind, watching) for name, both in found.items()]


def _pages(made: Service) -> Iterator[_Asked]:
    app, tokens = create_app(made), {who: _token(made, who) for who in _MEMBERS}
    with made.database.reading() as connection:
        case = connection.scalar(select(requests.c.request_id).where(requests.c.status == OPEN))
    paths = [each.rule for each in app.url_map.iter_rules() if "GET" in (each.methods or ()) and not each.arguments]
    for path in sorted(each for each in paths if each.startswith("/console") and not each.startswith(_ELSEWHERE)):
        endpoint, _ = app.url_map.bind("localhost").match(path)
        said = operation_of(app.view_functions[endpoint])
        if said.page and "." not in path:  # a file grows with what is asked for
            yield _Asked(app, path, path, tokens[_who_sees(said.roles or frozenset(Role))])
    for name, path in (
        ("/console/queue, one right", "/console/queue?right=access"),
        ("/console/cases/…", f"/console/cases/{case}"),
    ):
        yield _Asked(app, name, path, tokens["cleo"])


def _who_sees(roles: frozenset[Role]) -> str:
    return next(who for who, own in _MEMBERS.items() if not roles.isdisjoint(own))


def _token(made: Service, who: str) -> str:
    trained = date(2026, 1, 2)
    made.desk.staff.enrol(
        CALL,
        identifier=who,
        roles=_MEMBERS[who],
        controllers=("*",),
        confidentiality_signed_on=trained,
        training=Training("gdpr-basics", trained),
        access_ends_on=datetime.now(UTC).date() + timedelta(days=90) if who == "aude" else None,
    )
    return made.desk.staff.secret(made.desk.staff.issue_token(who, CALL))


def _compared(name: str, both: list[_Asked], kind: str, watching: Watching) -> Result:
    step, times = watching.steps(f"{name}, {kind}", _ROUNDS), [list[float]() for _ in both]
    for _ in range(_ROUNDS):
        for asked, taken in zip(both, times, strict=True):
            taken.append(asked.milliseconds())
        step()
    ours, baseline = map(min, times)
    return Result(
        f"{name}: 100,000 ÷ 1,000 requests",
        kind,
        f"{ours:.1f} ms",
        f"{baseline:.1f} ms",
        ours / baseline,
        f"at most {AIM_RATIO} and {AIM_MILLISECONDS} ms",
        ours / baseline <= AIM_RATIO and ours <= AIM_MILLISECONDS,
    )
