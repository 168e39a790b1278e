"""A member of staff at a browser without a script: pages are read, an authenticator answers what they ask."""

import re
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from dsr.desk.caller import Call, Caller
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from tests.api.my.conftest import Person
from tests.api.team import Team
from tests.authenticator import Authenticator


class Colleague(Person):
    """Somebody with a passkey, who signs in; the service is at the address that the passkey is bound to."""

    def __init__(self, team: Team, key: Authenticator | None = None) -> None:
        super().__init__(team)
        self.key = key or Authenticator()
        self.options = ""
        self.text = ""
        team.service.desk.signing_in._public_url = self.key.origin

    def open(self, path: str, **sent: Any) -> TestResponse:
        return self._read(super().open(path, **sent))

    def send(self, path: str, **form: Any) -> TestResponse:
        return self._read(super().send(path, **form))

    def at_another_browser(self) -> "Colleague":
        """The same person with the same key, who is not signed in there."""
        return Colleague(self.team, self.key)

    def register(self, code: str) -> TestResponse:
        """Accept an invitation."""
        self.open("/invitation")
        self.send("/invitation/passkey", code=code)
        return self.send("/invitation/registration", code=code, answer=self.key.create(self.options))

    def sign_in_with_key(self) -> TestResponse:
        self.open("/sign-in")
        return self.send("/sign-in", answer=self.key.get(self.options))

    def step_up(self) -> TestResponse:
        self.open("/account/step-up")
        return self.send("/account/step-up", answer=self.key.get(self.options))

    def ids(self, name: str) -> list[str]:
        """The ids of forms on the page that was seen last."""
        return re.findall(rf'name="{name}" value="([0-9a-f-]{{36}})"', self.text)

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **sent: Any) -> TestResponse:
        """A request to the REST interface with the cookie of the session; the answer is held against the document."""
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, environ_base=self._from(), **sent)
        self.team.specification.check(answer)
        return answer

    def _read(self, response: TestResponse) -> TestResponse:
        self.text = response.text
        found = re.search(r'data-options="([^"]*)"', self.text)
        self.options = unescape(found[1]) if found else ""
        return response


def enrolled_by_one(team: Team, identifier: str) -> None:
    """Let one operator enrol a handler, whom a data protection officer still has to confirm."""
    today = team.clock.now().date()
    team.service.desk.staff.enrol(
        Call(Caller(actor="one-operator", roles=frozenset({Role.OPERATOR}), scope=None)),
        identifier=identifier,
        roles=(Role.HANDLER,),
        controllers=("*",),
        access_ends_on=None,
        confidentiality_signed_on=today,
        training=Training("gdpr-basics", today),
    )


def signed_in(team: Team, identifier: str, *roles: Role) -> Colleague:
    """A member of staff who registered a passkey and is in a session."""
    code = team.service.desk.invitations.print_code(team.enrol(identifier, *roles), Call(part("cli")))
    colleague = Colleague(team)
    answer = colleague.register(code)
    assert answer.status_code == 303, answer.text
    return colleague
