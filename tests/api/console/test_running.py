"""The service in the console: an operator sees how it runs, and no case."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from dsr.backup import back_up
from dsr.backup.manifest import FILE
from dsr.domain.roles import Role
from dsr.policies.positions import Parked
from tests.api.colleague import signed_in
from tests.api.team import Team


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
    assert "dsr policies retry acknowledge-receipt" in shown
    assert '/docs/errors#ropa-missing"' in shown
    assert "no sign of life" in shown
    assert "DSR_KEYRING_COPY is not set" in shown
    assert case.id not in shown
    assert team.get(f"/requests/{case.id}").get_json()["reference"] not in shown
    assert '<form class="look"' not in shown


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
