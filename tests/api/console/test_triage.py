"""Triage: one letter after the other."""

import re
from typing import Any

import pytest

from dsr.api.console.triage import marked
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Team


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def hidden(text: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with this action."""
    form = text.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


def test_triage_begins_with_the_letter_that_is_due_first(team: Team) -> None:
    first = team.mailed()
    team.clock.advance(days=1)
    team.mailed()
    carla = signed_in(team, "carla", Role.HANDLER)
    assert carla.open("/console/triage").location == f"/console/triage/{first.id}"


def test_a_letter_is_opened_registered_and_the_next_one_opened(team: Team) -> None:
    # given
    first = team.mailed("Please delete everything that you hold on me.")
    team.clock.advance(days=1)
    second = team.mailed("What do you know about me?")
    carla = signed_in(team, "carla", Role.HANDLER)
    # when
    page = f"/console/triage/{first.id}"
    opened = carla.send(f"{page}/open", **hidden(carla.open(page).text, f"{page}/open"))
    # then
    assert "Please delete everything" in opened.text
    # and when
    fields = hidden(opened.text, f"{page}/register") | {"rights": "erasure", "then": "open"}
    following = carla.send(f"{page}/register", **fields)
    # then
    assert "What do you know about me?" in following.text
    rights: Any = [each["right"] for each in team.get(f"/requests/{first.id}/items").get_json()["items"]]
    assert rights == ["erasure"]
    names = [each["name"] for each in team.get(f"/requests/{second.id}/timeline").get_json()["items"]]
    assert names[-1] == "dsr.request.personal-data-disclosed"


def test_a_letter_in_which_no_sentence_made_a_suggestion_is_opened(team: Team) -> None:
    # given
    letter = team.mailed("We order you to tell us by 18 December how you dealt with the complaint.")
    team.done(letter, "suggestion", {})
    carla = signed_in(team, "carla", Role.HANDLER)
    page = f"/console/triage/{letter.id}"
    # when
    opened = carla.send(f"{page}/open", **hidden(carla.open(page).text, f"{page}/open"))
    # then
    assert opened.status_code == 200
    assert "how you dealt with the complaint" in opened.text


def test_who_registers_second_is_told_who_was_first(team: Team) -> None:
    # given
    letter, following = team.mailed("Please delete everything that you hold on me."), team.mailed()
    carla, ines = (signed_in(team, name, Role.HANDLER) for name in ("carla", "ines"))
    page = f"/console/triage/{letter.id}"
    seen = {who: who.open(page).text for who in (carla, ines)}
    opened = carla.send(f"{page}/open", **hidden(seen[carla], f"{page}/open")).text
    # when
    late = ines.send(f"{page}/open", **hidden(seen[ines], f"{page}/open"))
    # then
    assert "Please delete everything" in late.text
    # and when
    carla.send(f"{page}/register", **hidden(opened, f"{page}/register"), rights="erasure")
    second = ines.send(f"{page}/register", **hidden(late.text, f"{page}/register"), rights="access")
    # then
    assert second.status_code == 412
    assert "Registered, by carla" in second.text
    assert "It is triaged already." in second.text
    assert f'action="{page}/register"' not in second.text
    assert ines.open("/console/triage").location == f"/console/triage/{following.id}"


def test_when_every_letter_is_triaged_the_page_says_so(carla: Colleague) -> None:
    assert "Every letter is triaged" in carla.open("/console/triage").text


def test_an_approver_triages_nothing(team: Team) -> None:
    ines = signed_in(team, "ines", Role.APPROVER)
    assert ines.open(f"/console/triage/{team.mailed().id}").status_code == 403


def test_the_sentences_behind_a_suggestion_are_marked() -> None:
    text = "Hello. Delete it. Bye."
    parts = marked(text, [{"right": "erasure", "start": 7, "end": 17}, {"right": "access", "start": 10, "end": 17}])
    assert parts == [("Hello. ", ""), ("Delete it.", "erasure"), (" Bye.", "")]
    assert "".join(part for part, _ in parts) == text
