"""Making a service, and what keeps one from serving: each refusal with a sentence that says what to do."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from dsr.bootstrap import FIRST_OPERATOR, FolderUnusable, Service, ServiceExists, build, init, upgrade_all
from dsr.database import Database, migrations
from dsr.database.errors import DatabaseMissing, DatabaseSwapped, SchemaMissing, SchemaOutdated, SchemaTooNew
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.errors import DomainError, StorageUnavailable, Unavailable
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.ropa import RopaMissing
from dsr.domain.sealed import KeyPurpose
from dsr.letters import LetterTemplateInvalid
from dsr.policies.positions import policy_positions
from dsr.projections.dispatches import dispatches_of
from dsr.projections.errors import ProjectionBehind
from dsr.settings import Settings, load_settings
from dsr.vault.keyring import Keyring, KeyringDamaged, KeyringExists, KeyringExposed, KeyringMissing, KeyringWrong
from tests.desk.office import Office
from tests.settable_clock import SettableClock


def refusal_of(settings: Settings, error: type[DomainError]) -> str:
    """The sentence with which the service refuses to serve."""

    def check() -> None:
        made = build(settings)
        try:
            made.check()
        finally:
            made.close()

    with pytest.raises(error) as refusal:
        check()
    return refusal.value.detail


def execute(url: str, statement: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        connection.execute(sa.text(statement))
    database.close()


def test_a_policy_that_is_new_with_an_upgrade_misses_nothing_that_is_recorded_before_a_worker_runs(
    service: Service, clock: SettableClock
) -> None:
    # given: a service of a release that knew no policies
    with service.database.writing() as connection:
        connection.execute(sa.delete(policy_positions))
    office = Office(service, clock)
    before = office.registered(Right.ACCESS)
    # when
    upgrade_all(service)
    # then
    request_id = office.registered(Right.ACCESS)
    service.policies.run()
    with service.database.reading() as connection:
        assert [len(dispatches_of(connection, each)) for each in (before, request_id)] == [0, 1]


def test_a_new_service_has_tables_keyring_and_a_first_operator(tmp_path: Path) -> None:
    settings = load_settings({"DSR_HOME": str(tmp_path / "deep" / "home")})
    token = init(settings)
    made = build(settings)
    try:
        made.check()
        caller = made.desk.staff.authenticate(token)
        assert (caller.actor, caller.roles, caller.scope) == (FIRST_OPERATOR, frozenset({Role.OPERATOR}), None)
        with pytest.raises(RopaMissing):
            made.desk.mail.receive_message(b"From: a@example.org\n\nHello", Call(part("intake")))
    finally:
        made.close()
    assert settings.home.stat().st_mode & 0o077 == 0, "for nobody else on this machine"


def test_a_second_init_overwrites_nothing(settings: Settings) -> None:
    before = settings.keyring.read_bytes()
    with pytest.raises(KeyringExists):
        init(settings)
    assert settings.keyring.read_bytes() == before


def test_an_init_that_fails_can_be_repeated(tmp_path: Path) -> None:
    """The key database lies where nothing can be written; later it can."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    settings = load_settings({"DSR_HOME": str(tmp_path / "home"), "DSR_KEYS_URL": f"sqlite:///{tmp_path}/keys"})
    (tmp_path / "keys").mkdir()
    with pytest.raises(DomainError):
        init(settings)
    assert not settings.keyring.exists()
    (tmp_path / "keys").rmdir()
    init(settings)


def test_a_new_keyring_is_not_made_for_the_keys_of_another_service(settings: Settings, tmp_path: Path) -> None:
    settings.keyring.unlink()
    elsewhere = replace(settings, database_url=f"sqlite:///{tmp_path}/new.sqlite")
    with pytest.raises(KeyringWrong):
        init(elsewhere)
    assert not settings.keyring.exists()


def test_a_new_service_is_not_made_over_the_log_of_another(settings: Settings, tmp_path: Path) -> None:
    new = replace(load_settings({"DSR_HOME": str(tmp_path / "new")}), database_url=settings.database_url)
    with pytest.raises(ServiceExists, match="empty database"):
        init(new)
    assert not new.keyring.exists()
    made = build(settings)
    made.check()
    made.close()


def test_a_service_is_not_made_where_keys_would_lie_beside_the_log(tmp_path: Path) -> None:
    """The same file under two names."""
    home = tmp_path / "home"
    settings = load_settings({"DSR_HOME": str(home), "DSR_KEYS_URL": f"sqlite:///{home}/./dsr.sqlite"})
    with pytest.raises(DatabaseSwapped, match="DSR_KEYS_URL the key database"):
        init(settings)
    assert not settings.keyring.exists()


@pytest.mark.parametrize("variable", ["DSR_HOME", "DSR_KEYRING", "DSR_BLOBS"])
def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path, variable: str) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    settings = load_settings({"DSR_HOME": str(tmp_path / "home"), variable: str(tmp_path / "file" / "x")})
    with pytest.raises(FolderUnusable, match="DSR_HOME"):
        init(settings)
    assert not (tmp_path / "home" / "keyring.json").exists()


def test_a_folder_of_blobs_that_is_there_and_can_not_be_written_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only once the first blob comes. Whoever runs the tests may be allowed everything, so the answer is given."""
    settings.blobs.mkdir(exist_ok=True)
    monkeypatch.setattr(os, "access", lambda path, mode: path != settings.blobs)
    made = build(settings)
    with pytest.raises(StorageUnavailable, match="correct DSR_BLOBS"):
        made.check()
    made.close()


def test_a_folder_of_blobs_that_is_not_mounted_is_told_and_not_made_anew(settings: Settings) -> None:
    shutil.rmtree(settings.blobs)
    made = build(settings)
    with pytest.raises(StorageUnavailable, match="Mount it, restore it"):
        made.check()
    made.close()
    assert not settings.blobs.exists()


def test_an_empty_folder_where_a_disk_is_not_mounted_is_told_and_nothing_is_written_into_it(settings: Settings) -> None:
    # given: files of a service, and then the bare mount point
    made = build(settings)
    made.check()
    (key,) = made.keystore.create(uuid4(), KeyPurpose.BLOB)
    ref = made.desk.repository.blobs.write(key, [b"an original"], "text/plain")
    shutil.move(settings.blobs, settings.home / "elsewhere")
    settings.blobs.mkdir(mode=0o700)
    # then: the running process and a new one refuse
    for each in (made, build(settings)):
        with pytest.raises(StorageUnavailable, match="mark-folder"):
            each.check()
        with pytest.raises(StorageUnavailable):
            each.blob_files.write(key, [b"another"], "text/plain")
        with pytest.raises(StorageUnavailable):
            b"".join(each.desk.repository.blobs.read(ref, key))
        with pytest.raises(StorageUnavailable):
            each.desk.repository.blobs.delete(ref.blob_id)
        with pytest.raises(StorageUnavailable):
            each.desk.sweeping.sweep(dry_run=False)
    assert list(settings.blobs.iterdir()) == []
    # when it is mounted again
    settings.blobs.rmdir()
    shutil.move(settings.home / "elsewhere", settings.blobs)
    assert b"".join(made.desk.repository.blobs.read(ref, key)) == b"an original"
    made.check()
    made.close()


def test_the_folder_of_another_service_is_refused(settings: Settings, tmp_path: Path) -> None:
    other = load_settings({"DSR_HOME": str(tmp_path / "other")})
    init(other)
    made = build(replace(settings, blobs=other.blobs))
    with pytest.raises(StorageUnavailable, match="belongs to another service"):
        made.check()
    made.close()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("name", ["database_url", "keys_url"])
def test_a_database_whose_file_is_missing_is_told_and_not_made_anew(settings: Settings, name: str) -> None:
    file = Path(make_url(getattr(settings, name)).database or "")
    made = build(settings)
    file.rename(file.with_suffix(".away"))
    with pytest.raises(DatabaseMissing, match="Mount its disk"):
        build(settings)
    with pytest.raises(Unavailable):  # a process that is running opens no new one either
        made.check()
    made.close()
    assert not file.exists()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_empty_key_database_beside_a_log_is_not_filled_by_an_upgrade(settings: Settings) -> None:
    """It was: then `upgrade` said "run init", and `init` said "run upgrade"."""
    file = Path(make_url(settings.keys_url).database or "")
    file.unlink()
    Database(settings.keys_url).close()
    made = build(settings)
    with pytest.raises(SchemaMissing, match="restore the database"):
        upgrade_all(made)
    made.close()


def test_an_installation_of_an_earlier_version_gets_the_mark_of_its_folder_by_the_upgrade(settings: Settings) -> None:
    (settings.blobs / "log-id").unlink()
    made = build(settings)
    upgrade_all(made)
    made.check()
    made.close()


def test_nothing_is_for_other_users_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        settings = load_settings({"DSR_HOME": str(tmp_path / "home")})
        init(settings)
        made = build(settings)
        with made.database.reading(), made.keys_database.reading():
            modes = {path: path.stat().st_mode & 0o777 for path in (settings.home, *settings.home.rglob("*"))}
        made.close()
    finally:
        os.umask(before)
    assert {path.name for path in modes} >= {"dsr.sqlite", "dsr.sqlite-wal", "keys.sqlite", "keyring.json"}
    assert {path: mode for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}


def test_a_database_without_tables_is_not_served(tmp_path: Path) -> None:
    settings = load_settings({"DSR_HOME": str(tmp_path)})
    Keyring.create(settings.keyring)
    for url in (settings.database_url, settings.keys_url):
        Database(url).close()
    assert "restore the database" in refusal_of(settings, SchemaMissing)


@pytest.mark.parametrize("which", ["database_url", "keys_url"])
def test_an_unmigrated_database_is_not_served(settings: Settings, which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = migrations.revisions
    # A program that knows one more revision: the database is older than it.
    monkeypatch.setattr(migrations, "revisions", lambda kind: ["9999", *known(kind)])
    assert "dsr upgrade" in refusal_of(settings, SchemaOutdated)


@pytest.mark.parametrize("which", ["database_url", "keys_url"])
def test_a_newer_database_is_neither_served_nor_touched(settings: Settings, which: str) -> None:
    execute(getattr(settings, which), "UPDATE alembic_version SET version_num = '9999'")
    assert "Install that version" in refusal_of(settings, SchemaTooNew)
    made = build(settings)
    try:
        with pytest.raises(SchemaTooNew):
            upgrade_all(made)
    finally:
        made.close()


def test_a_missing_keyring_is_not_served(settings: Settings) -> None:
    settings.keyring.unlink()
    assert "backup" in refusal_of(settings, KeyringMissing)


def test_the_keyring_of_another_service_is_not_served(settings: Settings, tmp_path: Path) -> None:
    settings.keyring.unlink()
    Keyring.create(settings.keyring)
    assert "Restore the right one" in refusal_of(settings, KeyringWrong)


def test_a_damaged_keyring_is_not_served(settings: Settings) -> None:
    settings.keyring.write_bytes(settings.keyring.read_bytes()[:-20])
    assert "do not create a new one" in refusal_of(settings, KeyringDamaged)


def test_a_keyring_that_others_may_read_is_not_served(settings: Settings) -> None:
    settings.keyring.chmod(0o640)
    assert "chmod 600" in refusal_of(settings, KeyringExposed)


def test_the_key_database_of_another_service_is_not_served(
    settings: Settings, backend: str, install: Callable[[str], Settings], tmp_path: Path
) -> None:
    other = load_settings({"DSR_HOME": str(tmp_path / "other")})
    init(other)
    shutil.copy2(other.keyring, settings.keyring)
    refusal_of(settings, KeyringWrong)


def test_the_database_of_another_service_is_not_served(settings: Settings, tmp_path: Path) -> None:
    other = load_settings({"DSR_HOME": str(tmp_path / "other")})
    init(other)
    sentence = refusal_of(replace(settings, database_url=other.database_url), KeyringWrong)
    assert "DSR_DATABASE_URL" in sentence


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE projections SET position = (SELECT max(position) - 1 FROM events) WHERE name = 'requests'",
        "DELETE FROM projections",
    ],
)
def test_read_models_behind_the_log_are_not_served(settings: Settings, statement: str) -> None:
    execute(settings.database_url, statement)
    sentence = refusal_of(settings, ProjectionBehind)
    assert "requests" in sentence
    assert "dsr projections rebuild" in sentence


def test_read_models_of_other_handlers_are_not_served(settings: Settings) -> None:
    execute(settings.database_url, "UPDATE projections SET version = 99 WHERE name = 'staff'")
    assert "staff" in refusal_of(settings, ProjectionBehind)


def test_an_upgrade_is_safe_to_repeat(service: Service) -> None:
    upgrade_all(service)
    upgrade_all(service)
    service.check()


def test_two_services_on_the_same_files_see_each_other(service: Service, clock: SettableClock) -> None:
    other = build(service.settings, clock=clock)
    try:
        raw = b"From: a@example.org\nTo: privacy@callcentre.example\n\nAccess under Art. 15 GDPR, please."
        first = service.desk.mail.receive_message(raw, Call(part("intake")))
        second = other.desk.mail.receive_message(raw, Call(part("intake")))
        assert (second.outcome, second.request_id) == ("duplicate", first.request_id)
        assert make_url(service.settings.keys_url) != make_url(service.settings.database_url)
    finally:
        other.close()


def test_a_letter_that_drops_what_the_law_demands_keeps_the_service_from_starting(tmp_path: Path) -> None:
    template = tmp_path / "letters" / "callcentre-de" / "extension.html.j2"
    template.parent.mkdir(parents=True)
    template.write_text(
        '{% extends "letter.html.j2" %}{% block subject %}x{% endblock %}{% block body %}{% endblock %}'
    )
    init(load_settings({"DSR_HOME": str(tmp_path / "home")}))
    settings = load_settings({"DSR_HOME": str(tmp_path / "home"), "DSR_LETTERS": str(tmp_path / "letters")})
    with pytest.raises(LetterTemplateInvalid) as refused:
        build(settings)
    assert str(template) in refused.value.detail
    assert "new-date, reasons" in refused.value.detail


def test_letters_of_a_controller_that_the_record_does_not_have_are_named_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    template = '{% extends "acknowledgement.html.j2" %}'
    for controller in ("callcentre-de", "callcentre-xx"):
        (tmp_path / "letters" / controller).mkdir(parents=True)
        (tmp_path / "letters" / controller / "acknowledgement.html.j2").write_text(template)
    init(load_settings({"DSR_HOME": str(tmp_path / "home")}))
    made = build(load_settings({"DSR_HOME": str(tmp_path / "home"), "DSR_LETTERS": str(tmp_path / "letters")}))
    try:
        made.check()
        assert caplog.messages == [], "no record, so nobody knows"
        made.desk.ropa.adopt(Path(__file__).parents[1] / "dsr" / "ropa" / "example.yaml", Call(part("test")))
        made.check()
    finally:
        made.close()
    assert [each for each in caplog.messages if "nothing uses its letters" in each] == [
        "callcentre-xx: the record of processing has no such controller: nothing uses its letters"
    ]
