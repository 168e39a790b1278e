"""Who gets where without a token of the API: with a code, a link, a session, and without (docs/security/access.md)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from dsr.api.cookies import PACKAGE, SESSION, TASK
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.access import PAGE, PAGES, row_of, table
from tests.api.my.conftest import Person, offered_of
from tests.api.team import Case, Team
from tests.settable_clock import SettableClock


@dataclass(frozen=True)
class Secrets:
    """What one opens something with: a session at /my, a code, a link, a download, an invitation."""

    session: str = ""
    code: str = ""
    link: str = ""
    password: str = ""
    download: str = ""
    invitation: str = ""
    second_invitation: str = ""
    search_link: str = ""
    """For the owner of a system."""
    task: str = ""
    """The session of another such link, which was opened."""


WRONG: Final = Secrets(
    "A" * 43,
    "0000 0000",
    "dsrx_" + "A" * 43,
    "2222-2222",
    "dsrs_" + "A" * 43,
    *2 * ("dsri_" + "A" * 43,),
    *2 * ("dsrt_" + "A" * 64,),
)


@dataclass
class Browser:
    """Of somebody with some secrets, who wants what is Ada's."""

    person: Person
    secrets: Secrets
    reference: str
    export_id: str
    is_another_site: bool = False
    place: str = ""
    """Of the task of the owner of a system."""

    def get(self, path: str, **sent: Any) -> TestResponse:
        return self.person.open(path, **sent)

    def post(self, path: str, **form: Any) -> TestResponse:
        if self.person.open(path if path in ("/x", "/invitation", "/console/task") else "/my").status_code == 303:
            self.person.open("/my/withdrawal")
        return self.person.send(path, **form | ({"form_token": "0" * 64} if self.is_another_site else {}))

    def json(self, path: str, **body: str) -> TestResponse:
        address = {"REMOTE_ADDR": self.person.address}
        return self.person.client.post(f"/api/v1{path}", json=body, environ_base=address)

    def answer(self, form: str, **typed: str) -> TestResponse:
        """A form of the task of the owner of a system."""
        self.person.open(self.place)
        return self.person.send(
            f"{self.place}/{form}", **typed | ({"form_token": "0" * 64} if self.is_another_site else {})
        )

    @property
    def package(self) -> str:
        return f"/x/{self.export_id}"


def _download(browser: Browser) -> TestResponse:
    sent = {"Authorization": f"Bearer {browser.secrets.download}"} if browser.secrets.download else {}
    return browser.person.client.get("/api/v1/exports/session/package", headers=sent)


CALLS: Final[Mapping[str, Callable[[Browser], TestResponse]]] = {
    "GET /my/request": lambda it: it.get("/my/request"),
    "GET /my/withdrawal": lambda it: it.get("/my/withdrawal"),
    "GET /my/consent": lambda it: it.get("/my/consent"),
    "POST /my/code": lambda it: it.post("/my/code", reference=it.reference),
    "POST /my/session": lambda it: it.post("/my/session", reference=it.reference, code=it.secrets.code),
    "POST /my/package": lambda it: it.post("/my/package", package=it.export_id, password=it.secrets.password),
    "POST /my/package/link": lambda it: it.post("/my/package/link", package=it.export_id),
    "POST /x": lambda it: it.post("/x", token=it.secrets.link, password=it.secrets.password),
    "POST /exports/redemption": lambda it: it.json(
        "/exports/redemption", token=it.secrets.link, password=it.secrets.password
    ),
    "GET /x/{}": lambda it: it.get(it.package),
    "GET /x/{}/package": lambda it: it.get(f"{it.package}/package"),
    "GET /exports/session/package": _download,
    "POST /console/task": lambda it: it.post("/console/task", token=it.secrets.search_link),
    "GET /console/task/{}": lambda it: it.get(it.place),
    "POST /console/task/{}/data": lambda it: it.answer(
        "data", kind="file", purpose="To invoice.", provenance="observed"
    ),
    "POST /console/task/{}/result": lambda it: it.answer("result", result="nothing", identifiers="Ada"),
    "POST /invitation": lambda it: it.post("/invitation", code=it.secrets.invitation),
    "POST /invitations/acceptance": lambda it: it.json("/invitations/acceptance", code=it.secrets.second_invitation),
    "POST /my/withdrawal/confirmation": lambda it: it.post("/my/withdrawal/confirmation", part="access"),
    "POST /my/withdrawal": lambda it: it.post("/my/withdrawal", part="access"),
    "GET /my/message": lambda it: it.get("/my/message"),
    "POST /my/message": lambda it: it.post("/my/message", text="Hello."),
    "POST /my/consent": lambda it: it.post("/my/consent"),
    "POST /my/sign-out": lambda it: it.post("/my/sign-out"),
}
"""What is called, in this order: what ends something comes last."""


COLUMNS: Final = ("nothing", "wrong", "ended", "another's", "own", "another site")
ENDS: Final = (
    *("POST /my/session", "POST /invitation", "POST /invitations/acceptance"),
    *("GET /x/{}/package", "POST /my/sign-out", "POST /console/task"),
)
"""With these, everything is used up."""

SIGNING_IN: Final = ("POST /my/code", "POST /my/session")


@dataclass(frozen=True)
class Resident:
    """Somebody whose package waits, signed in, with all that opens something of theirs."""

    reference: str
    export_id: str
    secrets: Secrets
    searched: Case
    """A case of theirs of which the owner of a system was asked."""
    place: str
    """Of that task."""


@dataclass
class Street:
    """Where Ada, Grace and Edith live; what Edith had has ended."""

    team: Team
    clock: SettableClock
    make_records: Callable[..., Any]
    networks: Iterator[int]

    def visitor(self) -> Person:
        """From a network of its own, which has all its tries."""
        return Person(self.team, address=f"198.51.{next(self.networks)}.7")

    def moves_in(self, name: str) -> Resident:
        person = {"name": name.title(), "email": f"{name}@example.org"}
        case = self.team.granted("access", "consent-withdrawal", person=person)
        self.team.done(case, "items/access/data-sets", self.make_records(), key=name)
        offered = offered_of(self.team, case)
        reference = self.team.get(f"/requests/{case.id}").get_json()["reference"]
        visitor = self.visitor()
        visitor.sign_in(reference)
        self.clock.advance(minutes=1)
        visitor.open_link(offered)
        session = visitor.client.get_cookie(SESSION, path="/my")
        download = visitor.client.get_cookie(PACKAGE, path=offered.page)
        assert session is not None
        assert download is not None
        codes = self.new_code(reference), offered.token, offered.password, download.value
        opens = Secrets(session.value, *codes, self.invitation(name), self.invitation(f"{name}-2"))
        searched = self.team.registered("erasure", person=person)
        first, second = self.search_link(searched, "crm"), self.search_link(searched, "recordings")
        owner = self.visitor()
        owner.open("/console/task")
        place = owner.send("/console/task", token=second).location
        session = owner.client.get_cookie(TASK, path=place)
        assert session is not None
        opens = replace(opens, search_link=first, task=session.value)
        return Resident(reference, offered.export_id, opens, searched, place)

    def search_link(self, case: Case, system: str) -> str:
        """For the owner of a system."""
        case.etag = self.team.get(f"/requests/{case.id}").headers["ETag"]
        body = {"system": system, "look_for": "Ada Lovelace, customer 4711"}
        path = f"/requests/{case.id}/items/erasure/search/links"
        made = self.team.post(path, body, "handler", key=f"{case.id}-{case.etag}", if_match=case.etag)
        return str(made.get_json()["token"])

    def invitation(self, identifier: str) -> str:
        self.team.enrol(identifier, Role.HANDLER)
        return self.team.service.desk.invitations.print_code(identifier, Call(part("cli")))

    def new_code(self, reference: str) -> str:
        visitor = self.visitor()
        visitor.ask_for_code(reference)
        return visitor.codes()[-1]

    def moves_out(self, resident: Resident) -> None:
        """Everything is used up, and its time is over."""
        for route in ENDS:
            answer = self.call(route, resident, resident)
            assert answer.status_code in (200, 303), f"{route}: {answer.text}"
            assert answer.data or answer.status_code == 303
        self.search_link(resident.searched, "recordings")
        self.clock.advance(hours=2)

    def call(self, route: str, whose: Resident, who: Resident | Secrets, *, another_site: bool = False) -> TestResponse:
        """Somebody calls a route, for what is somebody's."""
        secrets = who.secrets if isinstance(who, Resident) else who
        browser = Browser(self.visitor(), secrets, whose.reference, whose.export_id, another_site, whose.place)
        if secrets.session and route not in SIGNING_IN:
            browser.person.client.set_cookie(SESSION, secrets.session, path="/my")
        if secrets.task:
            browser.person.client.set_cookie(TASK, secrets.task, path=whose.place)
        if secrets.download:
            browser.person.client.set_cookie(PACKAGE, secrets.download, path=browser.package)
        return CALLS[route](browser)


@pytest.fixture
def street(team: Team, clock: SettableClock, make_records: Callable[..., Any]) -> Street:
    return Street(team, clock, make_records, count())


def test_each_cell_of_the_table_of_pages_is_what_happens(street: Street) -> None:
    # given
    edith = street.moves_in("edith")
    street.moves_out(edith)
    ada, grace = street.moves_in("ada"), street.moves_in("grace")
    known = table(PAGES)
    # when
    found = {}
    for route in CALLS:
        answers = {
            "nothing": street.call(route, ada, Secrets()),
            "wrong": street.call(route, ada, WRONG),
            "ended": street.call(route, edith, edith),
            "another's": street.call(route, ada, grace),
        }
        if route.startswith("POST /") and not route.startswith(("POST /exports", "POST /invitations")):
            answers["another site"] = street.call(route, ada, ada, another_site=True)
        answers["own"] = street.call(route, ada, ada)
        for column in set(answers) - {"own"}:
            shown = answers[column].data
            assert ada.reference.encode() not in shown or route in SIGNING_IN, f"{route}: {column}"
            assert column == "another site" or not shown.startswith(b"PK") or shown != answers["own"].data, route
        found[route] = {column: str(answers[column].status_code) if column in answers else "–" for column in COLUMNS}
    # then
    rows = "\n".join(row_of(route, cells) for route, cells in found.items() if known.get(route) != cells)
    assert not rows, f"what happens differs from docs/security/{PAGE.name}; if it is right, write there:\n{rows}"
    assert set(known) == set(CALLS)
