"""A page of the console costs at most ten statements, whatever it shows."""

from typing import Final

import pytest

from tests.api.console.every_page import every_page, readers
from tests.api.team import Team
from tests.traffic import counted

MOST: Final = 10

RECORDED: Final = 6
"""What it costs besides to put an auditor's reading on record before the page is shown."""

TRIES: Final = 4
"""Who uses a session for the first time in a minute writes that; the state of the service is kept for seconds."""

LEADS_ON: Final = "/console/triage"
"""The one page that only leads to another."""


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_page_costs_at_most_ten_statements(team: Team) -> None:
    # given
    pages = every_page(team)
    who, dear = readers(team), {}
    # when
    for each in pages:
        most = MOST + (RECORDED if each.reader == "audra" else 0)
        for _ in range(TRIES):
            with counted(team.service) as traffic:
                answer = who[each.reader].open(each.path)
            assert answer.status_code == (303 if each.path == LEADS_ON else 200), each.path
            if traffic.statements <= most:
                break
        else:
            dear[each.path] = traffic.statements
    # then
    assert dear == {}
