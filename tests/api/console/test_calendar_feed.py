"""Due dates in people's own calendars: a secret address that gives dates, and nothing of anybody."""

import re
from datetime import date

from icalendar import Calendar

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from dsr.domain.staff import TokenLimits
from tests.api.colleague import signed_in
from tests.api.team import Team
from tests.api.test_matters import complained

ADDRESSES = "/console/dates/calendars"


def test_a_calendar_subscribes_to_the_dates_of_its_holder_until_it_is_revoked(team: Team) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)
    mine, other = team.registered("access", "erasure"), team.registered("access")
    team.done(mine, "assignment", {"assignee": "carla"})
    complained(team)
    # when: she makes an address, which asks for her passkey unless she gave it just now
    carla.open(ADDRESSES)
    made = carla.send(ADDRESSES, name="phone", key="one")
    address = re.search(r'readonly value="https?://[^/"]+([^"]+)"', made.text)
    assert address is not None
    assert address[1] not in carla.open(ADDRESSES).text
    anybody = team.app.test_client()
    answer = anybody.get(address[1])
    # then: a file that another program reads, with what she has taken
    assert answer.mimetype == "text/calendar"
    row = team.get(f"/requests/{mine.id}").get_json()
    [entry] = Calendar.from_ical(answer.data).events
    assert entry["summary"] == f"Answer {row['reference']} (access, erasure)"
    assert date.fromisoformat(row["due_on"]) == entry.DTSTART
    # then: all that she may see if she says so, as GET /agenda has it; nothing of anybody
    every = anybody.get(f"{address[1]}?whose=all")
    asked = team.get("/agenda?limit=1", headers={"Accept": "text/calendar"})
    assert asked.mimetype == "text/calendar"
    assert {each["uid"] for each in Calendar.from_ical(every.data).events} == {
        each["uid"] for each in Calendar.from_ical(asked.data).events
    }
    assert other.id in every.text
    for secret in ("Ada", "Lovelace", "example.org", "carla"):
        assert secret not in every.text
    # then: the address opens nothing else
    token = address[1].rsplit("/", 1)[1].removesuffix(".ics")
    headers = {"Authorization": f"Bearer {token}"}
    team.refused(team.get("/requests", None, headers=headers), 401, "token-invalid")
    whole = team.token("handler")
    assert anybody.get(f"/console/calendar/{whole}.ics").status_code == 404
    # then: it is asked a few times a minute at most
    assert 429 in [anybody.get(address[1]).status_code for _ in range(6)]
    # when
    [token_id] = re.findall(r"/calendars/([0-9a-f-]{36})/revocation", carla.open(ADDRESSES).text)
    carla.send(f"{ADDRESSES}/{token_id}/revocation")
    # then
    assert anybody.get(address[1]).status_code == 404
    assert token_id not in carla.open(ADDRESSES).text


def test_a_calendar_gives_dates_only_to_who_sees_cases_now(team: Team) -> None:
    # given: an address of an operator, which the interface for programs makes for anybody, and one of a handler
    team.registered("access")
    anybody, desk = team.app.test_client(), team.service.desk.staff

    def address(identifier: str, *roles: Role) -> str:
        answer = desk.issue_token(
            team.enrol(identifier, *roles), Call(part("cli")), limits=TokenLimits(calendar_only=True)
        )
        return f"/console/calendar/{desk.secret(answer)}.ics?whose=all"

    handler, operator = address("hanna", Role.HANDLER), address("oona", Role.OPERATOR)
    assert anybody.get(handler).status_code == 200
    assert anybody.get(operator).status_code == 404
    # when: the handler runs the service from now on
    desk.change_roles("hanna", Call(part("cli")), roles=(Role.OPERATOR,), controllers=("*",))
    # then
    assert anybody.get(handler).status_code == 404
