"""Who may see which page of the console: the table in docs/security/access.md is what happens."""

import re

from tests.api.access import CONSOLE, PAGE, table
from tests.api.console.every_page import readers
from tests.api.routes import routes
from tests.api.team import STAFF_ROLES, Team
from tests.api.test_matters import complained


def test_no_form_of_another_site_is_taken(team: Team) -> None:
    # given: members of staff in a session, whose browsers send whatever another site lets them send
    case, who = team.registered("access"), readers(team)
    before, taken = team.service.log.head().position, {}
    # when
    for route, (rule, said) in routes(team.app).items():
        if said.page and route.startswith("POST "):
            path = re.sub("<[^>]*>", case.id, rule.rule.replace("<int:version>", "1").replace("<name>", "add_note"))
            for reader in who.values():
                sent = {"form_token": "0" * 64, "key": "k", "version": "1", "note": "Rang.", "purpose": "triage"}
                answer = reader.client.post(path, data=sent)
                if answer.status_code not in (403, 404):
                    taken[route] = answer.status_code
    # then
    assert taken == {}
    assert team.service.log.head().position == before


def test_each_cell_is_what_happens(team: Team) -> None:
    # given
    case, message = team.registered("access"), team.mailed()
    letter = team.done(case, "dispatches", {"kind": "acknowledgement"}, key="a-letter")["dispatch_id"]
    matter = complained(team).get_json()["matter_id"]
    by_place = {
        "/triage/": (message.id, ""),
        "/letters/": (letter, "release_dispatch"),
        "/matters/": (matter, "assign_matter"),
        "/batches/": (case.id, "decide_retention_batch"),
        "/quarantine/": (case.id, "decide_discarding"),
        "/packages/": (case.id, "revoke_export"),
        "/staff/": ("nobody", "confirm_staff"),
        "/controllers/": ("callcentre-de", "rotate_signing_key"),
        "/policies/": ("acknowledge-receipt", "retry_policy"),
        "/team/": ("nobody", ""),
        "/console/do/": ("", "enter_request"),
    }
    known, differ = table(CONSOLE), []
    # when
    for route, (rule, said) in routes(team.app).items():
        if not said.page:
            continue
        about, name = next((by_place[part] for part in by_place if part in rule.rule), (case.id, "add_note"))
        path = rule.rule.replace("<name>", name).replace("<int:version>", "1").replace("<int:number>", "1")
        path = re.sub("<[^>]*>", about, path)
        found = {}
        for role in STAFF_ROLES:
            answer = team.client.open(
                path,
                method=route.partition(" ")[0],
                headers={"Authorization": f"Bearer {team.token(role)}"},
                data={} if route.startswith("POST") else None,
            )
            assert answer.status_code < 500, f"{route}: {answer.text}"
            found[str(role)] = "403" if answer.status_code == 403 else "yes"
        if known.get(route) != found:
            differ.append(f"| `{route}` | {' | '.join(found.values())} |")
    # then
    rows = "\n".join(differ)
    assert not differ, f"what happens differs from docs/security/{PAGE.name}; if it is right, write there:\n{rows}"
