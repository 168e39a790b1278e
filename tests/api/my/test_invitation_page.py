"""The page of an invitation: the holder enters the code and is shown the token once, without a script."""

import re

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.my.conftest import Person
from tests.api.team import Team


def code_of(team: Team) -> str:
    team.enrol("carla", Role.HANDLER)
    return team.service.desk.invitations.print_code("carla", Call(part("cli")))


def test_the_code_shows_the_token_once(team: Team) -> None:
    # given
    code, carla = code_of(team), Person(team)
    assert carla.open("/invitation").status_code == 200
    # when
    shown = carla.send("/invitation", code=f" {code} ")
    # then
    (token,) = re.findall(r"dsr_[\w-]{43}", shown.text)
    me = team.get("/staff/me", None, headers={"Authorization": f"Bearer {token}"})
    assert me.get_json()["identifier"] == "carla"
    assert shown.headers["Cache-Control"] == "no-store"
    assert "script" not in shown.headers["Content-Security-Policy"]
    assert "<script" not in shown.text
    again = carla.send("/invitation", code=code)
    assert (again.status_code, "dsr_" in again.text) == (403, False)


def test_looking_at_the_page_uses_nothing_up(team: Team) -> None:
    code, carla = code_of(team), Person(team)
    for _ in range(3):
        assert code not in carla.open("/invitation").text
    assert "dsr_" in carla.send("/invitation", code=code).text


def test_a_form_of_another_site_accepts_nothing(team: Team) -> None:
    code = code_of(team)
    answer = team.app.test_client().post("/invitation", data={"code": code, "form_token": "x"})
    assert (answer.status_code, "dsr_" in answer.text) == (403, False)
    carla = Person(team)
    carla.open("/invitation")
    assert "dsr_" in carla.send("/invitation", code=code).text


def test_tries_are_counted(team: Team) -> None:
    stranger = Person(team)
    stranger.open("/invitation")
    answers = [stranger.send("/invitation", code=f"dsri_{number}").status_code for number in range(21)]
    assert (answers[0], answers[-1]) == (403, 429)
