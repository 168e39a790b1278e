"""`dsr doctor` names what prevents the work, and changes nothing."""

import json
import shutil
import socket
from collections import namedtuple
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsr.backup import back_up
from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.desk.heartbeats import Heartbeat, Part
from dsr.doctor import Health, diagnose
from dsr.scheduler import Scheduler
from dsr.settings import MailOut, Settings
from tests.authenticator import staff_at_browser
from tests.desk.office import Office
from tests.desk.test_forgetting import closed, forget
from tests.settable_clock import SettableClock

Usage = namedtuple("Usage", "total used free")


def found(settings: Settings, made: Service) -> dict[str, tuple[Health, str]]:
    return {each.name: (each.health, each.says) for each in diagnose(settings, made)}


def working(made: Service, clock: SettableClock) -> None:
    """Worker and scheduler give signs of life."""
    now = clock.now()
    made.desk.heartbeats.give(Heartbeat(part, now, now + timedelta(hours=1), now) for part in Part)


def test_an_installation_that_works_is_called_so(service: Service, clock: SettableClock) -> None:
    working(service, clock)
    settings = replace(
        service.settings, public_url="https://privacy.example.org", trusted_proxies=(ip_network("127.0.0.1/32"),)
    )
    healths = {name: health for name, (health, _) in found(settings, service).items()}
    for name in ("mail-in", "scanner", "keyring-copy", "evidence"):
        assert healths.pop(name) is Health.WARNING, "none is set"
    assert set(healths.values()) == {Health.OK}
    assert {"installation", "clock", "keyring", "disk", "mail-out", "policies", "proxies"} <= healths.keys()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("change", "name", "health", "says"),
    [
        ({"public_url": ""}, "public-url", Health.WARNING, "DSR_PUBLIC_URL is not set"),
        ({"public_url": "http://privacy.example.org"}, "public-url", Health.WARNING, "Put TLS in front"),
        ({"public_url": "http://127.0.0.1:8000"}, "public-url", Health.OK, "People reach"),
        ({"public_url": "https://privacy.example.org"}, "proxies", Health.FAILING, "DSR_TRUSTED_PROXIES"),
    ],
)
def test_settings_that_stop_people_are_named(
    service: Service, change: dict[str, str], name: str, health: Health, says: str
) -> None:
    seen = found(replace(service.settings, **change), service)[name]  # type: ignore[arg-type]  # texts, all of them
    assert (seen[0], says in seen[1]) == (health, True), seen


@pytest.mark.parametrize("backend", ["sqlite"])
def test_where_nobody_can_sign_in_or_passkeys_belong_to_another_host_is_named(
    service: Service, clock: SettableClock
) -> None:
    office = Office(service, clock)
    office.enrol("carla")
    staff_at_browser(office, "carla")
    says = {
        "http://privacy.example.org": (Health.WARNING, "Nobody can sign in"),
        "http://127.0.0.1:8000": (Health.WARNING, "Nobody can sign in"),
        "https://privacy.example.org": (Health.WARNING, "1 passkeys are bound to another host name"),
        "https://dsr.example": (Health.OK, "People sign in at https://dsr.example/sign-in."),
    }
    for address, (health, words) in says.items():
        seen = found(replace(service.settings, public_url=address), service)["sign-in"]
        assert (seen[0], words in seen[1]) == (health, True), seen


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_mail_server_that_does_not_answer_is_named_without_its_password(service: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    out = MailOut(host="127.0.0.1", port=port, tls="none", user="dsr", password="swordfish")
    health, says = found(replace(service.settings, mail_out=out), service)["mail-out"]
    assert (health, says.startswith("transport-unavailable"), "swordfish" in says) == (
        Health.FAILING,
        True,
        False,
    ), says


@pytest.mark.parametrize("backend", ["sqlite"])
def test_work_in_the_background_that_is_silent_or_fails_is_named(service: Service, clock: SettableClock) -> None:
    assert found(service.settings, service)["background-letters"][0] is Health.FAILING
    working(service, clock)
    assert found(service.settings, service)["background-letters"][0] is Health.OK
    now = clock.now()
    service.desk.heartbeats.give([Heartbeat(Part.LETTERS, now, now + timedelta(hours=1), failure="storage-full")])
    health, says = found(service.settings, service)["background-letters"]
    assert (health, "storage-full" in says) == (Health.FAILING, True)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("free", "health"), [(2 << 30, Health.OK), (1 << 29, Health.WARNING), (1 << 20, Health.FAILING)]
)
def test_a_disk_that_fills_is_named_before_it_is_full(
    service: Service, monkeypatch: pytest.MonkeyPatch, free: int, health: Health
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 0, free))
    assert found(service.settings, service)["disk"][0] is health


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_old_key_encryption_key_and_a_clock_that_is_behind_are_named(service: Service, clock: SettableClock) -> None:
    made_at = service.keyring.current.created_at
    clock.advance(days=(made_at - clock.now()).days + 50)
    health, says = found(service.settings, service)["keyring"]
    assert (health, "dsr keys rotate" in says) == (Health.WARNING, True)
    since = (made_at + timedelta(days=30)).date().isoformat()
    assert since in says
    clock.advance(days=-20_000)
    assert found(service.settings, service)["clock"][0] is Health.FAILING


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_copy_of_the_keyring_that_is_away_or_old_is_named(service: Service, tmp_path: Path) -> None:
    # given
    service.keyring.copy = tmp_path / "elsewhere"
    service.keystore.copy_keyring(anew=True)
    assert found(service.settings, service)["keyring-copy"][0] is Health.OK
    # when: the share was away during a rotation that another process began
    service.keyring.copy = None
    service.keystore.rotate()
    service.keyring.copy = tmp_path / "elsewhere"
    # then
    assert found(service.settings, service)["keyring-copy"][0] is Health.FAILING
    service.keyring.copy.unlink()
    health, says = found(service.settings, service)["keyring-copy"]
    assert (health, "keyring-copy-unavailable" in says) == (Health.FAILING, True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_former_index_key_that_nobody_destroyed_is_named(service: Service, clock: SettableClock) -> None:
    def index_key() -> tuple[Health, str]:
        return found(service.settings, service)["index-key"]

    assert index_key()[0] is Health.OK
    service.index_rotation.begin()
    assert index_key()[0] is Health.OK
    clock.advance(days=3)
    health, says = index_key()
    assert (health, "dsr keys rotate-index" in says) == (Health.WARNING, True)
    # and the scheduler finishes it
    Scheduler(service).rotate_keys()
    assert (index_key()[0], service.keyring.is_changing_index) == (Health.OK, False)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_scheduler_without_a_copy_of_the_keyring_says_so_and_replaces_no_key(
    service: Service, clock: SettableClock
) -> None:
    # given
    before, made_at = service.keyring.key_ids, service.keyring.current.created_at
    clock.advance(days=(made_at - clock.now()).days + 31)
    scheduler = Scheduler(service)
    # when
    scheduler._leading(scheduler.rotate_keys, scheduler._keeping)()
    scheduler._keeping.release()
    # then
    health, says = found(service.settings, service)["background-rotating-keys"]
    assert (health, "keyring-copy-unset" in says) == (Health.FAILING, True)
    assert service.keyring.key_ids == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_installation_that_does_not_fit_together_is_named_with_what_to_do(service: Service) -> None:
    shutil.rmtree(service.settings.blobs)
    seen = found(service.settings, service)
    assert seen["installation"][0] is Health.FAILING
    assert "Mount it, restore it" in seen["installation"][1]
    assert "background-letters" not in seen, "what depends on it is not looked at"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_backup_that_is_old_or_opens_no_more_is_named(service: Service, clock: SettableClock, tmp_path: Path) -> None:
    def backup() -> tuple[Health, str]:
        seen = {each.name: each for each in diagnose(service.settings, service, backups=tmp_path)}
        return seen["backup"].health, seen["backup"].says

    assert backup()[0] is Health.FAILING
    Office(service, clock).receive()
    back_up(service, tmp_path)
    assert backup()[0] is Health.OK
    clock.advance(days=3)
    health, says = backup()
    assert (health, "72 hours" in says) == (Health.WARNING, True)
    back_up(service, tmp_path)
    health, says = backup()
    assert (health, "The oldest that still opens was made 3 days ago." in says) == (Health.OK, True)
    service.keystore.rotate()
    health, says = backup()
    assert (health, "open no more" in says) == (Health.FAILING, True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_command_prints_a_table_or_json_and_exits_by_what_fails(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSR_HOME", str(settings.home))
    before = {path: path.stat().st_mtime_ns for path in settings.blobs.rglob("*")}
    told = CliRunner().invoke(main, ["doctor", "--json"])
    seen = json.loads(told.stdout)
    assert told.exit_code == 1, "no worker runs"
    assert {each["health"] for each in seen} == {"ok", "warning", "failing"}
    table = CliRunner().invoke(main, ["doctor"])
    assert (table.exit_code, "public-url" in table.stdout) == (1, True)
    assert {path: path.stat().st_mtime_ns for path in settings.blobs.rglob("*")} == before
    assert not (settings.home / "outgoing").exists()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("gone", "code"), [("dsr.sqlite", "database-missing"), ("keyring*", "keyring-missing")])
def test_a_file_that_is_missing_stands_in_the_table(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, gone: str, code: str
) -> None:
    # given
    monkeypatch.setenv("DSR_HOME", str(settings.home))
    file = next(settings.home.rglob(gone))
    file.rename(file.with_suffix(".away"))
    # when
    told = CliRunner().invoke(main, ["doctor", "--json"])
    # then: with everything else that can be looked at without it
    seen = {each["name"]: each for each in json.loads(told.stdout)}
    assert (told.exit_code, seen["installation"]["health"]) == (1, "failing")
    assert seen["installation"]["says"].startswith(f"{code}: ")
    assert str(file) in seen["installation"]["says"]
    assert {"public-url", "mail-out", "disk"} <= set(seen)
    table = CliRunner().invoke(main, ["doctor"])
    assert (table.exit_code, code in table.stdout) == (1, True)
    assert not file.exists(), "nothing is put in its place"


def test_the_day_from_which_no_backup_opens_what_was_forgotten_is_named(
    service: Service, clock: SettableClock, tmp_path: Path
) -> None:
    # given
    office = Office(service, clock)
    assert found(service.settings, service)["forgotten"] == (Health.OK, "No file was forgotten.")
    forget(office, closed(office))
    health, says = found(service.settings, service)["forgotten"]
    assert health is Health.WARNING, "no key is replaced by itself"
    assert "dsr keys rotate" in says
    # when: the keyring has a second place
    again = build(replace(service.settings, keyring_copy=tmp_path / "keyring.json"), clock=clock)
    again.keystore.copy_keyring(anew=True)
    forget(Office(again, clock), closed(office, office.mail(message_id="<second@example.org>")))
    # then
    unreadable_on = office.events("request.forgetting-attested")[-1].unreadable_on
    assert unreadable_on > clock.now().date()
    again.close()
