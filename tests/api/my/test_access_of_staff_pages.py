"""Who gets where on the pages for staff, with a passkey, a session and without (docs/security/access.md)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Final

from werkzeug.test import TestResponse

from dsr.api.cookies import STAFF_SESSION
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.access import OF_STAFF, PAGE, row_of, table
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Team
from tests.authenticator import Authenticator

COLUMNS: Final = ("nothing", "wrong", "ended", "another's", "own", "another site")


@dataclass
class Belongings:
    """What belongs to a member of staff, and where each next call comes from."""

    team: Team
    identifier: str
    networks: Iterator[int]
    key: Authenticator = field(default_factory=Authenticator)
    session: str = ""
    ids: dict[str, list[str]] = field(default_factory=dict)
    code: str = ""

    def colleague(self) -> Colleague:
        """At a browser in a network of its own, in the session of this member."""
        found = Colleague(self.team, self.key)
        found.address = f"198.51.{next(self.networks)}.7"
        if self.session:
            found.client.set_cookie(STAFF_SESSION, self.session)
        return found

    def invite(self) -> str:
        return self.team.service.desk.invitations.print_code(self.identifier, Call(part("cli")))


def member(team: Team, identifier: str, networks: Iterator[int]) -> Belongings:
    """Somebody with two passkeys, two sessions, a token and an invitation."""
    first = signed_in(team, identifier, Role.HANDLER)
    first.open("/account/passkey")
    first.send("/account/passkeys", answer=Authenticator().create(first.options))
    other = first.at_another_browser()
    other.sign_in_with_key()
    other.open("/account")
    cookie = other.client.get_cookie(STAFF_SESSION)
    assert cookie is not None
    ids = {name: other.ids(name) for name in ("passkey", "session", "token")}
    found = Belongings(team, identifier, networks, first.key, cookie.value, ids)
    found.code = found.invite()
    return found


@dataclass
class Asking:
    """One call: by whom, of what is whose, and from whose form."""

    by: Colleague
    whose: Belongings
    code: str
    is_another_site: bool = False

    def get(self, path: str) -> TestResponse:
        return self.by.open(path)

    def post(self, path: str, seen: str = "/sign-in", **form: str) -> TestResponse:
        self.by.open(seen)
        return self.by.send(path, **form | ({"form_token": "0" * 64} if self.is_another_site else {}))

    def proof(self, path: str, page: str) -> TestResponse:
        """With what the own authenticator answers to the page."""
        self.by.open(page)
        answer = self.by.key.get(self.by.options) if self.by.options else "{}"
        return self.by.send(path, answer=answer, **({"form_token": "0" * 64} if self.is_another_site else {}))

    def registered(self) -> TestResponse:
        self.by.open("/account/passkey")
        answer = Authenticator().create(self.by.options) if self.by.options else "{}"
        return self.by.send("/account/passkeys", answer=answer, **self._forged())

    def accepted(self) -> TestResponse:
        self.by.open("/invitation")
        self.by.send("/invitation/passkey", code=self.code)
        answer = Authenticator().create(self.by.options) if self.by.options else "{}"
        return self.by.send("/invitation/registration", code=self.code, answer=answer, **self._forged())

    def revoke(self, what: str, path: str) -> TestResponse:
        return self.post(path, "/account", **{what: self.whose.ids[what][0]})

    def _forged(self) -> dict[str, str]:
        return {"form_token": "0" * 64} if self.is_another_site else {}


CALLS: Final[Mapping[str, Callable[[Asking], TestResponse]]] = {
    "GET /account": lambda it: it.get("/account"),
    "GET /account/passkey": lambda it: it.get("/account/passkey"),
    "GET /account/step-up": lambda it: it.get("/account/step-up"),
    "GET /account/step-up/openid": lambda it: it.get("/account/step-up/openid"),
    "GET /sign-in/openid": lambda it: it.get("/sign-in/openid"),
    "GET /sign-in/openid/callback": lambda it: it.get("/sign-in/openid/callback?state=x&code=x"),
    "POST /invitation/passkey": lambda it: it.post("/invitation/passkey", "/invitation", code=it.code),
    "POST /invitation/registration": lambda it: it.accepted(),
    "POST /sign-in": lambda it: it.proof("/sign-in", "/sign-in"),
    "POST /account/step-up": lambda it: it.proof("/account/step-up", "/account/step-up"),
    "POST /account/passkeys": lambda it: it.registered(),
    "POST /account/passkeys/revocation": lambda it: it.revoke("passkey", "/account/passkeys/revocation"),
    "POST /account/sessions/end": lambda it: it.revoke("session", "/account/sessions/end"),
    "POST /account/tokens/revocation": lambda it: it.revoke("token", "/account/tokens/revocation"),
    "POST /sign-out": lambda it: it.post("/sign-out", "/account"),
}
"""What is called, in this order: what ends something comes last."""


def _status(
    route: str,
    call: Callable[[Asking], TestResponse],
    whose: Belongings,
    who: Belongings,
    *,
    code: str = "",
    forged: bool = False,
) -> str:
    """What somebody gets who calls a route; nobody else is shown what is Ada's."""
    by = who if route != "POST /sign-in" else Belongings(who.team, who.identifier, who.networks, who.key)
    colleague = by.colleague()
    answer = call(Asking(colleague, whose, code, forged))
    renewed = colleague.client.get_cookie(STAFF_SESSION)
    if route == "POST /account/step-up" and renewed is not None:
        who.session = renewed.value
    assert who is whose or "You are signed in as ada" not in answer.text
    return str(answer.status_code)


def test_each_cell_of_the_table_of_pages_for_staff_is_what_happens(team: Team) -> None:
    # given
    networks = count()
    edith, ada, grace = (member(team, name, networks) for name in ("edith", "ada", "grace"))
    team.service.desk.staff.leave("edith", Call(part("test")))
    stranger = Belongings(team, "nobody", networks)
    wrong = Belongings(team, "nobody", networks, session="dsrs_" + "A" * 43)
    known, found = table(OF_STAFF), {}
    # when
    for route, call in CALLS.items():
        ask = partial(_status, route, call, ada)
        cells = {
            "nothing": ask(stranger),
            "wrong": ask(wrong, code="dsri_" + "A" * 43),
            "ended": ask(edith, code=edith.code),
            "another's": ask(grace, code=grace.code),
            "another site": ask(ada, code=ada.code, forged=True) if route.startswith("POST") else "–",
            "own": ask(ada, code=ada.code),
        }
        found[route] = {column: cells[column] for column in COLUMNS}
    # then
    rows = "\n".join(row_of(route, cells) for route, cells in found.items() if known.get(route) != cells)
    assert not rows, f"what happens differs from docs/security/{PAGE.name}; if it is right, write there:\n{rows}"
    assert set(known) == set(CALLS)
