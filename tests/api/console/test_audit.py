"""An auditor in the console: reads within scope, changes nothing, and each reading is on record."""

import io
import re
import zipfile

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.my.conftest import Person
from tests.api.team import Team


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text))


def readings(team: Team) -> int:
    """How many readings of auditors are on record."""
    return sum(
        each.name in ("dsr.audit.page-read", "dsr.audit.events-read", "dsr.audit.request-read")
        for each in team.service.log.read()
    )


def test_each_page_is_on_record_before_it_is_shown(team: Team) -> None:
    # given
    case = team.registered("access")
    reference = team.get(f"/requests/{case.id}").get_json()["reference"]
    systems = team.get(f"/requests/{case.id}/items/access/search").get_json()["open"]
    report = {"system": systems[0], "result": "nothing", "identifiers": "Ada Lovelace"}
    team.done(case, "items/access/search", {"reports": [report]})
    audra = signed_in(team, "audra", Role.AUDITOR)
    pages = {
        "/console/audit": "Is the log whole?",
        "/console/audit/log": "dsr.request.received",
        f"/console/audit/log?stream_id={case.id}": "Search listed",
        "/console/audit/openings": "No opening is here.",
        f"/console/audit/cases/{case.id}": systems[0],
        f"/console/audit/cases/{case.id}?on=2026-03-05": "Rebuilt from its events",
        "/console/audit/bundles": "You asked for none.",
        f"/console/cases/{case.id}": reference,
        "/console/record": "Version 1",
        "/console/team": "audra",
    }
    for number, (path, words) in enumerate(pages.items(), 1):
        # when
        answer = audra.open(path)
        # then
        assert answer.status_code == 200, path
        assert words in answer.text, path
        assert "Ada Lovelace" not in answer.text
        assert readings(team) == number, path
    assert audra.open(f"/console/audit?reference={reference}").location == f"/console/audit/cases/{case.id}"
    assert audra.open("/console/audit/log?after=x").status_code == 422
    assert audra.open(f"/console/audit/cases/{case.id}?on=soon").status_code == 422
    # and what is sealed is opened for an audit alone, on record
    sent = hidden(audra.open(f"/console/cases/{case.id}").text)
    refused = audra.send(f"/console/cases/{case.id}/open", **sent | {"purpose": "assessment", "versions": "1"})
    assert refused.status_code == 403
    sent = hidden(audra.open(f"/console/cases/{case.id}").text)
    opened = audra.send(f"/console/cases/{case.id}/open", **sent | {"purpose": "audit", "versions": "1"})
    assert opened.status_code == 200
    openings = audra.open("/console/audit/openings").text
    assert f'<a href="/console/audit/cases/{case.id}">{reference}</a>' in openings


def test_a_bundle_leaves_and_is_listed(team: Team) -> None:
    # given
    case = team.registered("access")
    team.service.desk.evidence.checkpoint(Call(part("test")))
    audra = signed_in(team, "audra", Role.AUDITOR)
    sent = hidden(audra.open("/console/audit/bundles").text)
    # when
    wrong = audra.send("/console/audit/bundles", **sent, scope="everything")
    answer = Person.send(audra, "/console/audit/bundles", **sent, scope=f"case:{case.id}")
    # then
    assert wrong.status_code == 422
    assert "everything</textarea>" in wrong.text
    assert "guide.html" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    shown = audra.open("/console/audit/bundles").text
    assert f"case:{case.id}" in shown
    assert "Complete" in shown
    # and an old session proves itself first
    team.clock.advance(minutes=10)
    late = audra.send("/console/audit/bundles", **hidden(shown), scope=f"case:{case.id}")
    assert late.location == "/account/step-up?next=/console/audit/bundles"


def test_the_log_and_a_case_are_told_in_the_language_of_the_page(team: Team) -> None:
    # given
    case = team.registered("access")
    audra = signed_in(team, "audra", Role.AUDITOR)
    # when
    said = {
        place: audra.open(f"{place}?page_language=de", follow_redirects=True).text
        for place in ("/console/audit/log", f"/console/audit/cases/{case.id}")
    }
    # then: events of the team have German names, too, and so have sealed parts
    log, told = said.values()
    assert "<strong>Aufgenommen</strong>" in log
    assert re.findall(r"<strong>(Enrolled|Training completed|Token issued)</strong>", log) == []
    assert re.findall(r"versiegelt: ([^<]+)", told) != []
    assert re.findall(r"versiegelt: [^<]*\b(person|text|original)\b", told) == []
