"""Pages of the console: who sees them, what they show, and that they open nothing by themselves."""

import re
from html import escape

import pytest

from dsr.api.console.operations import COMMANDS
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Team

SEALED = "I am requesting access to my personal data"
ALL_PAGES = ("/console", "/console/queue", "/console/letters", "/console/cases/{}", "/console/cases/{}/do/add_note")


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def test_who_signs_in_comes_to_the_work_of_today(team: Team, carla: Colleague) -> None:
    assert carla.at_another_browser().sign_in_with_key().location == "/console"


@pytest.mark.parametrize("path", ALL_PAGES)
def test_who_is_not_signed_in_goes_to_sign_in(team: Team, path: str) -> None:
    answer = team.app.test_client().get(path.format(team.registered("access").id))
    assert (answer.status_code, answer.location) == (303, "/sign-in")


@pytest.mark.parametrize("path", ALL_PAGES)
def test_no_page_opens_anything_by_itself(team: Team, carla: Colleague, path: str) -> None:
    # given
    case = team.registered("access")
    # when
    answer = carla.open(path.format(case.id))
    # then
    assert answer.status_code == 200
    assert SEALED not in answer.text
    assert "ada@example.org" not in answer.text
    assert "disclosed" not in team.get(f"/requests/{case.id}/timeline").text


def test_a_case_of_another_controller_is_not_there(team: Team) -> None:
    case = team.registered("access")
    team.enrol("francois", Role.HANDLER, controllers=("callcentre-fr",))
    francois = Colleague(team)
    francois.register(team.service.desk.invitations.print_code("francois", Call(part("cli"))))
    assert francois.open(f"/console/cases/{case.id}").status_code == 404
    assert case.id not in francois.open("/console/queue").text


def test_the_queue_says_what_each_case_asks_and_when_it_is_due(team: Team, carla: Colleague) -> None:
    case = team.registered("access", "erasure")
    shown = carla.open("/console/queue").text
    assert case.id in shown
    assert "in 30 days, Sat 4 Apr" in shown
    assert ">Access</span>" in shown


def test_a_typed_reference_leads_to_its_case(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    typed = team.get(f"/requests/{case.id}").get_json()["reference"].lower().replace("-", " ")
    answer = carla.open("/console/queue", query_string={"look": typed})
    assert answer.location == f"/console/cases/{case.id}"
    assert "No case in your scope" in carla.open("/console/queue?look=DSR-2222-2222").text


def test_a_filter_that_is_no_filter_is_named(carla: Colleague) -> None:
    answer = carla.open("/console/queue?clock=broken&nonsense=1")
    assert answer.status_code == 422
    assert "clock, nonsense" in answer.text


def test_a_case_shows_how_it_stood(team: Team, carla: Colleague) -> None:
    case = team.arrived()
    team.clock.advance(minutes=1)
    team.done(case, "registration", {"rights": ["access"]})
    shown = carla.open(f"/console/cases/{case.id}?at=1").text
    assert "You see the case as it stood" in shown
    assert "To triage" in shown


def test_a_case_as_it_stood_knows_no_letter_and_no_message_that_came_later(team: Team, carla: Colleague) -> None:
    # given: a letter that left in the end, and somebody who rang
    case = team.registered("access")
    team.clock.advance(minutes=1)
    draft = team.done(case, "dispatches", {"kind": "acknowledgement"}, key="a-letter")["dispatch_id"]
    team.done(case, "notes", {"note": "A draft is there."})
    noted = team.get(f"/requests/{case.id}").get_json()["version"]
    team.clock.advance(minutes=1)
    etag = team.get(f"/dispatches/{draft}").headers["ETag"]
    assert team.post(f"/dispatches/{draft}/release", {}, if_match=etag, key="r").status_code == 200
    team.service.desk.dispatching.drain(team.clock.now(), 100)
    rang = {"channel": "telephone", "received_at": team.clock.now().isoformat(), "language": "en", "text": "Hello?"}
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    team.done(case, "messages", rang, key="a-call")
    now = carla.open(f"/console/cases/{case.id}").text
    assert (now.count("Nobody has examined it"), now.count(f"/console/letters/{draft}"), "Left " in now) == (1, 1, True)
    # when
    before = carla.open(f"/console/cases/{case.id}?at=2").text
    then = carla.open(f"/console/cases/{case.id}?at={noted}").text
    # then
    assert "No letter has been written." in before
    assert (then.count(f"/console/letters/{draft}"), "Left " in then, "Prepared by" in then) == (1, False, True)
    assert "Nobody has examined it" not in before + then


def test_an_opening_is_on_record_and_shown_once(team: Team, carla: Colleague) -> None:
    # given
    case = team.registered("access")
    carla.open(f"/console/cases/{case.id}")
    # when
    version = team.get(f"/requests/{case.id}").get_json()["version"]
    opened = carla.send(
        f"/console/cases/{case.id}/open", version=str(version), key="k1", purpose="assessment", versions="1"
    )
    # then
    assert SEALED in opened.text
    names = [each["name"] for each in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert names[-1] == "dsr.request.personal-data-disclosed"
    assert SEALED not in carla.open(f"/console/cases/{case.id}").text


def test_a_form_of_another_site_changes_nothing(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    carla.open(f"/console/cases/{case.id}")
    answer = carla.send(
        f"/console/cases/{case.id}/do/add_note", version="1", key="k1", note="Forged.", form_token="0" * 64
    )
    assert answer.status_code == 403
    assert "note-added" not in team.get(f"/requests/{case.id}/timeline").text


def test_every_page_allows_nothing_from_other_hosts(team: Team, carla: Colleague) -> None:
    for path in ALL_PAGES:
        policy = carla.open(path.format(team.registered("access").id)).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy, path


def test_a_case_says_whom_it_waits_for_and_why_something_is_not_possible(team: Team, carla: Colleague) -> None:
    # given
    case = team.registered("access")
    # when
    shown = carla.open(f"/console/cases/{case.id}").text
    # then
    waits, _, rest = shown.partition("It waits for")[2].partition("What you can do")
    assert "A handler to grant it, to propose a refusal, or to find nothing" in waits
    assert f"/console/cases/{case.id}/do/grant_item?item_id=access" in waits
    not_now = rest.partition("Not possible now, and why")[2]
    steps = team.get(f"/requests/{case.id}/next").get_json()["steps"]
    (done,) = (each for each in steps if each["command"] == "record_done")
    assert "Record that it is done" in not_now
    assert escape(done["detail"].partition("`")[0]) in not_now


def test_what_a_case_offers_is_what_the_interface_says(team: Team, carla: Colleague) -> None:
    case = team.granted("access")
    shown = carla.open(f"/console/cases/{case.id}").text
    steps = team.get(f"/requests/{case.id}/next").get_json()["steps"]
    possible = shown.partition("What you can do")[2].partition("Not possible now, and why")[0]
    allowed = {each["operation"] for each in steps if each["allowed"] and each["operation"] in with_a_form(team)}
    assert allowed - {"account_for_systems", "revoke_export"} == set(re.findall(r"/do/([a-z_]+)", possible))
    assert f"/console/cases/{case.id}/data/access#search" in possible


def with_a_form(team: Team) -> set[str]:
    return set(team.app.extensions[COMMANDS])


def test_what_nobody_ticked_stays_sealed(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    carla.open(f"/console/cases/{case.id}")
    version = team.get(f"/requests/{case.id}").get_json()["version"]
    answer = carla.send(f"/console/cases/{case.id}/open", version=str(version), key="k1", purpose="assessment")
    assert answer.status_code == 422
    assert SEALED not in answer.text
    assert "personal-data-disclosed" not in team.get(f"/requests/{case.id}/timeline").text
