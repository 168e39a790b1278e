"""A team that talks to the real application; every answer that a test gets is held against the specification."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from dsr.api import create_app
from dsr.api.context import EXTENSION
from dsr.bootstrap import Service
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from tests.catalogue import bodies
from tests.mailed import secret_in_mail
from tests.settable_clock import SettableClock

ACCESS_TEXT = "I am requesting access to my personal data under Article 15 GDPR. Please send me a copy."
STAFF_ROLES = tuple(role for role in Role if role is not Role.DATA_SUBJECT)
AT_THE_ROOT = {"/", "/favicon.ico", "/robots.txt", "/.well-known/security.txt"}
ON_EVERY_ANSWER = {
    "Content-Type",
    "Content-Length",
    "X-Content-Type-Options",
    "Cache-Control",
    "Content-Security-Policy",
    "Referrer-Policy",
    "Cross-Origin-Resource-Policy",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Strict-Transport-Security",
    "X-Request-ID",
}
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "facts", "errors", "instance"}


_DOCUMENT: dict[str, Any] = {}
_VALIDATORS: dict[tuple[str, str, int, str | None], Draft202012Validator] = {}


class Specification:
    """The OpenAPI document, asked whether an answer is what it says."""

    def __init__(self, app: Flask) -> None:
        if not _DOCUMENT:  # the same for every application
            _DOCUMENT.update(app.test_client().get("/api/v1/openapi.json").get_json())
        self.document = _DOCUMENT
        self._adapter = app.url_map.bind("localhost")
        self._validators = _VALIDATORS

    def check(self, response: TestResponse) -> None:
        """Fail where status, headers, media type or body are not documented."""
        if response.status_code >= 400:
            assert response.mimetype == "application/problem+json"
            assert set(response.get_json()) == PROBLEM_MEMBERS
        path = self._path(response)
        if path is None or not path.startswith(("/api/", "/health/", "/metrics")) or path.endswith("openapi.json"):
            return
        operation = self.document["paths"][path][response.request.method.lower()]
        documented = self._resolved(operation["responses"].get(str(response.status_code)))
        assert documented is not None, f"{response.request.method} {path} answered {response.status}: {response.text}"
        headers = set(response.headers.keys()) - ON_EVERY_ANSWER
        assert headers <= set(documented.get("headers", {})), f"{path}: undocumented headers {headers}"
        promised = set(documented.get("headers", {})) - set(response.headers.keys())
        assert response.status_code >= 300 or promised == set(), f"{path}: headers that were not sent: {promised}"
        content = documented["content"]
        assert response.mimetype in content, f"{path}: {response.mimetype}"
        if "json" in (response.mimetype or ""):
            schema = content[response.mimetype]["schema"]
            validator = self._validator(
                (path, response.request.method, response.status_code, response.mimetype), schema
            )
            errors = [
                f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(response.json)
            ]
            assert errors == [], f"{path}: {errors}"

    def _path(self, response: TestResponse) -> str | None:
        try:
            rule, _ = self._adapter.match(response.request.path, response.request.method, return_rule=True)
        except HTTPException:
            return None
        return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)

    def _resolved(self, response: Any) -> Any:
        while isinstance(response, dict) and "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        return response

    def _validator(self, key: tuple[str, str, int, str | None], schema: dict[str, Any]) -> Draft202012Validator:
        if key not in self._validators:
            whole = {"allOf": [schema], "components": self.document["components"]}
            self._validators[key] = Draft202012Validator(whole)
        return self._validators[key]


@dataclass
class Case:
    """A request as a test holds it: its id and the ETag that was seen last."""

    id: str
    etag: str


class Team:
    """Members of staff with one role each, and the ways in which they talk to the service."""

    letter = staticmethod(bodies.letter)
    notice = staticmethod(bodies.notice)

    def __init__(self, service: Service, clock: SettableClock, app: Flask | None = None) -> None:
        """`app` is that of an earlier service, taken over by this one: to make another takes longer than most tests."""
        self.service = service
        self.clock = clock
        self.app = create_app(service) if app is None else app
        self.app.extensions[EXTENSION] = service
        self.client = self.app.test_client()
        self.specification = Specification(self.app)
        self._tokens: dict[str, str] = {}
        self.answers: list[TestResponse] = []

    # Who -------------------------------------------------------------------------------------------------------

    def enrol(self, identifier: str, *roles: Role, controllers: tuple[str, ...] = ("*",)) -> str:
        """A member of staff, bound and trained, with a token; the identifier stands for them in `ask`."""
        desk, call, today = self.service.desk, Call(part("test")), self.clock.now().date()
        desk.staff.enrol(
            call,
            identifier=identifier,
            roles=roles,
            controllers=controllers,
            access_ends_on=today + timedelta(days=365) if Role.AUDITOR in roles else None,
            confidentiality_signed_on=today,
            training=Training("gdpr-basics", today),
        )
        self._tokens[identifier] = desk.staff.secret(desk.staff.issue_token(identifier, call))
        return identifier

    def fetch(self, identifier: str) -> None:
        """A member of staff who was enrolled fetches a token, with a code that was printed on the machine."""
        code = self.service.desk.invitations.print_code(identifier, Call(part("test")))
        answer = self.post("/invitations/acceptance", {"code": code}, None)
        assert answer.status_code == 200, answer.text
        self._tokens[identifier] = answer.get_json()["token"]

    def confirm(self, identifier: str) -> None:
        """The data protection officer confirms what an operator gave this member of staff."""
        etag = self.get(f"/staff/{identifier}", "dpo").headers["ETag"]
        answer = self.post(f"/staff/{identifier}/confirmation", {}, "dpo", if_match=etag)
        assert answer.status_code == 200, answer.text

    def token(self, who: str) -> str:
        """The token of somebody; a role's name stands for `one-<role>`, who has just that one."""
        if who not in self._tokens:
            self._tokens[who] = self._tokens[self.enrol(f"one-{who}", Role(who))]
        return self._tokens[who]

    def subject(self, case: Case) -> str:
        """The data subject of a case, with the token that was mailed."""
        answer = self.command(case, "subject-token", {}, key=str(uuid4()))
        assert answer.status_code == 201, answer.text
        name = f"subject-of-{case.id}"
        self._tokens[name] = secret_in_mail(self.service)
        return name

    # Talking ---------------------------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        who: str | None = "handler",
        *,
        if_match: str | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **sent: Any,
    ) -> TestResponse:
        """One HTTP request; the answer is held against the specification."""
        sends = {
            "Authorization": None if who is None else f"Bearer {self.token(who)}",
            "If-Match": if_match,
            "Idempotency-Key": key,
            **(headers or {}),
        }
        path = (
            path
            if path.startswith(("/health", "/metrics", "/docs", "/api")) or path in AT_THE_ROOT
            else f"/api/v1{path}"
        )
        response = self.client.open(
            path, method=method, headers={name: value for name, value in sends.items() if value is not None}, **sent
        )
        self.answers.append(response)
        self.specification.check(response)
        return response

    def get(self, path: str, who: str | None = "handler", **sent: Any) -> TestResponse:
        return self.ask("GET", path, who, **sent)

    def post(self, path: str, body: Any, who: str | None = "handler", **sent: Any) -> TestResponse:
        return self.ask("POST", path, who, json=body, **sent)

    def command(self, case: Case, name: str, body: Any, who: str = "handler", **sent: Any) -> TestResponse:
        """A command on a request, on the version that was seen last; notes the new one."""
        response = self.post(f"/requests/{case.id}/{name}", body, who, if_match=case.etag, **sent)
        if response.status_code < 300:
            case.etag = self.get(f"/requests/{case.id}").headers["ETag"]
        return response

    def done(self, case: Case, name: str, body: Any, who: str = "handler", **sent: Any) -> dict[str, Any]:
        """A command that has to succeed; what it answers."""
        response = self.command(case, name, body, who, **sent)
        assert response.status_code in (200, 201), response.text
        shown: dict[str, Any] = response.get_json()
        return shown

    def refused(self, response: TestResponse, status: int, code: str) -> dict[str, Any]:
        """The problem, which has to be this one."""
        problem: dict[str, Any] = response.get_json()
        assert (response.status_code, problem["code"]) == (status, code), response.text
        return problem

    def events(self, name: str) -> list[Any]:
        """Every event of this name, without the common prefix, in order."""
        return [each.event for each in self.service.log.read() if each.name == f"dsr.{name}"]

    # Cases -----------------------------------------------------------------------------------------------------

    def entry(self, **facts: Any) -> dict[str, Any]:
        """What is entered for a request that came by telephone."""
        return {
            "controller_id": "callcentre-de",
            "channel": "telephone",
            "received_at": self.clock.now().isoformat(),
            "person": {"name": "Ada Lovelace", "email": "ada@example.org"},
            "text": ACCESS_TEXT,
            "language": "en",
        } | facts

    def arrived(self, **facts: Any) -> Case:
        response = self.post("/requests", self.entry(**facts), "intake", key=str(uuid4()))
        assert response.status_code == 201, response.text
        return Case(response.get_json()["request_id"], response.headers["ETag"])

    def mailed(self, text: str = ACCESS_TEXT) -> Case:
        """A request that came by mail, so that there is an original."""
        raw = mail(text, message_id=f"<{uuid4()}@example.org>")
        response = self.ask("POST", "/intake/messages", "intake", data=raw, content_type="message/rfc822")
        assert response.status_code == 201, response.text
        return Case(response.get_json()["request_id"], '"1"')

    def registered(self, *rights: str, **facts: Any) -> Case:
        case = self.arrived(**facts)
        self.done(case, "registration", {"rights": list(rights)})
        return case

    def granted(self, *rights: str, **facts: Any) -> Case:
        case = self.registered(*rights, **facts)
        for right in rights:
            ground = {"erasure_ground": "no-longer-necessary"} if right == "erasure" else {}
            self.done(case, f"items/{right}/grant", ground)
        return case

    def search(self, case: Case, item_id: str, *found: str, who: str = "handler") -> None:
        """Every open system accounts for the item: found where data was collected or `found` says so, else nothing."""
        listed = self.get(f"/requests/{case.id}/items/{item_id}/search", who).get_json()
        copies = self.service.desk.repository.request(UUID(case.id), part("test")).copies.collected.values()
        holding = {*found, *(copy.system for copy in copies if copy.item_id == item_id)}
        reports = [
            {"system": system, "result": "found"}
            if system in holding
            else {"system": system, "result": "nothing", "identifiers": "ada@example.org"}
            for system in listed["open"]
        ]
        if reports:
            self.done(case, f"items/{item_id}/search", {"reports": reports}, who)

    def collected(self, right: str = "access") -> Case:
        case = self.granted(right)
        self.done(case, f"items/{right}/data-sets", bodies.records(), key=str(uuid4()))
        return case


def mail(text: str = ACCESS_TEXT, *, message_id: str = "<1@example.org>", sender: str = "ada@example.org") -> bytes:
    """One message to a mailbox of the German controller."""
    return (
        f"From: Ada <{sender}>\r\nTo: privacy@callcentre.example\r\nSubject: My request\r\n"
        f"Message-ID: {message_id}\r\n\r\n{text}\r\n"
    ).encode()
