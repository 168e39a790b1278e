"""A page of the console costs at most ten statements, whatever it shows."""

import re
from typing import Final

import pytest

from dsr.domain.roles import Role
from tests.api.routes import routes
from tests.api.team import Team
from tests.api.test_matters import complained
from tests.traffic import counted

MOST: Final = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_page_costs_at_most_ten_statements(team: Team) -> None:
    # given
    case, letter = team.registered("access", "erasure"), team.mailed()
    token = team.token(team.enrol("cleo", Role.HANDLER, Role.APPROVER))
    matter = complained(team).get_json()["matter_id"]
    dear = {}
    # when
    for route, (rule, said) in routes(team.app).items():
        if not said.page or not route.startswith("GET ") or "dispatch_id" in rule.rule:
            continue
        about = letter.id if "/triage/" in rule.rule else matter if "/matters/" in rule.rule else case.id
        name = "assign_matter" if about == matter else "add_note"
        path = re.sub("<[^>]*>", about, re.sub("<name>", name, rule.rule))
        headers = {"Authorization": f"Bearer {token}"}
        team.client.get(path, headers=headers)
        with counted(team.service) as traffic:
            answer = team.client.get(path, headers=headers)
        if answer.status_code == 200 and traffic.statements > MOST:
            dear[route] = traffic.statements
    # then
    assert dear == {}
