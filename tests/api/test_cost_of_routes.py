"""What each route sends to the databases: counted on both, and compared with the table of tests/traffic.py."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from typing import Any, Final
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from dsr.api.examples import WITHOUT
from dsr.bootstrap import Service, build
from dsr.desk.caller import Call
from dsr.desk.caller import service as machine
from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from dsr.mailbox.rules_reader import RulesReader
from dsr.settings import Settings
from tests.api.colleague import Colleague
from tests.api.examples import called, operations
from tests.api.my.conftest import Person, offered_of, public_at
from tests.api.routes import routes
from tests.api.team import Team
from tests.api.test_handing_over_over_http import HERE, PATH, ready
from tests.api.test_matters import complained
from tests.api.test_routes import COMMANDS, READ_BY_ANYONE
from tests.authenticator import Authenticator
from tests.desk.office import Office
from tests.receiver import Receiver
from tests.settable_clock import SettableClock
from tests.traffic import TABLE, WRITTEN_BY, counted, known_costs, require_known_cost

ABOUT_NOTHING: Final = {
    "GET /announcements/{}",
    "GET /audit/bundles/{}",
    "GET /authority-disclosures/{}",
    "GET /intake/quarantine/{}",
    "GET /own-initiative-erasures/{}",
    "GET /retention/batches/{}",
    "GET /saved-filters/{}",
    "GET /uploads/{}",
}
"""Counted with an id that exists nowhere: they look for one row, and show it where it is."""

OF_THE_DESK: Final = {
    *(name for name in READ_BY_ANYONE if name not in ("GET /health/live", "GET /health/ready")),
    "GET /session",
    "DELETE /audit/bundles/{}",
    "DELETE /saved-filters/{}",
    "DELETE /uploads/{}",
    "PATCH /uploads/{}",
}
"""Counted at the desk alone, as the command or the act that they run; a session shows what the guard has read."""

_ASKED: Final = {"/api/v1/evidence/growth": "?earlier=1"}
"""By path: what has to be asked there."""

WARM: Final = {
    *("POST /requests", "POST /intake/messages", "POST /requests/search", "POST /requests/{}/assignment"),
    *("POST /requests/{}/notes", "POST /requests/{}/disclosures", "POST /requests/{}/answers"),
}
"""Much used: counted in a process that has done such things before. Other commands are counted in a new one."""

_SHOWN: Final = {route for name, route in operations().items() if name not in WITHOUT}

AS_EXAMPLES: Final = sorted(_SHOWN & COMMANDS.keys() - WARM)
"""Every other command: its example in the specification is the call that is counted."""

HAND_OVER: Final = "POST /requests/{}/items/{}/hand-over"
"""It has no example, since it needs the interface of another controller."""


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def calls(team: Team, mail: Callable[..., bytes]) -> dict[str, Callable[[], Any]]:
    """For each route that is counted, a call, to be made in this order."""
    for role in Role:  # who is enrolled, and uses a token for the first time today, costs more
        if role is not Role.DATA_SUBJECT:
            team.get("/staff/me", role.value)
    case = team.collected()
    team.search(case, "access")
    export = team.command(case, "items/access/export", {}, key="export")
    letter = team.done(case, "dispatches", {"kind": "acknowledgement"}, key="letter")
    team.service.desk.evidence.checkpoint(Call(machine("evidence")))
    known = {
        "<uuid:request_id>": case.id,
        "<item_id>": "access",
        "<identifier>": "one-handler",
        "<int:version>": "1",
        "<int:position>": "1",
        "<uuid:export_id>": export.headers["Location"].rsplit("/", 1)[1],
        "<uuid:dispatch_id>": letter["dispatch_id"],
        "<uuid:announcement_id>": str(uuid4()),
        "<uuid:matter_id>": complained(team, request_ids=[case.id]).get_json()["matter_id"],
    }

    def get(rule: str, roles: frozenset[Role]) -> Callable[[], Any]:
        place = rule
        for name, value in known.items():
            place = place.replace(name, value)
        if "<uuid:" in place:
            place = f"{place.split('<')[0]}{uuid4()}"
        who = None if not roles else Role.HANDLER if Role.HANDLER in roles else min(roles)
        return lambda: team.get(place + _ASKED.get(rule, ""), who)

    versions = count(int(case.etag.strip('"')))

    def command(name: str, body: Any) -> Callable[[], Any]:
        return lambda: team.post(f"/requests/{case.id}/{name}", body, if_match=f'"{next(versions)}"', key=str(uuid4()))

    counted_here = {
        name: get(rule.rule, said.roles or frozenset())
        for name, (rule, said) in routes(team.app).items()
        if name.startswith("GET ") and name not in OF_THE_DESK and not said.page
    }
    return counted_here | {
        "POST /requests": lambda: team.post("/requests", team.entry(), "intake", key=str(uuid4())),
        "POST /intake/messages": lambda: team.ask(
            "POST", "/intake/messages", "intake", data=mail(message_id="<2@example.org>"), content_type="message/rfc822"
        ),
        "POST /requests/search": lambda: team.post("/requests/search", {"email": "ada@example.org"}),
        "POST /requests/{}/assignment": command("assignment", {"assignee": "one-handler"}),
        "POST /requests/{}/notes": command("notes", {"note": "Called back."}),
        "POST /requests/{}/disclosures": command("disclosures", {"purpose": "assessment"}),
        "POST /requests/{}/answers": command("answers", team.letter(LetterKind.ACKNOWLEDGEMENT)),
    }


def test_each_route_costs_what_it_is_known_to_cost(
    team: Team, make_mail: Callable[..., bytes], backend: str, subtests: pytest.Subtests
) -> None:
    for name, call in calls(team, make_mail).items():
        with subtests.test(name):
            with counted(team.service) as traffic:
                answer = call()
            assert answer.status_code in ((404,) if name in ABOUT_NOTHING else (200, 201)), answer.text
            require_known_cost(f"route: {name}", backend, traffic)


@pytest.fixture(scope="module")
def apps() -> list[Flask]:
    """The application, once it was made: each service of a test takes it over."""
    return []


@pytest.mark.parametrize("route", AS_EXAMPLES)
def test_each_command_over_http_costs_what_it_is_known_to_cost(
    service: Service, clock: SettableClock, backend: str, route: str, apps: list[Flask]
) -> None:
    team = Team(service, clock, *apps)
    apps[:] = [team.app]
    require_known_cost(f"route: {route}", backend, called(route, team, Office(service, clock)).traffic)


def forms(team: Team) -> Iterator[tuple[str, Callable[[], TestResponse]]]:
    """For each form on the pages of the data subject, the call that sends it; what it needs has happened by then."""
    reader, leaver = Person(team), Person(team)
    offered = offered_of(team, team.collected())
    told, leaves = (
        team.get(f"/requests/{each.id}").get_json()["reference"] for each in (offered.case, team.registered("access"))
    )
    reader.open("/my")
    yield "POST /my/code", lambda: reader.send("/my/code", reference=told)
    code = reader.codes()[-1]
    yield "POST /my/session", lambda: reader.send("/my/session", reference=told, code=code)
    reader.open("/my/request")
    waiting = {"package": offered.export_id, "password": offered.password}
    yield "POST /my/package", lambda: reader.send("/my/package", **waiting)
    assert reader.open(f"{offered.page}/package").data  # the link is used up by a download
    yield "POST /my/package/link", lambda: reader.send("/my/package/link", package=offered.export_id)
    leaver.sign_in(leaves)
    part = {"part": "access"}
    yield "POST /my/withdrawal/confirmation", lambda: leaver.send("/my/withdrawal/confirmation", **part)
    yield "POST /my/message", lambda: leaver.send("/my/message", text="I moved out.")
    yield "POST /my/consent", lambda: leaver.send("/my/consent")
    yield "POST /my/withdrawal", lambda: leaver.send("/my/withdrawal", **part)
    yield "POST /my/sign-out", lambda: leaver.send("/my/sign-out")
    asker = Person(team)
    public_at(team, "https://dsr.example")
    ticket = asker.ticket_of("/request/callcentre-de")
    asked = {"ticket": ticket, "right": "access", "name": "Ada Lovelace", "email": "ada@example.org"}
    yield "POST /request/{}", lambda: asker.send("/request/callcentre-de", **asked)
    confirmation = asker.link_in_mail()
    yield "POST /request/mail/confirmation", lambda: asker.send("/request/mail/confirmation", link=confirmation)
    linked, comer = offered_of(team, team.collected()), Person(team)
    comer.open("/x")
    yield "POST /x", lambda: comer.send("/x", token=linked.token, password=linked.password)
    code, invited = (
        team.service.desk.invitations.print_code(team.enrol("carla", Role.HANDLER), Call(machine("cli"))),
        Person(team),
    )
    invited.open("/invitation")
    yield "POST /invitation", lambda: invited.send("/invitation", code=code)
    yield from _forms_of_owners(team)
    yield from _forms_of_staff(team)


def _forms_of_owners(team: Team) -> Iterator[tuple[str, Callable[[], TestResponse]]]:
    """The forms for owners of systems, who have no account."""
    case, owner = team.granted("access"), Person(team)
    asked = {"system": "crm", "look_for": "Ada Lovelace, customer 4711"}
    token = team.done(case, "items/access/search/links", asked, key="owner")["token"]
    places: list[str] = []

    def opened() -> TestResponse:
        answer = owner.send("/console/task", token=token)
        places.append(answer.location)
        return answer

    def sent(form: str, **typed: Any) -> TestResponse:
        return owner.send(f"{places[0]}/{form}", **typed)

    owner.open("/console/task")
    yield "POST /console/task", opened
    owner.open(places[0])
    invoice = {"kind": "file", "purpose": "to invoice", "description": "An invoice.", "provenance": "observed"}
    file = io.BytesIO(b"%PDF-1.4 invoice"), "invoice.pdf"
    yield "POST /console/task/{}/data", lambda: sent("data", **invoice, file=file)
    yield "POST /console/task/{}/result", lambda: sent("result", result="found")


def _forms_of_staff(team: Team) -> Iterator[tuple[str, Callable[[], TestResponse]]]:
    """The forms of the pages for members of staff."""
    code = team.service.desk.invitations.print_code(team.enrol("dora", Role.HANDLER), Call(machine("cli")))
    dora, second = Colleague(team), Authenticator()
    dora.open("/invitation")
    yield "POST /invitation/passkey", lambda: dora.send("/invitation/passkey", code=code)
    registered = dora.key.create(dora.options)
    yield "POST /invitation/registration", lambda: dora.send("/invitation/registration", code=code, answer=registered)
    dora.open("/account/passkey")
    another = second.create(dora.options)
    yield "POST /account/passkeys", lambda: dora.send("/account/passkeys", answer=another)
    dora.open("/account/step-up")
    proof = dora.key.get(dora.options)
    yield "POST /account/step-up", lambda: dora.send("/account/step-up", answer=proof)
    dora.open("/account")
    passkey = dora.ids("passkey")[0]
    yield "POST /account/passkeys/revocation", lambda: dora.send("/account/passkeys/revocation", passkey=passkey)
    dora.open("/account")
    token = dora.ids("token")[0]
    yield "POST /account/tokens/revocation", lambda: dora.send("/account/tokens/revocation", token=token)
    elsewhere = dora.at_another_browser()
    elsewhere.open("/sign-in")
    signed = elsewhere.key.get(elsewhere.options)
    yield "POST /sign-in", lambda: elsewhere.send("/sign-in", answer=signed)
    elsewhere.open("/account")
    session = elsewhere.ids("session")[0]
    yield "POST /account/sessions/end", lambda: elsewhere.send("/account/sessions/end", session=session)
    yield "POST /sign-out", lambda: elsewhere.send("/sign-out")


def test_each_form_of_the_data_subject_costs_what_it_is_known_to_cost(
    team: Team, backend: str, subtests: pytest.Subtests
) -> None:
    for name, send in forms(team):
        with subtests.test(name):
            with counted(team.service) as traffic:
                answer = send()
            assert answer.status_code in (200, 201, 303), answer.text
            require_known_cost(f"route: {name}", backend, traffic)


def test_a_hand_over_costs_what_it_is_known_to_cost(
    settings: Settings, clock: SettableClock, receiver: Receiver, backend: str
) -> None:
    reachable = replace(settings, transfer_ca=receiver.authorities, transfer_private_networks=HERE)
    with closing(build(reachable, clock=clock, reader=RulesReader())) as service:
        team = Team(service, clock)
        case, package = ready(team)
        with counted(service) as traffic:
            team.done(case, PATH, {"export_id": package, "url": receiver.url()}, "system-owner", key="hand-over")
    require_known_cost(f"route: {HAND_OVER}", backend, traffic)


def test_the_table_of_costs_holds_every_route_that_is_not_counted_at_the_desk(team: Team) -> None:
    served = {name for name, (_, said) in routes(team.app).items() if not said.page}  # tests/api/console counts those
    known = known_costs("route")
    missing, left = sorted(served - OF_THE_DESK - known), sorted(known - served | known & OF_THE_DESK)
    assert not missing, f"no cost in tests/{TABLE.name}: {', '.join(missing)}. Each is written by {WRITTEN_BY}"
    assert not left, f"remove the cost of what is no route, or is counted at the desk, from tests/{TABLE.name}: {left}"
    assert not any(each.startswith("POST ") for each in OF_THE_DESK)
