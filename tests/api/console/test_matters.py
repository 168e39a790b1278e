"""Matters in the console: the list, one matter, its commands, its text opened on record."""

import re
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.domain.matter import MatterOutcome
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Team
from tests.api.test_matters import complained
from tests.catalogue.matters import drafted
from tests.desk.office import Office, member

WORDS = "I complained twice, and nobody answered."


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the forms on a page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text))


def test_the_list_says_what_is_due(team: Team, carla: Colleague) -> None:
    assert "No complaint, incident or letter of an authority is open." in carla.open("/console/matters").text
    matter_id = complained(team).get_json()["matter_id"]
    shown = carla.open("/console/matters").text
    assert f"/console/matters/{matter_id}" in shown
    assert "Complaint" in shown


def test_a_matter_is_closed_to_who_is_elsewhere(team: Team, carla: Colleague) -> None:
    matter_id = complained(team).get_json()["matter_id"]
    team.enrol("francois", Role.HANDLER, controllers=("callcentre-fr",))
    headers = {"Authorization": f"Bearer {team.token('francois')}"}
    assert team.client.get(f"/console/matters/{matter_id}", headers=headers).status_code == 404


def test_an_incident_is_reported_by_form(team: Team, carla: Colleague) -> None:
    # given
    form = carla.open("/console/do/open_incident")
    assert form.status_code == 200
    # when
    answer = carla.send(
        "/console/do/open_incident",
        **hidden(form.text),
        controllers="callcentre-de",
        channel="email",
        certain_at="2026-03-05T09:00",
        content="A letter went to the wrong address.",
    )
    # then
    assert answer.status_code == 303, answer.text
    assert "Incident" in carla.open("/console/matters").text


def test_its_text_is_opened_on_record(team: Team, carla: Colleague) -> None:
    # given
    matter_id = complained(team).get_json()["matter_id"]
    page = carla.open(f"/console/matters/{matter_id}")
    # when
    opened = carla.send(f"/console/matters/{matter_id}/open", **hidden(page.text), purpose="complaint")
    # then
    assert opened.status_code == 200
    assert 'class="opened"' in opened.text
    assert 'class="opened"' not in page.text
    assert [each.actor for each in team.events("matter.parts-opened")] == ["carla"]


def test_a_matter_is_assigned_by_form(team: Team, carla: Colleague) -> None:
    matter_id = complained(team).get_json()["matter_id"]
    form = carla.open(f"/console/matters/{matter_id}/do/assign_matter")
    answer = carla.send(f"/console/matters/{matter_id}/do/assign_matter", **hidden(form.text), responsible="carla")
    assert answer.location == f"/console/matters/{matter_id}?done=assign_matter"
    assert "carla" in carla.open(f"/console/matters/{matter_id}").text


def test_the_file_of_a_closed_matter_is_proposed_for_forgetting_by_form(team: Team, carla: Colleague) -> None:
    # given
    matter_id = complained(team).get_json()["matter_id"]
    desk, call = team.service.desk, Call(member("ann"))
    said: dict[str, Any] = {"channel": Channel.POST, "reasons": "She is right.", "remedies": "Berlin."}
    desk.matters.answer(UUID(matter_id), call, **said)
    desk.matters.close(UUID(matter_id), call, outcome=MatterOutcome.UPHELD)
    address = f"/console/matters/{matter_id}/do/propose_matter_forgetting"
    assert address in carla.open(f"/console/matters/{matter_id}").text
    # when
    form = hidden(carla.open(address).text)
    answer = carla.send(address, **form, ground="court-order", reasons="By the judgment of 3 March.")
    # then
    assert answer.status_code == 303, answer.text
    assert [each.actor for each in team.events("own-file.forgetting-proposed")] == ["carla"]


def test_a_letter_on_paper_is_posted_by_form_once_it_was_released(team: Team, carla: Colleague) -> None:
    # given
    office = Office(team.service, team.clock)
    place = f"/console/matters/{drafted(office, Channel.POST)}"
    query = f"?letter_id={office.remembered['letter']}"

    def offered() -> list[str]:
        return [each.removesuffix(query) for each in re.findall(r'href="[^"]+/do/([^"]+)"', carla.open(place).text)]

    for command, other in (("release_matter_letter", "post_matter_letter"), ("post_matter_letter", "")):
        assert command in offered()
        assert other not in offered()
        # when
        form = carla.open(f"{place}/do/{command}{query}").text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
        assert carla.send(f"{place}/do/{command}", **hidden).status_code == 303
    # then
    assert not {"release_matter_letter", "post_matter_letter", "discard_matter_letter"} & set(offered())


def test_a_letter_is_printed_on_record(team: Team, carla: Colleague) -> None:
    # given
    office = Office(team.service, team.clock)
    place = f"/console/matters/{drafted(office, Channel.POST)}"
    printed = f"{place}/letters/{office.remembered['letter']}/paper"
    page = carla.open(place).text
    assert f'action="{printed}"' in page
    # when
    sent = hidden(page.partition(f'action="{printed}"')[2].partition("</form>")[0]) | {"purpose": "answering"}
    answer = carla.client.post(printed, data=sent, environ_base=carla._from())
    # then
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert [(each.actor, each.purpose) for each in team.events("matter.parts-opened")] == [("carla", "answering")]
    # and not for what her roles do not open
    refused = carla.client.post(printed, data=sent | {"purpose": "audit"}, environ_base=carla._from())
    assert refused.status_code == 403
    assert len(team.events("matter.parts-opened")) == 1
