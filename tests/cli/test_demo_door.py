"""`dsr demo --open`: one link into what the demo left, on this machine alone."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dsr.api import create_app
from dsr.bootstrap import Service
from dsr.cli._demo_door import HANDLER, hang_door, serve_what_is_left
from dsr.demo.client import DemoFailed
from dsr.demo.office import Office
from dsr.desk.heartbeats import Part
from dsr.domain.roles import Role
from tests.api.team import Team
from tests.catalogue import bodies
from tests.settable_clock import SettableClock


def unused(link: str) -> None:
    raise AssertionError(f"{link} leads to a folder that is not the demo's")


@pytest.fixture
def team(service: Service, clock: SettableClock) -> Team:
    team = Team(service, clock)
    team.enrol(HANDLER, Role.HANDLER)
    return team


def test_the_link_signs_its_first_visitor_in(team: Team) -> None:
    # given
    app = create_app(team.service)
    code = hang_door(app, team.service)
    visitor = app.test_client()
    # when
    answer = visitor.get(f"/open/{code}")
    # then
    assert (answer.status_code, answer.location) == (303, "/console")
    assert f">{HANDLER}</a>" in visitor.get("/console").text
    (signed_in,) = team.events("staff-session.signed-in")
    assert (signed_in.actor, signed_in.method) == (HANDLER, "machine")


def test_nobody_comes_in_a_second_time_or_with_another_code(team: Team) -> None:
    app = create_app(team.service)
    code = hang_door(app, team.service)
    assert app.test_client().get("/open/another").status_code == 404
    assert app.test_client().get(f"/open/{code}").status_code == 303
    assert app.test_client().get(f"/open/{code}").status_code == 404


def test_a_tour_of_five_steps_leads_to_what_is_there(team: Team) -> None:
    # given
    team.enrol("ines", Role.APPROVER)
    case = team.collected()
    team.search(case, "access")
    team.command(case, "items/access/export", {}, key="a-package")
    refused = team.registered("erasure")
    team.done(refused, "items/erasure/refusal", bodies.refusal())
    team.done(refused, "items/erasure/refusal/decision", {"approve": True}, "ines")
    app = create_app(team.service)
    visitor = app.test_client()
    # when
    visitor.get(f"/open/{hang_door(app, team.service)}")
    shown = visitor.get("/console").text.partition('class="tour"')[2].partition("</section>")[0]
    # then
    steps = re.findall(r'<a href="([^"]+)"', shown)
    assert len(steps) == 5
    assert [visitor.get(each).status_code for each in steps] == [200, 200, 200, 200, 200]
    # and elsewhere there is none
    other = create_app(team.service).test_client()
    other.set_cookie("dsr_staff", team.service.desk.sessions.begin_on_machine(HANDLER))
    assert 'class="tour"' not in other.get("/console").text


def test_a_service_that_is_no_demo_has_no_such_door(team: Team) -> None:
    assert create_app(team.service).test_client().get("/open/anything").status_code == 404


@pytest.mark.parametrize("made", [lambda folder: None, lambda folder: folder.mkdir()])
def test_only_a_folder_of_the_demo_is_served(tmp_path: Path, made: Callable[[Path], None]) -> None:
    folder = tmp_path / "real-data"
    made(folder)
    with pytest.raises(DemoFailed, match="holds no demo"):
        serve_what_is_left(folder, 8000, unused)


def test_a_visitor_without_a_passkey_goes_on_where_a_fresh_proof_is_asked_for(team: Team) -> None:
    # given
    case = team.collected()
    team.search(case, "access")
    app = create_app(team.service)
    visitor = app.test_client()
    visitor.get(f"/open/{hang_door(app, team.service)}")
    form = f"/console/cases/{case.id}/do/prepare_export?item_id=access"
    # when
    team.clock.advance(minutes=6)
    asked = visitor.get(form)
    # then
    assert asked.location.startswith("/account/step-up?next=")
    vouched = visitor.get(asked.location)
    assert vouched.location == form
    assert visitor.get(form).status_code == 200
    # and nobody else is vouched for
    assert app.test_client().get("/account/step-up").location == "/sign-in"


WORKING = {Part.LETTERS.value, Part.POLICIES.value}
"""Threads of a worker."""


class Looked(Exception):
    """Ends the serving once the link is told."""


def test_a_worker_runs_beside_what_is_served(tmp_path: Path) -> None:
    # given
    office = Office(tmp_path / "demo-data")
    office.clear()
    office.run("init")
    seen: set[str] = set()

    def tell(_link: str) -> None:
        deadline = time.monotonic() + 10
        while not seen >= WORKING and time.monotonic() < deadline:
            seen.update(each.name for each in threading.enumerate())
        raise Looked

    # when
    with pytest.raises(Looked):
        serve_what_is_left(office.folder, 0, tell)
    # then
    assert seen >= WORKING
    assert not WORKING & {each.name for each in threading.enumerate()}, "it ends with the serving"
