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
        path = rule.rule.replace("<name>", name).replace("<int:version>", proposed)
        path = re.sub("<[^>]*>", about, path)
        headers = {"Authorization": f"Bearer {token}"}
        team.client.get(path, headers=headers)
        with counted(team.service) as traffic:
            answer = team.client.get(path, headers=headers)
        if answer.status_code == 200 and traffic.statements > MOST:
            dear[route] = traffic.statements
    # then
    assert dear == {}
