"""Who may use what: the matrix of roles, and what every command asks for, from the table of routes itself."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dsr.api.operation import Operation
from dsr.domain.roles import Role
from tests.api.routes import routes
from tests.api.team import Team
from tests.catalogue.catalogue import OVER_HTTP
from tests.catalogue.command import OverHttp

EVERYWHERE = [
    {"system": "crm", "result": "found"},
    *(
        {"system": each, "result": "left-out", "reason": "It is switched off."}
        for each in ("hr", "quality", "recordings")
    ),
]
COMMANDS = {f"POST {each.path}": each for each in OVER_HTTP.values()}
"""The catalogue by route; where one route takes several commands, they are for the same roles."""

READ_BY_ANYONE = {
    "GET /exports/session/package",
    "GET /x",
    "GET /x/link.js",
    "GET /x/{}",
    "GET /x/{}/package",
    "GET /schemas/export-manifest.json",
    "GET /schemas/ropa.json",
    "GET /controllers/{}/jwks.json",
    "GET /evidence/keys",
    "GET /openapi.json",
    "GET /",
    "GET /favicon.ico",
    "GET /robots.txt",
    "GET /.well-known/security.txt",
    "GET /docs",
    "GET /docs/errors",
    "GET /docs/openapi-python-client.yml",
    "GET /docs/search.js",
    "GET /docs/types",
    "GET /docs/style.css",
    "GET /docs/{}",
    "GET /look/logo",
    "GET /look/style.css",
    "GET /account",
    "GET /account/passkey",
    "GET /account/step-up",
    "GET /invitation",
    "GET /sign-in",
    "GET /account/step-up/openid",
    "GET /sign-in/openid",
    "GET /sign-in/openid/callback",
    "GET /sign-in/passkey.js",
    "GET /console/calendar/{}.ics",
    "GET /console/console.css",
    "GET /console/console.js",
    "GET /console/task",
    "GET /console/task.js",
    "GET /console/task/{}",
    "GET /my",
    "GET /request",
    "GET /request/mail/confirmation",
    "GET /request/embed.js",
    "GET /request/frame.js",
    "GET /request/{}",
    "GET /my/consent",
    "GET /my/message",
    "GET /my/request",
    "GET /my/style.css",
    "GET /my/withdrawal",
    "GET /health/live",
    "GET /health/ready",
}
"""Pages and documents that need no token."""


def test_every_route_names_its_roles(team: Team) -> None:
    for name, (_, said) in routes(team.app).items():
        assert said.public == (name in READ_BY_ANYONE or (name in COMMANDS and not COMMANDS[name].roles)), name
        assert said.public or said.roles or said.stands_for, f"{name} names no roles: nobody gets in"
        assert not said.roles or said.roles <= set(Role)


def of_programs(team: Team) -> list[tuple[str, Operation]]:
    """All routes but the pages of the console, whose forms give the same commands."""
    return [(name, said) for name, (_, said) in routes(team.app).items() if not said.page]


def test_every_command_is_for_those_whom_the_law_names(team: Team) -> None:
    commands = {name: said for name, said in of_programs(team) if name.startswith("POST")}
    assert {name: said.roles for name, said in commands.items()} == {name: COMMANDS[name].roles for name in COMMANDS}
    assert len({(each.path, each.roles) for each in OVER_HTTP.values()}) == len(COMMANDS), "one route, the same roles"


def test_the_auditor_changes_nothing_and_the_operator_sees_no_case(team: Team) -> None:
    for name, said in of_programs(team):
        if name.startswith("POST") and not COMMANDS[name].reads:
            assert Role.AUDITOR not in (said.roles or ()), name
        if any(
            part in name
            for part in (
                "/requests",
                "/exports/",
                "/dispatches",
                "/quarantine",
                "-erasures",
                "/authority-disclosures",
                "/matters",
            )
        ):
            assert Role.OPERATOR not in (said.roles or ()), name


def test_every_command_takes_a_key_and_names_its_version(team: Team) -> None:
    for name, said in of_programs(team):
        if name.startswith("POST"):
            assert said.takes_key == COMMANDS[name].takes_key, name
            assert said.if_match == COMMANDS[name].versioned, name
            assert said.key_required or said.if_match or not COMMANDS[name].versioned, name


ON_A_REQUEST = [each for each in OVER_HTTP.values() if each.path.startswith("/requests/{}/") and each.versioned]
"""Every command on a request."""


def path_on(request_id: str, command: OverHttp) -> str:
    """The path of a command on this request, its item of access, and things that exist nowhere."""
    path = command.path.replace("{}", request_id, 1).replace("/items/{}", "/items/access")
    path = path.replace("/earlier-facts/{}", "/earlier-facts/1")
    return path.replace("{}", str(uuid4()))


def one_of(roles: frozenset[Role]) -> str:
    """Who gives a command that these roles may give: a handler where one may."""
    return (Role.HANDLER if Role.HANDLER in roles else min(roles)).value


@pytest.fixture
def case(team: Team) -> Any:
    team.token("handler")
    return team.mailed()


def test_no_command_is_taken_without_the_version_it_was_decided_on(team: Team, case: Any) -> None:
    before = len(list(team.service.log.read()))
    for command in ON_A_REQUEST:
        path, who, body = path_on(case.id, command), one_of(command.roles), command.body
        team.refused(team.post(path, body, who, key=str(uuid4())), 428, "precondition-required")
        for malformed in ("1", 'W/"1"', "*", '"1", "2"', '"x"', '"0"', '""'):
            team.refused(
                team.post(path, body, who, if_match=malformed, key=str(uuid4())), 400, "precondition-malformed"
            )
        stale = team.post(path, body, who, if_match='"7"', key=str(uuid4()))
        team.refused(stale, 412, "version-stale")
    added = [each.name for each in team.service.log.read()][before:]
    of_a_new_colleague = ("enrolled", "confidentiality-signed", "training-completed", "token-issued")
    assert set(added) <= {f"dsr.staff.{name}" for name in of_a_new_colleague}


def test_no_command_reaches_a_request_out_of_scope(team: Team, case: Any) -> None:
    team.enrol("french", Role.HANDLER, Role.APPROVER, Role.DPO, controllers=("callcentre-fr",))
    for command in ON_A_REQUEST:
        for request_id in (case.id, str(uuid4())):
            path = path_on(request_id, command)
            answer = team.post(path, command.body, "french", if_match='"1"', key=str(uuid4()))
            team.refused(answer, 404, "request-unknown")


def test_every_command_asked_again_gets_the_first_answer(team: Team, make_records: Callable[..., Any]) -> None:
    case = team.arrived()
    steps: list[tuple[str, str, Any]] = [
        ("handler", "registration", {"rights": ["access"]}),
        ("handler", "assignment", {"assignee": "one-handler"}),
        ("handler", "notes", {"note": "Called back."}),
        (
            "dpo",
            "dpo-opinion",
            {"supports": False, "opinion": "Ask for less.", "method": "document-copy", "doubt": "Other address."},
        ),
        ("handler", "identity-question", {"doubt": "Other address.", "method": "call-back"}),
        ("handler", "identity-evidence", {"evidence": "Contract number 7."}),
        ("handler", "identity-confirmation", {"method": "known-facts", "assurance": "low"}),
        ("handler", "items/access/grant", {}),
        ("handler", "items/access/data-sets", make_records()),
        ("handler", "items/access/search", {"reports": EVERYWHERE}),
        ("handler", "items/access/export", {}),
        ("handler", "subject-token", {}),
        ("handler", "disclosures", {"purpose": "assessment"}),
        ("handler", "withdrawal", {"confirmed": True}),
        ("handler", "reopening", {"reason": "Taken back by mistake.", "item_ids": ["access"]}),
    ]
    for who, name, body in steps:
        path, etag, key = f"/requests/{case.id}/{name}", case.etag, str(uuid4())
        first = team.post(path, body, who, if_match=etag, key=key)
        assert first.status_code in (200, 201), f"{name}: {first.text}"
        head = team.service.log.head().position
        again = team.post(path, body, who, if_match=etag, key=key)
        assert (again.status_code, again.data) == (first.status_code, first.data), name
        assert again.headers.get("ETag") == first.headers.get("ETag")
        assert team.service.log.head().position == head, f"{name} happened twice"
        other = team.post(path, body | {"x": 1}, who, if_match=etag, key=key)
        assert other.status_code == 422
        case.etag = team.get(f"/requests/{case.id}").headers["ETag"]


def test_a_key_belongs_to_one_caller_one_path_and_one_body(team: Team) -> None:
    first = team.post("/requests", team.entry(), "intake", key="one")
    again = team.post("/requests", team.entry(), "intake", key="one")
    assert (again.status_code, again.data, again.headers["Location"]) == (201, first.data, first.headers["Location"])
    reused = team.post("/requests", team.entry(text="Something else."), "intake", key="one")
    team.refused(reused, 422, "idempotency-key-reused")
    other = team.post("/requests", team.entry(), "handler", key="one")
    assert other.get_json()["request_id"] != first.get_json()["request_id"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "ä"])
def test_a_key_that_no_log_could_show_is_refused(team: Team, key: str) -> None:
    team.refused(team.post("/requests", team.entry(), "intake", key=key), 400, "idempotency-key-invalid")
