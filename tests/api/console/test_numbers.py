"""Numbers in the console are those of the interface, to the digit."""

import csv
import io
import re

import pytest

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Team


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def test_the_figures_are_those_of_the_interface(team: Team, carla: Colleague) -> None:
    # given
    team.registered("access", "erasure")
    team.registered("access")
    team.mailed()
    told = team.get("/statistics").get_json()
    # when
    shown = carla.open("/console/numbers").text
    # then
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", shown))
    assert figures["Cases"] == str(told["cases"])
    assert figures["Open"] == str(told["open"]["number"])
    assert figures["Missed"] == str(told["missed"]["number"])
    access = re.search(r'<th scope="row">Access</th><td>(\d+)</td><td>(\d+)</td><td>(\d+)</td>', shown)
    assert access is not None
    by_right = told["by_right"]["access"]
    assert access.groups() == (str(by_right["cases"]), str(by_right["open"]), str(by_right["closed"]))


def test_the_file_holds_every_number(team: Team, carla: Colleague) -> None:
    # given
    team.registered("access")
    told = team.get("/statistics").get_json()
    # when
    answer = carla.open("/console/numbers.csv")
    # then
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    found = {(each["what"], each["of"]): each["number"] for each in lines}
    assert answer.mimetype == "text/csv"
    assert found["all", "cases"] == str(told["cases"])
    assert found["by_right/access", "open"] == str(told["by_right"]["access"]["open"])


def test_a_period_and_a_past_day_count(team: Team, carla: Colleague) -> None:
    team.registered("access")
    assert "<dt>Cases</dt><dd>0</dd>" in carla.open("/console/numbers?received_from=2026-03-06").text
    assert "<dt>Cases</dt><dd>0</dd>" in carla.open("/console/numbers?as_of_day=2026-03-01").text
    assert carla.open("/console/numbers?as_of_day=yesterday").status_code == 422
    assert carla.open("/console/numbers?received_from=2026-03-06&received_until=2026-03-01").status_code == 422
