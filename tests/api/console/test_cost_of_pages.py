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

RECORDED: Final = 6
"""What it costs besides to put an auditor's reading on record before the page is shown."""


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_page_costs_at_most_ten_statements(team: Team) -> None:
    # given
    case, letter = team.registered("access", "erasure"), team.mailed()
    cleo = team.enrol("cleo", Role.HANDLER, Role.APPROVER)
    matter = complained(team).get_json()["matter_id"]
    draft = team.done(case, "dispatches", {"kind": "acknowledgement"}, key="a-letter")["dispatch_id"]
    team.done(case, "extension", {"ground": "complexity", "reasons": "Forty systems are searched."})
    proposed = str(team.get("/decisions?kind=extension").get_json()["items"][0]["version"])
    dear = {}
    # when
    for route, (rule, said) in routes(team.app).items():
        if not said.page or not route.startswith("GET "):
            continue
        by_place = {"/triage/": letter.id, "/matters/": matter, "/letters/": draft}
        about = next((by_place[part] for part in by_place if part in rule.rule), case.id)
        name = {matter: "assign_matter", draft: "release_dispatch"}.get(about, "add_note")
        path = rule.rule.replace("<name>", name).replace("<int:version>", proposed).replace("<int:number>", "1")
        path = re.sub("<[^>]*>", "cleo" if "/team/" in path else about, path)
        roles = said.roles or frozenset()
        reads = RECORDED if roles == {Role.AUDITOR} else 0
        who = "auditor" if reads else "operator" if Role.OPERATOR in roles and rule.rule != "/console" else cleo
        headers = {"Authorization": f"Bearer {team.token(who)}"}
        team.client.get(path, headers=headers)
        with counted(team.service) as traffic:
            answer = team.client.get(path, headers=headers)
        if answer.status_code == 200 and traffic.statements > MOST + reads:
            dear[route] = traffic.statements
    # then
    assert dear == {}
