"""A person with a browser, and the outgoing mail that they read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.api.team import Team


class Person:
    """Somebody without a token: sees pages, reads mail."""

    def __init__(self, team: Team, *, language: str = "en", address: str = "192.0.2.7") -> None:
        self.team = team
        self.client = team.app.test_client()
        self.language, self.address = language, address
        self.form_token = ""

    def open(self, path: str, **sent: Any) -> TestResponse:
        return self._noted(self.client.get(path, headers=self._headers(), environ_base=self._from(), **sent))

    def send(self, path: str, **form: Any) -> TestResponse:
        """Send a form, with the token of the page that was seen last; not followed where it leads on."""
        data = {"form_token": self.form_token} | form
        return self._noted(self.client.post(path, data=data, headers=self._headers(), environ_base=self._from()))

    def ticket_of(self, path: str) -> str:
        """Of a form that is open to everybody, seen a minute ago."""
        found = re.search(r'name="ticket" value="([^"]+)"', self.open(path).text)
        assert found is not None
        self.team.clock.advance(minutes=1)
        return found[1]

    def link_in_mail(self) -> str:
        """Of the latest mail that asks to confirm an address."""
        while self.team.service.desk.credential_mail.send_due():
            pass
        texts = [part.get_content() for mail in self.mails() if (part := mail.get_body(("plain",))) is not None]
        found = [re.search(r"confirmation\?link=([^&\s]+)", text.replace("=\n", "")) for text in texts]
        return next(each[1] for each in reversed(found) if each is not None)

    def ask_for_code(self, reference: str) -> TestResponse:
        """And wait until the worker has sent it."""
        self.open("/my")
        answer = self.send("/my/code", reference=reference)
        self.team.service.desk.sign_in_mail.send_due()
        return answer

    def sign_in(self, reference: str) -> TestResponse:
        """With the code of the latest mail."""
        self.ask_for_code(reference)
        answer = self.send("/my/session", reference=reference, code=self.codes()[-1])
        assert answer.status_code == 303, answer.text
        return self.open("/my/request")

    def open_link(self, offered: "Offered", **typed: str) -> TestResponse:
        """On the page of a link, without a script."""
        self.open("/x")
        return self.send("/x", **({"token": offered.token, "password": offered.password} | typed))

    def mails(self) -> list[Any]:
        """What has come, once the worker has sent what was asked for."""
        self.team.service.desk.sign_in_mail.send_due()
        folder: Path = self.team.service.settings.home / "outgoing" / "new"
        files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns) if folder.exists() else []
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def codes(self) -> list[str]:
        return [re.search(r"\b(\d{4} \d{4})\b", mail.get_content())[1] for mail in self.mails()]  # type: ignore[index]

    def _headers(self) -> dict[str, str]:
        return {"Accept-Language": self.language}

    def _from(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.address}

    def _noted(self, response: TestResponse) -> TestResponse:
        if response.mimetype != "text/html":
            return response
        found = re.search(r'name="form_token" value="([^"]+)"', response.text)
        self.form_token = found[1] if found else self.form_token
        return response


def public_at(team: Team, address: str) -> None:
    """Where people reach the service, as its mails name it."""
    desk = team.service.desk
    desk.intake_form._public_url = desk.credential_mail._public_url = address


@dataclass
class Offered:
    """A package of a case, with the link that leads to it."""

    case: Any
    export_id: str
    token: str
    password: str

    @property
    def page(self) -> str:
        """Of the package, once it was opened."""
        return f"/x/{self.export_id}"


def offer(team: Team, export_id: str) -> dict[str, Any]:
    """A new link to a package."""
    etag = team.get(f"/exports/{export_id}").headers["ETag"]
    shown: dict[str, Any] = team.post(f"/exports/{export_id}/link", {}, if_match=etag, key=str(uuid4())).get_json()
    return shown


def offered_of(team: Team, case: Any) -> Offered:
    team.search(case, "access")
    export_id = team.done(case, "items/access/export", {}, key="export")["export_id"]
    link = offer(team, export_id)
    return Offered(case, export_id, link["token"], link["password"])


@pytest.fixture
def offered(team: Team) -> Offered:
    """A package of access that waits."""
    return offered_of(team, team.collected())


@pytest.fixture
def offered_large(team: Team, make_records: Callable[..., dict[str, Any]]) -> Offered:
    """One of some hundred kilobytes, so that it arrives in several pieces."""
    case = team.granted("access")
    numbers = [{"number": token_hex(400)} for _ in range(800)]
    team.done(case, "items/access/data-sets", make_records(records=numbers), key="records")
    return offered_of(team, case)


@pytest.fixture
def person(team: Team) -> Person:
    return Person(team)


@pytest.fixture
def make_person(team: Team) -> Any:
    return lambda **facts: Person(team, **facts)


@pytest.fixture
def reference(team: Team) -> Any:
    """The reference of a case."""
    return lambda case: team.get(f"/requests/{case.id}").get_json()["reference"]
