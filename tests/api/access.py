"""Who may call what: the table in docs/security/access.md, and what happens when each of its callers calls."""

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from dsr.api.disclosures import PURPOSES
from dsr.bootstrap import build
from dsr.desk.caller import Call, Caller
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from dsr.mailbox.rules_reader import RulesReader
from dsr.settings import Settings, load_settings
from tests.api.examples import Prepared, prepared
from tests.api.routes import routes
from tests.api.team import STAFF_ROLES, Case, Team
from tests.desk.office import Office
from tests.settable_clock import SettableClock

PAGE: Final = Path(__file__).parents[2] / "docs" / "security" / "access.md"

ANYBODY, ENDED, UNCONFIRMED, SUBJECT, ELSEWHERE, ANOTHER = (
    "anybody",
    "ended",
    "unconfirmed",
    "data-subject",
    "elsewhere",
    "another's",
)
COLUMNS: Final = (ANYBODY, ENDED, UNCONFIRMED, *STAFF_ROLES, ELSEWHERE, SUBJECT, ANOTHER)
"""The callers, in the order of the table."""

WITH_TOKEN, PAGES, OF_STAFF = "With a token of the API", "Pages, links and codes", "Pages for staff"
CONSOLE: Final = "The console"
OPEN = "Open to everybody"
"""The headings of the tables."""

NO_TOKEN: Final = (
    "/my",
    "/request/",
    "/x",
    "/console",
    "/invitation",
    "/sign-in",
    "/docs",
    "/look",
    "/health",
    "/favicon",
    "/robots",
    "/.well-known",
)
"""Where the paths of the API do not begin."""

YES, OWN, NOBODY, FORBIDDEN, HIDDEN = "yes", "own", "401", "403", "404"

UNDONE: Final = {"POST /requests/{}/items/{}/hand-over": 409, "GET /session": 404}
"""Nothing is handed over, since that takes the interface of another controller, and a token has no session: how those
are answered who may.
"""

ABROAD: Final = "callcentre-fr"
"""A controller that has nothing to do with the cases of the examples."""


def table(heading: str) -> dict[str, dict[str, str]]:
    """The rows of the table of routes under a heading; their cells by their columns."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = section.partition("| route |")[1:]
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in "".join(lines).splitlines()]
    columns, _, *rows = [each for each in cells if len(each) > 1]
    found = {row[0]: dict(zip(columns[1:], row[1:], strict=True)) for row in rows}
    assert len(found) == len(rows), f"two rows for one route in {PAGE.name}"
    return found


def row_of(route: str, cells: dict[str, str]) -> str:
    """A row as the table writes it."""
    return f"| `{route}` | {' | '.join(cells.values())} |"


@dataclass(frozen=True)
class House:
    """An installation with somebody for each column, of which every call gets a copy of its own."""

    settings: Settings
    tokens: dict[str, str]
    other: Case
    """A case of somebody else, of the same controller."""

    def copy(self, to: Path) -> Settings:
        shutil.copytree(self.settings.home, to)
        return load_settings({"DSR_HOME": str(to)})


def build_house(settings: Settings, clock: SettableClock) -> tuple[House, Flask]:
    """Enrol everybody: by themselves, for the other controller, unconfirmed, and with a token that has ended."""
    service = build(replace(settings, token_days=366), clock=clock, reader=RulesReader())
    team = Team(service, clock)
    for role in STAFF_ROLES:
        team.token(role)
        team.enrol(f"{role}-elsewhere", role, controllers=(ABROAD,))
        _enrol_unconfirmed(team, role)
    several = tuple(role for role in STAFF_ROLES if role is not Role.AUDITOR)
    team.enrol(ENDED, *several, controllers=("callcentre-de",))
    service.desk.staff.leave(ENDED, Call(part("test")))
    other = team.arrived(person={"name": "Grace Hopper", "email": "grace@example.org"})
    team._tokens[ANOTHER] = team._tokens[team.subject(other)]
    service.close()
    return House(settings, team._tokens, other), team.app


def _enrol_unconfirmed(team: Team, role: Role) -> None:
    """The operator enrols somebody whom a second person would have to confirm."""
    today = team.clock.now().date()
    operator = Caller(actor="one-operator", roles=frozenset({Role.OPERATOR}), scope=None)
    staff = team.service.desk.staff
    staff.enrol(
        Call(operator),
        identifier=f"{role}-unconfirmed",
        roles=(role,),
        controllers=("*",),
        access_ends_on=today.replace(year=today.year + 1) if role is Role.AUDITOR else None,
        confidentiality_signed_on=today,
        training=Training("gdpr-basics", today),
    )
    issued = staff.issue_token(f"{role}-unconfirmed", Call(part("test")))
    team._tokens[f"{role}-unconfirmed"] = staff.secret(issued)


@dataclass
class Asked:
    """One route, called by everybody in a copy of the house of its own; what changes something comes last."""

    route: str
    team: Team
    call: Prepared
    roles: frozenset[Role]
    theirs: frozenset[str]
    """What happened for the call: nobody from elsewhere may read of it."""
    done: TestResponse | None = None
    """The first answer to somebody who may do this."""
    calls: int = 0

    def everybody(self) -> dict[str, str]:
        """What each caller gets, by column."""
        assert self.call.role is not None
        cells = {}
        may = [role for role in STAFF_ROLES if role in self.roles]
        subject = self._subject() if Role.DATA_SUBJECT in self.roles else ANOTHER
        refused: dict[str, str | None] = {
            ANYBODY: None,
            ENDED: ENDED,
            UNCONFIRMED: f"{self.call.role}-unconfirmed",
            ANOTHER: ANOTHER,
        }
        for column, who in refused.items() | {role: role for role in STAFF_ROLES if role not in may}.items():
            cells[column] = self._refusal(self._ask(who))
        foreign = {role: self._tried(self._ask(f"{role}-elsewhere")) for role in may}
        admitted: dict[str, TestResponse] = {}
        may.sort(key=lambda role: role is self.call.role)
        for column, who in ((SUBJECT, subject), *((role, role) for role in may)):
            admitted[column] = self._ask(who)
            cells[column] = self._admission(admitted[column])
        if self.call.method == "GET":
            cells |= {column: self._sight(answer, admitted[self.call.role]) for column, answer in admitted.items()}
        if admitted[self.call.role].status_code < 300:
            self.done = admitted[self.call.role]
        if self.route in UNDONE:
            self.done = admitted[self.call.role]
        assert self.done is not None, f"{self.route}: nobody could do it: {admitted[self.call.role].text}"
        self._require_no_leak(foreign.values())
        foreign = {role: each for role, each in foreign.items() if each.status_code < 300} or foreign
        seen = {role: self._sight(answer, self.done) for role, answer in foreign.items()}
        open_to = {role: seen[role] for role in foreign if cells[role] not in (NOBODY, FORBIDDEN)}
        assert len(set(open_to.values())) == 1, f"{self.route} from elsewhere: {seen}"
        role, cells[ELSEWHERE] = open_to.popitem()
        if cells[ELSEWHERE] == HIDDEN:
            self._require_hidden(foreign[role], f"{role}-elsewhere")
        if cells[ANOTHER] == HIDDEN:
            self._require_hidden(self._ask(ANOTHER), ANOTHER)
        return {column: cells[column] for column in COLUMNS}

    def _subject(self) -> str:
        """The person whom the case is about; their token makes a new version of it."""
        if not self.call.ids:
            return ANOTHER
        path = f"/requests/{self.call.ids[0]}"
        case = Case(self.call.ids[0], self.team.get(path).headers["ETag"])
        subject = self.team.subject(case)
        if "if_match" in self.call.sent:
            self.call = replace(self.call, sent={**self.call.sent, "if_match": case.etag})
        return subject

    def _ask(self, who: str | None, *ids: str) -> TestResponse:
        self.calls += 1
        sent = dict(self.call.sent)
        if "key" in sent:
            sent["key"] = str(uuid4())
        if "purpose" in sent.get("json", ()):
            sent["json"] |= {"purpose": _purpose(who, sent["json"]["purpose"])}
        path = self.call.about(*(ids or self.call.ids))
        return self.team.ask(self.call.method, path, who, headers=dict(self.call.headers), **sent)

    def _refusal(self, answer: TestResponse) -> str:
        is_done = answer.status_code in (200, 201, UNDONE.get(self.route))
        return YES if is_done else str(answer.status_code)

    def _admission(self, answer: TestResponse) -> str:
        """Once it was done, it is too late for others, who get in nevertheless."""
        return YES if self._comes_late(answer) else self._refusal(self._tried(answer))

    def _tried(self, answer: TestResponse) -> TestResponse:
        if answer.status_code < 300 and self.call.method != "GET":
            self.done = self.done or answer
        return answer

    def _comes_late(self, answer: TestResponse) -> bool:
        return self.done is not None and answer.status_code in (404, 409, 412)

    def _sight(self, answer: TestResponse, lawful: TestResponse) -> str:
        """Whether somebody sees what those see who may do this, or something of their own."""
        if (refusal := self._refusal(answer)) != YES:
            return refusal
        return OWN if answer.is_json and lawful.data != answer.data else YES

    def _require_no_leak(self, answers: Iterable[TestResponse]) -> None:
        """What happened for the call is shown to nobody from elsewhere, unless they sent it."""
        assert self.done is not None
        happened = self.theirs | set(_REFERENCE.findall(str(self.done.data)))
        theirs = {each for each in happened if each not in str(self.call.sent)}
        for answer in (each for each in answers if each.status_code < 300):
            assert not [each for each in theirs if each.encode() in answer.data], (
                f"{self.route} shows what is not theirs"
            )

    def _require_hidden(self, answer: TestResponse, who: str) -> None:
        """What is there and what is not look alike, but for the path that was asked."""
        ids = [
            str(uuid4()) if _UUID.fullmatch(each) else "99" if each.isdigit() else "nobody" for each in self.call.ids
        ]
        for some in (ids, [ids[0], *self.call.ids[1:]]):
            unknown = self._ask(who, *some)
            assert _told(unknown) == _told(answer), f"{self.route} tells {who} what is there"


def _purpose(who: str | None, usual: str) -> str:
    """For what this role opens personal data."""
    purposes = next((PURPOSES[role] for role in PURPOSES if who and who.startswith(role)), frozenset())
    return usual if usual in purposes else min(purposes, default=usual)


_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE: Final = re.compile(r"DSR-[0-9A-Z]{4}-[0-9A-Z]{4}")


_DIFFERS: Final = ("RateLimit", "Content-Length", "X-Request-ID")
"""Headers that differ from answer to answer, or with the path."""


def _told(answer: TestResponse) -> Any:
    problem = answer.get_json() | {"instance": None}
    headers = {name: value for name, value in answer.headers.items() if name not in _DIFFERS}
    return answer.status_code, problem, headers


@contextmanager
def asked(route: str, house: House, app: Flask, home: Path) -> Iterator[Asked]:
    """A route of the API, ready to be called by everybody."""
    clock = SettableClock()
    service = build(house.copy(home), clock=clock, reader=RulesReader())
    try:
        team = Team(service, clock, app)
        team._tokens.update(house.tokens)
        before = service.log.head().position
        call = prepared(route, team, Office(service, clock))
        happened = [each for each in service.log.read() if each.position > before]
        theirs = {str(each.stream_id) for each in happened if not each.name.startswith("dsr.staff")}
        _, said = routes(app)[route]
        yield Asked(route, team, call, said.roles or frozenset(), frozenset(theirs))
    finally:
        service.close()
        shutil.rmtree(home)
