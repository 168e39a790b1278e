"""The service in the console: an operator sees how it runs, and no case."""

import re
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from dsr.api.console.interface_words import sentence
from dsr.api.console.language import LANGUAGES
from dsr.backup import back_up
from dsr.backup.manifest import FILE
from dsr.catalogues import ENGLISH
from dsr.doctor import LEAST_FREE, Diagnosis, diagnose_machine
from dsr.domain.roles import Role
from dsr.policies.positions import Parked
from tests.api.colleague import signed_in
from tests.api.team import Team

Usage = namedtuple("Usage", "total used free")


def test_an_operator_sees_how_it_runs_and_no_case(team: Team) -> None:
    # given
    oona = signed_in(team, "oona", Role.OPERATOR)
    case = team.registered("access")
    now = team.clock.now()
    parked = Parked("acknowledge-receipt", UUID(case.id), 6, "ropa-missing", now, None)
    team.service.policies.positions.park(parked, position=1)
    # when
    assert oona.at_another_browser().sign_in_with_key().location == "/console"
    assert oona.open("/console").location == "/console/service"
    assert oona.open("/console/queue").status_code == 403
    shown = oona.open("/console/service").text
    # then
    assert "No attempt is left for 1." in shown
    assert '/docs/errors#ropa-missing"' in shown
    assert "no sign of life" in shown
    assert "DSR_KEYRING_COPY is not set" in shown
    assert case.id not in shown
    assert team.get(f"/requests/{case.id}").get_json()["reference"] not in shown
    assert '<form class="look"' not in shown


def test_an_operator_lets_a_policy_try_again(team: Team) -> None:
    # given: a policy that gave up on a case
    oona, case = signed_in(team, "oona", Role.OPERATOR), team.arrived()
    [*_, received] = [each for each in team.service.log.read() if each.stream_id == UUID(case.id)]
    parked = Parked("acknowledge-receipt", UUID(case.id), 6, "ropa-missing", team.clock.now(), None)
    team.service.policies.positions.park(parked, position=received.position)
    place = "/console/policies/acknowledge-receipt/do/retry_policy"
    form = oona.open("/console/service").text.partition(f'action="{place}"')[2].partition("</form>")[0]
    assert "Try again now" in form
    # when
    answer = oona.send(place, **dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)))
    # then
    assert answer.location == "/console/service?done=retry_policy"
    shown = oona.open(answer.location).text
    assert "The worker tries again within seconds." in shown
    assert "No attempt is left" not in shown
    assert [(each.actor, each.cases) for each in team.events("policy-retry.asked")] == [("oona", 1)]
    # and once the worker ran
    team.service.policies.run()
    shown = oona.open("/console/service").text
    assert "No policy waits for a person." in shown
    # and whoever came too late is told
    again = oona.send(place, **dict(re.findall(r'name="([^"]+)" value="([^"]*)"', oona.open(place).text)))
    assert again.status_code == 409
    assert "No case waits for this policy." in again.text


def test_an_operator_of_one_controller_is_not_offered_a_retry(team: Team) -> None:
    # given
    olaf = team.enrol("olaf", Role.OPERATOR, controllers=("callcentre-fr",))
    case = team.arrived()
    parked = Parked("acknowledge-receipt", UUID(case.id), 6, "ropa-missing", team.clock.now(), None)
    team.service.policies.positions.park(parked, position=1)
    # when
    shown = team.client.get("/console/service", headers={"Authorization": f"Bearer {team.token(olaf)}"}).text
    # then
    assert "No attempt is left for 1." in shown
    assert "Try again now" not in shown


def test_an_operator_sees_each_backup_its_age_and_whether_it_opens(team: Team, tmp_path: Path) -> None:
    # given
    folder = tmp_path / "backups"
    object.__setattr__(team.service, "settings", replace(team.service.settings, backups=folder))
    oona = signed_in(team, "oona", Role.OPERATOR)
    assert "No backup is in the folder." in oona.open("/console/service").text
    # when
    back_up(team.service, folder)
    shown = oona.open("/console/service").text
    # then
    assert "0 days old" in shown
    assert ">opens<" in shown
    # and when one is damaged
    (folder / "broken").mkdir()
    (folder / "broken" / FILE).write_bytes(b"nothing")
    shown = oona.open("/console/service").text
    # then
    assert "broken" in shown
    assert "can't be read" in shown


def test_what_the_service_page_says_of_settings_disks_and_keys_is_in_the_language_of_the_reader(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # given each state of them
    made, found = team.service, list[Diagnosis]()

    def look(**changed: object) -> None:
        found.extend(diagnose_machine(replace(made.settings, **changed), made))  # type: ignore[arg-type]

    for address in ("", "http://privacy.example.org", "https://privacy.example.org", "http://localhost:8000"):
        look(public_url=address)
    for free in (LEAST_FREE // 20, LEAST_FREE // 2, LEAST_FREE * 2):
        with monkeypatch.context() as patched:
            patched.setattr(shutil, "disk_usage", lambda _, free=free: Usage(1 << 40, 0, free))
            look()
    made.keyring.copy = tmp_path / "elsewhere"
    look()
    made.keystore.copy_keyring(anew=True)
    look()
    made.keyring.copy = None
    made.keystore.rotate()
    made.keyring.copy = tmp_path / "elsewhere"
    look()
    made.index_rotation.begin()
    look()
    team.clock.advance(days=(made.keyring.current.created_at - team.clock.now()).days + 100)
    look()
    made.keyring.copy = None
    look()
    # when
    said = {each.refusal.detail if each.refusal else each.says for each in found}
    english = []
    for language in set(LANGUAGES) - {ENGLISH}:
        with team.app.test_request_context(headers={"Accept-Language": language}):
            english += [(language, each) for each in said if 'lang="en"' in sentence(each)]
    # then
    assert len(said) >= 17
    assert english == []
    # and on the page
    oona = signed_in(team, "oona", Role.OPERATOR)
    oona.language = "de"
    assert 'lang="en"' not in oona.open("/console/service").text.partition("<main")[2].partition("</main>")[0]
