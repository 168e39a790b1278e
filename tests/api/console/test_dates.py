"""The month of a controller: its working days, and what is due on each day."""

import re
from datetime import UTC, datetime

from dsr.domain.roles import Role
from dsr.projections.due_days import MOST_OF_A_DAY
from tests.api.colleague import signed_in
from tests.api.team import Team
from tests.api.test_matters import complained


def days_of(shown: str) -> dict[str, str]:
    """What stands on each day of a month, without markup."""
    days = re.findall(r'<li class="calendar-day.*?datetime="([\d-]+)">(.*?)\n</li>', shown, re.DOTALL)
    return {day: " ".join(re.sub("<[^>]*>", " ", said).split()) for day, said in days}


def test_a_month_shows_working_days_and_what_is_due(team: Team) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)
    cases = [team.registered("access", "erasure"), *(team.registered("access") for _ in range(MOST_OF_A_DAY))]
    team.done(cases[0], "assignment", {"assignee": "carla"})
    listed = team.get("/agenda?controller=callcentre-de").get_json()["items"]
    due_on = next(each["due_on"] for each in listed if each["request_id"] == cases[0].id)
    # when
    month = carla.open(f"/console/dates?controller=callcentre-de&month={due_on[:7]}").text
    days = days_of(month)
    # then: the whole weeks of April 2026, whose Friday and Monday of Easter are free
    assert next(iter(days)) == "2026-03-30"
    assert list(days)[-1] == "2026-05-03"
    free = [day for day, said in days.items() if "Public holiday" in said]
    assert free == ["2026-04-03", "2026-04-06", "2026-05-01"]
    assert days[due_on].count("DSR-") == MOST_OF_A_DAY
    assert days[due_on].endswith("All of this day")
    # when: the whole day
    day = carla.open(f"/console/dates?controller=callcentre-de&day={due_on}").text
    # then
    assert all(f"/console/cases/{each.id}" in day for each in cases)
    assert "Access, Erasure" in day
    # when: no controller is named
    assert carla.open("/console/dates").location == "/console/dates?controller=callcentre-de", "the earliest date"
    # when: only what carla has taken
    mine = carla.open(f"/console/dates?controller=callcentre-de&mine=1&month={due_on[:7]}").text
    assert re.findall(r"/console/cases/([0-9a-f-]+)", mine) == [cases[0].id]
    # then: what was missed is named in every month that follows
    assert "Missed earlier" not in mine
    team.clock.advance(days=60)
    later = carla.at_another_browser()
    later.sign_in_with_key()
    assert "Missed earlier and still waiting:" in later.open("/console/dates?controller=callcentre-de").text


def test_a_month_shows_what_matters_owe(team: Team) -> None:
    # given: a complaint in Britain, to be acknowledged within thirty days
    team.clock.time = datetime(2026, 7, 1, 9, tzinfo=UTC)
    carla = signed_in(team, "carla", Role.HANDLER)
    matter = complained(team).get_json()
    # when
    month = carla.open("/console/dates?controller=callcentre-gb&month=2026-07").text
    # then
    assert re.findall(r"/console/matters/([0-9a-f-]+)", month) == [matter["matter_id"]]
    assert "Acknowledge" in days_of(month)["2026-07-30"]


def test_an_address_that_asks_for_no_month_is_refused(team: Team) -> None:
    carla = signed_in(team, "carla", Role.HANDLER)
    for query in (
        "month=2026-13",
        "month=0001-01",
        "day=tomorrow",
        "day=9999-12-31",
        "controller=nobody",
        "day=2026-04-01&cursor=x",
    ):
        assert carla.open(f"/console/dates?{query}").status_code == 422, query
