"""Audit bundles over HTTP: for auditors, within their scope, and never at rest."""

import io
import json
import zipfile

import pytest

from dsr.domain.roles import Role
from dsr.evidence.verifier import verify
from tests.api.team import Team

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_an_auditor_gets_a_bundle_that_its_verifier_accepts(team: Team) -> None:
    # given
    team.registered("access")
    # when
    made = team.post("/audit/bundles", {"scope": ["all"]}, "auditor")
    # then
    assert (made.status_code, made.mimetype) == (200, "application/zip")
    [key] = team.get("/evidence/keys", "auditor").get_json()["keys"]
    report = verify.verify(io.BytesIO(made.data), [key["verifier"]])
    assert report.all_holds, report.in_words()


def test_what_lies_outside_the_scope_of_the_auditor_is_counted_and_not_shown(team: Team) -> None:
    # given
    german, french = team.arrived(), team.arrived(controller_id="callcentre-fr")
    auditor = team.enrol("fred", Role.AUDITOR, controllers=("callcentre-fr",))
    # when
    made = team.post("/audit/bundles", {"scope": ["all"]}, auditor)
    # then
    archive = zipfile.ZipFile(io.BytesIO(made.data))
    manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["cases"], manifest["withheld"]) == (1, 1)
    named = archive.read("streams.jsonl").decode()
    assert (french.id in named, german.id in named) == (True, False)
    [key] = team.get("/evidence/keys", "auditor").get_json()["keys"]
    report = verify.verify(io.BytesIO(made.data), [key["verifier"]])
    assert report.all_holds, report.in_words()
    assert any("may not see: there are 1" in each for each in report.unknown)


def test_whoever_asked_sees_what_became_of_the_bundle(team: Team) -> None:
    # given
    team.registered("access")
    made = team.post("/audit/bundles", {"scope": ["all"]}, "auditor")
    place = made.headers["Location"].removeprefix("/api/v1")
    assert team.get(place, "auditor").get_json()["state"] == "writing"
    # when: it has left as a whole
    size = len(made.data)
    shown = team.get(place, "auditor")
    # then
    said = shown.get_json()
    assert (shown.status_code, said["state"], said["cases_done"], said["cases"]) == (200, "complete", 1, 1)
    assert said["bytes_written"] == size
    team.refused(team.ask("DELETE", place, "auditor"), 409, "bundle-ended")
    other = team.enrol("fred", Role.AUDITOR)
    team.refused(team.get(place, other), 404, "bundle-unknown")


def test_what_is_no_scope_is_told_with_what_one_looks_like(team: Team) -> None:
    refused = team.post("/audit/bundles", {"scope": ["everything"]}, "auditor")
    assert "period" in team.refused(refused, 422, "bundle-scope-invalid")["detail"]
